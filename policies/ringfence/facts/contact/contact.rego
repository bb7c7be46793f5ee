# METADATA
# title: Where Microsoft's messages about a tenant go
# description: >-
#   Technical and security contacts at a domain of another tenant.
# related_resources:
#   - ref: https://learn.microsoft.com/graph/api/resources/organization
#     description: organization, technicalNotificationMails and securityComplianceNotificationMails
# custom:
#   fact: contact
#   rule: share
package ringfence.facts.contact

import data.ringfence.lib.guests

link contains {
	"value": guests.domain(lower(address)),
	"subject": organization._subject,
	"role": "controlled",
	"node": null,
	"state": "live",
} if {
	some organization in input.entra.organization
	some list in ["technicalNotificationMails", "securityComplianceNotificationMails"]
	some address in organization[list]
	is_string(address)
}

link contains {
	"value": lower(domain.name),
	"subject": organization._subject,
	"role": "controls",
	"node": null,
	"state": "live",
} if {
	some organization in input.entra.organization
	some domain in organization.verifiedDomains
	is_string(domain.name)
	domain.name != ""
}
