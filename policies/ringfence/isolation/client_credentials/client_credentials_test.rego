package ringfence.isolation.client_credentials_test

import data.ringfence.isolation.client_credentials as control

link(changes) := object.union(
	{"kind": "app-credential", "subject": "s", "role": "same", "with": [{"client": "client-00000001", "role": "same", "tenant_id": ""}]},
	changes,
)

others := [link({})]

world(documents, links) := object.union({"client": {"partners": []}, "fleet": {"links": links, "paths": []}}, documents)

verdict := "no subject" if {
	not "s" in control.subjects
	count(control.pass) + count(control.fail) == 0
} else := "both" if {
	"s" in control.pass
	count(control.fail) > 0
} else := "pass" if {
	"s" in control.pass
} else := "fail" if {
	{f.subject | some f in control.fail} == {"s"}
} else := "undetermined"

carriers := {
	"an application with a certificate": {"entra": {"applications": [{"_subject": "s", "keyCredentials": [{}], "passwordCredentials": []}]}},
	"an application with a secret": {"entra": {"applications": [{"_subject": "s", "keyCredentials": [], "passwordCredentials": [{}]}]}},
	"a service principal": {"entra": {"service_principals": [{"_subject": "s", "keyCredentials": [{}], "passwordCredentials": []}]}},
	"a service principal with a secret": {"entra": {"service_principals": [{"_subject": "s", "keyCredentials": [], "passwordCredentials": [{}]}]}},
}

strangers := {
	"an application without credentials": {"entra": {"applications": [{"_subject": "s", "keyCredentials": [], "passwordCredentials": []}]}},
	"a service principal without credentials": {"entra": {"service_principals": [{"_subject": "s", "keyCredentials": [], "passwordCredentials": []}]}},
}

test_nothing_shared[name] if {
	some name, documents in carriers
	verdict == "pass" with input as world(documents, {})
}

test_shared[name] if {
	some name, documents in carriers
	kind := "app-credential"
	verdict == "fail" with input as world(documents, {kind: others})
}

test_with_the_provider_0[name] if {
	some name, documents in carriers
	msp := [{"client": "msp", "role": "same", "tenant_id": ""}]
	verdict == "pass" with input as world(documents, {"app-credential": [link({"kind": "app-credential", "role": "same", "with": msp})]})
}

test_another_document_0[name] if {
	some name, documents in carriers
	verdict == "pass" with input as world(documents, {"app-credential": [link({"kind": "app-credential", "role": "same", "subject": "t"})]})
}

test_another_kind[name] if {
	some name, documents in carriers
	verdict == "pass" with input as world(documents, {"another": others})
}

test_no_carrier[name] if {
	some name, documents in strangers
	verdict == "no subject" with input as world(documents, {})
}

test_message if {
	documents := carriers["an application with a certificate"]
	with_two := [{"client": "client-00000002", "role": "same", "tenant_id": ""}, {"client": "client-00000001", "role": "same", "tenant_id": ""}]
	control.fail == {{
		"subject": "s",
		"message": "has a credential that client-00000001, client-00000002 has, too",
		"observed": ["client-00000001", "client-00000002"],
		"expected": "a credential of this client alone",
		"evidence": ["s#"],
	}} with input as world(documents, {"app-credential": [link({"with": with_two})]})
}
