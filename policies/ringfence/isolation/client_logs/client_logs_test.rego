package ringfence.isolation.client_logs_test

import data.ringfence.isolation.client_logs as control

link(changes) := object.union(
	{"kind": "log-home", "subject": "s", "role": "controlled", "with": [{"client": "client-00000001", "role": "same", "tenant_id": ""}]},
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
	"a setting": {"azure": {"diagnostic_settings": [{"_subject": "s"}]}},
}

test_nothing_shared[name] if {
	some name, documents in carriers
	verdict == "pass" with input as world(documents, {})
}

test_shared[name] if {
	some name, documents in carriers
	kind := "log-home"
	verdict == "fail" with input as world(documents, {kind: others})
}

test_with_the_provider_0[name] if {
	some name, documents in carriers
	msp := [{"client": "msp", "role": "same", "tenant_id": ""}]
	verdict == "pass" with input as world(documents, {"log-home": [link({"kind": "log-home", "role": "controlled", "with": msp})]})
}

test_another_document_0[name] if {
	some name, documents in carriers
	verdict == "pass" with input as world(documents, {"log-home": [link({"kind": "log-home", "role": "controlled", "subject": "t"})]})
}

test_another_kind[name] if {
	some name, documents in carriers
	verdict == "pass" with input as world(documents, {"another": others})
}

test_other_role_of_log_home[name] if {
	some name, documents in carriers
	verdict == "pass" with input as world(documents, {"log-home": [link({"role": "controls"})]})
}

test_message if {
	documents := carriers["a setting"]
	with_two := [{"client": "client-00000002", "role": "same", "tenant_id": ""}, {"client": "client-00000001", "role": "same", "tenant_id": ""}]
	control.fail == {{
		"subject": "s",
		"message": "sends logs to client-00000001, client-00000002",
		"observed": ["client-00000001", "client-00000002"],
		"expected": "a destination in no other client's subscription",
		"evidence": ["s#"],
	}} with input as world(documents, {"log-home": [link({"with": with_two})]})
}
