package ringfence.lib.tenants_test

import data.ringfence.lib.tenants

tenant := "a0000000-0000-4000-8000-000000000001"

test_own if tenants.own({"_id": tenant, "_subject": "o"}) == {
	"value": tenant,
	"subject": "o",
	"role": "controls",
	"node": null,
	"state": "live",
}

test_naming if tenants.naming({"_subject": "s"}, upper(tenant), "live") == {
	"value": tenant,
	"subject": "s",
	"role": "controlled",
	"node": null,
	"state": "live",
}

test_naming_nobody[id] if {
	some id in [null, "", 7]
	not tenants.naming({"_subject": "s"}, id, "live")
}
