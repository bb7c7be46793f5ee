package ringfence.facts.guest_domain_test

import data.ringfence.facts.guest_domain

tenant := "a0000000-0000-4000-8000-000000000001"

guest := {
	"_id": "g",
	"_subject": "entra.users/g",
	"userPrincipalName": "ada_home.example#EXT#@fabrikam.onmicrosoft.com",
	"mail": "ada@other.example",
	"userType": "Guest",
	"accountEnabled": true,
	"externalUserState": "Accepted",
}

of(users, domains) := {"client": {"tenant_id": tenant}, "entra": {
	"users": users,
	"organization": [{"_subject": "entra.organization/o", "verifiedDomains": domains}],
}}

guests(domain, state) := {
	"value": domain,
	"subject": "entra.users/g",
	"role": "controlled",
	"node": sprintf("%s/user/g", [tenant]),
	"state": state,
}

test_found if {
	own := {
		"value": "fabrikam.example",
		"subject": "entra.organization/o",
		"role": "controls",
		"node": sprintf("%s/domain/fabrikam.example", [tenant]),
		"state": "live",
	}
	want := {own, guests("home.example", "live"), guests("other.example", "live")}
	guest_domain.link == want with input as of([guest], [{"name": "Fabrikam.example"}])
}

test_pending if {
	user := object.union(guest, {"externalUserState": "PendingAcceptance", "mail": null})
	guest_domain.link == {guests("home.example", "jit")} with input as of([user], [])
}

test_odd_domains if count(guest_domain.link) == 0 with input as of([], [{"name": null}, {"name": ""}, {}])
