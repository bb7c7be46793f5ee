package ringfence.isolation.sharing_domains_test

import data.ringfence.isolation.sharing_domains as control

sharing(capability, mode) := {"sharepoint": {"settings": [{
	"_subject": "s",
	"sharingCapability": capability,
	"sharingDomainRestrictionMode": mode,
}]}}

list(allowed, blocked) := json.marshal({"B2BManagementPolicy": {
	"InvitationsAllowedAndBlockedDomainsPolicy": {"AllowedDomains": allowed, "BlockedDomains": blocked},
	"AutoRedeemPolicy": {"AdminConsentedForUsersIntoTenantIds": []},
}})

policy(definition, is_default) := {"definition": definition, "isOrganizationDefault": is_default}

inviting(inviters, policies) := {"entra": {
	"authorization_policy": [{"_subject": "s", "allowInvitesFrom": inviters}],
	"invitation_policies": policies,
}}

verdict := "both" if {
	"s" in control.pass
	count(control.fail) > 0
} else := "pass" if {
	"s" in control.pass
} else := "fail" if {
	{f.subject | some f in control.fail} == {"s"}
} else := "undetermined"

test_sharing[name] if {
	some name, c in {
		"anybody": ["externalUserAndGuestSharing", "allowList", "fail"],
		"anybody, the mode is unknown": ["externalUserAndGuestSharing", null, "fail"],
		"every domain": ["externalUserSharingOnly", "none", "fail"],
		"a list of blocked ones": ["externalUserSharingOnly", "blockList", "fail"],
		"a list": ["externalUserSharingOnly", "allowList", "pass"],
		# False positives: nobody new is let in.
		"off": ["disabled", "none", "pass"],
		"existing guests": ["existingExternalUserSharingOnly", "none", "pass"],
		"a mode of tomorrow": ["externalUserSharingOnly", "unknownFutureValue", "undetermined"],
		"a capability of tomorrow": ["unknownFutureValue", "allowList", "undetermined"],
		"unknown": ["externalUserSharingOnly", null, "undetermined"],
		"null": [null, "allowList", "undetermined"],
	}
	control.subjects == {"s"} with input as sharing(c[0], c[1])
	verdict == c[2] with input as sharing(c[0], c[1])
}

test_inviting[name] if {
	some name, c in {
		"nobody": ["none", [], "pass"],
		"a list": ["adminsAndGuestInviters", [policy([list(["a.example"], [])], true)], "pass"],
		"a list, and others invite": ["everyone", [policy([list(["a.example"], [])], true)], "pass"],
		"a list, and all members invite": ["adminsGuestInvitersAndAllMembers", [], "fail"],
		"a list, and inviters of tomorrow": ["unknownFutureValue", [policy([list(["a.example"], [])], true)], "undetermined"],
		"a text for a list": ["everyone", [policy([`{"B2BManagementPolicy":{"InvitationsAllowedAndBlockedDomainsPolicy":{"AllowedDomains":"a.example"}}}`], true)], "fail"],
		"no policy": ["adminsAndGuestInviters", [], "fail"],
		"an empty list": ["adminsAndGuestInviters", [policy([list([], [])], true)], "fail"],
		"a list of blocked ones": ["adminsAndGuestInviters", [policy([list([], ["a.example"])], true)], "fail"],
		"a policy without lists": ["everyone", [policy([`{"B2BManagementPolicy":{"Version":1}}`], true)], "fail"],
		"a list that is not in force": ["everyone", [policy([list(["a.example"], [])], false)], "fail"],
		"a list that may be in force": ["everyone", [policy([list(["a.example"], [])], null)], "undetermined"],
		"a list that nobody can read": ["everyone", [policy([`{'B2BManagementPolicy':{}}`], true)], "undetermined"],
		"no definition": ["everyone", [policy(null, true)], "undetermined"],
		"inviters of tomorrow": ["unknownFutureValue", [], "undetermined"],
		"inviters unknown": [null, [], "undetermined"],
	}
	control.subjects == {"s"} with input as inviting(c[0], c[1])
	verdict == c[2] with input as inviting(c[0], c[1])
}

test_messages[name] if {
	some name, c in {
		"anybody": [sharing("externalUserAndGuestSharing", "allowList"), {"files may be shared with anybody who has the link"}],
		"both": [sharing("externalUserAndGuestSharing", "none"), {"files may be shared with anybody who has the link", "files may be shared with every domain"}],
		"invitations": [inviting("everyone", []), {"guests may be invited from every domain, or all but a few"}],
	}
	{f.message | some f in control.fail} == c[1] with input as c[0]
}
