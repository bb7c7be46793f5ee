package ringfence.facts.azure_control_test

import data.ringfence.facts.azure_control

tenant := "a0000000-0000-4000-8000-000000000001"

other := "b0000000-0000-4000-8000-000000000002"

definition := {
	"_subject": "azure.role_definitions/r",
	"name": "r",
	"properties": {"permissions": [{
		"actions": ["Microsoft.Authorization/roleAssignments/*"],
		"notActions": [],
		"dataActions": [],
		"notDataActions": [],
		"condition": null,
	}]},
}

assignment(scope) := {"_scope": "s", "properties": {"scope": scope, "roleDefinitionId": "/x/r"}}

of(scope, definitions) := {"client": {"tenant_id": tenant}, "azure": {
	"role_assignments": [assignment(scope)],
	"role_eligibility": [],
	"lighthouse_assignments": [],
	"role_definitions": definitions,
	"subscriptions": [],
}}

test_found[scope] if {
	some scope in ["/subscriptions/s", "/", "/providers/Microsoft.Management/managementGroups/g"]
	want := {
		"from": sprintf("%s/azure-role//subscriptions/s|r", [tenant]),
		"to": sprintf("%s/tier0/azure|s", [tenant]),
		"state": "live",
		"evidence": ["azure.role_definitions/r"],
	}
	azure_control.edge == {want} with input as of(scope, [definition])
}

test_a_part if count(azure_control.edge) == 0 with input as of("/subscriptions/s/resourceGroups/g", [definition])

test_another_role if {
	reader := object.union(definition, {"properties": {"permissions": [{"actions": ["*/read"], "notActions": []}]}})
	count(azure_control.edge) == 0 with input as of("/subscriptions/s", [reader])
}

test_what_is_in_it if {
	got := {[edge.from, edge.to, edge.state] | some edge in azure_control.edge} with input as {
		"client": {"tenant_id": tenant},
		"azure": {"subscriptions": [{"_id": "s", "_subject": "azure.subscriptions/s"}]},
		"keyvault": {
			"vaults": [{"_id": "/subscriptions/s/v", "_subject": "keyvault.vaults/v"}],
			"managed_hsms": [{"_id": "/subscriptions/s/h", "_subject": "keyvault.managed_hsms/h"}],
		},
	}
	control := sprintf("%s/tier0/azure|s", [tenant])
	got == {
		[sprintf("%s/tenant/%s", [tenant, tenant]), control, "jit"],
		[control, sprintf("%s/subscription/s", [tenant]), "live"],
		[control, sprintf("%s/key//subscriptions/s/v", [tenant]), "live"],
		[control, sprintf("%s/key//subscriptions/s/h", [tenant]), "live"],
	}
}
