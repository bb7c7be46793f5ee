package ringfence.geofence.sign_in_countries_test

import data.ringfence.geofence.sign_in_countries as control

everybody := {
	"includeUsers": ["All"],
	"excludeUsers": [],
	"includeGroups": [],
	"excludeGroups": [],
	"includeRoles": [],
	"excludeRoles": [],
	"includeGuestsOrExternalUsers": null,
	"excludeGuestsOrExternalUsers": null,
}

somebody(more) := object.union(everybody, more)

guests(types, kind) := {"guestOrExternalUserTypes": types, "externalTenants": {"membershipKind": kind}}

all_guests := "internalGuest,b2bCollaborationGuest,b2bCollaborationMember,b2bDirectConnectUser,otherExternalUser,serviceProvider"

conditions := {
	"users": everybody,
	"applications": {"includeApplications": ["All"], "excludeApplications": [], "applicationFilter": null},
	"clientAppTypes": ["all"],
	"locations": {"includeLocations": ["All"], "excludeLocations": ["allowed"]},
	"platforms": null,
	"devices": null,
	"signInRiskLevels": [],
	"userRiskLevels": [],
	"authenticationFlows": null,
	"insiderRiskLevels": null,
}

# policy is a sound one, with other conditions.
policy(name, more) := {
	"_id": name,
	"_subject": sprintf("entra.conditional_access_policies/%s", [name]),
	"displayName": name,
	"state": "enabled",
	"grantControls": {"builtInControls": ["block"]},
	"conditions": object.union(object.remove(conditions, object.keys(more)), more),
}

patched(name, path, value) := json.patch(policy(name, {}), [{"op": "replace", "path": path, "value": value}])

location(id, countries, unknown) := {"_id": id, "displayName": id, "countriesAndRegions": countries, "includeUnknownCountriesAndRegions": unknown}

user(id, upn) := {"_id": id, "_subject": sprintf("entra.users/%s", [id]), "userPrincipalName": upn}

member(group, id) := {"_id": sprintf("%s/%s", [group, id]), "_scope": group, "id": id}

world(policies) := {
	"client": {"fence": {"name": "eu", "countries": ["DE", "NL"]}, "break_glass": ["emergency@fabrikam.example"]},
	"params": {"networks": ["office"]},
	"entra": {
		"organization": [{"_id": "t", "_subject": "entra.organization/t"}],
		"conditional_access_policies": policies,
		"named_locations": [
			location("allowed", ["DE", "nl"], false),
			location("wide", ["DE", "US"], false),
			location("unknown", ["DE"], true),
			location("office", null, null),
			location("network", null, null),
			location("odd", {}, false),
		],
		"users": [user("e", "Emergency@fabrikam.example"), user("t", "traveller@fabrikam.example")],
		"groups": [
			{"_id": "empty", "securityEnabled": true},
			{"_id": "emergency", "securityEnabled": true},
			{"_id": "travellers", "securityEnabled": true},
			{"_id": "nested", "securityEnabled": true},
			{"_id": "mail", "securityEnabled": false},
		],
		"group_members": [member("emergency", "e"), member("travellers", "t"), member("nested", "g")],
	},
}

verdict := "a verdict on no subject" if {
	count((control.pass | {f.subject | some f in control.fail}) - control.subjects) > 0
} else := "no subject" if {
	count(control.subjects) == 0
} else := "both" if {
	count(control.pass) > 0
	count(control.fail) > 0
} else := "pass" if {
	count(control.pass) == 1
} else := "fail" if {
	count(control.fail) == 1
} else := "undetermined"

places(excluded) := policy("countries", {"locations": {"includeLocations": ["All"], "excludeLocations": excluded}})

people(more) := policy("countries", {"users": somebody(more)})

