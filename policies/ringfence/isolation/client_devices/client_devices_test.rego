package ringfence.isolation.client_devices_test

import data.ringfence.isolation.client_devices as control

link(changes) := object.union(
	{"kind": "device", "subject": "s", "role": "same", "with": [{"client": "client-00000001", "role": "same", "tenant_id": ""}]},
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
	"a managed device": {"intune": {"managed_devices": [{"_subject": "s"}]}},
	"a registered device": {"intune": {"autopilot_devices": [{"_subject": "s"}]}},
}

test_nothing_shared[name] if {
	some name, documents in carriers
	verdict == "pass" with input as world(documents, {})
}

test_shared[name] if {
	some name, documents in carriers
	kind := "device"
	verdict == "fail" with input as world(documents, {kind: others})
}

test_with_the_provider_0[name] if {
	some name, documents in carriers
	msp := [{"client": "msp", "role": "same", "tenant_id": ""}]
	verdict == "pass" with input as world(documents, {"device": [link({"kind": "device", "role": "same", "with": msp})]})
}

test_another_document_0[name] if {
	some name, documents in carriers
	verdict == "pass" with input as world(documents, {"device": [link({"kind": "device", "role": "same", "subject": "t"})]})
}

test_another_kind[name] if {
	some name, documents in carriers
	verdict == "pass" with input as world(documents, {"another": others})
}

test_message if {
	documents := carriers["a managed device"]
	with_two := [{"client": "client-00000002", "role": "same", "tenant_id": ""}, {"client": "client-00000001", "role": "same", "tenant_id": ""}]
	control.fail == {{
		"subject": "s",
		"message": "is managed by client-00000001, client-00000002, too",
		"observed": ["client-00000001", "client-00000002"],
		"expected": "a device of this client alone",
		"evidence": ["s#"],
	}} with input as world(documents, {"device": [link({"with": with_two})]})
}
