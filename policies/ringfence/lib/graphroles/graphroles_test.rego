package ringfence.lib.graphroles_test

import data.ringfence.lib.graphroles

tenant := "a0000000-0000-4000-8000-000000000001"

other := "b0000000-0000-4000-8000-000000000002"

of(role, scope) := {"entra": {
	"service_principals": [
		{"_id": "graph", "appId": "00000003-0000-0000-c000-000000000000", "appRoles": [{"id": "r", "value": "Mail.Read"}, {"id": "n", "value": null}]},
		{"_id": "x", "appId": "x", "appRoles": [{"id": "r", "value": "Mail.Read"}]},
	],
	"app_role_assignments": [{"_scope": scope, "appRoleId": role}],
}}

test_found if {
	found := {[assignment.appRoleId, value] | some [assignment, value] in graphroles.grants} with input as of("r", "graph")
	found == {["r", "Mail.Read"]}
}

test_none[name] if {
	some name, c in {"another API": ["r", "x"], "no such role": ["q", "graph"], "no name": ["n", "graph"]}
	count(graphroles.grants) == 0 with input as of(c[0], c[1])
}

test_tiers_differ if graphroles.tier0 & graphroles.tier1 == set()
