package ringfence.isolation.client_domains_test

import data.ringfence.isolation.client_domains as control

link(changes) := object.union(
	{"kind": "domain", "subject": "s", "role": "same", "with": [{"client": "client-00000001", "role": "same", "tenant_id": ""}]},
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
	"a domain": {"entra": {"domains": [{"_subject": "s", "isVerified": true}]}},
}

strangers := {
	"one that is not verified": {"entra": {"domains": [{"_subject": "s", "isVerified": false}]}},
}

test_nothing_shared[name] if {
	some name, documents in carriers
	verdict == "pass" with input as world(documents, {})
}

test_shared[name] if {
	some name, documents in carriers
	kind := "domain"
	verdict == "fail" with input as world(documents, {kind: others})
}

test_with_the_provider_0[name] if {
	some name, documents in carriers
	msp := [{"client": "msp", "role": "same", "tenant_id": ""}]
	verdict == "pass" with input as world(documents, {"domain": [link({"kind": "domain", "role": "same", "with": msp})]})
}

test_another_document_0[name] if {
	some name, documents in carriers
	verdict == "pass" with input as world(documents, {"domain": [link({"kind": "domain", "role": "same", "subject": "t"})]})
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
	documents := carriers["a domain"]
	with_two := [{"client": "client-00000002", "role": "same", "tenant_id": ""}, {"client": "client-00000001", "role": "same", "tenant_id": ""}]
	control.fail == {{
		"subject": "s",
		"message": "is a domain of client-00000001, client-00000002, or has to do with one",
		"observed": ["client-00000001", "client-00000002"],
		"expected": "a domain of this client alone",
		"evidence": ["s#"],
	}} with input as world(documents, {"domain": [link({"with": with_two})]})
}
