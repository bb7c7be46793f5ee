# METADATA
# title: Geo-redundancy does not copy data outside the fence
# description: >-
#   What is copied to a second region stays in the fence: the secondary of a
#   geo-redundant storage account, the geo-redundant backups of a SQL database and the
#   data of a Recovery Services or Backup vault, which go to the pair of the region.
#   What is kept in one region copies nowhere. A pair in the same geography is no
#   exception: the fence says whether it is allowed.
# related_resources:
#   - ref: https://learn.microsoft.com/rest/api/storagerp/storage-accounts/list
#     description: "Storage accounts - List: sku.name, secondaryLocation"
#   - ref: https://learn.microsoft.com/rest/api/sql/databases/list-by-server
#     description: "SQL databases - List: currentBackupStorageRedundancy"
#   - ref: https://learn.microsoft.com/azure/backup/backup-create-recovery-services-vault#set-storage-redundancy
#     description: Set storage redundancy of a Recovery Services vault
#   - ref: https://learn.microsoft.com/azure/reliability/regions-paired
#     description: Azure region pairs and nonpaired regions
# custom:
#   id: RF-G-04
#   since: "0.2"
#   severity: high
#   scope: client
#   maps:
#     nist_800_53: [cm-12, cp-6, cp-9, sa-9.5]
#     iso_27001: [A.5.23, A.8.13, A.8.14]
#     ccm: [BCR-08, DSP-19]
#     gdpr: [Art. 44, Art. 45, Art. 46]
#     cis_m365: []
#     nis2: ["4.2.2"]
#   unverified: [iso_27001, ccm, gdpr, nis2]
#   params: {}
#   remediation: >-
#     Change the redundancy to zone-redundant or locally redundant: of the storage
#     account, of the database's backups, of the vault (only before anything is in it).
#     Or move it to a region whose pair is in the fence. Where the client agrees to the
#     pair, add it to the fence.
#   limits: >-
#     What was copied before is not deleted by the change. Replicas that somebody made
#     (failover groups, read replicas, object replication, Site Recovery) are judged as
#     resources, by where they lie, and not here. Cosmos DB and other services with
#     copies of their own are not read.
package ringfence.geofence.geo_redundancy

import data.ringfence.lib.regions

subjects contains account._subject if {
	regions.promised
	some account in input.azure.storage_accounts
}

subjects contains database._subject if {
	regions.promised
	some database in input.azure.sql_databases
}

subjects contains vault._subject if {
	regions.promised
	some vault in input.azure.backup_vaults
}

pass contains account._subject if {
	regions.promised
	some account in input.azure.storage_accounts
	_is_local_account(account.sku.name)
}

pass contains account._subject if {
	some account in input.azure.storage_accounts
	_is_geo_account(account.sku.name)
	regions.name(account.properties.secondaryLocation) in regions.allowed
}

pass contains database._subject if {
	regions.promised
	some database in input.azure.sql_databases
	_stays(database, database.properties.currentBackupStorageRedundancy)
	_stays(database, database.properties.requestedBackupStorageRedundancy)
}

pass contains vault._subject if {
	regions.promised
	some vault in input.azure.backup_vaults
	_is(vault.type, "microsoft.recoveryservices/vaults")
	_stays(vault, vault.properties.redundancySettings.standardTierStorageRedundancy)
}

pass contains vault._subject if {
	regions.promised
	some vault in input.azure.backup_vaults
	_is(vault.type, "microsoft.dataprotection/backupvaults")
	is_array(vault.properties.storageSettings)
	count(vault.properties.storageSettings) > 0
	every setting in vault.properties.storageSettings {
		_stays(vault, setting.type)
	}
	every region in vault.properties.replicatedRegions {
		regions.name(region) in regions.allowed
	}
}

fail contains _copied(account, "storage account", region, "/properties/secondaryLocation") if {
	regions.promised
	some account in input.azure.storage_accounts
	_is_geo_account(account.sku.name)
	region := regions.name(account.properties.secondaryLocation)
	not region in regions.allowed
}

fail contains _copied(database, "database", pair, "/properties/currentBackupStorageRedundancy") if {
	some database in input.azure.sql_databases
	database.properties.currentBackupStorageRedundancy in _geo
	some pair in _strangers(database)
}

fail contains _copied(database, "database", pair, "/properties/requestedBackupStorageRedundancy") if {
	some database in input.azure.sql_databases
	database.properties.requestedBackupStorageRedundancy in _geo
	some pair in _strangers(database)
}

fail contains _copied(vault, "backup vault", pair, "/properties/redundancySettings/standardTierStorageRedundancy") if {
	some vault in input.azure.backup_vaults
	vault.properties.redundancySettings.standardTierStorageRedundancy in _geo
	some pair in _strangers(vault)
}

fail contains _copied(vault, "backup vault", pair, "/properties/storageSettings") if {
	some vault in input.azure.backup_vaults
	some setting in vault.properties.storageSettings
	setting.type in _geo
	some pair in _strangers(vault)
}

fail contains _copied(vault, "backup vault", name, "/properties/replicatedRegions") if {
	regions.promised
	some vault in input.azure.backup_vaults
	some region in vault.properties.replicatedRegions
	name := regions.name(region)
	not name in regions.allowed
}

_is_local_account(sku) if {
	is_string(sku)
	regex.match(`^[A-Za-z0-9]+_(LRS|ZRS)$`, sku)
}

_is_geo_account(sku) if {
	is_string(sku)
	regex.match(`^[A-Za-z0-9]+_(RA)?G(RS|ZRS)$`, sku)
}

_is(type, name) if {
	is_string(type)
	lower(type) == name
}

# _geo are the redundancies that copy to the pair of the region; _local those that do not.
_geo := {"Geo", "GeoZone", "GeoRedundant"}

_local := {"Local", "Zone", "LocallyRedundant", "ZoneRedundant"}

_stays(_, redundancy) if redundancy in _local

_stays(resource, redundancy) if {
	redundancy in _geo
	[regions.subscription(resource), regions.name(resource.location)] in regions.inside
}

# _strangers are the pairs outside the fence of the region that a resource is in.
_strangers(resource) := _outside[[regions.subscription(resource), regions.name(resource.location)]] if regions.promised

_outside[[subscription, region]] contains pair if some [subscription, region, pair] in regions.outside

_copied(resource, what, region, pointer) := {
	"subject": resource._subject,
	"message": sprintf("%s %s is copied to %s, outside the fence %s", [what, resource.name, region, input.client.fence.name]),
	"observed": {"location": resource.location, "copiedTo": region},
	"expected": {"regions": regions.allowed},
	"evidence": [sprintf("%s#%s", [resource._subject, pointer])],
}
