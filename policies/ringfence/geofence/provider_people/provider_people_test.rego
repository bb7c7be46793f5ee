package ringfence.geofence.provider_people_test

import data.ringfence.geofence.provider_people as control

subject := "gdap.access_assignments/r1/a1"

person(id, more) := object.union(
	{
		"_id": id,
		"_subject": sprintf("entra.users/%s", [id]),
		"displayName": sprintf("Person %s", [id]),
		"accountEnabled": true,
		"country": "DE",
		"usageLocation": "DE",
	},
	more,
)

member(group, id, kind) := {
	"_scope": group,
	"_subject": sprintf("entra.group_members/%s/%s", [group, id]),
	"id": id,
	"@odata.type": sprintf("#microsoft.graph.%s", [kind]),
}

eligible(id, what) := {"_scope": "g1", "principalId": id, "accessId": what}

fence(countries, people) := {"name": "eu", "countries": countries, "people": people}

access(more) := object.union(
	{
		"_id": "r1/a1",
		"_scope": "r1",
		"_subject": subject,
		"status": "active",
		"accessContainer": {"accessContainerId": "G1", "accessContainerType": "securityGroup"},
	},
	more,
)

# tenant is the MSP's, with one person in the group that opens one client; changes are what
# is otherwise.
tenant(changes) := {
	"params": {"country_names": object.get(changes, "names", [])},
	"fleet": {"clients": [
		{"name": "contoso", "tenant_id": "t1", "fence": object.get(changes, "fence", fence(["DE", "NL"], null))},
		{"name": "fabrikam", "tenant_id": "t2", "fence": object.get(changes, "second", null)},
	]},
	"gdap": {
		"relationships": [{"_id": "r1", "status": object.get(changes, "relationship", "active"), "customer": {"tenantId": object.get(changes, "customer", "T1")}}],
		"access_assignments": [access(object.get(changes, "access", {}))],
	},
	"entra": {
		"users": object.get(changes, "users", [person("ada", object.get(changes, "ada", {}))]),
		"groups": [{"_id": id, "securityEnabled": object.get(object.get(changes, "security", {}), id, true)} | some id in object.get(changes, "groups", ["g1", "g2", "g3"])],
		"group_members": object.get(changes, "members", [member("g1", "ADA", "user")]),
		"group_eligibility": object.get(changes, "eligible", []),
	},
}

verdict := "a verdict on no subject" if {
	count((control.pass | {f.subject | some f in control.fail}) - control.subjects) > 0
} else := "no subject" if {
	count(control.subjects) == 0
} else := "both" if {
	subject in control.pass
	count(control.fail) > 0
} else := "pass" if {
	subject in control.pass
} else := "fail" if {
	count(control.fail) > 0
} else := "undetermined"

test_whereabouts[name] if {
	some name, c in {
		"in an allowed country": {"want": "pass"},
		"in another one": {"ada": {"usageLocation": "NL"}, "want": "pass"},
		"abroad": {"ada": {"country": "US"}, "want": "fail"},
		"uses services abroad": {"ada": {"usageLocation": "US"}, "want": "fail"},
		"nobody wrote it down": {"ada": {"country": null, "usageLocation": null}, "want": "fail"},
		"only where services are used": {"ada": {"country": null}, "want": "pass"},
		"only the country": {"ada": {"usageLocation": null}, "want": "pass"},
		"no country of this name": {"ada": {"country": "EMEA"}, "want": "undetermined"},
		"abroad, and no country of this name": {"ada": {"country": "EMEA", "usageLocation": "US"}, "want": "fail"},
		"no text": {"ada": {"country": 7}, "want": "undetermined"},
		# False positive: a name, and what it stands for.
		"a name that the fleet file knows": {"ada": {"country": "Germany"}, "names": ["Germany=DE"], "want": "pass"},
		"a name of a country outside": {"ada": {"country": "Japan"}, "names": ["Japan=JP"], "want": "fail"},
		# False positive: whoever cannot sign in cannot act.
		"disabled": {"ada": {"country": "US", "accountEnabled": false}, "want": "pass"},
		"disabled, and uses services abroad": {"ada": {"usageLocation": "US", "accountEnabled": false}, "want": "pass"},
		"disabled or not": {"ada": {"country": "US", "accountEnabled": null}, "want": "undetermined"},
		"at home, disabled or not": {"ada": {"accountEnabled": null}, "want": "undetermined"},
		"unknown country, disabled or not": {"ada": {"country": null, "usageLocation": null, "accountEnabled": null}, "want": "undetermined"},
	}
	verdict == c.want with input as tenant(c)
}

# What was not read is not what nobody wrote down.
test_not_read[property] if {
	some property in ["country", "usageLocation", "accountEnabled"]
	verdict == "undetermined" with input as json.remove(tenant({}), [sprintf("entra/users/0/%s", [property])])
}

test_fences[name] if {
	some name, c in {
		"no fence": {"fence": null, "want": "no subject"},
		"no countries": {"fence": fence(null, null), "want": "no subject"},
		"people elsewhere": {"fence": fence(["US"], ["DE"]), "want": "pass"},
		"people elsewhere, and not at home": {"fence": fence(["DE"], ["US"]), "want": "fail"},
		"nobody may": {"fence": fence(["DE"], []), "want": "fail"},
		"nobody is there, and nobody may": {"fence": fence(["DE"], []), "members": [], "want": "pass"},
	}
	verdict == c.want with input as tenant(c)
}

