# METADATA
# title: No trusted location is trusted by another client
# description: >-
#   No range of addresses that conditional access trusts is trusted by another client of the same
#   service provider. Whoever is in that network is trusted by both.
# related_resources:
#   - ref: https://learn.microsoft.com/graph/api/resources/ipnamedlocation
#     description: ipNamedLocation, isTrusted
#   - ref: https://learn.microsoft.com/entra/identity/conditional-access/concept-assignment-network
#     description: Network assignment in conditional access
# custom:
#   id: RF-F-13
#   since: "0.2"
#   severity: medium
#   scope: fleet
#   maps:
#     nist_800_53: [ac-4, sc-7, ia-2]
#     iso_27001: [A.8.20]
#     ccm: [IVS-03]
#     gdpr: []
#     cis_m365: []
#     nis2: ["6.8"]
#   unverified: [iso_27001, ccm, nis2]
#   params: {}
#   remediation: >-
#     Entra admin center, Conditional Access, Named locations: remove the range, or its mark as
#     trusted, where it is not this client's own network. A range that a provider gives to many
#     customers should be trusted by none.
#   limits: >-
#     Equal ranges are found, and not those that overlap. Shared egress of an office building or a
#     security service is shared trust, too.
package ringfence.isolation.client_locations

import data.ringfence.lib.others

subjects contains subject if some subject in _carriers

pass contains subject if {
	some subject in _carriers
	not subject in _shared
}

fail contains _failure(subject, clients) if {
	some subject in _carriers
	some link in input.fleet.links["trusted-location"]
	link.subject == subject
	clients := others.strangers(link, set())
	count(clients) > 0
}

_carriers contains location._subject if {
	some location in input.entra.named_locations
	location.isTrusted == true
}

_shared contains link.subject if {
	some link in input.fleet.links["trusted-location"]
	count(others.strangers(link, set())) > 0
}

_failure(subject, clients) := {
	"subject": subject,
	"message": sprintf("is trusted by %s, too", [others.named(clients)]),
	"observed": sort(clients),
	"expected": "a range of this client alone",
	"evidence": [sprintf("%s#", [subject])],
}
