package ringfence.facts.azure_role_test

import data.ringfence.facts.azure_role

tenant := "a0000000-0000-4000-8000-000000000001"

other := "b0000000-0000-4000-8000-000000000002"

holding := {
	"_subject": "azure.role_assignments/r",
	"_scope": "s",
	"properties": {"principalId": "U", "principalType": "User", "scope": "/subscriptions/S", "roleDefinitionId": "/x/R"},
}

of(assignments, eligibilities) := {
	"client": {"tenant_id": tenant},
	"azure": {"role_assignments": assignments, "role_eligibility": eligibilities},
}

found(place, state) := {{
	"from": sprintf("%s/user/u", [tenant]),
	"to": sprintf("%s/azure-role/%s|r", [tenant, place]),
	"state": state,
	"evidence": ["azure.role_assignments/r"],
}}

test_found if azure_role.edge == found("/subscriptions/s", "live") with input as of([holding], [])

test_eligible if azure_role.edge == found("/subscriptions/s", "jit") with input as of([], [holding])

test_inherited if {
	above := object.union(holding, {"properties": {"scope": "/providers/Microsoft.Management/managementGroups/g"}})
	azure_role.edge == found("/subscriptions/s", "live") with input as of([above], [])
}

test_none[name] if {
	some name, changes in {
		"a group of another tenant": {"principalType": "ForeignGroup"},
		"no type": {"principalType": null},
		"no scope": {"scope": null},
		"no role": {"roleDefinitionId": null},
	}
	count(azure_role.edge) == 0 with input as of([object.union(holding, {"properties": changes})], [])
}
