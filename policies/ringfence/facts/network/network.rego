# METADATA
# title: A network and the subscription that it is joined to
# description: >-
#   A peering, or a private endpoint, that joins a network or a service to the subscription of
#   somebody else. One that is not approved or connected is none yet.
# related_resources:
#   - ref: https://learn.microsoft.com/rest/api/virtualnetwork/virtual-network-peerings/list
#     description: Virtual Network Peerings, remoteVirtualNetwork
#   - ref: https://learn.microsoft.com/rest/api/virtualnetwork/private-endpoints/list-by-subscription
#     description: Private Endpoints, privateLinkServiceId
# custom:
#   fact: network
#   rule: share
package ringfence.facts.network

import data.ringfence.lib.nodes

link contains _link(peering, peering.properties.remoteVirtualNetwork.id, _states[peering.properties.peeringState]) if {
	some peering in input.azure.network_peerings
}

link contains _link(endpoint, connection.properties.privateLinkServiceId, _state(connection)) if {
	some endpoint in input.azure.private_endpoints
	some connection in endpoint.properties.privateLinkServiceConnections
}

link contains _link(endpoint, connection.properties.privateLinkServiceId, _state(connection)) if {
	some endpoint in input.azure.private_endpoints
	some connection in endpoint.properties.manualPrivateLinkServiceConnections
}

link contains _link(vault, connection.properties.privateEndpoint.id, _state(connection)) if {
	some vault in input.keyvault.vaults
	some connection in vault.properties.privateEndpointConnections
}

link contains _link(hsm, connection.properties.privateEndpoint.id, _state(connection)) if {
	some hsm in input.keyvault.managed_hsms
	some connection in hsm.properties.privateEndpointConnections
}

link contains {
	"value": subscription._id,
	"subject": subscription._subject,
	"role": "controls",
	"node": null,
	"state": "live",
} if {
	some subscription in input.azure.subscriptions
}

_link(joined, remote, state) := {
	"value": nodes.subscription(remote),
	"subject": joined._subject,
	"role": "controlled",
	"node": null,
	"state": state,
}

_state(connection) := _states[connection.properties.privateLinkServiceConnectionState.status]

_states := {"Connected": "live", "Initiated": "potential", "Approved": "live", "Pending": "potential"}
