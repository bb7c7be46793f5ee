package ringfence.facts.workload_test

import data.ringfence.facts.workload

tenant := "a0000000-0000-4000-8000-000000000001"

credential := {
	"_subject": "entra.federated_credentials/a/c",
	"_scope": "a",
	"issuer": "https://Token.example/",
	"subject": "repo:Fabrikam/app",
}

of(changes) := {"client": {"tenant_id": tenant}, "entra": {"federated_credentials": [object.union(credential, changes)]}}

test_found if {
	want := {
		"value": "https://token.example|repo:Fabrikam/app",
		"subject": "entra.federated_credentials/a/c",
		"role": "same",
		"node": sprintf("%s/workload/https://token.example|repo:Fabrikam/app", [tenant]),
		"state": "live",
	}
	workload.link == {want} with input as of({})
}

# The engine refuses a link without a value, and says that the kind is not complete.
test_by_expression if {
	values := {link.value | some link in workload.link} with input as of({"subject": null})
	values == {""}
}
