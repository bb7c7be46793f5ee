package ringfence.isolation.client_networks_test

import data.ringfence.isolation.client_networks as control

link(changes) := object.union(
	{"kind": "network", "subject": "s", "role": "controlled", "with": [{"client": "client-00000001", "role": "same", "tenant_id": ""}]},
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
	"a peering": {"azure": {"network_peerings": [{"_subject": "s"}]}},
	"an endpoint": {"azure": {"private_endpoints": [{"_subject": "s"}]}},
	"a vault": {"keyvault": {"vaults": [{"_subject": "s", "properties": {"privateEndpointConnections": [{}]}}]}},
	"a managed HSM": {"keyvault": {"managed_hsms": [{"_subject": "s", "properties": {"privateEndpointConnections": [{}]}}]}},
}

strangers := {
	"a vault without connections": {"keyvault": {"vaults": [{"_subject": "s", "properties": {"privateEndpointConnections": []}}]}},
	"a managed HSM without connections": {"keyvault": {"managed_hsms": [{"_subject": "s", "properties": {"privateEndpointConnections": []}}]}},
}

test_nothing_shared[name] if {
	some name, documents in carriers
	verdict == "pass" with input as world(documents, {})
}

test_shared[name] if {
	some name, documents in carriers
	kind := "network"
	verdict == "fail" with input as world(documents, {kind: others})
}

test_with_the_provider_0[name] if {
	some name, documents in carriers
	msp := [{"client": "msp", "role": "same", "tenant_id": ""}]
	verdict == "pass" with input as world(documents, {"network": [link({"kind": "network", "role": "controlled", "with": msp})]})
}

test_another_document_0[name] if {
	some name, documents in carriers
	verdict == "pass" with input as world(documents, {"network": [link({"kind": "network", "role": "controlled", "subject": "t"})]})
}

test_another_kind[name] if {
	some name, documents in carriers
	verdict == "pass" with input as world(documents, {"another": others})
}

test_other_role_of_network[name] if {
	some name, documents in carriers
	verdict == "pass" with input as world(documents, {"network": [link({"role": "controls"})]})
}

test_no_carrier[name] if {
	some name, documents in strangers
	verdict == "no subject" with input as world(documents, {})
}

test_message if {
	documents := carriers["a peering"]
	with_two := [{"client": "client-00000002", "role": "same", "tenant_id": ""}, {"client": "client-00000001", "role": "same", "tenant_id": ""}]
	control.fail == {{
		"subject": "s",
		"message": "joins a network of client-00000001, client-00000002",
		"observed": ["client-00000001", "client-00000002"],
		"expected": "no connection into another client's subscription",
		"evidence": ["s#"],
	}} with input as world(documents, {"network": [link({"with": with_two})]})
}
