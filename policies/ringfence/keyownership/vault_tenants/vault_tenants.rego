# METADATA
# title: Every vault and managed HSM is homed in the client's own tenant
# description: >-
#   The tenant that authenticates callers of each vault and managed HSM is the
#   client's, and so is the tenant of the subscription that it lives in. The two
#   part when a subscription moves to another directory: the vault then still
#   trusts the old one.
# related_resources:
#   - ref: https://learn.microsoft.com/azure/key-vault/general/move-subscription
#     description: Moving a vault to another subscription or directory
#   - ref: https://learn.microsoft.com/rest/api/keyvault/keyvault/vaults/list-by-subscription
#     description: VaultProperties, tenantId
#   - ref: https://learn.microsoft.com/rest/api/resources/subscriptions/list
#     description: Subscriptions - List, tenantId
# custom:
#   id: RF-K-01
#   since: "0.1"
#   severity: critical
#   scope: client
#   maps:
#     nist_800_53: [sa-9.6, sc-12, sc-12.6]
#     iso_27001: [A.8.24]
#     ccm: [CEK-08]
#     gdpr: [Art. 32]
#     cis_m365: []
#     nis2: ["9.2"]
#   unverified: [iso_27001, ccm, gdpr, nis2]
#   params: {}
#   remediation: >-
#     Set the vault's tenant id to the client's and renew its access policies. A
#     managed HSM cannot change its tenant: move its keys to a new one.
#   limits: >-
#     Where the vault is homed, not who may use it. Only vaults and managed HSMs of
#     subscriptions that were seen.
package ringfence.keyownership.vault_tenants

subjects contains vault._subject if some vault in input.keyvault.vaults

subjects contains hsm._subject if some hsm in input.keyvault.managed_hsms

pass contains vault._subject if {
	some vault in input.keyvault.vaults
	_own(vault.properties.tenantId)
	vault._scope in _own_subscriptions
}

pass contains hsm._subject if {
	some hsm in input.keyvault.managed_hsms
	_own(hsm.properties.tenantId)
	hsm._scope in _own_subscriptions
}

fail contains _failure(vault, _strange_home(vault)) if some vault in input.keyvault.vaults

fail contains _failure(hsm, _strange_home(hsm)) if some hsm in input.keyvault.managed_hsms

fail contains _failure(vault, _strange_subscriptions[vault._scope]) if some vault in input.keyvault.vaults

fail contains _failure(hsm, _strange_subscriptions[hsm._scope]) if some hsm in input.keyvault.managed_hsms

_own(tenant) if {
	is_string(tenant)
	lower(tenant) == input.client.tenant_id
}

_foreign(tenant) if {
	is_string(tenant)
	lower(tenant) != input.client.tenant_id
}

_own_subscriptions contains subscription._id if {
	some subscription in input.azure.subscriptions
	_own(subscription.tenantId)
}

# _strange_home is [message, tenant, evidence] of a vault or HSM that is homed in another
# tenant. _strange_subscriptions has the same by id of the subscription.
_strange_home(store) := [message, tenant, pointer] if {
	tenant := store.properties.tenantId
	_foreign(tenant)
	message := sprintf("callers are authenticated by tenant %s", [tenant])
	pointer := sprintf("%s#/properties/tenantId", [store._subject])
}

_strange_subscriptions := {subscription._id: [message, tenant, pointer] |
	some subscription in input.azure.subscriptions
	tenant := subscription.tenantId
	_foreign(tenant)
	message := sprintf("its subscription belongs to tenant %s", [tenant])
	pointer := sprintf("%s#/tenantId", [subscription._subject])
}

_failure(store, [message, tenant, pointer]) := {
	"subject": store._subject,
	"message": message,
	"observed": {"tenant": tenant},
	"expected": {"tenant": input.client.tenant_id},
	"evidence": [pointer],
}
