package ringfence.lib.logsinks_test

import data.ringfence.lib.logsinks

tenant := "a0000000-0000-4000-8000-000000000001"

of(properties) := {"azure": {"diagnostic_settings": [{"properties": properties}]}}

test_found if {
	found := {sink | some [_, sink] in logsinks.sinks} with input as of({"workspaceId": "/Subscriptions/s", "serviceBusRuleId": null})
	found == {"/subscriptions/s"}
}

test_none[value] if {
	some value in [null, "", 7]
	count(logsinks.sinks) == 0 with input as of({"storageAccountId": value})
}
