package ringfence.facts.guest_home_test

import data.ringfence.facts.guest_home

tenant := "a0000000-0000-4000-8000-000000000001"

guest := {
	"_id": "g",
	"_subject": "entra.users/g",
	"userPrincipalName": "ada_home.example#EXT#@fabrikam.onmicrosoft.com",
	"mail": "ada@home.example",
	"userType": "Guest",
	"accountEnabled": true,
	"externalUserState": "Accepted",
}

member := {
	"_id": "m",
	"_subject": "entra.users/m",
	"userPrincipalName": "bo@fabrikam.example",
	"mail": "bo@fabrikam.example",
	"userType": "Member",
	"accountEnabled": true,
	"externalUserState": null,
}

of(users) := {"client": {"tenant_id": tenant}, "entra": {
	"users": users,
	"organization": [{"verifiedDomains": [{"name": "fabrikam.example"}]}],
}}

found(user, id, role, state) := {
	"value": user.mail,
	"subject": user._subject,
	"role": role,
	"node": sprintf("%s/user/%s", [tenant, id]),
	"state": state,
}

test_found if {
	want := {found(guest, "g", "controlled", "live"), found(member, "m", "controls", "live")}
	guest_home.link == want with input as of([guest, member])
}

test_pending if {
	user := object.union(guest, {"externalUserState": "PendingAcceptance"})
	guest_home.link == {found(guest, "g", "controlled", "jit")} with input as of([user])
}

test_disabled_home if {
	user := object.union(member, {"accountEnabled": false})
	guest_home.link == {found(member, "m", "controls", "potential")} with input as of([user])
}

test_nobody if count(guest_home.link) == 0 with input as of([])

test_odd[name] if {
	some name, user in {
		"no address": object.union(guest, {"mail": null, "userPrincipalName": "ada"}),
		"no name": object.union(member, {"userPrincipalName": null, "mail": null}),
	}
	count(guest_home.link) == 0 with input as of([user])
}

test_mail_elsewhere if {
	user := object.union(member, {"mail": "bo@home.example"})
	got := {link.value | some link in guest_home.link} with input as of([user])
	got == {"bo@fabrikam.example"}
}
