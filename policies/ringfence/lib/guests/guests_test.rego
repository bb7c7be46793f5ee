package ringfence.lib.guests_test

import data.ringfence.lib.guests

guest := {
	"userPrincipalName": "Ada_Home.example#EXT#@fabrikam.onmicrosoft.com",
	"mail": "Ada@Home.example",
	"userType": "Guest",
	"accountEnabled": true,
	"externalUserState": "Accepted",
}

member := {
	"userPrincipalName": "Ada@Fabrikam.example",
	"mail": null,
	"userType": "Member",
	"accountEnabled": true,
	"externalUserState": null,
}

test_addresses[name] if {
	some name, c in {
		"both say the same": {"with": {}, "want": {"ada@home.example"}},
		"another mail": {"with": {"mail": "ada@other.example"}, "want": {"ada@home.example", "ada@other.example"}},
		"no mail": {"with": {"mail": null}, "want": {"ada@home.example"}},
		"a mail that is none": {"with": {"mail": "ada"}, "want": {"ada@home.example"}},
		"a name with an underscore": {"with": {"userPrincipalName": "ada_of_l_home.example#EXT#@x", "mail": null}, "want": {"ada_of_l@home.example"}},
		"synchronised": {"with": {"userType": "Member"}, "want": {"ada@home.example"}},
		"a guest with a name of the tenant": {"with": {"userPrincipalName": "ada@fabrikam.example"}, "want": {"ada@home.example"}},
		"nothing before the mark": {"with": {"userPrincipalName": "#EXT#@x", "mail": null}, "want": set()},
		"no domain before the mark": {"with": {"userPrincipalName": "ada_#EXT#@x", "mail": null}, "want": set()},
		"a name that is null": {"with": {"userPrincipalName": null}, "want": {"ada@home.example"}},
	}
	guests.addresses(object.union(guest, c["with"])) == c.want
}

test_member_is_at_home if {
	not guests.addresses(member)
	guests.own_addresses(member) == {"ada@fabrikam.example"}
}

test_own_addresses[name] if {
	some name, c in {
		"by mail": {"with": {"mail": "Ada.L@fabrikam.example"}, "want": {"ada@fabrikam.example", "ada.l@fabrikam.example"}},
		"no type": {"with": {"userType": null}, "want": {"ada@fabrikam.example"}},
	}
	guests.own_addresses(object.union(member, c["with"])) == c.want
}

test_not_at_home[name] if {
	some name, c in {
		"guest": guest,
		"synchronised": object.union(guest, {"userType": "Member"}),
		"internal guest": object.union(member, {"userType": "Guest"}),
		"no name": object.union(member, {"userPrincipalName": null}),
	}
	not guests.own_addresses(c)
}

test_domain if guests.domain("ada@home.example") == "home.example"

test_no_domain[address] if {
	some address in ["ada", "ada@", "@home.example", "a@b@c"]
	not guests.domain(address)
}

test_state[name] if {
	some name, c in {
		"accepted": {"with": {}, "want": "live"},
		"never invited": {"with": {"externalUserState": null}, "want": "live"},
		"pending": {"with": {"externalUserState": "PendingAcceptance"}, "want": "jit"},
		"a state of tomorrow": {"with": {"externalUserState": "Invited"}, "want": "jit"},
		"nobody says": {"with": {"accountEnabled": null}, "want": "potential"},
		"disabled": {"with": {"accountEnabled": false}, "want": "potential"},
		"disabled and pending": {"with": {"accountEnabled": false, "externalUserState": "PendingAcceptance"}, "want": "potential"},
	}
	guests.state(object.union(guest, c["with"])) == c.want
}

test_domains if {
	guests.domains == {"home.example"} with input as {"entra": {"organization": [{"verifiedDomains": [{"name": "Home.example"}]}]}}
}
