# METADATA
# title: No service provider signed in from outside the allowed countries
# description: >-
#   In the last day's log of the client's tenant, each successful sign-in by the access of a
#   service provider (crossTenantAccessType serviceProvider) came from a country which the
#   fence allows to people (its own list of them, or else its countries). Sign-ins that
#   failed, and those of guests, are not judged.
# related_resources:
#   - ref: https://learn.microsoft.com/graph/api/resources/signin?view=graph-rest-beta
#     description: signIn, crossTenantAccessType, homeTenantId, status and location
#   - ref: https://learn.microsoft.com/graph/api/resources/signinlocation
#     description: signInLocation, countryOrRegion
#   - ref: https://learn.microsoft.com/entra/identity/conditional-access/policy-block-by-location
#     description: "Conditional Access: Block access by location"
# custom:
#   id: RF-G-11
#   since: "0.2"
#   severity: high
#   scope: client
#   maps:
#     nist_800_53: [ac-2.12, ac-17, au-6, sa-9.5]
#     iso_27001: [A.5.19, A.8.15]
#     ccm: [LOG-05, DSP-19]
#     gdpr: [Art. 28, Art. 44]
#     cis_m365: []
#     nis2: ["3.2", "5.1"]
#   unverified: [iso_27001, ccm, gdpr, nis2]
#   remediation: >-
#     Ask the service provider who it was. Block sign-ins from outside for service providers,
#     too (RF-G-08). For a traveller who was approved, write an exception with an end.
#   limits: >-
#     Interactive sign-ins of one day, and events may come late. A log that is empty is no
#     proof that nobody came. A pass says nothing of other days, nor of tokens that are
#     renewed without a person. Where an address seems to be: a VPN in an allowed country
#     passes. Without Entra ID P1 Microsoft shows no sign-ins. Who may act, wherever they sign
#     in from, is RF-G-09.
package ringfence.geofence.provider_sign_ins

import data.ringfence.lib.countries

subjects contains organization._subject if {
	_allowed
	some organization in input.entra.organization
}

pass contains organization._subject if {
	_allowed
	some organization in input.entra.organization
	count(input.entra.sign_ins) > 0 # a log in which nobody is at all proves nothing
	count(_unclear) == 0
}

fail contains {
	"subject": organization._subject,
	"message": sprintf("%s of a service provider signed in from %s; people in %s may", [_who(sign_in), code, concat(", ", _allowed)]),
	"observed": {"country": code, "user": _who(sign_in), "at": sign_in.createdDateTime},
	"expected": {"countries": _allowed},
	"evidence": [sprintf("%s#/location/countryOrRegion", [sign_in._subject])],
} if {
	some organization in input.entra.organization
	some sign_in in input.entra.sign_ins
	sign_in.crossTenantAccessType == "serviceProvider"
	sign_in.status.errorCode == 0
	code := countries.code(sign_in.location.countryOrRegion, [])
	allowed := _allowed
	not code in allowed
}

_allowed := countries.of_people(input.client.fence)

# _unclear are the sign-ins, by their place in the log, of which not all says that they are
# harmless.
_unclear contains i if {
	some i, _ in input.entra.sign_ins
	not i in _harmless
}

_harmless contains i if {
	some i, sign_in in input.entra.sign_ins
	sign_in.crossTenantAccessType in {"none", "b2bCollaboration", "b2bDirectConnect", "microsoftSupport", "passthrough"}
}

_harmless contains i if {
	some i, sign_in in input.entra.sign_ins
	is_number(sign_in.status.errorCode)
	sign_in.status.errorCode != 0
}

_harmless contains i if {
	some i, sign_in in input.entra.sign_ins
	countries.code(sign_in.location.countryOrRegion, []) in _allowed
}

_who(sign_in) := sign_in.userPrincipalName if {
	is_string(sign_in.userPrincipalName)
} else := "somebody"
