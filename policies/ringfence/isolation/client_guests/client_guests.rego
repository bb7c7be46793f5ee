# METADATA
# title: No guest is at home in another client
# description: >-
#   No guest of the tenant has an account, or an address in a verified domain, of another client
#   of the same service provider, unless that client is a partner with "b2b". The guest's home
#   signs it in: whoever controls it there controls it here.
# related_resources:
#   - ref: https://learn.microsoft.com/entra/external-id/user-properties
#     description: Properties of a B2B collaboration user
#   - ref: https://learn.microsoft.com/graph/api/resources/verifieddomain
#     description: verifiedDomain
# custom:
#   id: RF-F-01
#   since: "0.2"
#   severity: high
#   scope: fleet
#   maps:
#     nist_800_53: [ac-4, ac-20, ac-21, ia-8]
#     iso_27001: [A.5.14, A.5.15]
#     ccm: [IVS-06, DSP-10]
#     gdpr: ["32"]
#     cis_m365: []
#     nis2: ["11.1", "11.3"]
#   unverified: [iso_27001, ccm, gdpr, nis2]
#   params: {}
#   remediation: >-
#     Ask the client why the guest is there. If both work together, declare the other one as a
#     partner with "b2b" in the fleet file. Else Entra admin center, Users, the guest: delete it.
#     Only the service provider can tell who the other client is.
#   limits: >-
#     Guests are compared by their addresses. People whom both clients let in by direct connect
#     leave no guest, and a guest whose home was moved keeps its old address.
package ringfence.isolation.client_guests

import data.ringfence.lib.guests
import data.ringfence.lib.others

subjects contains user._subject if {
	some user in input.entra.users
	_guest(user)
}

pass contains user._subject if {
	some user in input.entra.users
	_guest(user)
	count(guests.addresses(user)) > 0
	subject := user._subject
	not subject in _shared
}

fail contains _failure(user, clients) if {
	some user in input.entra.users
	some link in input.fleet.links["guest-home"]
	link.role == "controlled"
	link.subject == user._subject
	clients := others.strangers(link, _agreed)
	count(clients) > 0
}

fail contains _failure(user, clients) if {
	some user in input.entra.users
	some link in input.fleet.links["guest-domain"]
	link.role == "controlled"
	link.subject == user._subject
	clients := others.strangers(link, _agreed)
	count(clients) > 0
}

_guest(user) if user.userType == "Guest"

_guest(user) if {
	is_string(user.userPrincipalName)
	contains(lower(user.userPrincipalName), "#ext#")
}

_shared contains link.subject if {
	some link in input.fleet.links["guest-home"]
	link.role == "controlled"
	count(others.strangers(link, _agreed)) > 0
}

_shared contains link.subject if {
	some link in input.fleet.links["guest-domain"]
	link.role == "controlled"
	count(others.strangers(link, _agreed)) > 0
}

_agreed contains partner.tenant_id if {
	some partner in input.client.partners
	"b2b" in partner.allow
}

_failure(user, clients) := {
	"subject": user._subject,
	"message": sprintf("is a guest from %s, another client of the service provider", [others.named(clients)]),
	"observed": sort(clients),
	"expected": "a guest from elsewhere, or from a partner with \"b2b\"",
	"evidence": [sprintf("%s#/userPrincipalName", [user._subject])],
}
