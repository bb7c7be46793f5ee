package ringfence.facts.vendor_app_test

import data.ringfence.facts.vendor_app

tenant := "a0000000-0000-4000-8000-000000000001"

other := "b0000000-0000-4000-8000-000000000002"

microsoft := {
	"_id": "graph",
	"appId": "00000003-0000-0000-c000-000000000000",
	"appRoles": [{"id": "r0", "value": "Application.ReadWrite.All"}, {"id": "r1", "value": "Mail.Read"}, {"id": "r2", "value": "User.Read.All"}],
}

program := {
	"_id": "p",
	"_subject": "entra.service_principals/p",
	"appId": "APP",
	"appOwnerOrganizationId": other,
	"accountEnabled": true,
	"appRoles": [],
}

of(role, changes) := {"client": {"tenant_id": tenant}, "entra": {
	"service_principals": [microsoft, object.union(program, changes)],
	"app_role_assignments": [{"_subject": "s", "_scope": "graph", "principalId": "p", "appRoleId": role}],
}}

test_found[role] if {
	some role in ["r0", "r1"]
	want := {"value": "app", "subject": "entra.service_principals/p", "role": "same", "node": null, "state": "live"}
	vendor_app.link == {want} with input as of(role, {})
}

test_none[name] if {
	some name, c in {
		"no power": ["r2", {}],
		"our own": ["r0", {"appOwnerOrganizationId": tenant}],
		"Microsoft's": ["r0", {"appOwnerOrganizationId": "72f988bf-86f1-41af-91ab-2d7cd011db47"}],
		"nobody's": ["r0", {"appOwnerOrganizationId": null}],
	}
	count(vendor_app.link) == 0 with input as of(c[0], c[1])
}
