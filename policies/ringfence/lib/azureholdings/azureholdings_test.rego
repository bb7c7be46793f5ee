package ringfence.lib.azureholdings_test

import data.ringfence.lib.azureholdings

tenant := "a0000000-0000-4000-8000-000000000001"

holding(scope, role) := {"_scope": "s", "properties": {"scope": scope, "roleDefinitionId": role}}

delegation := {
	"id": "/subscriptions/S/providers/Microsoft.ManagedServices/registrationAssignments/d",
	"properties": {"registrationDefinition": {"properties": {
		"authorizations": [{"roleDefinitionId": "/x/P"}],
		"eligibleAuthorizations": [{"roleDefinitionId": "/x/D"}],
	}}},
}

test_node if {
	want := sprintf("%s/azure-role//subscriptions/s|r", [tenant])
	azureholdings.node(["/subscriptions/S", "r"]) == want with input as {"client": {"tenant_id": tenant}}
}

test_at[scope] if {
	some scope, place in {"/subscriptions/S/": "/subscriptions/s", "/": "/subscriptions/s"}
	azureholdings.at(holding(scope, "/x/R")) == [place, "r"]
}

test_not_at[name] if {
	some name, c in {"no scope": [null, "r"], "no role": ["/", null]}
	not azureholdings.at(holding(c[0], c[1]))
}

test_delegated if azureholdings.delegated(delegation, {"roleDefinitionId": "/x/D"}) == ["/subscriptions/s", "d"]

test_roles if {
	azureholdings.roles == {"/subscriptions/s": {"r", "e", "p", "d"}} with input as {"azure": {
		"role_assignments": [holding("/subscriptions/s", "/x/r")],
		"role_eligibility": [holding("/subscriptions/s", "/x/e")],
		"lighthouse_assignments": [delegation],
	}}
}

test_activated if azureholdings.activated(delegation, {"roleDefinitionId": "/x/D"}) == ["/subscriptions/s", "d"]

test_limited if {
	limited := {"roleDefinitionId": "/x/D", "delegatedRoleDefinitionIds": ["r"]}
	azureholdings.delegated(delegation, limited) == ["/subscriptions/s", "d|limited"]
	unlimited := {"roleDefinitionId": "/x/D", "delegatedRoleDefinitionIds": null}
	azureholdings.delegated(delegation, unlimited) == ["/subscriptions/s", "d"]
}
