# METADATA
# title: Keys cannot be destroyed quickly
# description: >-
#   Every key vault and managed HSM keeps what is deleted for the whole retention
#   period and refuses to purge it before. Without purge protection one
#   administrator, or one intruder, can destroy a key and with it all that it
#   encrypts. A vault for development that may do without is an exception in the
#   fleet file, never a tag.
# related_resources:
#   - ref: https://learn.microsoft.com/azure/key-vault/general/soft-delete-overview
#     description: Azure Key Vault soft-delete overview, with purge protection
#   - ref: https://learn.microsoft.com/azure/key-vault/managed-hsm/soft-delete-overview
#     description: Managed HSM soft-delete overview
#   - ref: https://learn.microsoft.com/rest/api/keyvault/keyvault/vaults/list-by-subscription
#     description: VaultProperties, enablePurgeProtection does not accept false
# custom:
#   id: RF-K-04
#   since: "0.1"
#   severity: high
#   scope: client
#   maps:
#     nist_800_53: [cp-9, cp-10, sc-12.1]
#     iso_27001: [A.8.13, A.8.24]
#     ccm: [CEK-14, CEK-20]
#     gdpr: []
#     cis_m365: []
#     nis2: ["4.2", "9.2"]
#   unverified: [iso_27001, ccm, nis2]
#   params:
#     min_retention_days:
#       type: integer
#       default: 90
#       description: How many days what is deleted must stay recoverable (Azure allows 7 to 90).
#   remediation: >-
#     Turn on purge protection (`az keyvault update --enable-purge-protection
#     true`, for a managed HSM `az keyvault update-hsm`; it cannot be turned off
#     again). The retention period is fixed when
#     soft delete is turned on: a vault with a shorter one has to be replaced.
#   limits: >-
#     Vaults and managed HSMs that Azure Resource Manager lists. Says nothing
#     about keys outside Azure, backups of keys, or a key that is disabled rather
#     than deleted.
package ringfence.keyownership.purge_protection

subjects contains vault._subject if some vault in input.keyvault.vaults

subjects contains hsm._subject if some hsm in input.keyvault.managed_hsms

pass contains vault._subject if {
	some vault in input.keyvault.vaults
	_protected(vault.properties)
}

pass contains hsm._subject if {
	some hsm in input.keyvault.managed_hsms
	_protected(hsm.properties)
}

fail contains _failure(vault, messages) if {
	some vault in input.keyvault.vaults
	messages := _deviations(vault.properties)
	count(messages) > 0
}

fail contains _failure(hsm, messages) if {
	some hsm in input.keyvault.managed_hsms
	messages := _deviations(hsm.properties)
	count(messages) > 0
}

_min_days := input.params.min_retention_days

_protected(properties) if {
	properties.enablePurgeProtection == true
	properties.enableSoftDelete in {true, null} # null: left out, which means on
	_retention(properties) >= _min_days
}

# _retention is the retention in days. null means that the property was left out, whose
# documented meaning is 90 days. It is undefined for anything else that is no number.
_retention(properties) := properties.softDeleteRetentionInDays if {
	is_number(properties.softDeleteRetentionInDays)
}

_retention(properties) := 90 if properties.softDeleteRetentionInDays == null

_deviations(properties) := ({m | m := _purgeable(properties)} | {m | m := _hard_delete(properties)}) | {m | m := _short_retention(properties)}

_purgeable(properties) := "purge protection is off" if {
	properties.enablePurgeProtection in {false, null} # null: left out, which means off
}

_hard_delete(properties) := "soft delete is off" if properties.enableSoftDelete == false

_short_retention(properties) := message if {
	days := _retention(properties)
	days < _min_days
	message := sprintf("deleted keys stay recoverable for %v days, %v are promised", [days, _min_days])
}

_failure(store, messages) := {
	"subject": store._subject,
	"message": concat("; ", messages),
	"observed": {
		"enablePurgeProtection": object.get(store.properties, "enablePurgeProtection", null),
		"enableSoftDelete": object.get(store.properties, "enableSoftDelete", null),
		"softDeleteRetentionInDays": object.get(store.properties, "softDeleteRetentionInDays", null),
	},
	"expected": {
		"enablePurgeProtection": true,
		"enableSoftDelete": true,
		"softDeleteRetentionInDays": _min_days,
	},
	"evidence": [
		sprintf("%s#/properties/enablePurgeProtection", [store._subject]),
		sprintf("%s#/properties/enableSoftDelete", [store._subject]),
		sprintf("%s#/properties/softDeleteRetentionInDays", [store._subject]),
	],
}
