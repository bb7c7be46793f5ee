package ringfence.lib.authentication_test

import data.ringfence.lib.authentication

policy := {
	"_id": "p",
	"state": "enabled",
	"conditions": {
		"users": {
			"includeUsers": ["All"],
			"excludeUsers": [],
			"includeGroups": [],
			"excludeGroups": [],
			"excludeRoles": [],
			"excludeGuestsOrExternalUsers": null,
		},
		"applications": {"includeApplications": ["All"], "excludeApplications": [], "applicationFilter": null},
		"clientAppTypes": ["all"],
		"locations": null,
		"platforms": null,
		"devices": null,
		"authenticationFlows": null,
		"insiderRiskLevels": null,
		"signInRiskLevels": [],
		"userRiskLevels": [],
	},
	"grantControls": {
		"operator": "OR",
		"builtInControls": [],
		"customAuthenticationFactors": [],
		"termsOfUse": [],
		"authenticationStrength": {"allowedCombinations": ["fido2"]},
	},
}

tenant(policies) := {"entra": {
	"conditional_access_policies": policies,
	"groups": [
		{"_id": "g", "securityEnabled": true},
		{"_id": "emergency", "securityEnabled": true},
		{"_id": "others", "securityEnabled": true},
		{"_id": "nesting", "securityEnabled": true},
		{"_id": "mail", "securityEnabled": false},
		{"_id": "nobody", "securityEnabled": true},
	],
	"group_members": [
		{"_scope": "g", "id": "ada"},
		{"_scope": "emergency", "id": "bob"},
		{"_scope": "nesting", "id": "others"},
		{"_scope": "g", "id": null},
	],
	"group_eligibility": [
		{"_scope": "g", "principalId": "CHRIS"},
		{"_scope": "others", "principalId": "chris"},
		{"_scope": "g", "principalId": null},
	],
}}

verdict := "both" if {
	authentication.covered("g")
	authentication.nothing_asks
} else := "covered" if {
	authentication.covered("g")
} else := "nothing asks" if {
	authentication.nothing_asks
} else := "unknown"

with_(path, value) := json.patch(policy, [{"op": "replace", "path": path, "value": value}])

test_policies[name] if {
	some name, c in {
		"all of it": {"policy": policy, "want": "covered"},
		"the admin portals": {"policy": with_("/conditions/applications/includeApplications", ["MicrosoftAdminPortals"]), "want": "covered"},
		"by certificate, or Windows": {"policy": with_("/grantControls/authenticationStrength/allowedCombinations", ["windowsHelloForBusiness", "x509CertificateMultiFactor"]), "want": "covered"},
		"combinations that are no list": {"policy": with_("/grantControls/authenticationStrength/allowedCombinations", {"a": "fido2"}), "want": "unknown"},
		"applications by a rule": {"policy": with_("/conditions/applications/applicationFilter", {"mode": "exclude"}), "want": "unknown"},
		"an operator of tomorrow": {"policy": with_("/grantControls/operator", "XOR"), "want": "unknown"},
		"or another factor": {"policy": with_("/grantControls/customAuthenticationFactors", ["x"]), "want": "unknown"},
		"browsers": {"policy": with_("/conditions/clientAppTypes", ["browser"]), "want": "unknown"},
		"platforms": {"policy": with_("/conditions/platforms", {}), "want": "unknown"},
		"devices": {"policy": with_("/conditions/devices", {}), "want": "unknown"},
		"flows": {"policy": with_("/conditions/authenticationFlows", {}), "want": "unknown"},
		"insiders": {"policy": with_("/conditions/insiderRiskLevels", "minor"), "want": "unknown"},
		"users at risk": {"policy": with_("/conditions/userRiskLevels", ["high"]), "want": "unknown"},
		"guests of some kind are excluded": {"policy": with_("/conditions/users/excludeGuestsOrExternalUsers", {}), "want": "unknown"},
		"all are excluded": {"policy": with_("/conditions/users/excludeUsers", ["All"]), "want": "unknown"},
		"somebody without an id is excluded": {"policy": with_("/conditions/users/excludeUsers", [null]), "want": "unknown"},
		"a group without an id is excluded": {"policy": with_("/conditions/users/excludeGroups", [null]), "want": "unknown"},
		"an empty group is excluded": {"policy": with_("/conditions/users/excludeGroups", ["nobody"]), "want": "covered"},
		"the group": {
			"policy": json.patch(policy, [
				{"op": "replace", "path": "/conditions/users/includeUsers", "value": []},
				{"op": "replace", "path": "/conditions/users/includeGroups", "value": ["G"]},
			]),
			"want": "covered",
		},
		"with a compliant device": {
			"policy": json.patch(policy, [
				{"op": "replace", "path": "/grantControls/operator", "value": "AND"},
				{"op": "replace", "path": "/grantControls/builtInControls", "value": ["compliantDevice"]},
			]),
			"want": "covered",
		},
		"somebody else is excluded": {"policy": with_("/conditions/users/excludeUsers", ["dora"]), "want": "covered"},
		"the emergency accounts are excluded": {"policy": with_("/conditions/users/excludeGroups", ["emergency"]), "want": "covered"},
		"a group with a group in it is excluded": {"policy": with_("/conditions/users/excludeGroups", ["nesting"]), "want": "unknown"},
		"a group that nobody reads is excluded": {"policy": with_("/conditions/users/excludeGroups", ["mail"]), "want": "unknown"},
		"a group that is not there is excluded": {"policy": with_("/conditions/users/excludeGroups", ["gone"]), "want": "unknown"},
		"guests are excluded": {"policy": with_("/conditions/users/excludeUsers", ["GuestsOrExternalUsers"]), "want": "unknown"},
	}
	verdict == c.want with input as tenant([c.policy])
}

