package ringfence.facts.federation_test

import data.ringfence.facts.federation

tenant := "a0000000-0000-4000-8000-000000000001"

test_found if {
	want := {
		"from": sprintf("%s/identity-provider/fabrikam.example", [tenant]),
		"to": sprintf("%s/tier0/federation", [tenant]),
		"state": "live",
		"evidence": ["entra.domain_federation/d/f"],
	}
	federation.edge == {want} with input as {"client": {"tenant_id": tenant}, "entra": {"domain_federation": [{
		"_subject": "entra.domain_federation/d/f",
		"_scope": "fabrikam.example",
	}]}}
}

test_none if count(federation.edge) == 0 with input as {"client": {"tenant_id": tenant}, "entra": {"domain_federation": []}}
