# METADATA
# title: Key ledger
# description: >-
#   For each resource that holds data: whose key encrypts it, where that key is kept, and
#   who can use, administer, purge or copy it. It shows what controls judge, and judges
#   nothing: what the evidence does not say is null, and the engine says of each table
#   what was not seen.
# related_resources:
#   - ref: https://learn.microsoft.com/azure/security/fundamentals/encryption-models
#     description: Data encryption models, who holds the key
#   - ref: https://learn.microsoft.com/azure/key-vault/general/rbac-guide
#     description: Azure built-in roles for Key Vault data plane operations
#   - ref: https://learn.microsoft.com/azure/key-vault/general/assign-access-policy
#     description: Access policies, permissions for keys
# custom:
#   view: key_ledger
package ringfence.views.key_ledger

import data.ringfence.lib.azureroles
import data.ringfence.lib.directory

# resources are [who keeps the key, where] of each resource that is encrypted at rest: one
# row for each key that it uses.
resources contains _row(set, "disk encryption set", set.properties.activeKey.keyUrl, "customer") if {
	some set in input.azure.disk_encryption_sets
}

resources contains _row(set, "disk encryption set, earlier key", key.keyUrl, "customer") if {
	some set in input.azure.disk_encryption_sets
	some key in set.properties.previousKeys
}

resources contains _row(account, "storage account", uri, "customer") if {
	some account in input.azure.storage_accounts
	_lower(account.properties.encryption.keySource) == "microsoft.keyvault"
	properties := account.properties.encryption.keyvaultproperties
	is_string(properties.keyvaulturi)
	is_string(properties.keyname)
	uri := sprintf("%s/keys/%s", [trim_suffix(properties.keyvaulturi, "/"), properties.keyname])
}

resources contains _row(account, "storage account", null, "Microsoft") if {
	some account in input.azure.storage_accounts
	_lower(account.properties.encryption.keySource) == "microsoft.storage"
}

resources contains _row(protector, "SQL server", protector.properties.uri, "customer") if {
	some protector in input.azure.sql_encryption_protectors
	_lower(protector.properties.serverKeyType) == "azurekeyvault"
}

resources contains _row(protector, "SQL server", null, "Microsoft") if {
	some protector in input.azure.sql_encryption_protectors
	_lower(protector.properties.serverKeyType) == "servicemanaged"
}

# A resource of another type whose properties hold a key's address: which key, nobody read.
resources contains _row(reference, type, null, "customer") if {
	some reference in input.azure.key_references
	type := _lower(reference.type)
	not type in _read_in_detail
}

# stores are the vaults and managed HSMs of the tenant's subscriptions.
stores contains {
	"store": vault._subject,
	"name": vault.name,
	"kind": "key vault",
	"tenant": vault.properties.tenantId,
	"ours": _lower(vault.properties.tenantId) == input.client.tenant_id,
	"access": _model(vault),
	"purge_protection": vault.properties.enablePurgeProtection == true,
	"public": _public(vault),
} if {
	some vault in input.keyvault.vaults
}

stores contains {
	"store": hsm._subject,
	"name": hsm.name,
	"kind": "managed HSM",
	"tenant": hsm.properties.tenantId,
	"ours": _lower(hsm.properties.tenantId) == input.client.tenant_id,
	"access": "local roles of the HSM, which only its administrators can read",
	"purge_protection": hsm.properties.enablePurgeProtection == true,
	"public": _public(hsm),
} if {
	some hsm in input.keyvault.managed_hsms
}

# access is who can do what with the keys of a vault, by a role at the vault or above.
access contains _holder(vault, assignment, ability, "now") if {
	some assignment in input.azure.role_assignments
	some ability in _abilities[azureroles.id(assignment.properties.roleDefinitionId)]
	some vault in _covered[azureroles.place(assignment.properties.scope, assignment._scope)]
	_applies(vault, ability)
}

