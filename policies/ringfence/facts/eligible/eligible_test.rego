package ringfence.facts.eligible_test

import data.ringfence.facts.eligible

tenant := "a0000000-0000-4000-8000-000000000001"

other := "b0000000-0000-4000-8000-000000000002"

of(role_eligibility, group_eligibility) := {"client": {"tenant_id": tenant}, "entra": {
	"users": [{"_id": "u"}],
	"groups": [{"_id": "g"}],
	"service_principals": [],
	"role_definitions": [],
	"role_eligibility": role_eligibility,
	"group_eligibility": group_eligibility,
}}

role := {
	"_subject": "entra.role_eligibility/e",
	"principalId": "g",
	"roleDefinitionId": "62e90394-69f5-4237-9190-012177145e10",
	"directoryScopeId": "/",
}

membership := {"_subject": "entra.group_eligibility/e", "_scope": "g", "principalId": "u", "accessId": "member"}

found(from, to, dataset) := {{
	"from": sprintf("%s/%s", [tenant, from]),
	"to": sprintf("%s/%s", [tenant, to]),
	"state": "jit",
	"evidence": [sprintf("entra.%s/e", [dataset])],
}}

test_role if {
	want := found("group/g", "tier0/global-administrator", "role_eligibility")
	eligible.edge == want with input as of([role], [])
}

test_scoped_role if {
	count(eligible.edge) == 0 with input as of([object.union(role, {"directoryScopeId": "/administrativeUnits/au"})], [])
}

test_membership[access] if {
	some access in ["member", "owner"]
	want := found("user/u", "group/g", "group_eligibility")
	eligible.edge == want with input as of([], [object.union(membership, {"accessId": access})])
}

test_other_access if {
	count(eligible.edge) == 0 with input as of([], [object.union(membership, {"accessId": "unknownFutureValue"})])
}
