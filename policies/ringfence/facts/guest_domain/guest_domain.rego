# METADATA
# title: A guest and the domain that it is at home
# description: >-
#   Whoever controls a domain can make any account and any mailbox in it, and so be a guest whose
#   own account is gone.
# related_resources:
#   - ref: https://learn.microsoft.com/entra/external-id/user-properties
#     description: Properties of a B2B collaboration user, userPrincipalName with #EXT#
# custom:
#   fact: guest-domain
#   rule: bridge
package ringfence.facts.guest_domain

import data.ringfence.lib.guests
import data.ringfence.lib.nodes

link contains {
	"value": guests.domain(address),
	"subject": user._subject,
	"role": "controlled",
	"node": nodes.person(user._id),
	"state": guests.state(user),
} if {
	some user in input.entra.users
	some address in guests.addresses(user)
}

link contains {
	"value": name,
	"subject": organization._subject,
	"role": "controls",
	"node": nodes.own("domain", name),
	"state": "live",
} if {
	some organization in input.entra.organization
	some domain in organization.verifiedDomains
	is_string(domain.name)
	name := lower(domain.name)
	name != ""
}
