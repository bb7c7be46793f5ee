# METADATA
# title: Every customer-managed key in use lives in a vault that the client owns
# description: >-
#   Each key that a disk encryption set, a storage account or a SQL server is
#   encrypted with lies in a key vault or managed HSM of the client. An address
#   that is none of theirs is a key of somebody else, or of nobody any more: the
#   name of a purged vault can be taken by a stranger. A resource of another type
#   that names a key is listed and not judged.
# related_resources:
#   - ref: https://learn.microsoft.com/azure/virtual-machines/disk-encryption
#     description: Server-side encryption of managed disks
#   - ref: https://learn.microsoft.com/azure/storage/common/customer-managed-keys-overview
#     description: Customer-managed keys for Azure Storage encryption
#   - ref: https://learn.microsoft.com/azure/azure-sql/database/transparent-data-encryption-byok-overview
#     description: Azure SQL transparent data encryption with customer-managed key
#   - ref: https://learn.microsoft.com/rest/api/keyvault/keyvault/vaults/list-deleted
#     description: Vaults - List Deleted
# custom:
#   id: RF-K-10
#   since: "0.1"
#   severity: critical
#   scope: client
#   maps:
#     nist_800_53: [sa-9.6, sc-12, sc-28.1, sc-28.3]
#     iso_27001: [A.5.23, A.8.24]
#     ccm: [CEK-08, CEK-21, DSP-17]
#     gdpr: [Art. 32]
#     cis_m365: []
#     nis2: ["9.2"]
#   unverified: [iso_27001, ccm, gdpr, nis2]
#   params: {}
#   remediation: >-
#     Create a key in a vault of the client, point the resource to it, and wait
#     until it is re-encrypted before the old key goes. Recover a deleted vault
#     (`az keyvault recover`) before it is purged.
#   limits: >-
#     Covers disk encryption sets, storage accounts (account keys, not encryption
#     scopes) and SQL servers. A resource of another type whose properties hold
#     the address of a key, or one that the lists do not show, is an undetermined
#     subject. Says nothing about resources with platform keys.
package ringfence.keyownership.encryption_keys

subjects contains set._subject if some set in input.azure.disk_encryption_sets

subjects contains account._subject if {
	some account in input.azure.storage_accounts
	not _platform_key(account)
}

subjects contains protector._subject if {
	some protector in input.azure.sql_encryption_protectors
	not _service_key(protector)
}

subjects contains reference._subject if {
	some reference in input.azure.key_references
	not _judged(reference)
}

pass contains set._subject if {
	some set in input.azure.disk_encryption_sets
	_host(set.properties.activeKey.keyUrl) in _owned_hosts
	_earlier_keys_owned(set.properties)
}

pass contains account._subject if {
	some account in input.azure.storage_accounts
	_host(_storage_key(account)) in _owned_hosts
}

pass contains protector._subject if {
	some protector in input.azure.sql_encryption_protectors
	_host(_sql_key(protector)) in _owned_hosts
}

fail contains _failure(set, set.name, found) if {
	some set in input.azure.disk_encryption_sets
	found := {["/properties/activeKey/keyUrl", host, message] |
		host := _host(set.properties.activeKey.keyUrl)
		message := _stray(host)
	} | {[pointer, host, message] |
		some i, key in set.properties.previousKeys
		host := _host(key.keyUrl)
		message := _stray(host)
		pointer := sprintf("/properties/previousKeys/%d/keyUrl", [i])
	}
	count(found) > 0
}

fail contains _failure(account, account.name, {["/properties/encryption/keyvaultproperties/keyvaulturi", host, message]}) if {
	some account in input.azure.storage_accounts
	host := _host(_storage_key(account))
	message := _stray(host)
}

fail contains _failure(protector, _server(protector), {["/properties/uri", host, message]}) if {
	some protector in input.azure.sql_encryption_protectors
	host := _host(_sql_key(protector))
	message := _stray(host)
}

_platform_key(account) if _text(account.properties.encryption.keySource) == "microsoft.storage"

_service_key(protector) if _text(protector.properties.serverKeyType) == "servicemanaged"

_storage_key(account) := account.properties.encryption.keyvaultproperties.keyvaulturi if {
	_text(account.properties.encryption.keySource) == "microsoft.keyvault"
}

_sql_key(protector) := protector.properties.uri if {
	_text(protector.properties.serverKeyType) == "azurekeyvault"
}

_earlier_keys_owned(properties) if properties.previousKeys == null # left out: none

_earlier_keys_owned(properties) if {
	every key in properties.previousKeys {
		_host(key.keyUrl) in _owned_hosts
	}
}

# _judged holds for a reference to a key (found by Azure Resource Graph) whose resource is
# judged by its own document. The others stay subjects that neither pass nor fail: the
# resource was not listed, or was listed without a key, so nobody judged whose key it is.
_judged(reference) if reference._id in _with_keys

_with_keys contains set._id if some set in input.azure.disk_encryption_sets

_with_keys contains account._id if {
	some account in input.azure.storage_accounts
	not _platform_key(account)
}

_with_keys contains protector._scope if {
	some protector in input.azure.sql_encryption_protectors
	not _service_key(protector)
}

_text(value) := lower(value) if is_string(value)

# _host is the host of an https address, without the default port.
_host(text) := host if {
	is_string(text)
	address := lower(text)
	startswith(address, "https://")
	host := trim_suffix(split(substring(address, 8, -1), "/")[0], ":443")
	host != ""
}

# _owned_hosts are the hosts of the client's vaults and HSMs. It is a set that rules ask
# with "in", because to iterate would go through all vaults again for each key.
_owned_hosts contains _host(vault.properties.vaultUri) if {
	some vault in input.keyvault.vaults
	_text(vault.properties.tenantId) == input.client.tenant_id
}

_owned_hosts contains _host(hsm.properties.hsmUri) if {
	some hsm in input.keyvault.managed_hsms
	_text(hsm.properties.tenantId) == input.client.tenant_id
}

# _stray says what is wrong with a host that is none of the client's vaults. If it was
# promised that the MSP owns the keys, only a deleted vault of the client is wrong: the
# MSP's own vaults are in no snapshot of the client.
_stray(host) := message if {
	not host in _owned_hosts
	[name, date] := _deleted[split(host, ".vault.")[0]]
	message := sprintf("the key is in vault %s, which is deleted, recoverable until %s", [name, date])
} else := sprintf("the key is at %s, which is no vault of the client", [host]) if {
	not host in _owned_hosts
	not _keys_of_the_msp
}

# _deleted maps the name of a deleted vault in lower case to [name, date of the purge]. It
# is a union, because two deleted vaults may have one name, and OPA refuses an object with
# two values for a key.
_deleted := object.union_n([{_text(vault.name): [vault.name, _purge_date(vault)]} | some vault in input.keyvault.deleted_vaults])

_purge_date(vault) := vault.properties.scheduledPurgeDate if {
	is_string(vault.properties.scheduledPurgeDate)
} else := "it is purged"

_keys_of_the_msp if input.client.keys.owner == "msp"

# _server names a protector in messages. All protectors are called "current"; what people
# know is the server.
_server(protector) := regex.replace(protector._scope, `^.*/`, "SQL server ")

_failure(resource, name, found) := {
	"subject": resource._subject,
	"message": concat("; ", {sprintf("%s: %s", [name, message]) | some [_, _, message] in found}),
	"observed": {"hosts": {host | some [_, host, _] in found}},
	"expected": "a key vault or managed HSM of the client",
	"evidence": [sprintf("%s#%s", [resource._subject, pointer]) | some [pointer, _, _] in found],
}
