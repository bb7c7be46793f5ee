# METADATA
# title: Nobody of another client reaches the control of the tenant, its keys or its logs
# description: >-
#   Over guests, applications, roles, credentials and whatever else leads from one tenant to the
#   next, also through the service provider, no path leads from another client to a role that can
#   give itself all others, an owner of a subscription, a key or a log of this one. An edge that
#   the principal can activate alone counts; one that somebody else would have to act for does
#   not, and leaves the promise open.
# related_resources:
#   - ref: https://learn.microsoft.com/entra/identity/role-based-access-control/privileged-roles-permissions
#     description: Privileged roles and permissions in Microsoft Entra ID
#   - ref: https://learn.microsoft.com/security/privileged-access-workstations/privileged-access-access-model
#     description: Enterprise access model
# custom:
#   id: RF-F-16
#   since: "0.2"
#   severity: critical
#   scope: fleet
#   maps:
#     nist_800_53: [ac-4, ac-4.21, ac-6, sc-7.21, ra-5]
#     iso_27001: [A.8.2, A.8.22]
#     ccm: [IVS-06, TVM-10]
#     gdpr: ["32"]
#     cis_m365: []
#     nis2: ["6.8", "11.3"]
#   unverified: [iso_27001, ccm, gdpr, nis2]
#   params: {}
#   remediation: >-
#     The finding names each path hop by hop. Take away the hop that neither client needs: the
#     guest, the consent, the role or the credential. Of a path through the service provider, it is
#     the service provider's own account that must not be reached from a client. "ringfence fleet
#     paths" shows the service provider who is meant.
#   limits: >-
#     Edges are those that the policy set knows, out of what the tenants' APIs show. A path through
#     a tenant that is no client is followed only where clients' own evidence names its edges.
#     Software defects and stolen sessions make paths that nobody can see here.
package ringfence.isolation.client_paths

subjects contains organization._subject if some organization in input.entra.organization

pass contains organization._subject if {
	some organization in input.entra.organization
	count(input.fleet.paths) == 0
}

fail contains {
	"subject": organization._subject,
	"message": sprintf("%s reaches %s in %d hops%s: %s", [
		path.client, _place(path.to), count(path.hops), _marked(path), _trail(path),
	]),
	"observed": {"client": path.client, "to": path.to, "state": path.state, "hops": path.hops},
	"expected": "no path from another client",
	"evidence": [sprintf("%s#", [subject]) |
		some hop in path.hops
		some pointer in hop.evidence
		subject := split(pointer, "#")[0]
	],
} if {
	some organization in input.entra.organization
	some path in input.fleet.paths
	path.state in {"live", "jit"}
}

_marked(path) := ", once activated" if {
	path.state == "jit"
} else := ""

_trail(path) := sprintf("%s%s", [_place(path.hops[0].from), concat("", [step |
	some hop in path.hops
	step := sprintf(" -> %s (%s)", [_place(hop.to), hop.kind])
])])

# _place is a node without this tenant's own id.
_place(node) := trim_prefix(node, sprintf("%s/", [input.client.tenant_id]))
