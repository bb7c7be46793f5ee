package ringfence.isolation.guest_inviters_test

import data.ringfence.isolation.guest_inviters

subject := "entra.authorization_policy/default"

tenant(policy, members) := {
	"params": {"allow_members_to_invite": members},
	"entra": {"authorization_policy": [object.union({"_id": "default", "_subject": subject}, policy)]},
}

verdict := "both" if {
	subject in guest_inviters.pass
	count(guest_inviters.fail) > 0
} else := "pass" if {
	subject in guest_inviters.pass
} else := "fail" if {
	{f.subject | some f in guest_inviters.fail} == {subject}
} else := "undetermined"

test_verdicts[name] if {
	some name, c in {
		"nobody invites": {"policy": {"allowInvitesFrom": "none", "allowEmailVerifiedUsersToJoinOrganization": false}, "members": false, "want": "pass"},
		"guest inviters": {"policy": {"allowInvitesFrom": "adminsAndGuestInviters", "allowEmailVerifiedUsersToJoinOrganization": false}, "members": false, "want": "pass"},
		"members": {"policy": {"allowInvitesFrom": "adminsGuestInvitersAndAllMembers", "allowEmailVerifiedUsersToJoinOrganization": false}, "members": false, "want": "fail"},
		"members, as the client wants": {"policy": {"allowInvitesFrom": "adminsGuestInvitersAndAllMembers", "allowEmailVerifiedUsersToJoinOrganization": false}, "members": true, "want": "pass"},
		"everyone": {"policy": {"allowInvitesFrom": "everyone", "allowEmailVerifiedUsersToJoinOrganization": false}, "members": true, "want": "fail"},
		"e-mail join": {"policy": {"allowInvitesFrom": "none", "allowEmailVerifiedUsersToJoinOrganization": true}, "members": false, "want": "fail"},
		"a value of tomorrow": {"policy": {"allowInvitesFrom": "adminsAndSponsors", "allowEmailVerifiedUsersToJoinOrganization": false}, "members": false, "want": "undetermined"},
		"a value of tomorrow and e-mail join": {"policy": {"allowInvitesFrom": "unknownFutureValue", "allowEmailVerifiedUsersToJoinOrganization": true}, "members": false, "want": "fail"},
		"other case is another value": {"policy": {"allowInvitesFrom": "None", "allowEmailVerifiedUsersToJoinOrganization": false}, "members": false, "want": "undetermined"},
		"null inviters": {"policy": {"allowInvitesFrom": null, "allowEmailVerifiedUsersToJoinOrganization": false}, "members": false, "want": "undetermined"},
		"null e-mail join": {"policy": {"allowInvitesFrom": "none", "allowEmailVerifiedUsersToJoinOrganization": null}, "members": false, "want": "undetermined"},
		"e-mail join as text": {"policy": {"allowInvitesFrom": "none", "allowEmailVerifiedUsersToJoinOrganization": "false"}, "members": false, "want": "undetermined"},
		"no e-mail join property": {"policy": {"allowInvitesFrom": "none"}, "members": false, "want": "undetermined"},
		"everyone, no e-mail join property": {"policy": {"allowInvitesFrom": "everyone"}, "members": false, "want": "fail"},
		"e-mail join, no inviters property": {"policy": {"allowEmailVerifiedUsersToJoinOrganization": true}, "members": false, "want": "fail"},
		"no inviters property": {"policy": {"allowEmailVerifiedUsersToJoinOrganization": false}, "members": false, "want": "undetermined"},
	}
	guest_inviters.subjects == {subject} with input as tenant(c.policy, c.members)
	verdict == c.want with input as tenant(c.policy, c.members)
}

test_message if {
	guest_inviters.fail == {{
		"subject": subject,
		"message": "anyone may join with a verified e-mail address; everyone, guests included, may invite guests",
		"observed": {"allowInvitesFrom": "everyone", "allowEmailVerifiedUsersToJoinOrganization": true},
		"expected": {
			"allowInvitesFrom": {"none", "adminsAndGuestInviters"},
			"allowEmailVerifiedUsersToJoinOrganization": false,
		},
		"evidence": [
			"entra.authorization_policy/default#/allowEmailVerifiedUsersToJoinOrganization",
			"entra.authorization_policy/default#/allowInvitesFrom",
		],
	}} with input as tenant({"allowInvitesFrom": "everyone", "allowEmailVerifiedUsersToJoinOrganization": true}, false)
}

# What is not there is no evidence.
test_evidence_is_there if {
	some f in guest_inviters.fail with input as tenant({"allowInvitesFrom": "everyone"}, false)
	f.evidence == ["entra.authorization_policy/default#/allowInvitesFrom"]
	f.observed == {"allowInvitesFrom": "everyone", "allowEmailVerifiedUsersToJoinOrganization": null}
}

test_nothing_collected if {
	guest_inviters.subjects == set() with input as {"entra": {}}
	guest_inviters.pass == set() with input as {"entra": {}}
}
