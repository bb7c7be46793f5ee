package ringfence.facts.application_test

import data.ringfence.facts.application

tenant := "a0000000-0000-4000-8000-000000000001"

other := "b0000000-0000-4000-8000-000000000002"

of(programs, assignments) := {"client": {"tenant_id": tenant}, "entra": {
	"users": [{"_id": "u"}],
	"groups": [],
	"service_principals": programs,
	"applications": [{"_id": "0a", "_subject": "entra.applications/0a", "appId": "APP"}],
	"role_definitions": [],
	"role_assignments": assignments,
}}

program := {
	"_id": "p",
	"_subject": "entra.service_principals/p",
	"servicePrincipalType": "Application",
	"appOwnerOrganizationId": other,
}

ends := {edge.to | some edge in application.edge}

test_all_applications if {
	want := {sprintf("%s/application/app", [tenant]), sprintf("%s/service-principal/p", [tenant])}
	ends == want with input as of([program], [])
	count(application.edge) == 4 with input as of([program], [])
}

test_not_these[name] if {
	some name, changes in {
		"Microsoft's": {"appOwnerOrganizationId": "f8cdef31-a31e-4b4a-93e4-5f571e91255a"},
		"a managed identity": {"servicePrincipalType": "ManagedIdentity", "appOwnerOrganizationId": null},
		"nobody's": {"appOwnerOrganizationId": null},
	}
	ends == {sprintf("%s/application/app", [tenant])} with input as of([object.union(program, changes)], [])
}

assignment := {
	"_subject": "entra.role_assignments/r",
	"principalId": "u",
	"roleDefinitionId": "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3",
	"directoryScopeId": "/0A",
}

of_user := {edge.to | some edge in application.edge; edge.from == sprintf("%s/user/u", [tenant])}

test_one_application if {
	of_user == {sprintf("%s/application/app", [tenant])} with input as of([program], [assignment])
}

test_one_program if {
	scoped := object.union(assignment, {"directoryScopeId": "/p"})
	of_user == {sprintf("%s/service-principal/p", [tenant])} with input as of([program], [scoped])
}

test_none[name] if {
	some name, changes in {
		"of the tenant": {"directoryScopeId": "/"},
		"of nothing": {"directoryScopeId": null},
		"another role": {"roleDefinitionId": "88d8e3e3-8f55-4a1e-953a-9b9898b8876b"},
	}
	count(of_user) == 0 with input as of([program], [object.union(assignment, changes)])
}
