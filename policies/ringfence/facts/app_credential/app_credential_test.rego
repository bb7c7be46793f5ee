package ringfence.facts.app_credential_test

import data.ringfence.facts.app_credential

tenant := "a0000000-0000-4000-8000-000000000001"

application(changes) := object.union(
	{
		"_id": "a",
		"_subject": "entra.applications/a",
		"appId": "APP",
		"keyCredentials": [{"keyId": "K", "customKeyIdentifier": "5Dyk9QAAAAAAAAAAAAAAAAAAAAA=", "endDateTime": "2027-01-01T00:00:00Z"}],
		"passwordCredentials": [{"keyId": "S", "endDateTime": "2027-01-01T00:00:00Z"}],
	},
	changes,
)

of(applications, programs) := {
	"as_of": "2026-11-23T10:00:00Z",
	"client": {"tenant_id": tenant},
	"entra": {"applications": applications, "service_principals": programs},
}

values := {link.value | some link in app_credential.link}

test_found if {
	values == {"thumbprint 5Dyk9QAAAAAAAAAAAAAAAAAAAAA=", "certificate k", "secret s"} with input as of([application({})], [])
	nodes := {link.node | some link in app_credential.link} with input as of([application({})], [])
	nodes == {sprintf("%s/application/app", [tenant])}
}

test_of_a_program if {
	program := object.remove(application({"_subject": "entra.service_principals/a"}), ["appId"])
	nodes := {link.node | some link in app_credential.link} with input as of([], [program])
	nodes == {sprintf("%s/service-principal/a", [tenant])}
}

test_ended if {
	ended := {"keyCredentials": [], "passwordCredentials": [{"keyId": "S", "endDateTime": "2026-01-01T00:00:00Z"}]}
	count(app_credential.link) == 0 with input as of([application(ended)], [])
}

test_odd[name] if {
	some name, c in {
		"a text of somebody's own": {"credential": {"keyId": "K", "customKeyIdentifier": "c2VjcmV0", "endDateTime": null}, "want": {"certificate k"}},
		"nothing": {"credential": {"keyId": null, "customKeyIdentifier": null, "endDateTime": null}, "want": set()},
	}
	values == c.want with input as of([application({"keyCredentials": [c.credential], "passwordCredentials": []})], [])
}
