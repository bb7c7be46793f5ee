package ringfence.geofence.geo_redundancy_test

import data.ringfence.geofence.geo_redundancy as control

location(name, pairs) := {
	"_id": name,
	"_scope": "s",
	"_subject": sprintf("azure.locations/%s", [name]),
	"name": name,
	"metadata": {"pairedRegion": pairs},
}

locations := [
	location("westeurope", [{"name": "northeurope"}]),
	location("northeurope", [{"name": "westeurope"}]),
	location("germanywestcentral", [{"name": "germanynorth"}]),
	location("brazilsouth", [{"name": "southcentralus"}]),
	location("italynorth", null),
]

allowed := ["brazilsouth", "germanywestcentral", "italynorth", "northeurope", "westeurope"]

resource(dataset, region, more) := object.union(
	{
		"_id": "/subscriptions/s/resourcegroups/g/x",
		"_scope": "s",
		"_subject": sprintf("%s/x", [dataset]),
		"name": "x",
		"location": region,
	},
	more,
)

tenant(dataset, document) := object.union(
	{"client": {"fence": {"name": "eu", "regions": allowed}}, "azure": {"locations": locations}},
	{"azure": {dataset: [document]}},
)

verdict := "a verdict on no subject" if {
	count((control.pass | {f.subject | some f in control.fail}) - control.subjects) > 0
} else := "no subject" if {
	count(control.subjects) == 0
} else := "both" if {
	count(control.pass) > 0
	count(control.fail) > 0
} else := "pass" if {
	count(control.pass) == 1
} else := "fail" if {
	count(control.fail) > 0
} else := "undetermined"

account(sku, secondary) := resource("azure.storage_accounts", "westeurope", {"sku": {"name": sku}, "properties": {"secondaryLocation": secondary}})

test_accounts[name] if {
	some name, c in {
		"locally redundant": {"sku": "Standard_LRS", "secondary": null, "want": "pass"},
		"zone-redundant": {"sku": "Premium_ZRS", "secondary": null, "want": "pass"},
		"of the second generation": {"sku": "StandardV2_ZRS", "secondary": null, "want": "pass"},
		# False positive: the pair is in the fence.
		"copied inside": {"sku": "Standard_GRS", "secondary": "northeurope", "want": "pass"},
		"copied inside, as people write it": {"sku": "Standard_RAGZRS", "secondary": "North Europe", "want": "pass"},
		"copied outside": {"sku": "Standard_GRS", "secondary": "eastus", "want": "fail"},
		"readable outside": {"sku": "Standard_RAGRS", "secondary": "eastus", "want": "fail"},
		"zones, copied outside": {"sku": "Standard_GZRS", "secondary": "germanynorth", "want": "fail"},
		"copied to where": {"sku": "Standard_GRS", "secondary": null, "want": "undetermined"},
		"no redundancy that we know": {"sku": "Standard_XRS", "secondary": null, "want": "undetermined"},
		"null": {"sku": null, "secondary": null, "want": "undetermined"},
	}
	verdict == c.want with input as tenant("storage_accounts", account(c.sku, c.secondary))
}

test_accounts_without[name] if {
	some name, more in {
		"a secondary": {"sku": {"name": "Standard_GRS"}, "properties": {}},
		"a name of the redundancy": {"sku": {}, "properties": {"secondaryLocation": "northeurope"}},
	}
	verdict == "undetermined" with input as tenant("storage_accounts", resource("azure.storage_accounts", "westeurope", more))
}

database(region, current, requested) := resource("azure.sql_databases", region, {"properties": {"currentBackupStorageRedundancy": current, "requestedBackupStorageRedundancy": requested}})

test_databases[name] if {
	some name, c in {
		"local": {"region": "germanywestcentral", "current": "Local", "want": "pass"},
		"zones": {"region": "germanywestcentral", "current": "Zone", "want": "pass"},
		# False positive: the pair is in the fence.
		"pair inside": {"region": "West Europe", "current": "Geo", "want": "pass"},
		"pair outside, same geography": {"region": "germanywestcentral", "current": "Geo", "want": "fail"},
		# Brazil South is one of the regions whose pair lies in another geography.
		"pair outside, another geography": {"region": "brazilsouth", "current": "GeoZone", "want": "fail"},
		"no pair": {"region": "italynorth", "current": "Geo", "want": "undetermined"},
		"a region that the metadata do not know": {"region": "polandcentral", "current": "Geo", "want": "undetermined"},
		"null": {"region": "westeurope", "current": null, "want": "undetermined"},
		"another word": {"region": "westeurope", "current": "Everywhere", "want": "undetermined"},
	}
	verdict == c.want with input as tenant("sql_databases", database(c.region, c.current, c.current))
}

