package ringfence.geofence.log_sinks_test

import data.ringfence.geofence.log_sinks as control

at(type, name) := sprintf("/subscriptions/s/resourceGroups/g/providers/%s/%s", [type, name])

resource(type, name, region) := {
	"_id": lower(at(type, name)),
	"_scope": "s",
	"_subject": sprintf("azure.resources/%s", [name]),
	"name": name,
	"location": region,
}

resources := [
	resource("Microsoft.OperationalInsights/workspaces", "log-eu", "West Europe"),
	resource("Microsoft.OperationalInsights/workspaces", "log-us", "eastus"),
	resource("Microsoft.Storage/storageAccounts", "stus", "eastus"),
	resource("Microsoft.EventHub/namespaces", "hub-eu", "northeurope"),
	resource("Microsoft.EventHub/namespaces", "hub-us", "eastus"),
	resource("Microsoft.ServiceBus/namespaces", "bus-us", "eastus"),
	resource("Microsoft.OperationalInsights/workspaces", "log-nowhere", ""),
]

nowhere := {
	"workspaceId": null,
	"storageAccountId": null,
	"eventHubAuthorizationRuleId": null,
	"serviceBusRuleId": null,
	"marketplacePartnerId": null,
}

setting(targets) := {"_id": "d", "_scope": "s", "_subject": "azure.diagnostic_settings/d", "name": "audit", "properties": object.union(nowhere, targets)}

vault(region) := {"_id": "v", "_scope": "s", "_subject": "azure.backup_vaults/v", "name": "rsv", "location": region}

tenant(settings, vaults) := {
	"client": {"fence": {"name": "eu", "regions": ["westeurope", "northeurope"]}},
	"azure": {"diagnostic_settings": settings, "backup_vaults": vaults, "resources": resources},
}

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

workspaces := "Microsoft.OperationalInsights/workspaces"

hub(name) := at("Microsoft.EventHub/namespaces", sprintf("%s/authorizationRules/RootManageSharedAccessKey", [name]))

test_settings[name] if {
	some name, c in {
		"inside": {"to": {"workspaceId": at(workspaces, "log-eu")}, "want": "pass"},
		"inside, in small letters": {"to": {"workspaceId": lower(at(workspaces, "log-eu"))}, "want": "pass"},
		"a hub inside": {"to": {"eventHubAuthorizationRuleId": hub("hub-eu")}, "want": "pass"},
		"nowhere": {"to": {}, "want": "pass"},
		"a workspace outside": {"to": {"workspaceId": at(workspaces, "log-us")}, "want": "fail"},
		"a storage account outside": {"to": {"storageAccountId": at("Microsoft.Storage/storageAccounts", "stus")}, "want": "fail"},
		"a hub outside": {"to": {"eventHubAuthorizationRuleId": hub("hub-us")}, "want": "fail"},
		"a bus outside": {"to": {"serviceBusRuleId": at("Microsoft.ServiceBus/namespaces", "bus-us/authorizationRules/r")}, "want": "fail"},
		"inside and outside": {"to": {"workspaceId": at(workspaces, "log-eu"), "eventHubAuthorizationRuleId": hub("hub-us")}, "want": "fail"},
		"a sink that was not read": {"to": {"workspaceId": at(workspaces, "elsewhere")}, "want": "undetermined"},
		"a sink of no region": {"to": {"workspaceId": at(workspaces, "log-nowhere")}, "want": "undetermined"},
		# False positive: what a partner, or Defender XDR, takes further is not readable.
		"a partner": {"to": {"workspaceId": at(workspaces, "log-eu"), "marketplacePartnerId": "/subscriptions/s/x"}, "want": "undetermined"},
		"no resource id": {"to": {"workspaceId": 7}, "want": "undetermined"},
	}
	verdict == c.want with input as tenant([setting(c.to)], [])
}

test_a_property_that_is_missing if {
	world := tenant([object.remove(setting({}), ["properties"])], [])
	verdict == "undetermined" with input as world
}

test_vaults[name] if {
	some name, c in {
		"inside": {"region": "West Europe", "want": "pass"},
		"outside": {"region": "eastus", "want": "fail"},
		"empty": {"region": "", "want": "undetermined"},
	}
	verdict == c.want with input as tenant([], [vault(c.region)])
}

test_no_fence[name] if {
	some name, fence in {"no fence": null, "no regions": {"name": "eu", "regions": null}}
	world := json.patch(
		tenant([setting({}), setting({"workspaceId": at(workspaces, "log-us")})], [vault("eastus")]),
		[{"op": "replace", "path": "/client/fence", "value": fence}],
	)
	verdict == "no subject" with input as world
}

test_message if {
	control.fail == {{
		"subject": "azure.diagnostic_settings/d",
		"message": "audit sends logs to log-us in eastus, outside the fence eu",
		"observed": {"workspaceId": at(workspaces, "log-us"), "location": "eastus"},
		"expected": {"regions": {"northeurope", "westeurope"}},
		"evidence": ["azure.diagnostic_settings/d#/properties/workspaceId", "azure.resources/log-us#/location"],
	}} with input as tenant([setting({"workspaceId": at(workspaces, "log-us")})], [])
}

test_vault_message if {
	some f in control.fail with input as tenant([], [vault("eastus")])
	f.message == "backup vault rsv is in eastus, outside the fence eu"
}
