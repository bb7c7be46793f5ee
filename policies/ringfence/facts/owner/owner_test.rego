package ringfence.facts.owner_test

import data.ringfence.facts.owner

tenant := "a0000000-0000-4000-8000-000000000001"

own(dataset, scope) := {
	"_subject": sprintf("entra.%s/%s/u", [dataset, scope]),
	"_scope": scope,
	"@odata.type": "#microsoft.graph.user",
	"id": "u",
}

of(dataset, scope) := {"client": {"tenant_id": tenant}, "entra": {
	"applications": [{"_id": "a", "appId": "APP"}],
	dataset: [own(dataset, scope)],
}}

found(dataset, scope, node) := {{
	"from": sprintf("%s/user/u", [tenant]),
	"to": sprintf("%s/%s", [tenant, node]),
	"state": "live",
	"evidence": [sprintf("entra.%s/%s/u", [dataset, scope])],
}}

test_group if owner.edge == found("group_owners", "g", "group/g") with input as of("group_owners", "g")

test_program if {
	want := found("service_principal_owners", "p", "service-principal/p")
	owner.edge == want with input as of("service_principal_owners", "p")
}

test_application if {
	owner.edge == found("application_owners", "a", "application/app") with input as of("application_owners", "a")
}

test_unknown_application if count(owner.edge) == 0 with input as of("application_owners", "b")