access contains _holder(vault, eligibility, ability, "on activation") if {
	some eligibility in input.azure.role_eligibility
	some ability in _abilities[azureroles.id(eligibility.properties.roleDefinitionId)]
	some vault in _covered[azureroles.place(eligibility.properties.scope, eligibility._scope)]
	_applies(vault, ability)
}

# Somebody of a service provider's, by Azure Lighthouse.
access contains _delegate(vault, authorization, ability, "now") if {
	some delegation in input.azure.lighthouse_assignments
	some authorization in delegation.properties.registrationDefinition.properties.authorizations
	some ability in _abilities[azureroles.id(authorization.roleDefinitionId)]
	some vault in _covered[_delegated_place(delegation)]
	_applies(vault, ability)
}

access contains _delegate(vault, authorization, ability, "on activation") if {
	some delegation in input.azure.lighthouse_assignments
	some authorization in delegation.properties.registrationDefinition.properties.eligibleAuthorizations
	some ability in _abilities[azureroles.id(authorization.roleDefinitionId)]
	some vault in _covered[_delegated_place(delegation)]
	_applies(vault, ability)
}

# And by an access policy, where the vault has those.
access contains {
	"store": vault._subject,
	"principal": policy.objectId,
	"name": _name(policy.objectId),
	"can": ability,
	"when": "now",
	"through": "an access policy",
} if {
	some vault in input.keyvault.vaults
	vault.properties.enableRbacAuthorization != true
	some policy in vault.properties.accessPolicies
	some permission in policy.permissions.keys
	some ability in _permission_abilities(_lower(permission))
}

# _abilities are what each role that somebody holds lets its holder do.
_abilities[role] contains "use" if some role in azureroles.using

_abilities[role] contains "administer" if some role in azureroles.keeping

_abilities[role] contains "purge" if some role in azureroles.purging

_abilities[role] contains "back up" if some role in azureroles.copying

_abilities[role] contains "give access" if some role in azureroles.granting

_abilities[role] contains "change access policies" if some role in azureroles.writing

# Access policies are of no use in a vault that Azure RBAC governs.
_applies(vault, ability) if {
	vault.properties.enableRbacAuthorization == true
	ability != "change access policies"
}

# In one that they govern, roles of the data plane are none.
_applies(vault, ability) if {
	vault.properties.enableRbacAuthorization != true
	ability in {"give access", "change access policies"}
}

_permission_abilities("all") := {"use", "administer", "purge", "back up"}

_permission_abilities("purge") := {"purge"}

_permission_abilities("backup") := {"back up"}

_permission_abilities(permission) := {"use"} if {
	permission in {"decrypt", "encrypt", "sign", "unwrapkey", "verify", "wrapkey", "release"}
}

_permission_abilities(permission) := {"administer"} if {
	permission in {"create", "delete", "import", "recover", "restore", "rotate", "setrotationpolicy", "update"}
}

# _covered maps a place at which a role may be held to the vaults that it reaches.
_covered[place] contains vault if {
	some vault in input.keyvault.vaults
	some place in azureroles.places(vault.id)
}

_holder(vault, holding, ability, when) := {
	"store": vault._subject,
	"principal": holding.properties.principalId,
	"name": _name(holding.properties.principalId),
	"can": ability,
	"when": when,
	"through": sprintf("%s at %s", [azureroles.title(azureroles.id(holding.properties.roleDefinitionId)), holding.properties.scope]),
}

# _delegated_place is what a delegation is about: its own id without the provider's part.
_delegated_place(delegation) := split(lower(delegation.id), "/providers/microsoft.managedservices/")[0] if {
	is_string(delegation.id)
}

_delegate(vault, authorization, ability, when) := {
	"store": vault._subject,
	"principal": authorization.principalId,
	"name": object.get(authorization, "principalIdDisplayName", null),
	"can": ability,
	"when": when,
	"through": sprintf("%s by Azure Lighthouse", [azureroles.title(azureroles.id(authorization.roleDefinitionId))]),
}

_row(resource, kind, uri, holder) := {
	"resource": resource._subject,
	"kind": kind,
	"held_by": holder,
	"key": uri,
	"store": _store(uri),
	"owner": _owner(uri, holder),
	"hardware": _hardware(uri),
}

