# METADATA
# title: Inbound B2B collaboration is not open to everybody by default
# description: >-
#   The default cross-tenant access settings do not let every user of every
#   other organization be a guest in every application. This is how Microsoft
#   ships a tenant (isServiceDefault): a default is reported, never excused.
# related_resources:
#   - ref: https://learn.microsoft.com/graph/api/crosstenantaccesspolicyconfigurationdefault-get
#     description: Get crossTenantAccessPolicyConfigurationDefault
#   - ref: https://learn.microsoft.com/graph/api/resources/crosstenantaccesspolicytarget
#     description: crossTenantAccessPolicyTarget, with its reserved values
#   - ref: https://learn.microsoft.com/entra/external-id/cross-tenant-access-overview
#     description: Cross-tenant access overview
# custom:
#   id: RF-T-01
#   since: "0.1"
#   severity: high
#   scope: client
#   maps:
#     nist_800_53: [ac-3, ac-4, ac-20, ia-8]
#     iso_27001: [A.5.15, A.8.3]
#     ccm: [IAM-05, IAM-16]
#     gdpr: [Art. 25, Art. 32]
#     cis_m365: []
#     nis2: ["6.7", "11.1"]
#   unverified: [iso_27001, ccm, gdpr, nis2]
#   params: {}
#   remediation: >-
#     Entra admin center, External Identities, Cross-tenant access settings,
#     Default settings, Inbound access: block all users, or allow selected
#     applications only, and give each partner organization an entry of its own.
#   limits: >-
#     The default only: entries of single organizations override it and are not
#     looked at here. Guests who are there already keep their accounts.
package ringfence.isolation.default_inbound_collaboration

subjects contains policy._subject if some policy in input.entra.cross_tenant_default

pass contains policy._subject if {
	some policy in input.entra.cross_tenant_default
	_closed(policy.b2bCollaborationInbound.usersAndGroups, "AllUsers")
}

pass contains policy._subject if {
	some policy in input.entra.cross_tenant_default
	_closed(policy.b2bCollaborationInbound.applications, "AllApplications")
}

fail contains {
	"subject": policy._subject,
	"message": sprintf("every user of every other organization may be a guest in every application%s", [_origin(policy)]),
	"observed": {
		"usersAndGroups": inbound.usersAndGroups,
		"applications": inbound.applications,
	},
	"expected": "users or applications blocked, or allowed for chosen ones only",
	"evidence": [
		sprintf("%s#/b2bCollaborationInbound/usersAndGroups", [policy._subject]),
		sprintf("%s#/b2bCollaborationInbound/applications", [policy._subject]),
	],
} if {
	some policy in input.entra.cross_tenant_default
	inbound := policy.b2bCollaborationInbound
	_open(inbound.usersAndGroups, "AllUsers")
	_open(inbound.applications, "AllApplications")
}

_open(setting, everything) if {
	setting.accessType == "allowed"
	some target in setting.targets
	target.target == everything
}

# _closed holds for a setting that blocks everything, or allows chosen targets only. A
# setting that blocks a few targets leaves the rest open.
_closed(setting, everything) if {
	setting.accessType == "blocked"
	some target in setting.targets
	target.target == everything
}

_closed(setting, _) if {
	setting.accessType == "allowed"
	is_array(setting.targets)
	count(setting.targets) > 0
	every target in setting.targets {
		_chosen(target)
	}
}

# _chosen holds for a target that is less than everything: the id of an object, or Office365,
# the only reserved value that names some applications.
_chosen(target) if {
	is_string(target.target)
	regex.match(`^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$`, target.target)
}

_chosen(target) if {
	target.targetType == "application"
	target.target == "Office365"
}

_origin(policy) := " (Microsoft's default, never changed)" if policy.isServiceDefault == true

else := ""