test_access[name] if {
	some name, c in {
		"ends": {"relationship": "terminating", "ada": {"country": "US"}, "want": "fail"},
		"is over": {"relationship": "terminated", "ada": {"country": "US"}, "want": "no subject"},
		"in a state of no name": {"relationship": "sleeping", "ada": {"country": "US"}, "want": "undetermined"},
		"in a state of no name, at home": {"relationship": "sleeping", "want": "pass"},
		"of another customer": {"customer": "t9", "ada": {"country": "US"}, "want": "no subject"},
		"of a client without a fence": {"customer": "t2", "ada": {"country": "US"}, "want": "no subject"},
		"is deleted": {"access": {"status": "deleted"}, "ada": {"country": "US"}, "want": "no subject"},
		"is deleted, at home": {"access": {"status": "deleted"}, "want": "no subject"},
		"is being deleted": {"access": {"status": "deleting"}, "ada": {"country": "US"}, "want": "no subject"},
		"is not active yet": {"access": {"status": "pending"}, "ada": {"country": "US"}, "want": "undetermined"},
		"of something else than a group": {"access": {"accessContainer": {"accessContainerId": "g1", "accessContainerType": "team"}}, "want": "undetermined"},
		"of a group that is not there": {"access": {"accessContainer": {"accessContainerId": "g9", "accessContainerType": "securityGroup"}}, "want": "undetermined"},
	}
	verdict == c.want with input as tenant(c)
}

abroad := person("bob", {"country": "US", "usageLocation": "US"})

test_groups[name] if {
	ada := person("ada", {})
	nested := [member("g1", "ada", "user"), member("g1", "G2", "group"), member("g2", "g3", "group"), member("g3", "bob", "user")]
	some name, c in {
		"may activate it, and is abroad": {"users": [ada, abroad], "eligible": [eligible("BOB", "member")], "want": "fail"},
		"may become owner, and is abroad": {"users": [ada, abroad], "eligible": [eligible("bob", "owner")], "want": "pass"},
		"may activate it, and nobody knows who it is": {"eligible": [eligible("eve", "member")], "want": "undetermined"},
		"in a group within a group": {"users": [ada, abroad], "members": nested, "want": "fail"},
		"at home, in a group within a group": {"users": [ada, person("bob", {})], "members": nested, "want": "pass"},
		"somebody abroad, in no group": {"users": [ada, person("bob", {}), person("eve", {"country": "US"})], "members": nested, "want": "pass"},
		"not active yet, in a group within a group": {"users": [ada, abroad], "members": nested, "access": {"status": "pending"}, "want": "undetermined"},
		"unclear, in a group within a group": {"users": [ada, person("bob", {"country": "EMEA"})], "members": nested, "want": "undetermined"},
		"in a circle of groups": {"members": [member("g1", "ada", "user"), member("g1", "g2", "group"), member("g2", "g1", "group")], "want": "pass"},
		"a group whose people nobody lists": {"members": [member("g1", "ada", "user"), member("g1", "g2", "group")], "security": {"g2": false}, "want": "undetermined"},
		"a group that is not there": {"members": [member("g1", "ada", "user"), member("g1", "g9", "group")], "want": "undetermined"},
		"somebody who is no user": {"members": [member("g1", "eve", "user")], "want": "undetermined"},
		"an application": {"members": [member("g1", "app", "servicePrincipal")], "want": "pass"},
		"a device": {"members": [member("g1", "pc", "device")], "want": "pass"},
		"somebody of another group": {"users": [ada, abroad], "members": [member("g1", "ada", "user"), member("g2", "bob", "user")], "want": "pass"},
		"somebody unclear of another group": {"users": [ada, person("bob", {"country": "EMEA"})], "members": [member("g1", "ada", "user"), member("g2", "bob", "user")], "want": "pass"},
		"nobody": {"members": [], "want": "pass"},
	}
	verdict == c.want with input as tenant(c)
}

test_subjects if {
	control.subjects == {subject} with input as tenant({})
}

test_messages[name] if {
	some name, c in {
		"abroad": {"ada": {"country": "US"}, "want": {"Person ada may act on contoso from US; people in DE, NL may"}},
		"abroad, but not for the other client": {"ada": {"country": "US"}, "second": fence(["NL"], null), "want": {"Person ada may act on contoso from US; people in DE, NL may"}},
		"nowhere": {"ada": {"country": null, "usageLocation": null}, "want": {"Person ada may act on contoso, and nobody wrote down in which country they are; people in DE, NL may"}},
	}
	{f.message | some f in control.fail} == c.want with input as tenant(c)
}

test_evidence_of_a_country[name] if {
	some name, country in {"abroad": "US", "nowhere": null}
	found := control.fail with input as tenant({"ada": {"country": country, "usageLocation": country}})
	"entra.users/ada#/country" in {e | some f in found; some e in f.evidence}
}

test_evidence if {
	found := control.fail with input as tenant({"ada": {"usageLocation": "US"}})
	{f.evidence | some f in found} == {["entra.users/ada#/usageLocation"]}
	{f.observed | some f in found} == {{"user": "ada", "country": "US", "client": "contoso"}}
	{f.expected | some f in found} == {{"countries": {"DE", "NL"}}}
}
