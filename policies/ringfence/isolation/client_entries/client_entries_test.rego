package ringfence.isolation.client_entries_test

import data.ringfence.isolation.client_entries as control

link(changes) := object.union(
	{"kind": "partner", "subject": "s", "role": "controlled", "with": [{"client": "client-00000001", "role": "same", "tenant_id": ""}]},
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
	"an entry": {"entra": {"cross_tenant_partners": [{"_subject": "s"}]}},
	"synchronisation": {"entra": {"cross_tenant_identity_sync": [{"_subject": "s"}]}},
}

test_nothing_shared[name] if {
	some name, documents in carriers
	verdict == "pass" with input as world(documents, {})
}

test_shared_0[name] if {
	some name, documents in carriers
	verdict == "fail" with input as world(documents, {"partner": [link({"kind": "partner", "role": "controlled"})]})
}

test_shared_1[name] if {
	some name, documents in carriers
	verdict == "fail" with input as world(documents, {"direct-connect": [link({"kind": "direct-connect", "role": "controlled"})]})
}

test_shared_2[name] if {
	some name, documents in carriers
	verdict == "fail" with input as world(documents, {"sync": [link({"kind": "sync", "role": "controlled"})]})
}

test_with_the_provider_0[name] if {
	some name, documents in carriers
	msp := [{"client": "msp", "role": "same", "tenant_id": ""}]
	verdict == "pass" with input as world(documents, {"partner": [link({"kind": "partner", "role": "controlled", "with": msp})]})
}

test_with_the_provider_1[name] if {
	some name, documents in carriers
	msp := [{"client": "msp", "role": "same", "tenant_id": ""}]
	verdict == "pass" with input as world(documents, {"direct-connect": [link({"kind": "direct-connect", "role": "controlled", "with": msp})]})
}

test_with_the_provider_2[name] if {
	some name, documents in carriers
	msp := [{"client": "msp", "role": "same", "tenant_id": ""}]
	verdict == "pass" with input as world(documents, {"sync": [link({"kind": "sync", "role": "controlled", "with": msp})]})
}

test_another_document_0[name] if {
	some name, documents in carriers
	verdict == "pass" with input as world(documents, {"partner": [link({"kind": "partner", "role": "controlled", "subject": "t"})]})
}

test_another_document_1[name] if {
	some name, documents in carriers
	verdict == "pass" with input as world(documents, {"direct-connect": [link({"kind": "direct-connect", "role": "controlled", "subject": "t"})]})
}

test_another_document_2[name] if {
	some name, documents in carriers
	verdict == "pass" with input as world(documents, {"sync": [link({"kind": "sync", "role": "controlled", "subject": "t"})]})
}

test_another_kind[name] if {
	some name, documents in carriers
	verdict == "pass" with input as world(documents, {"another": others})
}

test_other_role_of_partner[name] if {
	some name, documents in carriers
	verdict == "pass" with input as world(documents, {"partner": [link({"role": "controls"})]})
}

test_other_role_of_direct_connect[name] if {
	some name, documents in carriers
	verdict == "pass" with input as world(documents, {"direct-connect": [link({"role": "controls"})]})
}

test_other_role_of_sync[name] if {
	some name, documents in carriers
	verdict == "pass" with input as world(documents, {"sync": [link({"role": "controls"})]})
}

friend := "cccccccc-0000-4000-8000-000000000001"

friendly := {"with": [{"client": "client-00000001", "role": "controls", "tenant_id": friend}]}

promised(allow) := [{"tenant_id": friend, "allow": allow}]

test_agreed[kind] if {
	some kind, what in {"partner": "b2b", "direct-connect": "direct-connect", "sync": "sync"}
	w := world(carriers["an entry"], {kind: [link(object.union(friendly, {"kind": kind}))]})
	verdict == "pass" with input as object.union(w, {"client": {"partners": promised([what])}})
	verdict == "fail" with input as object.union(w, {"client": {"partners": promised(["mto"])}})
	verdict == "fail" with input as object.union(w, {"client": {"partners": null}})
}

test_message if {
	documents := carriers["an entry"]
	with_two := [{"client": "client-00000002", "role": "same", "tenant_id": ""}, {"client": "client-00000001", "role": "same", "tenant_id": ""}]
	control.fail == {{
		"subject": "s",
		"message": "names client-00000001, client-00000002, another client of the service provider",
		"observed": ["client-00000001", "client-00000002"],
		"expected": "organizations that are no other client, or partners by agreement",
		"evidence": ["s#"],
	}} with input as world(documents, {"partner": [link({"with": with_two})]})
}
