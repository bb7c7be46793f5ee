# METADATA
# title: Only administrators and guest inviters may invite guests
# description: >-
#   The tenant's authorization policy lets nobody but administrators and holders
#   of the Guest Inviter role invite guests, and nobody may join the tenant by
#   proving control of an e-mail address. Otherwise any user, or any guest, can
#   let strangers into the client's directory.
# related_resources:
#   - ref: https://learn.microsoft.com/graph/api/resources/authorizationpolicy
#     description: authorizationPolicy, allowInvitesFrom and allowEmailVerifiedUsersToJoinOrganization
#   - ref: https://learn.microsoft.com/entra/external-id/external-collaboration-settings-configure
#     description: Configure external collaboration settings
# custom:
#   id: RF-T-08
#   since: "0.1"
#   severity: high
#   scope: client
#   maps:
#     nist_800_53: [ac-2, ac-3, ia-8]
#     iso_27001: [A.5.16]
#     ccm: [IAM-06]
#     gdpr: []
#     cis_m365: []
#     nis2: ["11.2", "11.5"]
#   unverified: [iso_27001, ccm, nis2]
#   params:
#     allow_members_to_invite:
#       type: boolean
#       default: false
#       description: Members (not guests) may invite too. Pair it with an allow-list of domains.
#   remediation: >-
#     Entra admin center, External Identities, External collaboration settings:
#     set guest invite settings to "Only users assigned to specific admin roles
#     can invite guest users" or stricter, and turn off self-service sign-up by
#     e-mail (allowEmailVerifiedUsersToJoinOrganization).
#   limits: >-
#     Says who may invite from now on. It does not look at guests who are there
#     already, at holders of the Guest Inviter role, or at invitations that an
#     application with User.Invite.All sends.
package ringfence.isolation.guest_inviters

subjects contains policy._subject if some policy in input.entra.authorization_policy

pass contains policy._subject if {
	some policy in input.entra.authorization_policy
	policy.allowInvitesFrom in _allowed
	policy.allowEmailVerifiedUsersToJoinOrganization == false
}

fail contains {
	"subject": policy._subject,
	"message": concat("; ", [message | some [_, message] in found]),
	"observed": {
		"allowInvitesFrom": object.get(policy, "allowInvitesFrom", null),
		"allowEmailVerifiedUsersToJoinOrganization": object.get(policy, "allowEmailVerifiedUsersToJoinOrganization", null),
	},
	"expected": {
		"allowInvitesFrom": _allowed,
		"allowEmailVerifiedUsersToJoinOrganization": false,
	},
	"evidence": [sprintf("%s#/%s", [policy._subject, property]) | some [property, _] in found],
} if {
	some policy in input.entra.authorization_policy
	found := _deviations(policy)
	count(found) > 0
}

_allowed contains "none"

_allowed contains "adminsAndGuestInviters"

_allowed contains "adminsGuestInvitersAndAllMembers" if {
	input.params.allow_members_to_invite == true
}

# _loose are the documented values that are too loose, with what they mean. A value that
# Microsoft adds later is in neither set: with it, the policy neither passes nor fails.
_loose := {
	"adminsGuestInvitersAndAllMembers": "every member may invite guests",
	"everyone": "everyone, guests included, may invite guests",
}

# _deviations are the [property, message] of what is not as promised.
_deviations(policy) := {d | d := _loose_inviters(policy)} | {d | d := _email_join(policy)}

_loose_inviters(policy) := ["allowInvitesFrom", _loose[inviters]] if {
	inviters := policy.allowInvitesFrom
	not inviters in _allowed
}

_email_join(policy) := ["allowEmailVerifiedUsersToJoinOrganization", "anyone may join with a verified e-mail address"] if {
	policy.allowEmailVerifiedUsersToJoinOrganization == true
}
