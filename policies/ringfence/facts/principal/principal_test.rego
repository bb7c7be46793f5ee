package ringfence.facts.principal_test

import data.ringfence.facts.principal

tenant := "a0000000-0000-4000-8000-000000000001"

test_found if {
	want := {sprintf("%s/%s/%s", [tenant, kind, id]): sprintf("%s/object/%s", [tenant, id]) |
		some id, kind in {"u": "user", "g": "group", "p": "service-principal"}
	}
	got := {edge.from: edge.to | some edge in principal.edge} with input as {"client": {"tenant_id": tenant}, "entra": {
		"users": [{"_id": "u", "_subject": "entra.users/u"}],
		"groups": [{"_id": "g", "_subject": "entra.groups/g"}],
		"service_principals": [{"_id": "p", "_subject": "entra.service_principals/p"}],
	}}
	got == want
}

test_nobody if count(principal.edge) == 0 with input as {"entra": {"users": [], "groups": [], "service_principals": []}}
