# METADATA
# title: Keys expire and are rotated
# description: >-
#   Each enabled key of the client's vaults and managed HSMs has a date of expiry
#   that has not passed, was rotated within the age that was promised, cannot be
#   exported, and is of an agreed type where types were agreed. A key with which a
#   disk encryption set, storage account, SQL server or backup vault is encrypted
#   need not expire: what it encrypts would be lost on that day.
# related_resources:
#   - ref: https://learn.microsoft.com/azure/key-vault/keys/how-to-configure-key-rotation
#     description: Configure cryptographic key auto-rotation in Azure Key Vault
#   - ref: https://learn.microsoft.com/rest/api/keyvault/keyvault/keys/list
#     description: Keys - List, KeyAttributes in Unix seconds
#   - ref: https://learn.microsoft.com/azure/azure-sql/database/transparent-data-encryption-byok-overview
#     description: Customer-managed TDE, recommendations on the expiration date of the key
# custom:
#   id: RF-K-08
#   since: "0.2"
#   severity: medium
#   scope: client
#   maps:
#     nist_800_53: [ia-5, sc-12, sc-12.2, sc-12.3, sc-13]
#     iso_27001: [A.8.24]
#     ccm: [CEK-03, CEK-10, CEK-12]
#     gdpr: []
#     cis_m365: []
#     nis2: ["9.2"]
#   unverified: [iso_27001, ccm, nis2]
#   params:
#     types:
#       type: strings
#       default: []
#       description: "The types that keys may have, such as RSA-HSM and EC-HSM; none: any."
#     min_rsa_bits:
#       type: integer
#       default: 2048
#       description: How many bits an RSA key must have, where its size is known.
#   remediation: >-
#     Rotate the key (`az keyvault key rotate`), give it a rotation policy, and set
#     a date of expiry on what does not encrypt data at rest. A key of another type
#     is replaced by a new one.
#   limits: >-
#     The control plane tells the age of a key's newest version, not what its rotation policy
#     will do, and often neither type nor size: where a type was agreed and none is
#     told, the key is undetermined. Whether a key can be purged is RF-K-04. A key of
#     Microsoft 365 Customer Key looks like any other: it is an exception, if it does
#     not expire. If a resource of another type names some key, none is faulted for
#     not expiring.
package ringfence.keyownership.key_rotation

import data.ringfence.lib.calendar

subjects contains key._subject if {
	some key in input.keyvault.keys
	not _disabled(key)
}

pass contains key._subject if {
	some key in input.keyvault.keys
	key.properties.attributes.enabled == true
	_limited(key)
	_fresh(key.properties.attributes)
	key.properties.attributes.exportable == false
	_agreed_type(key.properties)
	not key._subject in _small
}

# Each kind of violation has a rule of its own: one that has expired has, whatever it is
# used for.
fail contains _failure(key, "exp", "it has expired") if {
	some key in input.keyvault.keys
	not _disabled(key)
	_expired(key)
}

fail contains _failure(key, "exp", "it never expires") if {
	some key in input.keyvault.keys
	not _disabled(key)
	key.properties.attributes.exp == null # left out: never
	address := _address(key.properties.keyUri)
	not address in _encrypting
	not _used_elsewhere
}

fail contains _failure(key, "created", message) if {
	some key in input.keyvault.keys
	not _disabled(key)
	is_number(key.properties.attributes.created)
	age := _now - key.properties.attributes.created
	age > _max_age
	message := sprintf("it was not rotated for %d days, %s were promised", [floor(age / 86400), input.client.keys.max_age])
}

fail contains _failure(key, "exportable", "it can be exported") if {
	some key in input.keyvault.keys
	not _disabled(key)
	key.properties.attributes.exportable == true
}

fail contains _flaw(key, "kty", key.properties.kty, sprintf("its type is %s", [key.properties.kty])) if {
	some key in input.keyvault.keys
	not _disabled(key)
	_strange_type(key.properties)
}

