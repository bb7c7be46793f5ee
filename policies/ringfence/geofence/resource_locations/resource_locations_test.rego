package ringfence.geofence.resource_locations_test

import data.ringfence.geofence.resource_locations

eu := {"name": "eu", "regions": ["northeurope", "westeurope"], "geographies": ["EUR"], "countries": ["DE"]}

parameters := {"global_types": ["Microsoft.Network/dnsZones"]}

resource(name, type, location) := {
	"_id": name,
	"_scope": "s",
	"_subject": sprintf("azure.resources/%s", [name]),
	"name": name,
	"type": type,
	"location": location,
}

group(name, location) := {
	"_id": name,
	"_scope": "s",
	"_subject": sprintf("azure.resource_groups/%s", [name]),
	"name": name,
	"location": location,
}

tenant(resources, groups) := {
	"client": {"fence": eu},
	"params": parameters,
	"azure": {"resources": resources, "resource_groups": groups},
}

verdict(subject) := "both" if {
	subject in resource_locations.pass
	some f in resource_locations.fail
	f.subject == subject
} else := "pass" if {
	subject in resource_locations.pass
} else := "fail" if {
	count([f | some f in resource_locations.fail; f.subject == subject]) == 1
} else := "undetermined"

vm := "Microsoft.Compute/virtualMachines"

test_resources[name] if {
	some name, c in {
		"inside": {"type": vm, "location": "westeurope", "want": "pass"},
		"inside, as people write it": {"type": vm, "location": "West Europe", "want": "pass"},
		"outside": {"type": vm, "location": "eastus", "want": "fail"},
		"a region nobody knows": {"type": vm, "location": "atlantis", "want": "fail"},
		"almost a name of the fence": {"type": vm, "location": "westeurope2", "want": "fail"},
		"a global zone": {"type": "microsoft.network/dnszones", "location": "global", "want": "pass"},
		"a global zone in other case": {"type": "Microsoft.Network/DNSZones", "location": "Global", "want": "pass"},
		"a zone that is not global": {"type": "Microsoft.Network/dnsZones", "location": "eastus", "want": "fail"},
		"global with client data": {"type": "Microsoft.Communication/communicationServices", "location": "global", "want": "fail"},
		"empty": {"type": vm, "location": "", "want": "undetermined"},
		"blank": {"type": vm, "location": "  ", "want": "undetermined"},
		"null": {"type": vm, "location": null, "want": "undetermined"},
		"a number": {"type": vm, "location": 7, "want": "undetermined"},
		"global of no type": {"type": null, "location": "global", "want": "undetermined"},
	}
	world := tenant([resource("r", c.type, c.location)], [])
	resource_locations.subjects == {"azure.resources/r"} with input as world
	verdict("azure.resources/r") == c.want with input as world
}

test_groups[name] if {
	some name, c in {
		"inside": {"name": "rg", "location": "northeurope", "want": "pass"},
		"outside": {"name": "rg", "location": "eastus", "want": "fail"},
		"never global": {"name": "rg", "location": "global", "want": "fail"},
		"empty": {"name": "rg", "location": "", "want": "undetermined"},
		# Groups that Azure makes are judged by where they are, not by name.
		"NetworkWatcherRG inside": {"name": "NetworkWatcherRG", "location": "westeurope", "want": "pass"},
		"DefaultResourceGroup inside": {"name": "DefaultResourceGroup-WEU", "location": "westeurope", "want": "pass"},
		"DefaultResourceGroup outside": {"name": "DefaultResourceGroup-EUS", "location": "eastus", "want": "fail"},
	}
	subject := sprintf("azure.resource_groups/%s", [c.name])
	world := tenant([], [group(c.name, c.location)])
	resource_locations.subjects == {subject} with input as world
	verdict(subject) == c.want with input as world
}

test_no_location_property if {
	world := tenant([object.remove(resource("r", vm, ""), ["location"])], [object.remove(group("g", ""), ["location"])])
	count(resource_locations.subjects) == 2 with input as world
	resource_locations.pass == set() with input as world
	resource_locations.fail == set() with input as world
}

test_global_types_come_from_the_params if {
	none := object.union(tenant([resource("z", "microsoft.network/dnszones", "global")], []), {"params": {"global_types": []}})
	verdict("azure.resources/z") == "fail" with input as none
}

test_no_fence_no_subjects[name] if {
	some name, fence in {
		"no fence": null,
		"a fence without regions": {"name": "c", "regions": null, "geographies": null, "countries": ["DE"]},
	}
	world := object.union(tenant([resource("r", vm, "eastus"), resource("z", "microsoft.network/dnszones", "global")], [group("g", "eastus")]), {"client": {"fence": fence}})
	resource_locations.subjects == set() with input as world
	resource_locations.pass == set() with input as world
	resource_locations.fail == set() with input as world
}

test_empty_fence_allows_nothing if {
	closed := object.union(tenant([resource("r", vm, "westeurope")], []), {"client": {"fence": {"regions": []}}})
	verdict("azure.resources/r") == "fail" with input as closed
}

test_message if {
	resource_locations.fail == {{
		"subject": "azure.resources/vm1",
		"message": "resource vm1 (Microsoft.Compute/virtualMachines) is in eastus, outside the fence eu",
		"observed": {"location": "eastus"},
		"expected": {"location": {"northeurope", "westeurope"}},
		"evidence": ["azure.resources/vm1#/location"],
	}} with input as tenant([resource("vm1", vm, "East US")], [])
}

test_global_message if {
	messages := {f.message | some f in resource_locations.fail} with input as tenant([resource("vm1", vm, "Global")], [])
	messages == {"resource vm1 (Microsoft.Compute/virtualMachines) is in no region (global), which its type may not be: outside the fence eu"}
}
