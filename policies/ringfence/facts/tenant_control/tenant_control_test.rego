package ringfence.facts.tenant_control_test

import data.ringfence.facts.tenant_control

tenant := "a0000000-0000-4000-8000-000000000001"

input_of(programs) := {"client": {"tenant_id": tenant}, "entra": {
	"organization": [{"_subject": "entra.organization/o", "verifiedDomains": [{"name": "Fabrikam.example"}, {"name": null}]}],
	"users": [{"_id": "u", "_subject": "entra.users/u"}],
	"groups": [{"_id": "g", "_subject": "entra.groups/g"}],
	"applications": [{"_id": "a", "_subject": "entra.applications/a", "appId": "APP"}],
	"service_principals": programs,
}}

node(kind) := sprintf("%s/%s", [tenant, kind])

of_tenant := {edge.to | some edge in tenant_control.edge; edge.from == node(sprintf("tenant/%s", [tenant]))}

test_all_in_it if {
	want := {node("user/u"), node("group/g"), node("application/app"), node("domain/fabrikam.example"), node("service-principal/p")}
	of_tenant == want with input as input_of([{"_id": "p", "_subject": "s", "appOwnerOrganizationId": tenant}])
}

test_not_these[name] if {
	some name, owner in {"Microsoft's": "F8CDEF31-a31e-4b4a-93e4-5f571e91255a", "a managed identity": null}
	found := of_tenant with input as input_of([{"_id": "p", "_subject": "s", "appOwnerOrganizationId": owner}])
	count(found) == 4
}

test_by[name] if {
	some name in ["global-administrator", "domain-name-administrator", "application.readwrite.all", "federation"]
	want := {
		"from": node(sprintf("tier0/%s", [name])),
		"to": node(sprintf("tenant/%s", [tenant])),
		"state": "live",
		"evidence": ["entra.organization/o"],
	}
	want in tenant_control.edge with input as input_of([])
}