test_databases_on_their_way[name] if {
	some name, c in {
		"about to be copied": {"current": "Local", "requested": "Geo", "want": "fail"},
		"about to be kept": {"current": "Geo", "requested": "Local", "want": "fail"},
		"about to be what": {"current": "Local", "requested": null, "want": "undetermined"},
	}
	verdict == c.want with input as tenant("sql_databases", database("germanywestcentral", c.current, c.requested))
}

recovery(region, redundancy) := resource("azure.backup_vaults", region, {
	"type": "microsoft.recoveryservices/vaults",
	"properties": {"redundancySettings": {"standardTierStorageRedundancy": redundancy}},
})

backup(region, types, replicas) := resource("azure.backup_vaults", region, {
	"type": "Microsoft.DataProtection/BackupVaults",
	"properties": {"storageSettings": [{"type": type} | some type in types], "replicatedRegions": replicas},
})

test_vaults[name] if {
	some name, c in {
		"local": {"vault": recovery("germanywestcentral", "LocallyRedundant"), "want": "pass"},
		"zones": {"vault": recovery("germanywestcentral", "ZoneRedundant"), "want": "pass"},
		"pair inside": {"vault": recovery("westeurope", "GeoRedundant"), "want": "pass"},
		"pair outside": {"vault": recovery("germanywestcentral", "GeoRedundant"), "want": "fail"},
		"invalid": {"vault": recovery("westeurope", "Invalid"), "want": "undetermined"},
		"null": {"vault": recovery("westeurope", null), "want": "undetermined"},
		"backup vault": {"vault": backup("germanywestcentral", ["LocallyRedundant", "ZoneRedundant"], []), "want": "pass"},
		"backup vault, pair inside": {"vault": backup("westeurope", ["GeoRedundant"], []), "want": "pass"},
		"backup vault, pair outside": {"vault": backup("brazilsouth", ["LocallyRedundant", "GeoRedundant"], []), "want": "fail"},
		"backup vault, replica inside": {"vault": backup("westeurope", ["ZoneRedundant"], ["North Europe"]), "want": "pass"},
		"backup vault, replica outside": {"vault": backup("westeurope", ["ZoneRedundant"], ["eastus"]), "want": "fail"},
		"backup vault without settings": {"vault": backup("westeurope", [], []), "want": "undetermined"},
		"backup vault, null": {"vault": backup("westeurope", [null], []), "want": "undetermined"},
		"backup vault, replicas null": {"vault": backup("westeurope", ["ZoneRedundant"], null), "want": "undetermined"},
		"another type": {"vault": object.union(recovery("westeurope", "LocallyRedundant"), {"type": "x"}), "want": "undetermined"},
	}
	verdict == c.want with input as tenant("backup_vaults", c.vault)
}

test_no_fence[[name, dataset]] if {
	some name, fence in {"no fence": null, "no regions": {"name": "eu", "regions": null}}
	some dataset, document in {
		"storage_accounts": account("Standard_GRS", "eastus"),
		"sql_databases": database("westeurope", "Local", "Geo"),
		"backup_vaults": backup("westeurope", ["GeoRedundant"], ["eastus"]),
	}
	world := json.patch(tenant(dataset, document), [{"op": "replace", "path": "/client/fence", "value": fence}])
	verdict == "no subject" with input as world
}

test_no_fence_and_no_copy[dataset] if {
	some dataset, document in {
		"storage_accounts": account("Standard_LRS", null),
		"sql_databases": database("westeurope", "Local", "Local"),
		"backup_vaults": backup("westeurope", ["LocallyRedundant"], []),
	}
	world := json.patch(tenant(dataset, document), [{"op": "replace", "path": "/client/fence", "value": null}])
	verdict == "no subject" with input as world
}

test_no_fence_and_no_copy_of_recovery if {
	world := json.patch(tenant("backup_vaults", recovery("westeurope", "LocallyRedundant")), [{"op": "replace", "path": "/client/fence", "value": null}])
	verdict == "no subject" with input as world
}

test_message if {
	control.fail == {{
		"subject": "azure.storage_accounts/x",
		"message": "storage account x is copied to eastus, outside the fence eu",
		"observed": {"location": "westeurope", "copiedTo": "eastus"},
		"expected": {"regions": {region | some region in allowed}},
		"evidence": ["azure.storage_accounts/x#/properties/secondaryLocation"],
	}} with input as tenant("storage_accounts", account("Standard_GRS", "East US"))
}