test_policies_that_ask_for_less[name] if {
	some name, c in {
		"off": {"policy": with_("/state", "disabled"), "want": "nothing asks"},
		"it only reports": {"policy": with_("/state", "enabledForReportingButNotEnforced"), "want": "nothing asks"},
		"it grants nothing": {"policy": with_("/grantControls", null), "want": "nothing asks"},
		"no strength": {"policy": with_("/grantControls/authenticationStrength", null), "want": "nothing asks"},
		"a strength that can be phished": {"policy": with_("/grantControls/authenticationStrength/allowedCombinations", ["fido2", "password,sms"]), "want": "nothing asks"},
		# Nothing is known of the group.
		"or a compliant device": {"policy": with_("/grantControls/builtInControls", ["compliantDevice"]), "want": "unknown"},
		"or terms of use": {"policy": with_("/grantControls/termsOfUse", ["x"]), "want": "unknown"},
		"no combinations": {"policy": with_("/grantControls/authenticationStrength/allowedCombinations", []), "want": "unknown"},
		"one application": {"policy": with_("/conditions/applications/includeApplications", ["x"]), "want": "unknown"},
		"but one application": {"policy": with_("/conditions/applications/excludeApplications", ["x"]), "want": "unknown"},
		"at risk": {"policy": with_("/conditions/signInRiskLevels", ["high"]), "want": "unknown"},
		"from elsewhere": {"policy": with_("/conditions/locations", {"includeLocations": ["All"]}), "want": "unknown"},
		"another group": {"policy": with_("/conditions/users/includeUsers", []), "want": "unknown"},
		"the group is excluded": {"policy": with_("/conditions/users/excludeGroups", ["g"]), "want": "unknown"},
		"a member is excluded": {"policy": with_("/conditions/users/excludeUsers", ["ADA"]), "want": "unknown"},
		"who may become a member is excluded": {"policy": with_("/conditions/users/excludeUsers", ["chris"]), "want": "unknown"},
		"a member's other group is excluded": {"policy": with_("/conditions/users/excludeGroups", ["others"]), "want": "unknown"},
		"a role is excluded": {"policy": with_("/conditions/users/excludeRoles", ["x"]), "want": "unknown"},
	}
	verdict == c.want with input as tenant([c.policy])
}

test_no_policies if verdict == "nothing asks" with input as tenant([])

test_gaps[path] if {
	some path in ["grantControls", "state", "conditions", "conditions/locations", "grantControls/authenticationStrength", "conditions/users/excludeRoles"]
	verdict == "unknown" with input as tenant([json.remove(policy, [path])])
}

test_an_empty_group_is_not_left_out_of_itself if {
	not authentication.covered("nobody") with input as tenant([with_("/conditions/users/excludeGroups", ["nobody"])])
}

test_a_group_within_the_group if {
	w := json.patch(
		tenant([with_("/conditions/users/excludeGroups", ["emergency"])]),
		[{"op": "add", "path": "/entra/group_members/-", "value": {"_scope": "g", "id": "others"}}],
	)
	verdict == "unknown" with input as w
}
