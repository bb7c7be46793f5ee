package ringfence.isolation.delegation_policy_test

import data.ringfence.isolation.delegation_policy as control

own := "aaaaaaaa-0000-4000-8000-000000000010"

msp := "aaaaaaaa-0000-4000-8000-000000000001"

stranger := "eeeeeeee-0000-4000-8000-000000000009"

subject := "azure.subscriptions/s1"

group := "/providers/Microsoft.Management/managementGroups/root"

pins := "/providers/Microsoft.Authorization/policyDefinitions/7a8a51a3-ad87-4def-96f3-65a1839242b6"

initiative := "/subscriptions/s1/providers/Microsoft.Authorization/policySetDefinitions/ours"

assignment(scope, changes) := {
	"_id": "s1/p1",
	"_scope": "s1",
	"_subject": "azure.policy_assignments/s1/p1",
	"id": sprintf("%s/providers/Microsoft.Authorization/policyAssignments/p1", [scope]),
	"properties": object.union(
		{
			"policyDefinitionId": pins,
			"scope": scope,
			"enforcementMode": "Default",
			"notScopes": [],
			"parameters": {"listOfAllowedTenants": {"value": [msp]}},
			"resourceSelectors": null,
			"overrides": null,
		},
		changes,
	),
}

exemption(expires) := {
	"_scope": "s1",
	"_subject": "azure.policy_exemptions/s1/e1",
	"properties": {
		"policyAssignmentId": sprintf("%s/providers/microsoft.authorization/policyassignments/P1", [group]),
		"expiresOn": expires,
	},
}

tenant(assignments, exemptions) := {
	"client": {"tenant_id": own, "service_providers": [msp]},
	"as_of": "2026-11-23T12:00:00Z",
	"azure": {
		"subscriptions": [{"_id": "s1", "_subject": subject, "subscriptionId": "s1", "displayName": "Production"}],
		"policy_assignments": assignments,
		"policy_exemptions": exemptions,
	},
}

verdict := "no subject" if {
	(count(control.subjects) + count(control.pass)) + count(control.fail) == 0
} else := "both" if {
	subject in control.pass
	count(control.fail) > 0
} else := "pass" if {
	subject in control.pass
} else := "fail" if {
	{f.subject | some f in control.fail} == {subject}
} else := "undetermined"

test_one_assignment[name] if {
	some name, c in {
		"at the management group": {"with": {}, "want": "pass"},
		"no enforcement mode": {"with": {"enforcementMode": null}, "want": "pass"},
		"in another case": {"with": {"policyDefinitionId": upper(pins)}, "want": "pass"},
		"nobody may be delegated to": {"with": {"parameters": {"listOfAllowedTenants": {"value": []}}}, "want": "pass"},
		"the client itself": {"with": {"parameters": {"listOfAllowedTenants": {"value": [upper(own)]}}}, "want": "pass"},
		"nothing is left out": {"with": {"notScopes": null}, "want": "pass"},
		"another subscription is left out": {"with": {"notScopes": ["/subscriptions/s11"]}, "want": "pass"},
		"nothing selected, nothing overridden": {"with": {"resourceSelectors": [], "overrides": []}, "want": "pass"},
		"another subscription and a resource group are left out": {"with": {"notScopes": ["/subscriptions/s2", "/subscriptions/s1/resourceGroups/lab"]}, "want": "fail"},
		"tenants that are no list": {"with": {"parameters": {"listOfAllowedTenants": {"value": {}}}}, "want": "undetermined"},
		"not enforced": {"with": {"enforcementMode": "DoNotEnforce"}, "want": "fail"},
		"an undeclared tenant": {"with": {"parameters": {"listOfAllowedTenants": {"value": [msp, stranger]}}}, "want": "fail"},
		"the subscription is left out": {"with": {"notScopes": ["/subscriptions/S1"]}, "want": "fail"},
		"a resource group is left out": {"with": {"notScopes": ["/subscriptions/s1/resourceGroups/lab"]}, "want": "fail"},
		# Nothing is known.
		"a mode of tomorrow": {"with": {"enforcementMode": "Enroll"}, "want": "undetermined"},
		"a management group is left out": {"with": {"notScopes": [group]}, "want": "undetermined"},
		"no list of tenants": {"with": {"parameters": null}, "want": "undetermined"},
		"a list that is none": {"with": {"parameters": {"listOfAllowedTenants": {"value": msp}}}, "want": "undetermined"},
		"for some resources": {"with": {"resourceSelectors": [{"name": "x"}]}, "want": "undetermined"},
		"for some resources, and others left out": {"with": {"resourceSelectors": [{"name": "x"}], "notScopes": ["/subscriptions/s2"]}, "want": "undetermined"},
		"overridden": {"with": {"overrides": [{"kind": "policyEffect", "value": "audit"}]}, "want": "undetermined"},
		"an initiative of the client's own": {"with": {"policyDefinitionId": initiative}, "want": "undetermined"},
		# Not this policy.
		"it only audits": {"with": {"policyDefinitionId": "/providers/Microsoft.Authorization/policyDefinitions/76bed37b-484f-430f-a009-fd7592dff818"}, "want": "fail"},
		"an initiative of Microsoft's": {"with": {"policyDefinitionId": "/providers/Microsoft.Authorization/policySetDefinitions/x"}, "want": "fail"},
		"an initiative that is not enforced": {"with": {"policyDefinitionId": initiative, "enforcementMode": "DoNotEnforce"}, "want": "fail"},
		"a policy of the client's own": {"with": {"policyDefinitionId": "/subscriptions/s1/providers/Microsoft.Authorization/policyDefinitions/x"}, "want": "fail"},
	}
	verdict == c.want with input as tenant([assignment(group, c["with"])], [])
}

