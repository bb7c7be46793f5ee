# METADATA
# title: B2B direct connect is blocked but for the organizations that it was agreed with
# description: >-
#   The default cross-tenant access settings block B2B direct connect in both
#   directions, and an entry of a single organization allows it only where the fleet
#   file says "direct-connect". People who connect directly, for shared channels of
#   Teams, leave no guest in the directory: nothing else shows them.
# related_resources:
#   - ref: https://learn.microsoft.com/entra/external-id/b2b-direct-connect-overview
#     description: B2B direct connect overview
#   - ref: https://learn.microsoft.com/graph/api/resources/crosstenantaccesspolicyconfigurationpartner
#     description: crossTenantAccessPolicyConfigurationPartner, what null means
#   - ref: https://learn.microsoft.com/graph/api/crosstenantaccesspolicyconfigurationdefault-get
#     description: Get crossTenantAccessPolicyConfigurationDefault
# custom:
#   id: RF-T-03
#   since: "0.2"
#   severity: high
#   scope: client
#   maps:
#     nist_800_53: [ac-4, ac-20, ca-3]
#     iso_27001: [A.5.14]
#     ccm: [IAM-16]
#     gdpr: []
#     cis_m365: []
#     nis2: ["11.1.1", "6.7.2"]
#   unverified: [iso_27001, ccm, gdpr, cis_m365, nis2]
#   params: {}
#   remediation: >-
#     Entra admin center, External Identities, Cross-tenant access settings: block
#     B2B direct connect, inbound and outbound, in the default settings and in each
#     entry of an organization that shares no channels with the client. Where
#     shared channels were agreed, write "direct-connect" into the allow list of
#     the partner in the fleet file.
#   limits: >-
#     Who is let through, not which channels are shared. An entry that says nothing
#     inherits the default, which is judged by itself.
package ringfence.isolation.direct_connect

import data.ringfence.lib.crosstenant

subjects contains policy._subject if some policy in input.entra.cross_tenant_default

subjects contains partner._subject if {
	crosstenant.promised
	some partner in input.entra.cross_tenant_partners
}

pass contains policy._subject if {
	some policy in input.entra.cross_tenant_default
	crosstenant.shut(policy.b2bDirectConnectInbound)
	crosstenant.shut(policy.b2bDirectConnectOutbound)
}

pass contains partner._subject if {
	some partner in input.entra.cross_tenant_partners
	_agreed(partner)
}

pass contains partner._subject if {
	crosstenant.promised
	some partner in input.entra.cross_tenant_partners
	_quiet(partner.b2bDirectConnectInbound)
	_quiet(partner.b2bDirectConnectOutbound)
}

fail contains _failure(policy, "b2bDirectConnectInbound", "people of every organization may connect directly", policy.b2bDirectConnectInbound) if {
	some policy in input.entra.cross_tenant_default
	crosstenant.ajar(policy.b2bDirectConnectInbound)
}

fail contains _failure(policy, "b2bDirectConnectOutbound", "users may connect directly to every organization", policy.b2bDirectConnectOutbound) if {
	some policy in input.entra.cross_tenant_default
	crosstenant.ajar(policy.b2bDirectConnectOutbound)
}

fail contains _failure(partner, "b2bDirectConnectInbound", message, partner.b2bDirectConnectInbound) if {
	crosstenant.promised
	some partner in input.entra.cross_tenant_partners
	crosstenant.ajar(partner.b2bDirectConnectInbound)
	message := sprintf("people of tenant %s may connect directly, which was not agreed", [_stranger(partner)])
}

fail contains _failure(partner, "b2bDirectConnectOutbound", message, partner.b2bDirectConnectOutbound) if {
	crosstenant.promised
	some partner in input.entra.cross_tenant_partners
	crosstenant.ajar(partner.b2bDirectConnectOutbound)
	message := sprintf("users may connect directly to tenant %s, which was not agreed", [_stranger(partner)])
}

_agreed(partner) if [crosstenant.tenant(partner), "direct-connect"] in crosstenant.agreed

_stranger(partner) := tenant if {
	tenant := crosstenant.tenant(partner)
	not [tenant, "direct-connect"] in crosstenant.agreed
}

# _quiet holds for a direction that an entry does not open: it inherits, or is shut.
_quiet(direction) if crosstenant.inherits(direction)

_quiet(direction) if crosstenant.shut(direction)

_failure(doc, property, message, observed) := {
	"subject": doc._subject,
	"message": message,
	"observed": {property: observed},
	"expected": "blocked, but for partners that the fleet file allows direct-connect",
	"evidence": [sprintf("%s#/%s", [doc._subject, property])],
}
