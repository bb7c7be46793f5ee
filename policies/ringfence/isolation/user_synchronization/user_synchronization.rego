# METADATA
# title: Users of other tenants come in by themselves only where it was agreed
# description: >-
#   No entry of cross-tenant access redeems invitations automatically, in either
#   direction, and none lets another tenant synchronise its users into the client's,
#   unless the fleet file agrees to it with that tenant ("sync", or "mto" for a
#   multitenant organization).
# related_resources:
#   - ref: https://learn.microsoft.com/graph/api/resources/inboundoutboundpolicyconfiguration
#     description: inboundOutboundPolicyConfiguration, automatic user consent
#   - ref: https://learn.microsoft.com/graph/api/resources/crosstenantidentitysyncpolicypartner
#     description: crossTenantIdentitySyncPolicyPartner, userSyncInbound
#   - ref: https://learn.microsoft.com/entra/identity/multi-tenant-organizations/cross-tenant-synchronization-overview
#     description: What is cross-tenant synchronization
# custom:
#   id: RF-T-05
#   since: "0.2"
#   severity: high
#   scope: client
#   maps:
#     nist_800_53: [ac-2, ac-4, ia-4, ia-8]
#     iso_27001: [A.5.16, A.5.18]
#     ccm: [IAM-06]
#     gdpr: []
#     cis_m365: []
#     nis2: ["11.2.1", "11.5.1"]
#   unverified: [iso_27001, ccm, gdpr, cis_m365, nis2]
#   params: {}
#   remediation: >-
#     Entra admin center, External Identities, Cross-tenant access settings, the
#     organization: Inbound access, Cross-tenant sync, clear "Allow users sync into
#     this tenant"; Trust settings, inbound and outbound, clear "Automatically redeem
#     invitations". Where it was agreed, write "sync" or "mto" into the allow list of
#     the partner in the fleet file.
#   limits: >-
#     What is allowed, not what was synchronised before: users who are there already
#     stay. The default settings redeem nothing automatically, and cannot be changed
#     to.
package ringfence.isolation.user_synchronization

import data.ringfence.lib.crosstenant

subjects contains partner._subject if {
	crosstenant.promised
	some partner in input.entra.cross_tenant_partners
}

subjects contains policy._subject if {
	crosstenant.promised
	some policy in input.entra.cross_tenant_identity_sync
}

pass contains partner._subject if {
	some partner in input.entra.cross_tenant_partners
	crosstenant.tenant(partner) in _agreed
}

# An entry that says nothing inherits the default, which is always false.
pass contains partner._subject if {
	crosstenant.promised
	some partner in input.entra.cross_tenant_partners
	crosstenant.inherits(partner.automaticUserConsentSettings)
}

pass contains partner._subject if {
	crosstenant.promised
	some partner in input.entra.cross_tenant_partners
	partner.automaticUserConsentSettings.inboundAllowed in {false, null}
	partner.automaticUserConsentSettings.outboundAllowed in {false, null}
}

pass contains policy._subject if {
	some policy in input.entra.cross_tenant_identity_sync
	crosstenant.tenant(policy) in _agreed
}

pass contains policy._subject if {
	crosstenant.promised
	some policy in input.entra.cross_tenant_identity_sync
	policy.userSyncInbound.isSyncAllowed == false
}

fail contains _failure(partner, "automaticUserConsentSettings/inboundAllowed", message) if {
	crosstenant.promised
	some partner in input.entra.cross_tenant_partners
	partner.automaticUserConsentSettings.inboundAllowed == true
	message := sprintf("invitations of people of tenant %s are redeemed automatically", [_stranger(partner)])
}

fail contains _failure(partner, "automaticUserConsentSettings/outboundAllowed", message) if {
	crosstenant.promised
	some partner in input.entra.cross_tenant_partners
	partner.automaticUserConsentSettings.outboundAllowed == true
	message := sprintf("invitations of users into tenant %s are redeemed automatically", [_stranger(partner)])
}

fail contains _failure(policy, "userSyncInbound/isSyncAllowed", message) if {
	crosstenant.promised
	some policy in input.entra.cross_tenant_identity_sync
	policy.userSyncInbound.isSyncAllowed == true
	message := sprintf("tenant %s may synchronise its users into the client's", [_stranger(policy)])
}

_agreed contains tenant if {
	some [tenant, kind] in crosstenant.agreed
	kind in {"sync", "mto"}
}

_stranger(doc) := tenant if {
	tenant := crosstenant.tenant(doc)
	not tenant in _agreed
}

_failure(doc, property, message) := {
	"subject": doc._subject,
	"message": message,
	"observed": {property: true},
	"expected": "false, but for partners that the fleet file allows sync or mto",
	"evidence": [sprintf("%s#/%s", [doc._subject, property])],
}
