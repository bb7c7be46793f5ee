package ringfence.geofence.data_locations_test

import data.ringfence.geofence.data_locations as control

sku(name, capability, plans) := {
	"_id": name,
	"_subject": sprintf("entra.subscribed_skus/%s", [name]),
	"capabilityStatus": capability,
	"servicePlans": [{"servicePlanName": plan, "provisioningStatus": "Success"} | some plan in plans],
}

seen(service, geo, day) := {"service": service, "geo": geo, "seen_by": "security-lead", "seen_on": day}

world(skus, records) := {
	"as_of": "2026-11-30T10:00:00Z",
	"params": {"max_age_days": 365},
	"client": {"fence": {"name": "eu", "geographies": ["EUR", "DEU"]}, "data_location": records},
	"entra": {"subscribed_skus": skus},
}

exchange := [sku("e3", "Enabled", ["EXCHANGE_S_ENTERPRISE", "EXCHANGE_S_FOUNDATION"])]

verdict := "a verdict on no subject" if {
	count((control.pass | {f.subject | some f in control.fail}) - control.subjects) > 0
} else := "no subject" if {
	count(control.subjects) == 0
} else := "both" if {
	count(control.pass) > 0
	count(control.fail) > 0
} else := "pass" if {
	control.pass == {"entra.subscribed_skus/exchange"}
} else := "fail" if {
	{f.subject | some f in control.fail} == {"entra.subscribed_skus/exchange"}
} else := "undetermined"

test_records[name] if {
	some name, c in {
		"inside": {"records": [seen("exchange", "EUR", "2026-11-01")], "want": "pass"},
		"today": {"records": [seen("exchange", "DEU", "2026-11-30")], "want": "pass"},
		"in small letters": {"records": [seen("exchange", "eur", "2026-11-01")], "want": "pass"},
		"outside": {"records": [seen("exchange", "NAM", "2026-11-01")], "want": "fail"},
		"inside and outside": {"records": [seen("exchange", "EUR", "2026-11-01"), seen("exchange", "NAM", "2026-11-01")], "want": "fail"},
		"outside, and moved since": {"records": [seen("exchange", "NAM", "2026-01-01"), seen("exchange", "EUR", "2026-11-01")], "want": "pass"},
		"inside, and moved since": {"records": [seen("exchange", "EUR", "2026-01-01"), seen("exchange", "NAM", "2026-11-01")], "want": "fail"},
		# What nobody recorded, or not lately, is not known: neither way.
		"none": {"records": null, "want": "undetermined"},
		"of another service": {"records": [seen("teams", "EUR", "2026-11-01")], "want": "undetermined"},
		"too long ago": {"records": [seen("exchange", "EUR", "2025-11-29")], "want": "undetermined"},
		"outside, too long ago": {"records": [seen("exchange", "NAM", "2025-11-29")], "want": "undetermined"},
		"a year ago": {"records": [seen("exchange", "EUR", "2025-11-30")], "want": "pass"},
		"tomorrow": {"records": [seen("exchange", "EUR", "2026-12-01")], "want": "undetermined"},
		"seen by nobody": {"records": [object.union(seen("exchange", "EUR", "2026-11-01"), {"seen_by": null})], "want": "undetermined"},
		"of another service, later": {"records": [seen("exchange", "EUR", "2026-11-01"), seen("teams", "EUR", "2026-11-20")], "want": "pass"},
		"in a year": {"records": [seen("exchange", "EUR", "2026")], "want": "undetermined"},
		"on no day": {"records": [seen("exchange", "EUR", "lately")], "want": "undetermined"},
	}
	verdict == c.want with input as world(exchange, c.records)
}

test_services[name] if {
	some name, c in {
		"all": {
			"skus": [sku("e5", "Enabled", ["EXCHANGE_S_STANDARD", "SHAREPOINTENTERPRISE", "TEAMS1", "YAMMER_ENTERPRISE"]), sku("copilot", "Enabled", ["M365_COPILOT_APPS"])],
			"want": {"copilot", "exchange", "onedrive", "sharepoint", "teams", "viva-engage"},
		},
		"neither a mailbox nor a site": {"skus": [sku("free", "Enabled", ["EXCHANGE_S_FOUNDATION", "SHAREPOINTWAC", "FLOW_P2_VIRAL"])], "want": set()},
		"multi-geo alone": {"skus": [sku("geo", "Enabled", ["EXCHANGEONLINE_MULTIGEO", "TEAMSMULTIGEO"])], "want": set()},
		"lapsed": {"skus": [sku("e3", "Suspended", ["TEAMS1"])], "want": {"teams"}},
		"deleted": {"skus": [sku("e3", "Deleted", ["TEAMS1"])], "want": set()},
		"unknown": {"skus": [sku("e3", null, ["TEAMS1"])], "want": set()},
		"none": {"skus": [], "want": set()},
	}
	control.subjects == {sprintf("entra.subscribed_skus/%s", [service]) | some service in c.want} with input as world(c.skus, null)
}

test_a_plan_that_is_off[status] if {
	some status in ["Disabled", null]
	off := json.patch(exchange, [{"op": "replace", "path": "/0/servicePlans/0/provisioningStatus", "value": status}])
	control.subjects == set() with input as world(off, null)
}

test_no_promise[name] if {
	some name, fence in {"no fence": null, "no geographies": {"name": "eu", "geographies": null}}
	w := json.patch(world(exchange, [seen("exchange", "NAM", "2026-11-01")]), [{"op": "replace", "path": "/client/fence", "value": fence}])
	verdict == "no subject" with input as w
}

test_message if {
	control.fail == {{
		"subject": "entra.subscribed_skus/exchange",
		"message": "the data of exchange were seen in NAM on 2026-11-01, outside the fence eu",
		"observed": {"service": "exchange", "geo": "NAM", "seen_on": "2026-11-01"},
		"expected": {"geographies": {"DEU", "EUR"}},
		"evidence": ["entra.subscribed_skus/e3#/servicePlans"],
	}} with input as world(exchange, [seen("exchange", "NAM", "2026-11-01")])
}
