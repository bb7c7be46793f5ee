package ringfence.isolation.federation_trusts_test

import data.ringfence.isolation.federation_trusts as control

own := "aaaaaaaa-0000-4000-8000-000000000010"

msp := "aaaaaaaa-0000-4000-8000-000000000001"

stranger := "eeeeeeee-0000-4000-8000-000000000009"

# Base64 of "old", "new" and "root", and the digest of each.
old := "b2xk"

new := "bmV3"

root := "cm9v\ndA=="

federation := {
	"issuers": ["http://fabrikam.example/adfs/services/trust"],
	"certificates": [upper(crypto.sha256("old"))],
	"workload_issuers": ["https://token.actions.githubusercontent.com"],
	"authorities": [crypto.sha256("root")],
}

world(promise, dataset, doc) := {
	"as_of": "2026-11-23T12:00:00Z",
	"client": {"tenant_id": own, "service_providers": [msp], "federation": promise},
	"entra": {dataset: [object.union({"_subject": "s"}, doc)]},
}

trust(changes) := object.union(
	{
		"issuerUri": "http://fabrikam.example/adfs/services/trust",
		"signingCertificate": old,
		"nextSigningCertificate": null,
		"federatedIdpMfaBehavior": "rejectMfaByFederatedIdp",
		"signingCertificateUpdateStatus": {"lastRunDateTime": "2026-01-05T08:00:00Z"},
	},
	changes,
)

updated(at) := {"signingCertificateUpdateStatus": {"lastRunDateTime": at}}

verdict := "a verdict on no subject" if {
	not "s" in control.subjects
	count(control.pass) + count(control.fail) > 0
} else := "no subject" if {
	not "s" in control.subjects
} else := "both" if {
	"s" in control.pass
	count(control.fail) > 0
} else := "pass" if {
	"s" in control.pass
} else := "fail" if {
	{f.subject | some f in control.fail} == {"s"}
} else := "undetermined"

test_domains[name] if {
	some name, c in {
		"agreed": [federation, trust({}), "pass"],
		"another issuer": [federation, trust({"issuerUri": "http://evil.example/trust"}), "fail"],
		"another issuer of whom no more is known": [federation, {"issuerUri": "http://evil.example/trust"}, "fail"],
		"another certificate": [federation, trust({"signingCertificate": new}), "fail"],
		"another next certificate": [federation, trust({"nextSigningCertificate": new}), "fail"],
		# False positive: a planned change of the certificate.
		"a next certificate of this month": [federation, trust(object.union({"nextSigningCertificate": new}, updated("2026-11-01T08:00:00Z"))), "undetermined"],
		"a next certificate, fetched at a time of no clock": [federation, trust(object.union({"nextSigningCertificate": new}, updated("0001-01-01T00:00:00Z"))), "fail"],
		"a next certificate, fetched some time": [federation, trust(object.union({"nextSigningCertificate": new}, updated("yesterday"))), "undetermined"],
		"a next certificate of 30 days ago": [federation, trust(object.union({"nextSigningCertificate": new}, updated("2026-10-24T12:00:00Z"))), "undetermined"],
		"a next certificate of 29 days and a half ago": [federation, trust(object.union({"nextSigningCertificate": new}, updated("2026-10-25T00:00:00Z"))), "undetermined"],
		"a next certificate of last month": [federation, trust(object.union({"nextSigningCertificate": new}, updated("2026-10-20T08:00:00Z"))), "fail"],
		"a next certificate of no known age": [federation, trust({"nextSigningCertificate": new, "signingCertificateUpdateStatus": null}), "undetermined"],
		"the next certificate is declared": [object.union(federation, {"certificates": [crypto.sha256("old"), crypto.sha256("new")]}), trust({"nextSigningCertificate": new}), "pass"],
		"no issuer": [federation, trust({"issuerUri": null}), "undetermined"],
		"no certificate": [federation, trust({"signingCertificate": null}), "undetermined"],
		"an empty certificate": [federation, trust({"signingCertificate": ""}), "undetermined"],
		"a certificate that is none": [federation, trust({"signingCertificate": "%"}), "undetermined"],
		"no federation was agreed": [object.union(federation, {"issuers": [], "certificates": []}), trust({}), "fail"],
		"no promise of issuers": [object.union(federation, {"issuers": null}), trust({}), "no subject"],
		"no promise of certificates": [object.union(federation, {"certificates": null}), trust({}), "no subject"],
		"no promise of issuers, another certificate": [object.union(federation, {"issuers": null}), trust({"signingCertificate": new}), "no subject"],
		"no promise of issuers, another next one": [object.union(federation, {"issuers": null}), trust({"nextSigningCertificate": new}), "no subject"],
		"no promise of certificates, another issuer": [object.union(federation, {"certificates": null}), trust({"issuerUri": "http://evil.example/trust"}), "no subject"],
		"no promise": [null, trust({}), "no subject"],
	}
	verdict == c[2] with input as world(c[0], "domain_federation", c[1])
}

