package ringfence.facts.federated_credential_test

import data.ringfence.facts.federated_credential

tenant := "a0000000-0000-4000-8000-000000000001"

other := "b0000000-0000-4000-8000-000000000002"

credential := {
	"_subject": "entra.federated_credentials/a/c",
	"_scope": "a",
	"issuer": "https://Token.example/",
	"subject": "repo:Fabrikam/app",
}

of(changes) := {"client": {"tenant_id": tenant}, "entra": {
	"applications": [{"_id": "a", "appId": "APP"}],
	"federated_credentials": [object.union(credential, changes)],
}}

starts := {edge.from | some edge in federated_credential.edge}

test_found if {
	want := {
		"from": sprintf("%s/workload/https://token.example|repo:Fabrikam/app", [tenant]),
		"to": sprintf("%s/application/app", [tenant]),
		"state": "live",
		"evidence": ["entra.federated_credentials/a/c"],
	}
	federated_credential.edge == {want} with input as of({})
}

test_another_tenants_object[issuer] if {
	some issuer in [
		sprintf("https://login.microsoftonline.com/%s/v2.0", [upper(other)]),
		sprintf("https://sts.windows.net/%s/", [other]),
	]
	sprintf("%s/object/repo:fabrikam/app", [other]) in starts with input as of({"issuer": issuer})
}

test_of_no_application if count(federated_credential.edge) == 0 with input as of({"_scope": "b"})
