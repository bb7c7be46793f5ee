# METADATA
# title: No network of the tenant is joined to another client's
# description: >-
#   No peering, private endpoint or connection to a vault joins the tenant's Azure subscriptions to
#   one of another client of the same service provider.
# related_resources:
#   - ref: https://learn.microsoft.com/azure/virtual-network/virtual-network-peering-overview
#     description: Virtual network peering
#   - ref: https://learn.microsoft.com/azure/private-link/private-endpoint-overview
#     description: What is a private endpoint?
# custom:
#   id: RF-F-12
#   since: "0.2"
#   severity: high
#   scope: fleet
#   maps:
#     nist_800_53: [sc-7, sc-7.21, ac-4, ca-3]
#     iso_27001: [A.8.20, A.8.22]
#     ccm: [IVS-03, IVS-06]
#     gdpr: []
#     cis_m365: []
#     nis2: ["6.8"]
#   unverified: [iso_27001, ccm, nis2]
#   params: {}
#   remediation: >-
#     Azure portal: delete the peering, or reject the private endpoint connection (Networking,
#     Private endpoint connections). Data that both clients need go through a service with a border
#     of its own.
#   limits: >-
#     Peerings, private endpoints, and connections to vaults and managed HSMs. Networks that a
#     device of the service provider routes between are not seen.
package ringfence.isolation.client_networks

import data.ringfence.lib.others

subjects contains subject if some subject in _carriers

pass contains subject if {
	some subject in _carriers
	not subject in _shared
}

fail contains _failure(subject, clients) if {
	some subject in _carriers
	some link in input.fleet.links.network
	link.role == "controlled"
	link.subject == subject
	clients := others.strangers(link, set())
	count(clients) > 0
}

_carriers contains peering._subject if some peering in input.azure.network_peerings

_carriers contains endpoint._subject if some endpoint in input.azure.private_endpoints

_carriers contains vault._subject if {
	some vault in input.keyvault.vaults
	some _ in vault.properties.privateEndpointConnections
}

_carriers contains hsm._subject if {
	some hsm in input.keyvault.managed_hsms
	some _ in hsm.properties.privateEndpointConnections
}

_shared contains link.subject if {
	some link in input.fleet.links.network
	link.role == "controlled"
	count(others.strangers(link, set())) > 0
}

_failure(subject, clients) := {
	"subject": subject,
	"message": sprintf("joins a network of %s", [others.named(clients)]),
	"observed": sort(clients),
	"expected": "no connection into another client's subscription",
	"evidence": [sprintf("%s#", [subject])],
}