# _store is the vault or HSM of the client that a key's address leads to, null if it is none.
_store(uri) := store if {
	store := min(_stores[_host(uri)])
} else := null

_owner(_, "Microsoft") := "Microsoft"

_owner(uri, "customer") := "the client" if {
	_stores[_host(uri)]
} else := sprintf("the client: vault %s is deleted, and recoverable", [name]) if {
	name := min(_deleted[split(_host(uri), ".vault.")[0]])
} else := concat(" or ", {sprintf("tenant %s", [tenant]) | some tenant in _owners[_host(uri)]}) if {
	_owners[_host(uri)]
} else := null

# _hardware says whether the key is kept in hardware; null where the key was not seen.
_hardware(uri) := endswith(type, "-hsm") if {
	type := _types[_versionless(uri)]
} else if {
	contains(_host(uri), ".managedhsm.")
} else := null

# Sets, since nothing promises that a host or a name is there once: two values for one key of
# an object would stop the view.
_stores[host] contains vault._subject if {
	some vault in input.keyvault.vaults
	_lower(vault.properties.tenantId) == input.client.tenant_id
	host := _host(vault.properties.vaultUri)
}

_stores[host] contains hsm._subject if {
	some hsm in input.keyvault.managed_hsms
	_lower(hsm.properties.tenantId) == input.client.tenant_id
	host := _host(hsm.properties.hsmUri)
}

_owners[_lower(found.host)] contains found.tenantId if {
	some found in input.keyvault.vault_owners
	is_string(found.tenantId)
}

_deleted[_lower(vault.name)] contains vault.name if some vault in input.keyvault.deleted_vaults

_types := object.union_n([{_versionless(key.properties.keyUri): _lower(key.properties.kty)} | some key in input.keyvault.keys])

# _versionless is a key's address without its version: https://<host>/keys/<name>.
_versionless(uri) := concat("/", array.slice(split(lower(uri), "/"), 0, 5)) if is_string(uri)

_host(uri) := host if {
	is_string(uri)
	startswith(lower(uri), "https://")
	host := trim_suffix(split(lower(uri), "/")[2], ":443")
	host != ""
}

_model(vault) := "Azure roles" if {
	vault.properties.enableRbacAuthorization == true
} else := "access policies"

# _public says whether every network may reach the store; null where its firewall decides, whose
# rules are to be read.
_public(store) := false if {
	_lower(store.properties.publicNetworkAccess) in {"disabled", "securedbyperimeter"}
} else if {
	_asks_firewall(store.properties)
	_no_firewall(store.properties)
} else := null

_asks_firewall(properties) if properties.publicNetworkAccess == null # left out: allowed

_asks_firewall(properties) if _lower(properties.publicNetworkAccess) == "enabled"

_no_firewall(properties) if properties.networkAcls == null # left out: there is none

_no_firewall(properties) if _lower(properties.networkAcls.defaultAction) == "allow"

_name(id) := name if {
	name := _names[_lower(id)]
} else := null

# _names are those of who holds something. Nobody else of the directory is looked at.
_names[user._id] := directory.name(user) if {
	some user in input.entra.users
	user._id in _holders
}

_names[group._id] := directory.name(group) if {
	some group in input.entra.groups
	group._id in _holders
}

_names[application._id] := directory.name(application) if {
	some application in input.entra.service_principals
	application._id in _holders
}

_holders contains _lower(holding.properties.principalId) if some holding in input.azure.role_assignments

_holders contains _lower(holding.properties.principalId) if some holding in input.azure.role_eligibility

_holders contains _lower(policy.objectId) if {
	some vault in input.keyvault.vaults
	some policy in vault.properties.accessPolicies
}

_read_in_detail := {
	"microsoft.compute/diskencryptionsets",
	"microsoft.storage/storageaccounts",
	"microsoft.sql/servers",
	"microsoft.keyvault/vaults",
	"microsoft.keyvault/managedhsms",
}

_lower(value) := lower(value) if is_string(value)
