package ringfence.isolation.client_vendors_test

import data.ringfence.isolation.client_vendors as control

own := "aaaaaaaa-0000-4000-8000-000000000010"

msp := "aaaaaaaa-0000-4000-8000-000000000001"

vendor := "bbbbbbbb-0000-4000-8000-000000000001"

app := "22222222-0000-4000-8000-000000000001"

link(client) := {"subject": "p", "role": "same", "with": [{"client": client, "role": "same", "tenant_id": ""}]}

other := [link("client-00000001")]

world(changes, links, vendors) := {
	"client": {"tenant_id": own, "vendors": vendors},
	"msp": {"tenant_id": msp},
	"entra": {"service_principals": [object.union({"_subject": "p", "appId": app, "appOwnerOrganizationId": vendor}, changes)]},
	"fleet": {"links": {"vendor-app": links}},
}

sells(ids) := [{"tenant_id": vendor, "app_ids": ids}]

verdict := "no subject" if {
	not "p" in control.subjects
	count(control.pass) + count(control.fail) == 0
} else := "both" if {
	"p" in control.pass
	count(control.fail) > 0
} else := "pass" if {
	"p" in control.pass
} else := "fail" if {
	{f.subject | some f in control.fail} == {"p"}
} else := "undetermined"

test_verdicts[name] if {
	some name, c in {
		"here alone": [world({}, [], null), "pass"],
		"here and at the service provider": [world({}, [link("msp")], null), "pass"],
		"another application's": [world({}, [object.union(link("client-00000001"), {"subject": "q"})], null), "pass"],
		"in another client, nobody accepted": [world({}, other, null), "fail"],
		"in another client, another vendor": [world({}, other, [{"tenant_id": "bbbbbbbb-0000-4000-8000-000000000002", "app_ids": null}]), "fail"],
		"an accepted vendor": [world({"appOwnerOrganizationId": upper(vendor)}, other, sells(null)), "pass"],
		"an accepted application": [world({"appId": upper(app)}, other, sells([app])), "pass"],
		"another application of the vendor": [world({}, other, sells(["22222222-0000-4000-8000-000000000002"])), "fail"],
		"the tenant's own": [world({"appOwnerOrganizationId": upper(own)}, other, null), "no subject"],
		"the service provider's": [world({"appOwnerOrganizationId": upper(msp)}, other, null), "no subject"],
		"Microsoft's": [world({"appOwnerOrganizationId": "F8CDEF31-a31e-4b4a-93e4-5f571e91255a"}, other, null), "no subject"],
		"a managed identity": [world({"appOwnerOrganizationId": null}, other, null), "no subject"],
	}
	verdict == c[1] with input as c[0]
}

test_message if {
	control.fail == {{
		"subject": "p",
		"message": "controls client-00000001, too, and is of no vendor that was accepted",
		"observed": ["client-00000001"],
		"expected": "an application of a vendor that was accepted, or of this client alone",
		"evidence": ["p#/appOwnerOrganizationId"],
	}} with input as world({}, other, null)
}
