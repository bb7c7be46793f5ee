# METADATA
# title: Outbound B2B collaboration is not open to everything by default
# description: >-
#   The default cross-tenant access settings do not let every user of the client be
#   a guest in every application of any other organization. This is how Microsoft
#   ships a tenant (isServiceDefault): a default is reported, never excused.
# related_resources:
#   - ref: https://learn.microsoft.com/graph/api/crosstenantaccesspolicyconfigurationdefault-get
#     description: Get crossTenantAccessPolicyConfigurationDefault
#   - ref: https://learn.microsoft.com/entra/external-id/cross-tenant-access-settings-b2b-collaboration
#     description: Configure cross-tenant access settings for B2B collaboration
# custom:
#   id: RF-T-02
#   since: "0.2"
#   severity: medium
#   scope: client
#   maps:
#     nist_800_53: [ac-4, ac-20, sc-7.10]
#     iso_27001: [A.5.14, A.8.12]
#     ccm: [DSP-10]
#     gdpr: [Art. 32]
#     cis_m365: []
#     nis2: ["11.1.1", "6.7.2"]
#   unverified: [iso_27001, ccm, gdpr, cis_m365, nis2]
#   params: {}
#   remediation: >-
#     Entra admin center, External Identities, Cross-tenant access settings,
#     Default settings, Outbound access: block all users, or allow a group or
#     chosen applications only, and give each organization that the client works
#     with an entry of its own. Where users work with many suppliers, accept the
#     finding with an exception that ends.
#   limits: >-
#     The default only: entries of single organizations override it and are not
#     looked at here. Accounts that people have as guests elsewhere stay.
package ringfence.isolation.default_outbound_collaboration

import data.ringfence.lib.crosstenant

subjects contains policy._subject if some policy in input.entra.cross_tenant_default

pass contains policy._subject if {
	some policy in input.entra.cross_tenant_default
	crosstenant.limited(policy.b2bCollaborationOutbound.usersAndGroups, "AllUsers")
}

pass contains policy._subject if {
	some policy in input.entra.cross_tenant_default
	crosstenant.limited(policy.b2bCollaborationOutbound.applications, "AllApplications")
}

fail contains {
	"subject": policy._subject,
	"message": sprintf("every user may be a guest in every application of any other organization%s", [_origin(policy)]),
	"observed": {
		"usersAndGroups": outbound.usersAndGroups,
		"applications": outbound.applications,
	},
	"expected": "users or applications blocked, or allowed for chosen ones only",
	"evidence": [
		sprintf("%s#/b2bCollaborationOutbound/usersAndGroups", [policy._subject]),
		sprintf("%s#/b2bCollaborationOutbound/applications", [policy._subject]),
	],
} if {
	some policy in input.entra.cross_tenant_default
	outbound := policy.b2bCollaborationOutbound
	crosstenant.open(outbound.usersAndGroups, "AllUsers")
	crosstenant.open(outbound.applications, "AllApplications")
}

_origin(policy) := " (Microsoft's default, never changed)" if policy.isServiceDefault == true

else := ""