test_one_policy[name] if {
	some name, c in {
		"sound": {"policy": policy("countries", {}), "want": "pass"},
		"from everywhere": {"policy": policy("nobody", {"locations": null}), "want": "pass"},
		"all clients, one by one": {"policy": policy("countries", {"clientAppTypes": ["browser", "mobileAppsAndDesktopClients", "exchangeActiveSync", "other"]}), "want": "pass"},
		"only reports": {"policy": patched("countries", "/state", "enabledForReportingButNotEnforced"), "want": "fail"},
		"a state of no name": {"policy": patched("countries", "/state", null), "want": "undetermined"},
		"asks for multifactor authentication": {"policy": patched("countries", "/grantControls/builtInControls", ["mfa"]), "want": "fail"},
		"no controls": {"policy": patched("countries", "/grantControls", null), "want": "fail"},
		"some clients": {"policy": policy("countries", {"clientAppTypes": ["browser"]}), "want": "fail"},
		"clients of no name": {"policy": policy("countries", {"clientAppTypes": null}), "want": "undetermined"},
		"some applications": {"policy": policy("countries", {"applications": {"includeApplications": ["Office365"], "excludeApplications": [], "applicationFilter": null}}), "want": "fail"},
		"but one application": {"policy": policy("countries", {"applications": {"includeApplications": ["All"], "excludeApplications": ["x"], "applicationFilter": null}}), "want": "fail"},
		"applications by a rule": {"policy": policy("countries", {"applications": {"includeApplications": ["All"], "excludeApplications": [], "applicationFilter": {"mode": "exclude"}}}), "want": "undetermined"},
		"some platforms": {"policy": policy("countries", {"platforms": {"includePlatforms": ["android"]}}), "want": "fail"},
		"device code alone": {"policy": policy("countries", {"authenticationFlows": {"transferMethods": "deviceCodeFlow"}}), "want": "fail"},
		"risky sign-ins": {"policy": policy("countries", {"signInRiskLevels": ["high"]}), "want": "fail"},
		"risky users": {"policy": policy("countries", {"userRiskLevels": ["high"]}), "want": "fail"},
		"some devices": {"policy": policy("countries", {"devices": {"deviceFilter": {"mode": "include"}}}), "want": "fail"},
		"no levels of risk": {"policy": policy("countries", {"userRiskLevels": null}), "want": "pass"},
		"controls that are no list": {"policy": patched("countries", "/grantControls/builtInControls", {}), "want": "undetermined"},
		"applications that are no list": {"policy": patched("countries", "/conditions/applications/includeApplications", {}), "want": "undetermined"},
		"insiders": {"policy": policy("countries", {"insiderRiskLevels": "elevated"}), "want": "undetermined"},
		"applications' own": {"policy": policy("workloads", {"users": null}), "want": "fail"},
	}
	verdict == c.want with input as world([c.policy])
}

test_places[name] if {
	some name, c in {
		"some places": {"policy": policy("countries", {"locations": {"includeLocations": ["wide"], "excludeLocations": []}}), "want": "fail"},
		"nothing left out": {"policy": places([]), "want": "pass"},
		"a country outside": {"policy": places(["allowed", "wide"]), "want": "fail"},
		"unknown countries": {"policy": places(["unknown"]), "want": "fail"},
		# False positive: where a VPN comes out, the fleet file may say.
		"a named network": {"policy": places(["allowed", "office"]), "want": "pass"},
		"another network": {"policy": places(["allowed", "network"]), "want": "undetermined"},
		"all trusted networks": {"policy": places(["AllTrusted"]), "want": "undetermined"},
		"a place that is not there": {"policy": places(["gone"]), "want": "undetermined"},
		"a place of no list": {"policy": places(["odd"]), "want": "undetermined"},
		"places that are no list": {"policy": policy("countries", {"locations": {"includeLocations": {}, "excludeLocations": []}}), "want": "undetermined"},
	}
	verdict == c.want with input as world([c.policy])
}

test_people[name] if {
	some name, c in {
		"an emergency account": {"policy": people({"excludeUsers": ["e"]}), "want": "pass"},
		"an emergency group": {"policy": people({"excludeGroups": ["emergency", "empty"]}), "want": "pass"},
		# False positive: travel. It is a finding, and an exception with an end accepts it.
		"a traveller": {"policy": people({"excludeUsers": ["t"]}), "want": "fail"},
		"a group of travellers": {"policy": people({"excludeGroups": ["travellers"]}), "want": "fail"},
		"a group of groups": {"policy": people({"excludeGroups": ["nested"]}), "want": "undetermined"},
		"a group that is not read": {"policy": people({"excludeGroups": ["mail"]}), "want": "undetermined"},
		"a user who is not there": {"policy": people({"excludeUsers": ["gone"]}), "want": "undetermined"},
		"roles": {"policy": people({"excludeRoles": ["r"]}), "want": "fail"},
		"guests": {"policy": people({"excludeUsers": ["GuestsOrExternalUsers"]}), "want": "fail"},
		"service providers": {"policy": people({"excludeGuestsOrExternalUsers": guests("serviceProvider", "all")}), "want": "fail"},
		"some users": {"policy": people({"includeUsers": ["t"]}), "want": "fail"},
		"nobody knows who": {"policy": people({"includeUsers": null}), "want": "undetermined"},
	}
	verdict == c.want with input as world([c.policy])
}

