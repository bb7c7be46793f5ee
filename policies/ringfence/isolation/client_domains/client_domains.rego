# METADATA
# title: No domain is another client's, or lies in or above one of theirs
# description: >-
#   No verified domain of the tenant is verified by another client of the same service provider, or
#   is a part of one of theirs, or has one of theirs as a part: mail and sign-ins would be taken for
#   one client's that are another's.
# related_resources:
#   - ref: https://learn.microsoft.com/graph/api/resources/domain
#     description: domain, isVerified
#   - ref: https://learn.microsoft.com/entra/identity/users/domains-manage
#     description: Managing custom domain names
# custom:
#   id: RF-F-14
#   since: "0.2"
#   severity: medium
#   scope: fleet
#   maps:
#     nist_800_53: [ia-4, ac-4]
#     iso_27001: [A.5.9]
#     ccm: [IVS-06]
#     gdpr: []
#     cis_m365: []
#     nis2: ["11.5"]
#   unverified: [iso_27001, ccm, nis2]
#   params: {}
#   remediation: >-
#     Ask both clients to whom the domain belongs, and remove it from the other tenant: Entra admin
#     center, Domain names. A merger in progress is accepted by an exception with its end.
#   limits: >-
#     Names are compared by their parts, of which the last two at least have to be equal; a public
#     suffix of several parts that somebody verified would be found, and is no client's.
package ringfence.isolation.client_domains

import data.ringfence.lib.others

subjects contains subject if some subject in _carriers

pass contains subject if {
	some subject in _carriers
	not subject in _shared
}

fail contains _failure(subject, clients) if {
	some subject in _carriers
	some link in input.fleet.links.domain
	link.subject == subject
	clients := others.strangers(link, set())
	count(clients) > 0
}

_carriers contains domain._subject if {
	some domain in input.entra.domains
	domain.isVerified == true
}

_shared contains link.subject if {
	some link in input.fleet.links.domain
	count(others.strangers(link, set())) > 0
}

_failure(subject, clients) := {
	"subject": subject,
	"message": sprintf("is a domain of %s, or has to do with one", [others.named(clients)]),
	"observed": sort(clients),
	"expected": "a domain of this client alone",
	"evidence": [sprintf("%s#", [subject])],
}
