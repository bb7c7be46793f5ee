package ringfence.facts.network_test

import data.ringfence.facts.network

tenant := "a0000000-0000-4000-8000-000000000001"

none := {"subscriptions": [], "network_peerings": [], "private_endpoints": []}

of(azure, vaults) := {
	"client": {"tenant_id": tenant},
	"azure": object.union(none, azure),
	"keyvault": {"vaults": vaults, "managed_hsms": []},
}

found(state) := {{"value": "theirs", "subject": "s", "role": "controlled", "node": null, "state": state}}

remote := "/subscriptions/Theirs/resourceGroups/g/x"

peering(state) := {"network_peerings": [{"_subject": "s", "properties": {"peeringState": state, "remoteVirtualNetwork": {"id": remote}}}]}

test_peering[state] if {
	some state, want in {"Connected": "live", "Initiated": "potential"}
	network.link == found(want) with input as of(peering(state), [])
}

test_no_peering[state] if {
	some state in ["Disconnected", null]
	count(network.link) == 0 with input as of(peering(state), [])
}

connection(state) := {"privateLinkServiceId": remote, "privateEndpoint": {"id": remote}, "privateLinkServiceConnectionState": {"status": state}}

test_endpoint[list] if {
	some list in ["privateLinkServiceConnections", "manualPrivateLinkServiceConnections"]
	endpoint := {"_subject": "s", "properties": {list: [{"properties": connection("Pending")}]}}
	network.link == found("potential") with input as of({"private_endpoints": [endpoint]}, [])
}

test_vault if {
	vault := {"_subject": "s", "properties": {"privateEndpointConnections": [{"properties": connection("Approved")}]}}
	network.link == found("live") with input as of({}, [vault])
}

test_hsm if {
	hsm := {"_subject": "s", "properties": {"privateEndpointConnections": [{"properties": connection("Approved")}]}}
	world := object.union(of({}, []), {"keyvault": {"vaults": [], "managed_hsms": [hsm]}})
	network.link == found("live") with input as world
}

test_own if {
	want := {"value": "own", "subject": "azure.subscriptions/own", "role": "controls", "node": null, "state": "live"}
	network.link == {want} with input as of({"subscriptions": [{"_id": "own", "_subject": "azure.subscriptions/own"}]}, [])
}
