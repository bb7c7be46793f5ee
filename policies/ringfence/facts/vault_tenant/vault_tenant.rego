# METADATA
# title: A vault that another tenant governs
# description: >-
#   A vault lets in the people and programs of the tenant that it names. Where that is another
#   one than its subscription's, the other one governs the keys.
# related_resources:
#   - ref: https://learn.microsoft.com/rest/api/keyvault/keyvault/vaults/list-by-subscription
#     description: Vaults, properties.tenantId and accessPolicies
# custom:
#   fact: vault-tenant
#   rule: to
package ringfence.facts.vault_tenant

import data.ringfence.lib.nodes

edge contains {
	"from": nodes.of(vault.properties.tenantId, "tenant", vault.properties.tenantId),
	"to": nodes.own("key", vault._id),
	"state": "live",
	"evidence": [vault._subject],
} if {
	some vault in input.keyvault.vaults
	is_string(vault.properties.tenantId)
	lower(vault.properties.tenantId) != input.client.tenant_id
}

edge contains {
	"from": nodes.of(vault.properties.tenantId, "object", policy.objectId),
	"to": nodes.own("key", vault._id),
	"state": "live",
	"evidence": [vault._subject],
} if {
	some vault in input.keyvault.vaults
	is_string(vault.properties.tenantId)
	lower(vault.properties.tenantId) != input.client.tenant_id
	some policy in vault.properties.accessPolicies
}
