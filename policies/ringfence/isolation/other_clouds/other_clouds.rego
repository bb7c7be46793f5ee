# METADATA
# title: The tenant works together with no other Microsoft cloud than was agreed
# description: >-
#   Each of Microsoft's other clouds with which the tenant lets its users and guests
#   work together is one that the fleet file allows. Another cloud has other laws,
#   operators and certificates.
# related_resources:
#   - ref: https://learn.microsoft.com/graph/api/resources/crosstenantaccesspolicy
#     description: crossTenantAccessPolicy, allowedCloudEndpoints
#   - ref: https://learn.microsoft.com/entra/external-id/cross-cloud-settings
#     description: Configure Microsoft cloud settings for B2B collaboration
# custom:
#   id: RF-T-06
#   since: "0.2"
#   severity: medium
#   scope: client
#   maps:
#     nist_800_53: [ac-20, sa-9.5]
#     iso_27001: [A.5.23]
#     ccm: [DSP-19]
#     gdpr: [Art. 44]
#     cis_m365: []
#     nis2: ["5.1.4", "6.7.2"]
#   unverified: [iso_27001, ccm, gdpr, cis_m365, nis2]
#   params: {}
#   remediation: >-
#     Entra admin center, External Identities, Cross-tenant access settings, Microsoft
#     cloud settings: clear the clouds that the client does not work with. Where it
#     does, write the cloud into allowed_clouds of the client in the fleet file.
#   limits: >-
#     With which clouds the tenant works together, not with whom in them. The other
#     side has to allow it, too, and which organization may come in is in its entry
#     (RF-T-07). In which cloud the client's own data is, is another question.
package ringfence.isolation.other_clouds

subjects contains policy._subject if {
	_promised
	some policy in input.entra.cross_tenant_policy
}

# None on record means no other cloud.
pass contains policy._subject if {
	_promised
	some policy in input.entra.cross_tenant_policy
	is_null(policy.allowedCloudEndpoints)
}

pass contains policy._subject if {
	_promised
	some policy in input.entra.cross_tenant_policy
	is_array(policy.allowedCloudEndpoints)
	every cloud in policy.allowedCloudEndpoints {
		_allowed(cloud)
	}
}

fail contains {
	"subject": policy._subject,
	"message": sprintf("the tenant works together with %s, which was not agreed", [cloud]),
	"observed": {"allowedCloudEndpoints": policy.allowedCloudEndpoints},
	"expected": {"allowed_clouds": _clouds},
	"evidence": [sprintf("%s#/allowedCloudEndpoints", [policy._subject])],
} if {
	_promised
	some policy in input.entra.cross_tenant_policy
	some cloud in policy.allowedCloudEndpoints
	is_string(cloud)
	not _allowed(cloud)
}

# An empty list is a promise, too: no other cloud.
_promised if is_array(input.client.allowed_clouds)

_clouds contains lower(cloud) if some cloud in input.client.allowed_clouds

_allowed(cloud) if {
	is_string(cloud)
	lower(cloud) in _clouds
}
