package ringfence.isolation.client_guests_test

import data.ringfence.isolation.client_guests as control

friend := "cccccccc-0000-4000-8000-000000000001"

guest := {
	"_subject": "g",
	"userPrincipalName": "ada_home.example#EXT#@fabrikam.onmicrosoft.com",
	"mail": "ada@home.example",
	"userType": "Guest",
}

link(client, changes) := object.union(
	{"subject": "g", "role": "controlled", "with": [{"client": client, "role": "controls", "tenant_id": ""}]},
	changes,
)

other := link("client-00000001", {})

agreed := link("client-00000002", {"with": [{"client": "client-00000002", "role": "controls", "tenant_id": friend}]})

world(user, homes, domains) := {
	"client": {"partners": [{"tenant_id": friend, "allow": ["b2b"]}]},
	"entra": {"users": [object.union(guest, user)]},
	"fleet": {"links": {"guest-home": homes, "guest-domain": domains}},
}

verdict := "no subject" if {
	not "g" in control.subjects
	count(control.pass) + count(control.fail) == 0
} else := "both" if {
	"g" in control.pass
	count(control.fail) > 0
} else := "pass" if {
	"g" in control.pass
} else := "fail" if {
	{f.subject | some f in control.fail} == {"g"}
} else := "undetermined"

test_verdicts[name] if {
	some name, c in {
		"from elsewhere": [world({}, [], []), "pass"],
		"from the service provider": [world({}, [link("msp", {})], []), "pass"],
		"an account of another client": [world({}, [other], []), "fail"],
		"a domain of another client": [world({}, [], [other]), "fail"],
		"a guest by its name alone": [world({"userType": "Member"}, [other], []), "fail"],
		"a guest by its type alone": [world({"userPrincipalName": "ada@fabrikam.example"}, [other], []), "fail"],
		"a partner's": [world({}, [agreed], [agreed]), "pass"],
		"a partner's, and another client's": [world({}, [agreed], [other]), "fail"],
		"another guest's": [world({}, [link("client-00000001", {"subject": "h"})], []), "pass"],
		# The tenant's own people are guests elsewhere: that is the other client's affair.
		"at home here": [world({}, [link("client-00000001", {"role": "controls"})], []), "pass"],
		"its domain is a guest's elsewhere": [world({}, [], [link("client-00000001", {"role": "controls"})]), "pass"],
		"a member": [world({"userType": "Member", "userPrincipalName": "ada@fabrikam.example"}, [other], [other]), "fail only"],
		"an address in its mail alone": [world({"userPrincipalName": "odd"}, [], []), "pass"],
		"no address": [world({"userPrincipalName": "odd", "mail": null}, [], []), "undetermined"],
	}
	_as_expected(c[1]) with input as c[0]
}

# A member is no subject, and a link of it is none of a guest.
_as_expected("fail only") if {
	not "g" in control.subjects
	not "g" in control.pass
}

_as_expected(want) if verdict == want

test_partner_without_b2b if {
	w := world({}, [agreed], [])
	partner := [{"tenant_id": friend, "allow": ["sync"]}]
	verdict == "fail" with input as object.union(w, {"client": {"partners": partner}})
}

test_nothing_promised if {
	w := world({}, [agreed], [])
	verdict == "fail" with input as object.union(w, {"client": {"partners": null}})
}

test_no_links if {
	w := json.patch(world({}, [], []), [{"op": "replace", "path": "/fleet", "value": {"links": {}, "paths": []}}])
	verdict == "pass" with input as w
}

test_message if {
	both := {"subject": "g", "role": "controlled", "with": [
		{"client": "client-00000003", "role": "controls", "tenant_id": ""},
		{"client": "client-00000001", "role": "controls", "tenant_id": ""},
		{"client": "client-00000002", "role": "controls", "tenant_id": friend},
	]}
	control.fail == {{
		"subject": "g",
		"message": "is a guest from client-00000001, client-00000003, another client of the service provider",
		"observed": ["client-00000001", "client-00000003"],
		"expected": "a guest from elsewhere, or from a partner with \"b2b\"",
		"evidence": ["g#/userPrincipalName"],
	}} with input as world({}, [both], [])
}
