# METADATA
# title: A guest and the account that it is at home
# description: >-
#   Whoever controls an account controls the guests of other tenants that are invited under its
#   address: the home signs them in. The address is that of the guest's mail, and that in its name
#   ("ada_home.example#EXT#@tenant").
# related_resources:
#   - ref: https://learn.microsoft.com/entra/external-id/user-properties
#     description: Properties of a B2B collaboration user, userPrincipalName with #EXT#
# custom:
#   fact: guest-home
#   rule: bridge
package ringfence.facts.guest_home

import data.ringfence.lib.guests
import data.ringfence.lib.nodes

link contains {
	"value": address,
	"subject": user._subject,
	"role": "controlled",
	"node": nodes.person(user._id),
	"state": guests.state(user),
} if {
	some user in input.entra.users
	some address in guests.addresses(user)
}

link contains {
	"value": address,
	"subject": user._subject,
	"role": "controls",
	"node": nodes.person(user._id),
	"state": nodes.enabled(user),
} if {
	some user in input.entra.users
	some address in guests.own_addresses(user)
	guests.domain(address) in guests.domains
}
