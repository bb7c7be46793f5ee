package ringfence.isolation.client_locations_test

import data.ringfence.isolation.client_locations as control

link(changes) := object.union(
	{"kind": "trusted-location", "subject": "s", "role": "same", "with": [{"client": "client-00000001", "role": "same", "tenant_id": ""}]},
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
	"a location": {"entra": {"named_locations": [{"_subject": "s", "isTrusted": true}]}},
}

strangers := {
	"one that is not trusted": {"entra": {"named_locations": [{"_subject": "s", "isTrusted": false}]}},
}

test_nothing_shared[name] if {
	some name, documents in carriers
	verdict == "pass" with input as world(documents, {})
}

test_shared[name] if {
	some name, documents in carriers
	kind := "trusted-location"
	verdict == "fail" with input as world(documents, {kind: others})
}

test_with_the_provider_0[name] if {
	some name, documents in carriers
	msp := [{"client": "msp", "role": "same", "tenant_id": ""}]
	verdict == "pass" with input as world(documents, {"trusted-location": [link({"kind": "trusted-location", "role": "same", "with": msp})]})
}

test_another_document_0[name] if {
	some name, documents in carriers
	verdict == "pass" with input as world(documents, {"trusted-location": [link({"kind": "trusted-location", "role": "same", "subject": "t"})]})
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
	documents := carriers["a location"]
	with_two := [{"client": "client-00000002", "role": "same", "tenant_id": ""}, {"client": "client-00000001", "role": "same", "tenant_id": ""}]
	control.fail == {{
		"subject": "s",
		"message": "is trusted by client-00000001, client-00000002, too",
		"observed": ["client-00000001", "client-00000002"],
		"expected": "a range of this client alone",
		"evidence": ["s#"],
	}} with input as world(documents, {"trusted-location": [link({"with": with_two})]})
}
