# METADATA
# title: A resource and the vault that keeps its key
# description: >-
#   Whoever controls a vault's keys can open or close what is encrypted with them, whosever it
#   is. The vault is known by its host name, which no other vault has. A vault is that of the tenant
#   whose subscription it is in, also where another tenant sees it because that was delegated.
# related_resources:
#   - ref: https://learn.microsoft.com/azure/security/fundamentals/encryption-models
#     description: Data encryption models, who holds the key
# custom:
#   fact: decrypt
#   rule: own
package ringfence.facts.decrypt

import data.ringfence.lib.nodes

link contains _link(vault, "controls", host) if {
	some vault in input.keyvault.vaults
	vault._scope in _own
	host := _host(vault.properties.vaultUri)
}

link contains _link(hsm, "controls", host) if {
	some hsm in input.keyvault.managed_hsms
	hsm._scope in _own
	host := _host(hsm.properties.hsmUri)
}

link contains _link(set, "controlled", host) if {
	some set in input.azure.disk_encryption_sets
	host := _host(set.properties.activeKey.keyUrl)
}

link contains _link(account, "controlled", host) if {
	some account in input.azure.storage_accounts
	host := _host(account.properties.encryption.keyvaultproperties.keyvaulturi)
}

link contains _link(protector, "controlled", host) if {
	some protector in input.azure.sql_encryption_protectors
	host := _host(protector.properties.uri)
}

_own contains subscription._id if {
	some subscription in input.azure.subscriptions
	is_string(subscription.tenantId)
	lower(subscription.tenantId) == lower(input.client.tenant_id)
}

_link(resource, role, host) := {
	"value": host,
	"subject": resource._subject,
	"role": role,
	"node": nodes.own("key", resource._id),
	"state": "live",
}

_host(uri) := host if {
	is_string(uri)
	startswith(lower(uri), "https://")
	host := split(split(lower(uri), "/")[2], ":")[0]
	host != ""
}
