package ringfence.facts.app_home_test

import data.ringfence.facts.app_home

tenant := "a0000000-0000-4000-8000-000000000001"

program := {
	"_id": "p",
	"_subject": "entra.service_principals/p",
	"appId": "APP",
	"appOwnerOrganizationId": "B0000000-0000-4000-8000-000000000002",
	"accountEnabled": true,
}

of(changes) := {"client": {"tenant_id": tenant}, "entra": {"service_principals": [object.union(program, changes)]}}

found(owner, state) := {{
	"from": sprintf("%s/application/app", [owner]),
	"to": sprintf("%s/service-principal/p", [tenant]),
	"state": state,
	"evidence": ["entra.service_principals/p"],
}}

test_another_tenants if {
	app_home.edge == found("b0000000-0000-4000-8000-000000000002", "live") with input as of({})
}

test_own if app_home.edge == found(tenant, "live") with input as of({"appOwnerOrganizationId": tenant})

test_switched_off if {
	app_home.edge == found(tenant, "potential") with input as of({"appOwnerOrganizationId": tenant, "accountEnabled": false})
}

test_none[name] if {
	some name, changes in {
		"a managed identity": {"appOwnerOrganizationId": null},
		"Microsoft's": {"appOwnerOrganizationId": "F8CDEF31-a31e-4b4a-93e4-5f571e91255a"},
		"without an application": {"appId": null},
	}
	count(app_home.edge) == 0 with input as of(changes)
}
