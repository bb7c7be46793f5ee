package ringfence.geofence.vault_regions_test

import data.ringfence.geofence.vault_regions as control

fence(regions) := {"name": "eu", "regions": regions}

location(scope, name, geography, pairs) := {
	"_id": sprintf("%s/%s", [scope, name]),
	"_scope": scope,
	"_subject": sprintf("azure.locations/%s/%s", [scope, name]),
	"name": name,
	"metadata": {"geography": geography, "pairedRegion": pairs},
}

locations := [
	location("s", "westeurope", "Europe", [{"name": "northeurope"}]),
	location("s", "northeurope", "Europe", [{"name": "westeurope"}]),
	location("s", "germanywestcentral", "Germany", [{"name": "germanynorth"}]),
	location("s", "germanynorth", "Germany", [{"name": "germanywestcentral"}]),
	location("s", "italynorth", "Italy", null),
	location("s", "brazilsouth", "Brazil", [{"name": "southcentralus"}]),
	location("s", "southcentralus", "United States", [{"name": "northcentralus"}]),
	location("s", "swedensouth", "Sweden", [{"name": "swedencentral"}]),
	location("other", "swedencentral", "Sweden", null),
	location("other", "westeurope", "Europe", [{"name": "eastus"}]),
	location("other", "southcentralus", "Brazil", null),
]

allowed := ["brazilsouth", "germanywestcentral", "italynorth", "northeurope", "swedencentral", "westeurope"]

vault(region) := {"_id": "v", "_scope": "s", "_subject": "keyvault.vaults/v", "name": "kv", "location": region, "properties": {}}

hsm(region, replicas) := {
	"_id": "h",
	"_scope": "s",
	"_subject": "keyvault.managed_hsms/h",
	"name": "hsm",
	"location": region,
	"properties": {"regions": replicas},
}

tenant(vaults, hsms) := {
	"client": {"fence": fence(allowed)},
	"azure": {"locations": locations},
	"keyvault": {"vaults": vaults, "managed_hsms": hsms},
}

verdict(subject) := "a verdict on no subject" if {
	not subject in control.subjects
	subject in (control.pass | {f.subject | some f in control.fail})
} else := "no subject" if {
	not subject in control.subjects
} else := "both" if {
	subject in control.pass
	count(control.fail) > 0
} else := "pass" if {
	subject in control.pass
} else := "fail" if {
	count([f | some f in control.fail; f.subject == subject]) == 1
} else := "undetermined"

test_vaults[name] if {
	some name, c in {
		"inside, pair inside": {"region": "westeurope", "want": "pass"},
		"as people write it": {"region": "West Europe", "want": "pass"},
		"inside, pair outside": {"region": "germanywestcentral", "want": "fail"},
		"outside": {"region": "southcentralus", "want": "fail"},
		"outside, pair inside": {"region": "swedensouth", "want": "fail"},
		"pair of another geography": {"region": "brazilsouth", "want": "fail"},
		# False positives: a region without a pair; one that the metadata does not know.
		"no pair": {"region": "italynorth", "want": "pass"},
		"allowed, but not among the subscription's regions": {"region": "swedencentral", "want": "undetermined"},
		"empty": {"region": "", "want": "undetermined"},
		"null": {"region": null, "want": "undetermined"},
	}
	verdict("keyvault.vaults/v") == c.want with input as tenant([vault(c.region)], [])
}

test_hsms[name] if {
	some name, c in {
		"its location alone": {"region": "westeurope", "replicas": null, "want": "pass"},
		"a pair counts for vaults only": {"region": "germanywestcentral", "replicas": null, "want": "pass"},
		"extended inside": {"region": "westeurope", "replicas": [{"name": "North Europe"}], "want": "pass"},
		"extended outside": {"region": "westeurope", "replicas": [{"name": "northeurope"}, {"name": "eastus"}], "want": "fail"},
		"outside": {"region": "eastus", "replicas": null, "want": "fail"},
		"outside, twice": {"region": "eastus", "replicas": [{"name": "uksouth"}], "want": "fail"},
		"a replica without name": {"region": "westeurope", "replicas": [{}], "want": "undetermined"},
		"a replica of no region": {"region": "westeurope", "replicas": [{"name": null}], "want": "undetermined"},
	}
	verdict("keyvault.managed_hsms/h") == c.want with input as tenant([], [hsm(c.region, c.replicas)])
}

test_gaps[name] if {
	some name, world in {
		"no pairs property": json.patch(tenant([vault("westeurope")], []), [{"op": "remove", "path": "/azure/locations/0/metadata/pairedRegion"}]),
		"no metadata": json.patch(tenant([vault("westeurope")], []), [{"op": "remove", "path": "/azure/locations/0/metadata"}]),
		"no location document": json.patch(tenant([vault("westeurope")], []), [{"op": "remove", "path": "/azure/locations/0"}]),
		"no regions property": json.patch(tenant([], [hsm("westeurope", null)]), [{"op": "remove", "path": "/keyvault/managed_hsms/0/properties/regions"}]),
		"no location property": json.patch(tenant([vault("westeurope")], []), [{"op": "remove", "path": "/keyvault/vaults/0/location"}]),
	}
	count(control.subjects) == 1 with input as world
	control.pass == set() with input as world
	control.fail == set() with input as world
}

test_no_fence[name] if {
	some name, promise in {"no fence": null, "no regions": {"name": "eu", "regions": null}}
	world := json.patch(tenant([vault("eastus")], [hsm("eastus", null)]), [{"op": "replace", "path": "/client/fence", "value": promise}])
	control.subjects == set() with input as world
	control.pass == set() with input as world
	control.fail == set() with input as world
}

test_messages[name] if {
	some name, c in {
		"same geography": {"region": "germanywestcentral", "want": "vault kv in germanywestcentral is copied to germanynorth: germanynorth is of the same geography (Germany); add it to the fence eu if that is meant"},
		"another geography": {"region": "brazilsouth", "want": "vault kv in brazilsouth is copied to southcentralus: southcentralus is outside the fence eu"},
		"outside": {"region": "eastus", "want": "vault kv is in eastus, outside the fence eu"},
	}
	messages := {f.message | some f in control.fail} with input as tenant([vault(c.region)], [])
	messages == {c.want}
}

test_no_geography if {
	nowhere := json.patch(tenant([vault("germanywestcentral")], []), [
		{"op": "replace", "path": "/azure/locations/2/metadata/geography", "value": null},
		{"op": "replace", "path": "/azure/locations/3/metadata/geography", "value": null},
	])
	messages := {f.message | some f in control.fail} with input as nowhere
	messages == {"vault kv in germanywestcentral is copied to germanynorth: germanynorth is outside the fence eu"}
}

test_hsm_message if {
	some f in control.fail with input as tenant([], [hsm("westeurope", [{"name": "eastus"}])])
	f.message == "managed HSM hsm is in eastus, outside the fence eu"
	f.evidence == ["keyvault.managed_hsms/h#/properties/regions"]
}
