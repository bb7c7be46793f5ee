# METADATA
# title: Who uses or governs a vault's keys
# description: >-
#   A role in Azure that uses, changes or purges the keys of a vault, gives itself such a role,
#   or writes access policies where the vault has those; an access policy; and the
#   administrators of a managed HSM.
# related_resources:
#   - ref: https://learn.microsoft.com/azure/key-vault/general/rbac-guide
#     description: Azure built-in roles for Key Vault data plane operations
#   - ref: https://learn.microsoft.com/azure/key-vault/general/assign-access-policy
#     description: Access policies, permissions for keys
# custom:
#   fact: vault-admin
#   rule: to
package ringfence.facts.vault_admin

import data.ringfence.lib.azureholdings
import data.ringfence.lib.azureroles
import data.ringfence.lib.nodes

edge contains {
	"from": azureholdings.node([place, role]),
	"to": nodes.own("key", vault._id),
	"state": "live",
	"evidence": [vault._subject],
} if {
	some vault in input.keyvault.vaults
	some place in azureroles.places(vault._id)
	some role in azureholdings.roles[place]
	_governs(vault.properties.enableRbacAuthorization, role)
}

edge contains {
	"from": nodes.holder(policy.objectId),
	"to": nodes.own("key", vault._id),
	"state": "live",
	"evidence": [vault._subject],
} if {
	some vault in input.keyvault.vaults
	vault.properties.enableRbacAuthorization != true
	some policy in vault.properties.accessPolicies
	some permission in policy.permissions.keys
	is_string(permission)
	lower(permission) in _strong
}

edge contains {
	"from": nodes.holder(administrator),
	"to": nodes.own("key", hsm._id),
	"state": "live",
	"evidence": [hsm._subject],
} if {
	some hsm in input.keyvault.managed_hsms
	some administrator in hsm.properties.initialAdminObjectIds
}

_governs(_, role) if role in azureroles.granting

_governs(true, role) if role in azureroles.using

_governs(true, role) if role in azureroles.keeping

_governs(true, role) if role in azureroles.purging

_governs(uses_roles, role) if {
	uses_roles != true
	role in azureroles.writing
}

# _strong are the permissions that open what is encrypted, or destroy it.
_strong := {"all", "decrypt", "unwrapkey", "sign", "release", "delete", "purge", "update", "import", "backup", "restore"}
