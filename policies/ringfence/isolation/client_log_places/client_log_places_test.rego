package ringfence.isolation.client_log_places_test

import data.ringfence.isolation.client_log_places as control

soc := "/subscriptions/1/resourceGroups/rg/providers/Microsoft.OperationalInsights/workspaces/soc"

link(client) := {"subject": "s", "role": "same", "with": [{"client": client, "role": "same", "tenant_id": ""}]}

other := [link("client-00000001")]

world(properties, links, sinks) := {
	"client": {"shared_sinks": sinks},
	"azure": {"diagnostic_settings": [{"_subject": "s", "properties": properties}]},
	"fleet": {"links": {"log-sink": links}},
}

agreed := [{"name": "soc", "resource_id": lower(soc)}]

verdict := "no subject" if {
	not "s" in control.subjects
} else := "both" if {
	"s" in control.pass
	count(control.fail) > 0
} else := "pass" if {
	"s" in control.pass
} else := "fail" if {
	{f.subject | some f in control.fail} == {"s"}
} else := "undetermined"

test_verdicts[name] if {
	some name, c in {
		"a place of its own": [world({"workspaceId": soc}, [], null), "pass"],
		"a place of the service provider": [world({"workspaceId": soc}, [link("msp")], null), "pass"],
		"another client's, too": [world({"workspaceId": soc}, other, null), "fail"],
		"another client's, and another place was agreed": [world({"workspaceId": soc}, other, [{"resource_id": "/other"}]), "fail"],
		"by agreement": [world({"workspaceId": soc}, other, agreed), "pass"],
		"by agreement, beside one that was not agreed": [world({"workspaceId": soc, "storageAccountId": "/own"}, other, agreed), "fail"],
		"by agreement, with empty properties": [world({"workspaceId": soc, "storageAccountId": null, "serviceBusRuleId": ""}, other, agreed), "pass"],
		"by agreement, and what is no place": [world({"workspaceId": soc, "marketplacePartnerId": "/partner"}, other, agreed), "pass"],
		"a storage account by agreement": [world({"storageAccountId": soc}, other, agreed), "pass"],
		"an event hub by agreement": [world({"eventHubAuthorizationRuleId": soc}, other, agreed), "pass"],
		"a service bus by agreement": [world({"serviceBusRuleId": soc}, other, agreed), "pass"],
		"another setting": [world({"workspaceId": soc}, [object.union(link("client-00000001"), {"subject": "t"})], null), "pass"],
		"no place at all": [world({}, other, agreed), "fail"],
	}
	verdict == c[1] with input as c[0]
}

test_message if {
	control.fail == {{
		"subject": "s",
		"message": "sends logs to a place where client-00000001 sends some, too, which was not agreed",
		"observed": ["client-00000001"],
		"expected": "a place of this client alone, or a shared sink of the fleet file",
		"evidence": ["s#"],
	}} with input as world({"workspaceId": soc}, other, null)
}
