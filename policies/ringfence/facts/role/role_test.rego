package ringfence.facts.role_test

import data.ringfence.facts.role

tenant := "a0000000-0000-4000-8000-000000000001"

other := "b0000000-0000-4000-8000-000000000002"

assignment := {
	"_subject": "entra.role_assignments/r",
	"principalId": "G",
	"roleDefinitionId": "62e90394-69f5-4237-9190-012177145e10",
	"directoryScopeId": "/",
}

of(changes) := {"client": {"tenant_id": tenant}, "entra": {
	"users": [{"_id": "u"}],
	"groups": [{"_id": "g"}],
	"service_principals": [],
	"role_definitions": [],
	"role_assignments": [object.union(assignment, changes)],
}}

found(from, to) := {{
	"from": sprintf("%s/%s", [tenant, from]),
	"to": sprintf("%s/%s", [tenant, to]),
	"state": "live",
	"evidence": ["entra.role_assignments/r"],
}}

test_of_a_group if role.edge == found("group/g", "tier0/global-administrator") with input as of({})

test_of_applications if {
	want := found("user/u", "role/158c047a-c907-4556-b7ef-446551a6b5f7")
	role.edge == want with input as of({"principalId": "u", "roleDefinitionId": "158c047a-c907-4556-b7ef-446551a6b5f7"})
}

test_none[name] if {
	some name, changes in {
		"of a part": {"directoryScopeId": "/administrativeUnits/au"},
		"of one application": {"directoryScopeId": "/a0000000-0000-4000-8000-00000000000a"},
		"no scope": {"directoryScopeId": null},
		"another role": {"roleDefinitionId": "88d8e3e3-8f55-4a1e-953a-9b9898b8876b"},
		"no role": {"roleDefinitionId": null},
		"of nobody here": {"principalId": "x"},
		"of nobody": {"principalId": null},
	}
	count(role.edge) == 0 with input as of(changes)
}
