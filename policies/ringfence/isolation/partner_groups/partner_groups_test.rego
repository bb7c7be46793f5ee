package ringfence.isolation.partner_groups_test

import data.ringfence.isolation.partner_groups as control

subject := "entra.groups/g1"

strong := {
	"_id": "p1",
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

access(id) := {
	"_id": "r1/a1",
	"_scope": "r1",
	"_subject": "gdap.access_assignments/r1/a1",
	"status": "active",
	"accessContainer": {"accessContainerId": id, "accessContainerType": "securityGroup"},
	"accessDetails": {"unifiedRoles": [{"roleDefinitionId": "reader"}]},
}

person(dataset, id) := {"_scope": "g1", "_subject": sprintf("entra.%s/g1/%s", [dataset, id]), "id": id}

tenant(group, changes) := {
	"params": {"standing_members": object.get(changes, "standing", false)},
	"gdap": {
		"relationships": [{"_id": "r1", "status": "active", "accessDetails": {"unifiedRoles": [{"roleDefinitionId": "reader"}]}}],
		"access_assignments": [access(object.get(changes, "to", "G1"))],
	},
	"entra": {
		"groups": [
			object.union(
				{
					"_id": "g1",
					"_subject": subject,
					"displayName": "GDAP engineers",
					"isAssignableToRole": true,
					"isManagementRestricted": null,
					"membershipRule": null,
					"onPremisesSyncEnabled": null,
				},
				group,
			),
			{"_id": "g2", "_subject": "entra.groups/g2", "displayName": "Everybody", "isAssignableToRole": null},
		],
		"group_owners": [person("group_owners", id) | some id in object.get(changes, "owners", [])],
		"group_members": [person("group_members", id) | some id in object.get(changes, "members", [])],
		"group_eligibility": [
			{"_scope": "g1", "principalId": "ada", "accessId": "member"},
			{"_scope": "g1", "principalId": "olga", "accessId": "owner"},
		],
		"conditional_access_policies": object.get(changes, "policies", [strong]),
	},
}

verdict := "both" if {
	subject in control.pass
	count(control.fail) > 0
} else := "pass" if {
	subject in control.pass
} else := "fail" if {
	{f.subject | some f in control.fail} == {subject}
} else := "undetermined"

test_groups[name] if {
	some name, c in {
		"protected": {"want": "pass"},
		"no role can be assigned": {"group": {"isAssignableToRole": null}, "want": "fail"},
		"in a restricted unit": {"group": {"isAssignableToRole": false, "isManagementRestricted": true}, "want": "pass"},
		"once synchronised": {"group": {"onPremisesSyncEnabled": false}, "want": "pass"},
		"no role can be assigned, it says": {"group": {"isAssignableToRole": false, "isManagementRestricted": false, "onPremisesSyncEnabled": false}, "want": "fail"},
		"synchronised, in a restricted unit": {"group": {"isAssignableToRole": null, "isManagementRestricted": true, "onPremisesSyncEnabled": true}, "want": "pass"},
		"a policy for the group": {"changes": {"policies": [users({"includeUsers": [], "includeGroups": ["G1"]})]}, "want": "pass"},
		"a policy that leaves the group out": {"changes": {"policies": [users({"excludeGroups": ["g1"]})]}, "want": "undetermined"},
		"a policy that leaves a member out": {"changes": {"members": ["ada"], "policies": [users({"excludeUsers": ["ada"]})]}, "want": "undetermined"},
		"an owner": {"changes": {"owners": ["olga"]}, "want": "fail"},
		"a rule": {"group": {"isAssignableToRole": null, "isManagementRestricted": true, "membershipRule": "x"}, "want": "fail"},
		"a member for good": {"changes": {"members": ["bob"]}, "want": "fail"},
		"one who may become owner, a member for good": {"changes": {"members": ["olga"]}, "want": "fail"},
		"a member for good, as agreed": {"changes": {"members": ["bob"], "standing": true}, "want": "pass"},
		"a member who activated it": {"changes": {"members": ["ADA"]}, "want": "pass"},
		"no policy": {"changes": {"policies": []}, "want": "fail"},
		# False positive of another message: it cannot be otherwise on premises.
		"synchronised": {"group": {"isAssignableToRole": null, "onPremisesSyncEnabled": true}, "want": "fail"},
		# Nothing is known.
		"a role or not": {"group": {"isAssignableToRole": "yes"}, "want": "undetermined"},
		"a rule or not": {"group": {"membershipRule": 1}, "want": "undetermined"},
		"members of a restricted unit's group": {"group": {"isAssignableToRole": null, "isManagementRestricted": true}, "changes": {"members": ["bob"]}, "want": "undetermined"},
		"a policy for others": {"changes": {"policies": [json.patch(strong, [{"op": "replace", "path": "/conditions/users/includeUsers", "value": []}])]}, "want": "undetermined"},
	}
	verdict == c.want with input as tenant(object.get(c, "group", {}), object.get(c, "changes", {}))
}

users(changes) := json.patch(strong, [{"op": "replace", "path": "/conditions/users", "value": object.union(strong.conditions.users, changes)}])

test_subjects if {
	control.subjects == {subject} with input as tenant({}, {})
}

test_owners_of_other_groups_are_no_matter if {
	other := {"_scope": "g2", "_subject": "entra.group_owners/g2/olga", "id": "olga"}
	verdict == "pass" with input as json.patch(tenant({}, {}), [{"op": "add", "path": "/entra/group_owners/-", "value": other}])
}

# A second group, with all that is wrong with groups, that unlocks nothing.
test_another_group_that_unlocks_nothing[[name, synchronised]] if {
	some synchronised in [true, null]
	some name, relation in {
		"the relationship is over": {"status": "terminated", "accessDetails": {"unifiedRoles": [{"roleDefinitionId": "reader"}]}},
		"it has other roles": {"status": "active", "accessDetails": {"unifiedRoles": [{"roleDefinitionId": "writer"}]}},
		"it has none": {"status": "active", "accessDetails": {"unifiedRoles": []}},
	}
	two := json.patch(tenant({}, {}), [
		{"op": "add", "path": "/gdap/relationships/-", "value": object.union(relation, {"_id": "r2"})},
		{"op": "add", "path": "/gdap/access_assignments/-", "value": object.union(access("g2"), {"_scope": "r2"})},
		{"op": "replace", "path": "/entra/groups/1", "value": {
			"_id": "g2", "_subject": "entra.groups/g2", "displayName": "Everybody", "membershipRule": "x",
			"isAssignableToRole": null, "isManagementRestricted": null, "onPremisesSyncEnabled": synchronised,
		}},
	])
	control.subjects == {subject} with input as two
	verdict == "pass" with input as two
}

# A group, there or not, that unlocks nothing.
test_no_subjects[[name, to]] if {
	some name, c in {
		"the relationship is over": {"path": "/gdap/relationships/0/status", "value": "terminated"},
		"it has other roles": {"path": "/gdap/relationships/0/accessDetails/unifiedRoles", "value": [{"roleDefinitionId": "writer"}]},
	}
	some to in ["g1", "g9"]
	none := json.patch(tenant({}, {"to": to}), [object.union(c, {"op": "replace"})])
	control.subjects == set() with input as none
	control.fail == set() with input as none
}

test_a_lost_group_on_its_way if {
	pending := json.patch(tenant({}, {"to": "g9"}), [{"op": "replace", "path": "/gdap/access_assignments/0/status", "value": "pending"}])
	control.subjects == set() with input as pending
}

test_group_that_is_not_there if {
	lost := tenant({}, {"to": "g9"})
	control.subjects == {"gdap.access_assignments/r1/a1"} with input as lost
	control.pass == set() with input as lost
	{f.message | some f in control.fail} == {"a relationship gives roles to group g9, which the MSP's tenant does not have"} with input as lost
}

test_messages[name] if {
	some name, c in {
		"was synchronised": {"group": {"isAssignableToRole": null, "onPremisesSyncEnabled": true}},
		"can be changed": {"group": {"isAssignableToRole": null}},
		"fills itself": {"group": {"membershipRule": "x"}},
		"has an owner": {"changes": {"owners": ["olga"]}},
		"has a member": {"changes": {"members": ["bob"]}},
		"opens with": {"changes": {"policies": []}},
	}
	messages := {f.message | some f in control.fail} with input as tenant(object.get(c, "group", {}), object.get(c, "changes", {}))
	{true | some m in messages; startswith(m, sprintf("group GDAP engineers, which unlocks clients, %s", [name]))} == {true}
	count(messages) == 1
}

test_evidence if {
	{f.evidence | some f in control.fail} == {["entra.group_members/g1/bob#/id"]} with input as tenant({}, {"members": ["bob"]})
	{f.evidence | some f in control.fail} == {["entra.group_owners/g1/olga#/id"]} with input as tenant({}, {"owners": ["olga"]})
}

test_no_property[property] if {
	some property in ["isAssignableToRole", "membershipRule"]
	verdict == "undetermined" with input as json.remove(tenant({}, {}), [sprintf("entra/groups/0/%s", [property])])
}
