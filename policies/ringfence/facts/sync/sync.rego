# METADATA
# title: A tenant that synchronises users
# description: >-
#   A tenant that may make and change users of this one.
# related_resources:
#   - ref: https://learn.microsoft.com/graph/api/resources/crosstenantidentitysyncpolicypartner
#     description: crossTenantIdentitySyncPolicyPartner, userSyncInbound
# custom:
#   fact: sync
#   rule: share
package ringfence.facts.sync

import data.ringfence.lib.tenants

link contains tenants.own(organization) if some organization in input.entra.organization

link contains tenants.naming(policy, policy.tenantId, "live") if {
	some policy in input.entra.cross_tenant_identity_sync
	policy.userSyncInbound.isSyncAllowed == true
}