test_scopes[scope] if {
	some scope, want in {
		"/subscriptions/S1": "pass",
		"/subscriptions/s1/resourceGroups/lab": "fail",
		"/subscriptions/s2": "fail",
	}
	verdict == want with input as tenant([assignment(scope, {})], [])
}

test_exemptions[name] if {
	some name, c in {
		"for ever": {"expires": null, "want": "fail"},
		"until tomorrow": {"expires": "2026-11-24T12:00:00.0000000Z", "want": "fail"},
		"until this moment": {"expires": "2026-11-23T12:00:00Z", "want": "fail"},
		"until this evening": {"expires": "2026-11-23T18:00:00Z", "want": "fail"},
		"until yesterday": {"expires": "2026-11-22T12:00:00Z", "want": "pass"},
		"until nobody knows": {"expires": "soon", "want": "undetermined"},
	}
	verdict == c.want with input as tenant([assignment(group, {})], [exemption(c.expires)])
}

test_an_exemption_from_another_policy if {
	other := object.union(exemption(null), {"properties": {"policyAssignmentId": "/x"}})
	verdict == "pass" with input as tenant([assignment(group, {})], [other])
}

test_an_initiative_at_a_group_in_it if {
	verdict == "fail" with input as tenant([assignment("/subscriptions/s1/resourceGroups/lab", {"policyDefinitionId": initiative})], [])
}

# What is wrong with assignments of other subscriptions, and of other policies, is not told.
test_only_its_own_weaknesses if {
	open := {"parameters": {"listOfAllowedTenants": {"value": [stranger]}}}
	elsewhere := object.union(assignment("/subscriptions/s2", open), {"_scope": "s2", "_subject": "azure.policy_assignments/s2/p1"})
	other := assignment(group, {"policyDefinitionId": "/providers/Microsoft.Authorization/policyDefinitions/x"})
	found := {[f.message, f.observed] | some f in control.fail} with input as tenant([elsewhere, other], [])
	found == {["no policy pins the tenants to which Production may be delegated", {"assignments": set()}]}
}

# A second assignment that is weak takes nothing away: both deny.
test_two_assignments if {
	weak := object.union(assignment("/subscriptions/s1", {"enforcementMode": "DoNotEnforce"}), {"_subject": "azure.policy_assignments/s1/p2"})
	verdict == "pass" with input as tenant([assignment(group, {}), weak], [])
}

test_none if verdict == "fail" with input as tenant([], [])

test_no_promise if {
	verdict == "no subject" with input as json.patch(tenant([], []), [{"op": "replace", "path": "/client/service_providers", "value": null}])
}

test_no_promise_where_nobody_is_allowed if {
	nobody := assignment(group, {"parameters": {"listOfAllowedTenants": {"value": []}}})
	verdict == "no subject" with input as json.patch(tenant([nobody], []), [{"op": "replace", "path": "/client/service_providers", "value": null}])
}

test_no_subscriptions if {
	verdict == "no subject" with input as json.patch(tenant([], []), [{"op": "replace", "path": "/azure/subscriptions", "value": []}])
}

test_no_property[property] if {
	some property in ["policyDefinitionId", "scope", "enforcementMode", "parameters", "notScopes", "resourceSelectors", "overrides"]
	gap := json.remove(tenant([assignment(group, {})], []), [sprintf("azure/policy_assignments/0/properties/%s", [property])])
	not verdict == "pass" with input as gap
}

test_message if {
	control.fail == {{
		"subject": subject,
		"message": sprintf("no policy pins the tenants to which Production may be delegated; an assignment allows undeclared tenant %s", [stranger]),
		"observed": {"assignments": {"/subscriptions/s1/providers/Microsoft.Authorization/policyAssignments/p1"}},
		"expected": {"policyDefinitionId": lower(pins), "enforcementMode": "Default", "listOfAllowedTenants": {own, msp}},
		"evidence": [
			"azure.subscriptions/s1#/subscriptionId",
			"azure.policy_assignments/s1/p1#/properties/parameters/listOfAllowedTenants/value",
		],
	}} with input as tenant([assignment("/subscriptions/s1", {"parameters": {"listOfAllowedTenants": {"value": [stranger]}}})], [])
}
