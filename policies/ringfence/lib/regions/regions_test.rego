package ringfence.lib.regions_test

import data.ringfence.lib.regions

world := {
	"client": {"fence": {"regions": ["westeurope", "northeurope", "italynorth", "francecentral"]}},
	"azure": {"locations": [
		{"_scope": "s", "name": "westeurope", "metadata": {"pairedRegion": [{"name": "North Europe"}]}},
		{"_scope": "s", "name": "northeurope", "metadata": {"pairedRegion": [{"name": null}]}},
		{"_scope": "s", "name": "italynorth", "metadata": {"pairedRegion": null}},
		{"_scope": "s", "name": "francecentral", "metadata": {"pairedRegion": [{"name": "francesouth"}]}},
		{"_scope": "t", "name": "westeurope", "metadata": {"pairedRegion": []}},
		{"_scope": "t", "name": "eastus", "metadata": {}},
		{"_scope": "t", "name": "norwayeast", "metadata": {"pairedRegion": [{"name": "westeurope"}, {"name": "norwaywest"}]}},
	]},
}

test_pairs if {
	regions.inside == {["s", "westeurope"]} with input as world
	regions.outside == {["s", "francecentral", "francesouth"], ["t", "norwayeast", "norwaywest"]} with input as world
}

test_promised if {
	regions.promised with input as world
	regions.promised with input as {"client": {"fence": {"regions": []}}}
	not regions.promised with input as {"client": {"fence": null}}
	not regions.promised with input as {"client": {"fence": {"regions": null}}}
}

test_allowed if {
	regions.allowed == {"westeurope", "northeurope", "italynorth", "francecentral"} with input as world
}

test_name if {
	regions.name("West Europe") == "westeurope"
	not regions.name("")
	not regions.name(null)
}

test_subscription if {
	regions.subscription({"_id": "/subscriptions/s/resourcegroups/g"}) == "s"
	not regions.subscription({"_id": "/providers/microsoft.aadiam"})
}
