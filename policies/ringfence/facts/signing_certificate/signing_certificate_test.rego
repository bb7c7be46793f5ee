package ringfence.facts.signing_certificate_test

import data.ringfence.facts.signing_certificate

tenant := "a0000000-0000-4000-8000-000000000001"

of(certificate, following) := {"client": {"tenant_id": tenant}, "entra": {"domain_federation": [{
	"_subject": "entra.domain_federation/d/f",
	"_scope": "fabrikam.example",
	"signingCertificate": certificate,
	"nextSigningCertificate": following,
}]}}

found(value) := {
	"value": value,
	"subject": "entra.domain_federation/d/f",
	"role": "same",
	"node": sprintf("%s/identity-provider/fabrikam.example", [tenant]),
	"state": "live",
}

test_both if {
	pem := concat("\n", ["-----BEGIN CERTIFICATE-----", "TUlJ", "QQ==", "-----END CERTIFICATE-----"])
	signing_certificate.link == {found("TUlJQQ=="), found("TUlJQg==")} with input as of(pem, "TUlJQg==")
}

test_one if signing_certificate.link == {found("TUlJQQ==")} with input as of("TUlJQQ==", null)

test_none[certificate] if {
	some certificate in [null, "", " "]
	count(signing_certificate.link) == 0 with input as of(certificate, null)
}
