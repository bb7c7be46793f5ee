package ringfence.facts.log_home_test

import data.ringfence.facts.log_home

tenant := "a0000000-0000-4000-8000-000000000001"

of(properties) := {"client": {"tenant_id": tenant}, "azure": {
	"subscriptions": [
		{"_id": "own", "_subject": "azure.subscriptions/own", "tenantId": upper(tenant)},
		{"_id": "delegated", "_subject": "azure.subscriptions/delegated", "tenantId": "b0000000-0000-4000-8000-000000000002"},
	],
	"diagnostic_settings": [{"_id": "/d", "_subject": "azure.diagnostic_settings/d", "properties": properties}],
}}

own := {
	"value": "own",
	"subject": "azure.subscriptions/own",
	"role": "controls",
	"node": sprintf("%s/subscription/own", [tenant]),
	"state": "live",
}

test_found[property] if {
	some property in ["workspaceId", "storageAccountId", "eventHubAuthorizationRuleId", "serviceBusRuleId"]
	want := {
		"value": "theirs",
		"subject": "azure.diagnostic_settings/d",
		"role": "controlled",
		"node": sprintf("%s/log//d", [tenant]),
		"state": "live",
	}
	log_home.link == {own, want} with input as of({property: "/subscriptions/Theirs/resourceGroups/g/x"})
}

test_none[name] if {
	some name, value in {"nowhere": null, "no subscription": "/providers/x", "empty": ""}
	log_home.link == {own} with input as of({"workspaceId": value})
}