test_several[name] if {
	members := people({"excludeGuestsOrExternalUsers": guests(all_guests, "all")})
	some name, c in {
		"members and guests": {"policies": [members, people({"includeUsers": ["None"], "includeGuestsOrExternalUsers": guests(all_guests, "all")})], "want": "pass"},
		"members and guests of some tenants": {"policies": [members, people({"includeUsers": ["None"], "includeGuestsOrExternalUsers": guests(all_guests, "enumerated")})], "want": "undetermined"},
		"members and guests, in the old form": {"policies": [members, people({"includeUsers": ["GuestsOrExternalUsers"]})], "want": "undetermined"},
		"members alone": {"policies": [members], "want": "fail"},
		"members, and some guests": {"policies": [members, people({"includeUsers": ["None"], "includeGuestsOrExternalUsers": guests("internalGuest", "all")})], "want": "fail"},
		"members, and guests but service providers": {
			"policies": [members, people({
				"includeUsers": ["None"],
				"includeGuestsOrExternalUsers": guests(all_guests, "all"),
				"excludeGuestsOrExternalUsers": guests("serviceProvider", "all"),
			})],
			"want": "fail",
		},
		"all but guests in the old form, and guests": {
			"policies": [people({"excludeUsers": ["GuestsOrExternalUsers"]}), people({"includeUsers": ["None"], "includeGuestsOrExternalUsers": guests(all_guests, "all")})],
			"want": "pass",
		},
		"guests alone, in the old form": {"policies": [people({"includeUsers": ["GuestsOrExternalUsers"]})], "want": "fail"},
		"modern clients, and old ones from everywhere": {
			"policies": [
				policy("countries", {"clientAppTypes": ["browser", "mobileAppsAndDesktopClients"]}),
				policy("legacy", {"clientAppTypes": ["exchangeActiveSync", "other"], "locations": null}),
			],
			"want": "pass",
		},
		"none": {"policies": [], "want": "fail"},
	}
	verdict == c.want with input as world(c.policies)
}

# One kind of client, of one kind of person, is a hole.
test_one_cell[client] if {
	clients := {"browser", "mobileAppsAndDesktopClients", "exchangeActiveSync", "other"}
	some client in clients
	verdict == "fail" with input as world([
		policy("most", {"clientAppTypes": [other | some other in clients; other != client]}),
		policy("rest", {"clientAppTypes": [client], "users": somebody({"excludeGuestsOrExternalUsers": guests("serviceProvider", "all")})}),
	])
}

test_no_promise[[name, i]] if {
	some name, fence in {"no fence": null, "no countries": {"name": "eu", "countries": null}}
	some i, policies in [[], [policy("nobody", {"locations": null})]]
	w := json.patch(world(policies), [{"op": "replace", "path": "/client/fence", "value": fence}])
	verdict == "no subject" with input as w
}

test_messages[name] if {
	some name, c in {
		"none": {"policies": [], "want": "sign-ins from outside DE, NL are not blocked for b2bCollaborationGuest, b2bCollaborationMember, b2bDirectConnectUser, internalGuest, member, otherExternalUser, serviceProvider"},
		"some users": {
			"policies": [people({"includeUsers": ["t"]})],
			"want": "sign-ins from outside DE, NL are not blocked for b2bCollaborationGuest, b2bCollaborationMember, b2bDirectConnectUser, internalGuest, member, otherExternalUser, serviceProvider",
		},
		"another purpose": {
			"policies": [patched("countries", "/grantControls/builtInControls", ["mfa"])],
			"want": "sign-ins from outside DE, NL are not blocked for b2bCollaborationGuest, b2bCollaborationMember, b2bDirectConnectUser, internalGuest, member, otherExternalUser, serviceProvider",
		},
		"another place": {
			"policies": [policy("countries", {"locations": {"includeLocations": ["wide"], "excludeLocations": []}})],
			"want": "sign-ins from outside DE, NL are not blocked for b2bCollaborationGuest, b2bCollaborationMember, b2bDirectConnectUser, internalGuest, member, otherExternalUser, serviceProvider",
		},
		"off, without emergency accounts": {
			"policies": [object.union(people({"excludeUsers": ["e"], "excludeGroups": ["emergency"]}), {"state": "disabled"})],
			"want": "sign-ins from outside DE, NL are not blocked for b2bCollaborationGuest, b2bCollaborationMember, b2bDirectConnectUser, internalGuest, member, otherExternalUser, serviceProvider: countries only reports, or is off",
		},
		"service providers": {
			"policies": [people({"excludeGuestsOrExternalUsers": guests("serviceProvider", "all")})],
			"want": "sign-ins from outside DE, NL are not blocked for serviceProvider",
		},
		"why": {
			"policies": [object.union(people({"excludeUsers": ["t"], "excludeGuestsOrExternalUsers": guests(all_guests, "all")}), {"state": "disabled"})],
			"want": "sign-ins from outside DE, NL are not blocked for b2bCollaborationGuest, b2bCollaborationMember, b2bDirectConnectUser, internalGuest, member, otherExternalUser, serviceProvider: countries leaves out traveller@fabrikam.example, no declared emergency account; countries only reports, or is off",
		},
	}
	messages := {f.message | some f in control.fail} with input as world(c.policies)
	messages == {c.want}
}

test_an_emergency_account_by_its_id if {
	w := json.patch(
		world([people({"excludeUsers": ["e"]})]),
		[{"op": "replace", "path": "/client/break_glass", "value": ["e"]}],
	)
	verdict == "pass" with input as w
}
