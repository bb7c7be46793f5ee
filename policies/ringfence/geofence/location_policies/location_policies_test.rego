package ringfence.geofence.location_policies_test

import data.ringfence.geofence.location_policies as control

group := "/providers/Microsoft.Management/managementGroups/root"

resources_policy := "/providers/Microsoft.Authorization/policyDefinitions/e56962a6-4747-49cd-b67b-bf8b01975c4c"

groups_policy := "/providers/Microsoft.Authorization/policyDefinitions/e765b5de-1225-4ba3-bd56-1ac6695af988"

assignment(name, scope, definition, more) := {
	"_id": sprintf("s%s/%s", [scope, name]),
	"_scope": "s",
	"_subject": sprintf("azure.policy_assignments/%s", [name]),
	"id": sprintf("%s/providers/Microsoft.Authorization/policyAssignments/%s", [scope, name]),
	"name": name,
	"properties": object.union(object.remove(sound(scope, definition), object.keys(more)), more),
}

sound(scope, definition) := {
	"scope": scope,
	"policyDefinitionId": definition,
	"enforcementMode": null,
	"notScopes": null,
	"resourceSelectors": null,
	"overrides": null,
	"parameters": {"listOfAllowedLocations": {"value": ["West Europe", "northeurope"]}},
}

groups := assignment("groups", "/subscriptions/s", groups_policy, {"enforcementMode": "Default", "notScopes": []})

exemption(of, expires) := {
	"_id": "e",
	"_scope": "s",
	"_subject": "azure.policy_exemptions/e",
	"name": "migration",
	"properties": {"policyAssignmentId": of, "expiresOn": expires},
}

tenant(assignments, exemptions) := {
	"as_of": "2026-11-30T00:00:00Z",
	"client": {"fence": {"name": "eu", "regions": ["northeurope", "westeurope"]}},
	"params": {"definitions": ["/providers/Microsoft.Management/managementGroups/root/providers/Microsoft.Authorization/policySetDefinitions/Ours"]},
	"azure": {
		"subscriptions": [{"_id": "s", "_subject": "azure.subscriptions/s", "displayName": "production"}],
		"policy_assignments": assignments,
		"policy_exemptions": exemptions,
	},
}

verdict := "no subject" if {
	control.subjects == set()
} else := "both" if {
	count(control.pass) > 0
	count(control.fail) > 0
} else := "pass" if {
	count(control.pass) == 1
} else := "fail" if {
	{f.subject | some f in control.fail} == {"azure.subscriptions/s"}
} else := "undetermined"

# Each case is the properties of the assignment about resources that differ from sound ones.
test_assignments[name] if {
	some name, c in {
		"sound": {"more": {}, "want": "pass"},
		"enforced in so many words": {"more": {"enforcementMode": "Default", "notScopes": [], "resourceSelectors": [], "overrides": []}, "want": "pass"},
		"regions that are no list": {"more": {"parameters": {"listOfAllowedLocations": {"value": {}}}}, "want": "undetermined"},
		"an override that denies": {"more": {"overrides": [{"kind": "policyEffect", "value": "Deny"}]}, "want": "undetermined"},
		"nothing allowed": {"more": {"parameters": {"listOfAllowedLocations": {"value": []}}}, "want": "pass"},
		"not enforced": {"more": {"enforcementMode": "DoNotEnforce"}, "want": "fail"},
		"a region outside": {"more": {"parameters": {"listOfAllowedLocations": {"value": ["westeurope", "eastus"]}}}, "want": "fail"},
		"a scope left out": {"more": {"notScopes": ["/subscriptions/s/resourceGroups/g"]}, "want": "fail"},
		"some resources only": {"more": {"resourceSelectors": [{"name": "vms"}]}, "want": "fail"},
		"only audited": {"more": {"overrides": [{"kind": "policyEffect", "value": "Audit"}]}, "want": "fail"},
		"another version": {"more": {"overrides": [{"kind": "definitionVersion", "value": "1.*.*"}]}, "want": "undetermined"},
		"an override of nothing that we know": {"more": {"overrides": [{"kind": "policyEffect", "value": null}]}, "want": "undetermined"},
		"no list of regions": {"more": {"parameters": null}, "want": "undetermined"},
		"a region that is none": {"more": {"parameters": {"listOfAllowedLocations": {"value": [""]}}}, "want": "undetermined"},
		"another definition": {"more": {"policyDefinitionId": groups_policy}, "want": "fail"},
		"a definition of no name": {"more": {"policyDefinitionId": null, "parameters": null}, "want": "undetermined"},
		# False positive: a custom initiative may do it, and the fleet file may name it.
		"a custom initiative": {"more": {"policyDefinitionId": sprintf("%s/providers/Microsoft.Authorization/policySetDefinitions/theirs", [group])}, "want": "undetermined"},
		"a custom initiative without parameters": {"more": {"policyDefinitionId": sprintf("%s/providers/Microsoft.Authorization/policySetDefinitions/theirs", [group]), "parameters": null}, "want": "undetermined"},
		"a built-in initiative with a list for parameters": {"more": {"policyDefinitionId": "/providers/Microsoft.Authorization/policySetDefinitions/x", "parameters": [1]}, "want": "fail"},
		"a custom initiative that is not enforced": {"more": {"policyDefinitionId": sprintf("%s/providers/Microsoft.Authorization/policySetDefinitions/theirs", [group]), "enforcementMode": "DoNotEnforce"}, "want": "fail"},
		"a named initiative": {"more": {"policyDefinitionId": sprintf("%s/providers/microsoft.authorization/policysetdefinitions/ours", [group])}, "want": "pass"},
		"a built-in initiative with regions": {"more": {"policyDefinitionId": "/providers/Microsoft.Authorization/policySetDefinitions/x", "parameters": {"allowedLocations": {"value": []}}}, "want": "undetermined"},
		"a built-in initiative": {"more": {"policyDefinitionId": "/providers/Microsoft.Authorization/policySetDefinitions/x", "parameters": {"effect": {"value": "Deny"}}}, "want": "fail"},
	}
	verdict == c.want with input as tenant([assignment("resources", group, resources_policy, c.more), groups], [])
}

