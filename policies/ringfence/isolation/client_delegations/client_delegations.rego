# METADATA
# title: No other client holds a delegation by Azure Lighthouse
# description: >-
#   No delegation by Azure Lighthouse gives roles on the tenant's resources to the tenant of another
#   client of the same service provider.
# related_resources:
#   - ref: https://learn.microsoft.com/rest/api/managedservices/registration-assignments/list
#     description: Registration Assignments - List
#   - ref: https://learn.microsoft.com/azure/lighthouse/overview
#     description: What is Azure Lighthouse?
# custom:
#   id: RF-F-09
#   since: "0.2"
#   severity: high
#   scope: fleet
#   maps:
#     nist_800_53: [ac-3, ac-4, ac-6]
#     iso_27001: [A.5.15]
#     ccm: [IVS-06]
#     gdpr: []
#     cis_m365: []
#     nis2: ["11.3"]
#   unverified: [iso_27001, ccm, nis2]
#   params: {}
#   remediation: >-
#     Azure portal, Service providers, Service provider offers: delete the offer of the other
#     client. A delegation that was made under the wrong tenant's id is made anew by its owner.
#   limits: >-
#     Delegations by Lighthouse. Guests of another client who hold roles in Azure are found as
#     guests (RF-F-01), and where they reach control, as paths (RF-F-16).
package ringfence.isolation.client_delegations

import data.ringfence.lib.others

subjects contains subject if some subject in _carriers

pass contains subject if {
	some subject in _carriers
	not subject in _shared
}

fail contains _failure(subject, clients) if {
	some subject in _carriers
	some link in input.fleet.links.lighthouse
	link.role == "controlled"
	link.subject == subject
	clients := others.strangers(link, set())
	count(clients) > 0
}

_carriers contains delegation._subject if some delegation in input.azure.lighthouse_assignments

_shared contains link.subject if {
	some link in input.fleet.links.lighthouse
	link.role == "controlled"
	count(others.strangers(link, set())) > 0
}

_failure(subject, clients) := {
	"subject": subject,
	"message": sprintf("gives roles to %s, another client of the service provider", [others.named(clients)]),
	"observed": sort(clients),
	"expected": "no delegation to another client",
	"evidence": [sprintf("%s#", [subject])],
}
