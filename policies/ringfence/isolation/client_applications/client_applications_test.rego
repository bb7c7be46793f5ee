package ringfence.isolation.client_applications_test

import data.ringfence.isolation.client_applications as control

own := "aaaaaaaa-0000-4000-8000-000000000010"

vendor := "bbbbbbbb-0000-4000-8000-000000000001"

program := {
	"_subject": "p",
	"appId": "22222222-0000-4000-8000-000000000001",
	"appOwnerOrganizationId": "EEEEEEEE-0000-4000-8000-000000000009",
}

link(client, changes) := object.union(
	{"subject": "p", "role": "controlled", "with": [{"client": client, "role": "controls", "tenant_id": ""}]},
	changes,
)

other := link("client-00000001", {})

sold := link("client-00000002", {"with": [{"client": "client-00000002", "role": "controls", "tenant_id": vendor}]})

vendors(ids) := [{"tenant_id": vendor, "app_ids": ids}]

world(changes, links, sellers) := {
	"client": {"tenant_id": own, "vendors": sellers, "partners": [{"tenant_id": vendor, "allow": ["b2b"]}]},
	"entra": {"service_principals": [object.union(program, changes)]},
	"fleet": {"links": {"app-home": links}},
}

verdict := "no subject" if {
	not "p" in control.subjects
	not "p" in control.pass
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
		"of somebody outside of the fleet": [world({}, [], []), "pass"],
		"of the service provider": [world({}, [link("msp", {})], []), "pass"],
		"of another client": [world({}, [other], []), "fail"],
		"of another client, with vendors": [world({}, [other], vendors([])), "fail"],
		"of a vendor": [world({}, [sold], vendors([])), "pass"],
		"of a vendor, of whose applications none is named": [world({}, [sold], vendors(null)), "pass"],
		"a vendor's application": [world({"appId": upper(program.appId)}, [sold], vendors([program.appId])), "pass"],
		"another application of a vendor": [world({}, [sold], vendors(["22222222-0000-4000-8000-000000000002"])), "fail"],
		# What is agreed with a partner is no consent to its applications.
		"of a partner": [world({}, [sold], []), "fail"],
		"nothing promised of vendors": [world({}, [sold], null), "fail"],
		"another application's link": [world({}, [link("client-00000001", {"subject": "q"})], []), "pass"],
		"the tenant's own application elsewhere": [world({}, [link("client-00000001", {"role": "controls"})], []), "pass"],
		"the tenant's own": [world({"appOwnerOrganizationId": upper(own)}, [], []), "no subject"],
		"Microsoft's": [world({"appOwnerOrganizationId": "F8CDEF31-a31e-4b4a-93e4-5f571e91255a"}, [], []), "no subject"],
		"a managed identity": [world({"appOwnerOrganizationId": null}, [], []), "no subject"],
	}
	verdict == c[1] with input as c[0]
}

test_no_links if {
	w := json.patch(world({}, [], []), [{"op": "replace", "path": "/fleet", "value": {"links": {}, "paths": []}}])
	verdict == "pass" with input as w
}

test_message if {
	control.fail == {{
		"subject": "p",
		"message": "is an application of client-00000001, another client of the service provider",
		"observed": ["client-00000001"],
		"expected": "an application of nobody else's tenant, or of an accepted vendor",
		"evidence": ["p#/appOwnerOrganizationId"],
	}} with input as world({}, [other], [])
}
