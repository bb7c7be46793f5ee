# METADATA
# title: Every declared vault and managed HSM exists
# description: >-
#   Each key vault and managed HSM that the fleet file declares for the client is
#   there under its id. One that was deleted takes all with it that its keys
#   encrypt: it can be recovered until its retention period ends or somebody
#   purges it, and then its name is free for a stranger.
# related_resources:
#   - ref: https://learn.microsoft.com/azure/key-vault/general/soft-delete-overview
#     description: Azure Key Vault soft-delete overview
#   - ref: https://learn.microsoft.com/rest/api/keyvault/keyvault/vaults/list-deleted
#     description: Vaults - List Deleted, vaultId is the id of the original vault
#   - ref: https://learn.microsoft.com/azure/key-vault/general/key-vault-recovery
#     description: Azure Key Vault recovery management
# custom:
#   id: RF-K-14
#   since: "0.1"
#   severity: high
#   scope: client
#   maps:
#     nist_800_53: [cm-8, sc-12.1]
#     iso_27001: [A.5.9, A.8.24]
#     ccm: [CEK-20, CEK-21]
#     gdpr: [Art. 32]
#     cis_m365: []
#     nis2: ["9.2", "12.4"]
#   unverified: [iso_27001, ccm, gdpr, nis2]
#   params: {}
#   remediation: >-
#     Recover the vault (`az keyvault recover`) before it is purged. If it was
#     deleted on purpose and nothing uses its keys any more, take it out of
#     keys.vaults in the fleet file.
#   limits: >-
#     Only what keys.vaults names. A declared vault that is neither listed nor
#     known to be deleted is undetermined: it may have been purged or moved, or
#     lie where nobody looked. Deleted managed HSMs are not listed, so that they
#     are undetermined too. Says nothing about the keys in a vault.
package ringfence.keyownership.declared_vaults

subjects contains _declared[id] if some id in input.client.keys.vaults

pass contains vault._subject if {
	some vault in input.keyvault.vaults
	_declared[vault._id] == vault._subject
	not vault._id in _deleted
}

pass contains hsm._subject if {
	some hsm in input.keyvault.managed_hsms
	_declared[hsm._id] == hsm._subject
}

fail contains {
	"subject": _declared[id],
	"message": sprintf("%s was deleted, and is recoverable until it is purged", [regex.replace(id, `^.*/`, "")]),
	"observed": {
		"vaultId": vault.properties.vaultId,
		"deletionDate": object.get(vault.properties, "deletionDate", null),
		"scheduledPurgeDate": object.get(vault.properties, "scheduledPurgeDate", null),
	},
	"expected": "a vault that is not deleted",
	"evidence": [sprintf("%s#/properties/vaultId", [vault._subject])],
} if {
	some vault in input.keyvault.deleted_vaults
	is_string(vault.properties.vaultId)
	id := lower(vault.properties.vaultId)
}

# _deleted are the ids in the list of deleted vaults. A vault may also be in the list of
# vaults, if it was deleted or recovered while the two lists were read. It is a violation
# all the same: the next snapshot tells which of the lists was the later one.
_deleted contains lower(vault.properties.vaultId) if {
	some vault in input.keyvault.deleted_vaults
	is_string(vault.properties.vaultId)
}

# _declared maps the id of each declared vault to its subject. Fleet files have ids in
# lower case. The subject is made of the id here, because a vault that was not read has no
# document to take it from.
_declared := {id: sprintf("%s/%s", [_dataset(id), _escaped(trim_prefix(id, "/"))]) | some id in input.client.keys.vaults}

_dataset(id) := "keyvault.managed_hsms" if {
	contains(id, "/providers/microsoft.keyvault/managedhsms/")
} else := "keyvault.vaults"

# _escaped is an id as subjects have it. "#" is escaped, because it ends the subject in a
# piece of evidence ("<subject>#<pointer>").
_escaped(text) := replace(replace(text, "%", "%25"), "#", "%23")