fail contains _flaw(key, "keySize", key.properties.keySize, sprintf("it has %d bits", [key.properties.keySize])) if {
	some key in input.keyvault.keys
	not _disabled(key)
	key._subject in _small
}

_disabled(key) if key.properties.attributes.enabled == false

# _limited holds for a key whose date of expiry is to come, and for one that encrypts data
# and need not have one.
_limited(key) if {
	is_number(key.properties.attributes.exp)
	key.properties.attributes.exp > _now
}

_limited(key) if {
	key.properties.attributes.exp == null
	_address(key.properties.keyUri) in _encrypting
}

_expired(key) if {
	is_number(key.properties.attributes.exp)
	key.properties.attributes.exp <= _now
}

_fresh(_) if input.client.keys.max_age == null # no age was promised

_fresh(_) if input.client.keys == null

_fresh(attributes) if {
	is_number(attributes.created)
	_now - attributes.created <= _max_age
}

_agreed_type(_) if count(_types) == 0

_agreed_type(properties) if properties.kty in _types

_strange_type(properties) if {
	count(_types) > 0
	type := properties.kty
	is_string(type)
	not type in _types
}

_types contains type if some type in input.params.types

_small contains key._subject if {
	some key in input.keyvault.keys
	startswith(_text(key.properties.kty), "rsa")
	is_number(key.properties.keySize)
	key.properties.keySize < input.params.min_rsa_bits
}

# _encrypting are the keys that data is encrypted with, as host/keys/name.
_encrypting contains _address(set.properties.activeKey.keyUrl) if some set in input.azure.disk_encryption_sets

_encrypting contains _address(key.keyUrl) if {
	some set in input.azure.disk_encryption_sets
	some key in set.properties.previousKeys
}

_encrypting contains _address(sprintf("%s/keys/%s", [trim_suffix(key.keyvaulturi, "/"), key.keyname])) if {
	some account in input.azure.storage_accounts
	key := account.properties.encryption.keyvaultproperties
	is_string(key.keyvaulturi)
}

_encrypting contains _address(protector.properties.uri) if some protector in input.azure.sql_encryption_protectors

_encrypting contains _address(vault.properties.encryption.keyVaultProperties.keyUri) if {
	some vault in input.azure.backup_vaults
}

_encrypting contains _address(vault.properties.securitySettings.encryptionSettings.keyVaultProperties.keyUri) if {
	some vault in input.azure.backup_vaults
}

# _used_elsewhere holds if a resource of another type names a key, nobody knows which.
_used_elsewhere if {
	some reference in input.azure.key_references
	type := _text(reference.type)
	not type in _known_types
}

_known_types := {
	"microsoft.compute/diskencryptionsets",
	"microsoft.storage/storageaccounts",
	"microsoft.sql/servers",
	"microsoft.recoveryservices/vaults",
	"microsoft.dataprotection/backupvaults",
}

# _address is a key's address without scheme, port and version.
_address(key) := concat("/", [trim_suffix(parts[2], ":443"), "keys", parts[4]]) if {
	parts := split(_text(key), "/")
	parts[0] == "https:"
	parts[3] == "keys"
}

_text(value) := lower(value) if is_string(value)

_now := time.parse_rfc3339_ns(input.as_of) / 1000000000

_max_age := calendar.age(input.client.keys.max_age) if is_string(input.client.keys.max_age)

_failure(key, attribute, message) := {
	"subject": key._subject,
	"message": message,
	"observed": {attribute: key.properties.attributes[attribute]},
	"expected": "a key that expires, is rotated and stays where it is",
	"evidence": [sprintf("%s#/properties/attributes/%s", [key._subject, attribute])],
}

_flaw(key, property, value, message) := {
	"subject": key._subject,
	"message": message,
	"observed": {property: value},
	"expected": {"types": input.params.types, "min_rsa_bits": input.params.min_rsa_bits},
	"evidence": [sprintf("%s#/properties/%s", [key._subject, property])],
}
