package ringfence.facts.scoped_role_test

import data.ringfence.facts.scoped_role

tenant := "a0000000-0000-4000-8000-000000000001"

holding := {
	"_subject": "entra.role_assignments/r",
	"principalId": "u",
	"roleDefinitionId": "729827e3-9c14-49f7-bb1b-9608f156bbb8",
	"directoryScopeId": "/administrativeUnits/au",
}

of(assignments, eligibilities) := {"client": {"tenant_id": tenant}, "entra": {
	"users": [{"_id": "u"}],
	"groups": [],
	"service_principals": [],
	"role_assignments": assignments,
	"role_eligibility": eligibilities,
}}

found(state) := {{
	"from": sprintf("%s/user/u", [tenant]),
	"to": sprintf("%s/scope/administrativeunits/au|729827e3-9c14-49f7-bb1b-9608f156bbb8", [tenant]),
	"state": state,
	"evidence": ["entra.role_assignments/r"],
}}

test_found if scoped_role.edge == found("live") with input as of([holding], [])

test_eligible if scoped_role.edge == found("jit") with input as of([], [holding])

test_none[scope] if {
	some scope in ["/", "/a", null]
	count(scoped_role.edge) == 0 with input as of([object.union(holding, {"directoryScopeId": scope})], [])
}
