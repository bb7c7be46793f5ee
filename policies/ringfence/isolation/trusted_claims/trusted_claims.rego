# METADATA
# title: Claims of other tenants are trusted for declared organizations only
# description: >-
#   Multifactor authentication, compliant devices and hybrid joined devices of other
#   tenants count for the client's conditional access only where the fleet file agrees
#   to it ("mfa-trust"). Trusted for everybody by default, any tenant of the world can
#   say that its guest has signed in well.
# related_resources:
#   - ref: https://learn.microsoft.com/graph/api/resources/crosstenantaccesspolicyinboundtrust
#     description: crossTenantAccessPolicyInboundTrust
#   - ref: https://learn.microsoft.com/entra/external-id/cross-tenant-access-settings-b2b-collaboration
#     description: To change inbound trust settings for MFA and device claims
# custom:
#   id: RF-T-04
#   since: "0.2"
#   severity: high
#   scope: client
#   maps:
#     nist_800_53: [ac-17, ac-20, ia-2.1, ia-8.1]
#     iso_27001: [A.5.16, A.8.5]
#     ccm: [IAM-14]
#     gdpr: []
#     cis_m365: []
#     nis2: ["11.6.1", "11.7.1"]
#   unverified: [iso_27001, ccm, gdpr, cis_m365, nis2]
#   params:
#     default_mfa_trust:
#       type: boolean
#       default: false
#       description: >-
#         Multifactor authentication of every tenant may be trusted by default, so that guests need not register twice.
#         Devices never are.
#     partner_device_trust:
#       type: boolean
#       default: false
#       description: The devices of a partner may be trusted where its multifactor authentication is (mfa-trust).
#   remediation: >-
#     Entra admin center, External Identities, Cross-tenant access settings, Inbound
#     access, Trust settings: clear the boxes in the default settings, and in each
#     entry of an organization that is not declared with "mfa-trust" in the fleet
#     file. Guests then register a second factor in the client's tenant.
#   limits: >-
#     What is believed, not who comes in. An entry that says nothing inherits the
#     default, which is judged by itself. How strong the other tenant's factors are,
#     nobody here can see.
package ringfence.isolation.trusted_claims

import data.ringfence.lib.crosstenant

subjects contains policy._subject if some policy in input.entra.cross_tenant_default

subjects contains partner._subject if {
	crosstenant.promised
	some partner in input.entra.cross_tenant_partners
}

pass contains policy._subject if {
	some policy in input.entra.cross_tenant_default
	_fine(policy.inboundTrust.isMfaAccepted, "isMfaAccepted", _default_trust)
	policy.inboundTrust.isCompliantDeviceAccepted == false
	policy.inboundTrust.isHybridAzureADJoinedDeviceAccepted == false
}

# An entry without settings of its own inherits the default.
pass contains partner._subject if {
	crosstenant.promised
	some partner in input.entra.cross_tenant_partners
	crosstenant.inherits(partner.inboundTrust)
}

pass contains partner._subject if {
	crosstenant.promised
	some partner in input.entra.cross_tenant_partners
	agreed := _agreed(crosstenant.tenant(partner))
	_fine(partner.inboundTrust.isMfaAccepted, "isMfaAccepted", agreed)
	_fine(partner.inboundTrust.isCompliantDeviceAccepted, "isCompliantDeviceAccepted", agreed)
	_fine(partner.inboundTrust.isHybridAzureADJoinedDeviceAccepted, "isHybridAzureADJoinedDeviceAccepted", agreed)
}

# One entry for each claim, so that none of them waits for what is known of the others.
fail contains _failure(policy, claim, sprintf("%s of every other tenant", [what])) if {
	some policy in input.entra.cross_tenant_default
	some claim, what in _claims
	policy.inboundTrust[claim] == true
	not claim in _default_trust
}

fail contains _failure(partner, claim, sprintf("%s of tenant %s", [what, tenant])) if {
	crosstenant.promised
	some partner in input.entra.cross_tenant_partners
	some claim, what in _claims
	partner.inboundTrust[claim] == true
	tenant := crosstenant.tenant(partner)
	agreed := _agreed(tenant)
	not claim in agreed
}

_claims := {
	"isMfaAccepted": "multifactor authentication",
	"isCompliantDeviceAccepted": "compliant devices",
	"isHybridAzureADJoinedDeviceAccepted": "hybrid joined devices",
}

# _default_trust are the claims that may be trusted for everybody.
_default_trust contains "isMfaAccepted" if input.params.default_mfa_trust == true

# _agreed are the claims that may be trusted for a tenant.
_agreed(tenant) := {claim | some claim, _ in _claims} if {
	[tenant, "mfa-trust"] in crosstenant.agreed
	input.params.partner_device_trust == true
} else := {"isMfaAccepted"} if {
	[tenant, "mfa-trust"] in crosstenant.agreed
} else := set()

_fine(false, _, _)

_fine(true, claim, agreed) if claim in agreed

_failure(doc, claim, what) := {
	"subject": doc._subject,
	"message": sprintf("the tenant trusts %s", [what]),
	"observed": {claim: true},
	"expected": {claim: false},
	"evidence": [sprintf("%s#/inboundTrust/%s", [doc._subject, claim])],
}
