package ringfence.facts.log_sink_test

import data.ringfence.facts.log_sink

tenant := "a0000000-0000-4000-8000-000000000001"

of(properties) := {
	"client": {"tenant_id": tenant},
	"azure": {"diagnostic_settings": [{"_id": "/d", "_subject": "azure.diagnostic_settings/d", "properties": properties}]},
}

test_found if {
	want := {"value": "/subscriptions/s/w", "subject": "azure.diagnostic_settings/d", "role": "same", "node": null, "state": "live"}
	log_sink.link == {want} with input as of({"workspaceId": "/subscriptions/S/W", "storageAccountId": null})
}

test_none if count(log_sink.link) == 0 with input as of({"workspaceId": null})
