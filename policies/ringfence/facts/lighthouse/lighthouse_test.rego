package ringfence.facts.lighthouse_test

import data.ringfence.facts.lighthouse

tenant := "a0000000-0000-4000-8000-000000000001"

other := "b0000000-0000-4000-8000-000000000002"

delegation(state, list) := {
	"_subject": "azure.lighthouse_assignments/d",
	"id": "/subscriptions/S/providers/Microsoft.ManagedServices/registrationAssignments/d",
	"properties": {"provisioningState": state, "registrationDefinition": {"properties": {
		"managedByTenantId": other,
		list: [{"principalId": "P", "roleDefinitionId": "r"}],
	}}},
}

of(delegations) := {"client": {"tenant_id": tenant}, "azure": {"lighthouse_assignments": delegations}}

test_states[name] if {
	some name, c in {
		"at once": ["Succeeded", "authorizations", "live"],
		"by activation": ["Succeeded", "eligibleAuthorizations", "jit"],
		"not made yet": ["Accepted", "authorizations", "potential"],
		"nobody says": [null, "eligibleAuthorizations", "potential"],
	}
	want := {
		"from": sprintf("%s/object/p", [other]),
		"to": sprintf("%s/azure-role//subscriptions/s|r", [tenant]),
		"state": c[2],
		"evidence": ["azure.lighthouse_assignments/d"],
	}
	lighthouse.edge == {want} with input as of([delegation(c[0], c[1])])
}

test_none if count(lighthouse.edge) == 0 with input as of([])
