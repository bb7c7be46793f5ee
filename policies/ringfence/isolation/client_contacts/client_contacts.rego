# METADATA
# title: No contact of the tenant is at another client
# description: >-
#   No address for technical or security notices of the tenant lies in a domain of another client of
#   the same service provider: incidents would be told to somebody else.
# related_resources:
#   - ref: https://learn.microsoft.com/graph/api/resources/organization
#     description: organization, technicalNotificationMails and securityComplianceNotificationMails
# custom:
#   id: RF-F-15
#   since: "0.2"
#   severity: medium
#   scope: fleet
#   maps:
#     nist_800_53: [ac-4, ia-5.1, ir-6]
#     iso_27001: [A.5.14, A.5.24]
#     ccm: [DSP-10]
#     gdpr: []
#     cis_m365: []
#     nis2: ["3.3"]
#   unverified: [iso_27001, ccm, nis2]
#   params: {}
#   remediation: >-
#     Microsoft 365 admin center, Settings, Org settings, Organization profile: enter an address of
#     the client, or one of the service provider that was agreed.
#   limits: >-
#     The addresses of the organization. Recovery addresses of people and the routes of mail are not
#     read.
package ringfence.isolation.client_contacts

import data.ringfence.lib.others

subjects contains subject if some subject in _carriers

pass contains subject if {
	some subject in _carriers
	not subject in _shared
}

fail contains _failure(subject, clients) if {
	some subject in _carriers
	some link in input.fleet.links.contact
	link.role == "controlled"
	link.subject == subject
	clients := others.strangers(link, set())
	count(clients) > 0
}

_carriers contains organization._subject if some organization in input.entra.organization

_shared contains link.subject if {
	some link in input.fleet.links.contact
	link.role == "controlled"
	count(others.strangers(link, set())) > 0
}

_failure(subject, clients) := {
	"subject": subject,
	"message": sprintf("names a contact at %s", [others.named(clients)]),
	"observed": sort(clients),
	"expected": "contacts at no other client",
	"evidence": [sprintf("%s#", [subject])],
}