test_workloads[name] if {
	some name, c in {
		"agreed": [federation, "https://token.actions.githubusercontent.com", "pass"],
		"with a slash": [federation, "https://token.actions.githubusercontent.com/", "pass"],
		"another one": [federation, "https://gitlab.example", "fail"],
		"the tenant": [federation, sprintf("https://login.microsoftonline.com/%s/v2.0", [upper(own)]), "pass"],
		"the MSP": [federation, sprintf("https://login.microsoftonline.com/%s/v2.0/", [msp]), "pass"],
		"the tenant, in the cloud of the US government": [federation, sprintf("https://login.microsoftonline.us/%s/v2.0", [own]), "pass"],
		"the tenant, in the cloud of China": [federation, sprintf("https://login.partner.microsoftonline.cn/%s/v2.0", [own]), "pass"],
		"the tenant, and no promise": [object.union(federation, {"workload_issuers": null}), sprintf("https://login.microsoftonline.com/%s/v2.0", [own]), "no subject"],
		"another tenant": [federation, sprintf("https://login.microsoftonline.com/%s/v2.0", [stranger]), "fail"],
		"no issuer": [federation, null, "undetermined"],
		"no promise": [object.union(federation, {"workload_issuers": null}), "https://gitlab.example", "no subject"],
	}
	verdict == c[2] with input as world(c[0], "federated_credentials", {"issuer": c[1]})
}

test_authorities[name] if {
	some name, c in {
		"agreed": [federation, [{"certificate": root}], "pass"],
		"none": [federation, [], "pass"],
		"with spaces": [federation, [{"certificate": "cm9v dA=="}], "pass"],
		"no list": [federation, {}, "undetermined"],
		"none, and no promise": [object.union(federation, {"authorities": null}), [], "no subject"],
		"another one": [federation, [{"certificate": root}, {"certificate": new}], "fail"],
		"another one, beside an unknown one": [federation, [{"certificate": null}, {"certificate": new}], "fail"],
		"an unknown one": [federation, [{"certificate": null}], "undetermined"],
		"unknown": [federation, null, "undetermined"],
		"no promise": [object.union(federation, {"authorities": null}), [{"certificate": new}], "no subject"],
	}
	verdict == c[2] with input as world(c[0], "certificate_auth", {"certificateAuthorities": c[1]})
}

test_messages[name] if {
	some name, c in {
		"plain": [{}, "the domain signs in at http://evil.example/trust, which was not agreed"],
		"second factor": [{"federatedIdpMfaBehavior": "acceptIfMfaDoneByFederatedIdp"}, "the domain signs in at http://evil.example/trust, which was not agreed, and which may vouch for a second factor"],
	}
	control.fail == {{
		"subject": "s",
		"message": c[1],
		"observed": {"issuerUri": "http://evil.example/trust"},
		"expected": "what the fleet file declares (federation)",
		"evidence": ["s#/issuerUri"],
	}} with input as world(federation, "domain_federation", trust(object.union({"issuerUri": "http://evil.example/trust"}, c[0])))
}
