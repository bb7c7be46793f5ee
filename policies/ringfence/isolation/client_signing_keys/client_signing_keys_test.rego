package ringfence.isolation.client_signing_keys_test

import data.ringfence.isolation.client_signing_keys as control

link(changes) := object.union(
	{"kind": "workload", "subject": "s", "role": "same", "with": [{"client": "client-00000001", "role": "same", "tenant_id": ""}]},
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
	"a workload": {"entra": {"federated_credentials": [{"_subject": "s"}]}},
	"a federated domain": {"entra": {"domain_federation": [{"_subject": "s"}]}},
	"a SAML key": {"entra": {"service_principals": [{"_subject": "s", "preferredTokenSigningKeyThumbprint": "ab"}]}},
}

strangers := {
	"an application without a SAML key": {"entra": {"service_principals": [{"_subject": "s", "preferredTokenSigningKeyThumbprint": null}]}},
}

test_nothing_shared[name] if {
	some name, documents in carriers
	verdict == "pass" with input as world(documents, {})
}

test_shared_0[name] if {
	some name, documents in carriers
	verdict == "fail" with input as world(documents, {"workload": [link({"kind": "workload", "role": "same"})]})
}

test_shared_1[name] if {
	some name, documents in carriers
	verdict == "fail" with input as world(documents, {"signing-certificate": [link({"kind": "signing-certificate", "role": "same"})]})
}

test_shared_2[name] if {
	some name, documents in carriers
	verdict == "fail" with input as world(documents, {"signing-key": [link({"kind": "signing-key", "role": "same"})]})
}

test_with_the_provider_0[name] if {
	some name, documents in carriers
	msp := [{"client": "msp", "role": "same", "tenant_id": ""}]
	verdict == "pass" with input as world(documents, {"workload": [link({"kind": "workload", "role": "same", "with": msp})]})
}

test_with_the_provider_1[name] if {
	some name, documents in carriers
	msp := [{"client": "msp", "role": "same", "tenant_id": ""}]
	verdict == "pass" with input as world(documents, {"signing-certificate": [link({"kind": "signing-certificate", "role": "same", "with": msp})]})
}

test_with_the_provider_2[name] if {
	some name, documents in carriers
	msp := [{"client": "msp", "role": "same", "tenant_id": ""}]
	verdict == "pass" with input as world(documents, {"signing-key": [link({"kind": "signing-key", "role": "same", "with": msp})]})
}

test_another_document_0[name] if {
	some name, documents in carriers
	verdict == "pass" with input as world(documents, {"workload": [link({"kind": "workload", "role": "same", "subject": "t"})]})
}

test_another_document_1[name] if {
	some name, documents in carriers
	verdict == "pass" with input as world(documents, {"signing-certificate": [link({"kind": "signing-certificate", "role": "same", "subject": "t"})]})
}

test_another_document_2[name] if {
	some name, documents in carriers
	verdict == "pass" with input as world(documents, {"signing-key": [link({"kind": "signing-key", "role": "same", "subject": "t"})]})
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
	documents := carriers["a workload"]
	with_two := [{"client": "client-00000002", "role": "same", "tenant_id": ""}, {"client": "client-00000001", "role": "same", "tenant_id": ""}]
	control.fail == {{
		"subject": "s",
		"message": "is trusted by client-00000001, client-00000002, too",
		"observed": ["client-00000001", "client-00000002"],
		"expected": "a key or workload of this client alone",
		"evidence": ["s#"],
	}} with input as world(documents, {"workload": [link({"with": with_two})]})
}
