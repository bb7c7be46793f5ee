package ringfence.facts.signing_key_test

import data.ringfence.facts.signing_key

tenant := "a0000000-0000-4000-8000-000000000001"

of(thumbprint) := {"client": {"tenant_id": tenant}, "entra": {"service_principals": [{
	"_subject": "entra.service_principals/p",
	"preferredTokenSigningKeyThumbprint": thumbprint,
}]}}

test_found if {
	want := {"value": "0a1b", "subject": "entra.service_principals/p", "role": "same", "node": null, "state": "live"}
	signing_key.link == {want} with input as of("0A1B")
}

test_none[thumbprint] if {
	some thumbprint in [null, ""]
	count(signing_key.link) == 0 with input as of(thumbprint)
}
