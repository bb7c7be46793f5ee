package ringfence.facts.tier0_grant_test

import data.ringfence.facts.tier0_grant

tenant := "a0000000-0000-4000-8000-000000000001"

other := "b0000000-0000-4000-8000-000000000002"

microsoft := {
	"_id": "graph",
	"appId": "00000003-0000-0000-c000-000000000000",
	"appRoles": [{"id": "r0", "value": "Application.ReadWrite.All"}, {"id": "r1", "value": "Mail.Read"}, {"id": "r2", "value": "User.Read.All"}],
}

of(role, resource) := {"client": {"tenant_id": tenant}, "entra": {
	"service_principals": [microsoft, {"_id": "x", "appId": "x", "appRoles": microsoft.appRoles}],
	"app_role_assignments": [{"_subject": "entra.app_role_assignments/s", "_scope": resource, "principalId": "P", "appRoleId": role}],
}}

test_found if {
	want := {
		"from": sprintf("%s/service-principal/p", [tenant]),
		"to": sprintf("%s/tier0/application.readwrite.all", [tenant]),
		"state": "live",
		"evidence": ["entra.app_role_assignments/s"],
	}
	tier0_grant.edge == {want} with input as of("r0", "graph")
}

test_none[name] if {
	some name, c in {
		"another tier": ["r1", "graph"],
		"another API": ["r0", "x"],
		"a role that is not there": ["r9", "graph"],
	}
	count(tier0_grant.edge) == 0 with input as of(c[0], c[1])
}