test_scopes[name] if {
	some name, c in {
		"at the subscription": {"scope": "/subscriptions/S", "want": "pass"},
		"above": {"scope": group, "want": "pass"},
		"at a group in it": {"scope": "/subscriptions/s/resourceGroups/g", "want": "fail"},
		"at another subscription": {"scope": "/subscriptions/t", "want": "fail"},
		"nowhere": {"scope": "", "want": "fail"},
	}
	verdict == c.want with input as tenant([assignment("resources", c.scope, resources_policy, {}), groups], [])
}

# What nobody reads here may only do it where it holds for all of the subscription.
test_scopes_of_others[name] if {
	custom := sprintf("%s/providers/Microsoft.Authorization/policySetDefinitions/theirs", [group])
	some name, c in {
		"above": {"scope": group, "definition": custom, "more": {}, "want": "undetermined"},
		"at a group in it": {"scope": "/subscriptions/s/resourceGroups/g", "definition": custom, "more": {}, "want": "fail"},
		"sound or not, at a group in it": {"scope": "/subscriptions/s/resourceGroups/g", "definition": resources_policy, "more": {"parameters": null}, "want": "fail"},
	}
	verdict == c.want with input as tenant([assignment("resources", c.scope, c.definition, c.more), groups], [])
}

test_exemptions[name] if {
	sound := assignment("resources", group, resources_policy, {})
	some name, c in {
		"without end": {"exemption": exemption(sound.id, null), "want": "fail"},
		"in force": {"exemption": exemption(upper(sound.id), "2027-02-28T00:00:00.0000000Z"), "want": "fail"},
		"over": {"exemption": exemption(sound.id, "2026-11-29T23:59:59Z"), "want": "pass"},
		"over at this moment": {"exemption": exemption(sound.id, "2026-11-30T00:00:00Z"), "want": "pass"},
		"with an end that is no time": {"exemption": exemption(sound.id, "soon"), "want": "undetermined"},
		"of another assignment": {"exemption": exemption("/x", null), "want": "pass"},
		"of nothing": {"exemption": exemption(null, null), "want": "pass"},
		"in another subscription": {"exemption": object.union(exemption(sound.id, null), {"_scope": "t"}), "want": "pass"},
	}
	verdict == c.want with input as tenant([sound, groups], [c.exemption])
}

test_missing[name] if {
	sound := assignment("resources", group, resources_policy, {})
	some name, list in {"none": [], "only of resources": [sound], "only of groups": [groups]}
	verdict == "fail" with input as tenant(list, [])
}

test_no_fence[name] if {
	some name, fence in {"no fence": null, "no regions": {"name": "eu", "regions": null}}
	nowhere := {"parameters": {"listOfAllowedLocations": {"value": []}}}
	policies := [assignment("groups", group, groups_policy, nowhere), assignment("resources", group, resources_policy, nowhere)]
	world := json.patch(tenant(policies, []), [{"op": "replace", "path": "/client/fence", "value": fence}])
	verdict == "no subject" with input as world
	control.pass == set() with input as world
	control.fail == set() with input as world
	control.fail == set() with input as object.union(world, {"azure": {"policy_assignments": []}})
}

test_messages[name] if {
	some name, c in {
		"missing": {"list": [groups], "want": "no enforced policy keeps the resources of production in the fence eu"},
		"weak, and at a place within": {
			"list": [groups, assignment("there", "/subscriptions/s/resourceGroups/g", resources_policy, {"enforcementMode": "DoNotEnforce"})],
			"want": "no enforced policy keeps the resources of production in the fence eu",
		},
		"weak": {
			"list": [groups, assignment("everywhere", group, resources_policy, {
				"enforcementMode": "DoNotEnforce",
				"parameters": {"listOfAllowedLocations": {"value": ["East US"]}},
			})],
			"want": "no enforced policy keeps the resources of production in the fence eu: everywhere also allows eastus; everywhere is not enforced",
		},
	}
	messages := {f.message | some f in control.fail} with input as tenant(c.list, [])
	messages == {c.want}
}
