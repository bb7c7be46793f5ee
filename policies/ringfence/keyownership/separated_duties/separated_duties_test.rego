package ringfence.keyownership.separated_duties_test

import data.ringfence.keyownership.separated_duties as control

kv := "/subscriptions/s/resourcegroups/rg/providers/microsoft.keyvault/vaults/kv"

role(name, actions, on_data) := {"name": name, "properties": {"roleName": name, "permissions": [{"actions": actions, "notActions": [], "dataActions": on_data, "notDataActions": [], "condition": null}]}}

holding(id, role_, principal, scope) := {
	"_id": id, "_scope": "s", "_subject": id,
	"properties": {"roleDefinitionId": sprintf("/x/%s", [role_]), "principalId": principal, "principalType": "User", "scope": scope, "condition": null},
}

admin(principal) := holding("admin", "keeper", principal, kv)

typed(assignment, type) := json.patch(assignment, [{"op": "replace", "path": "/properties/principalType", "value": type}])

user(id) := {"_id": id, "_subject": id, "displayName": id, "userPrincipalName": sprintf("%s@Fabrikam.example", [id])}

world(assignments, global) := {
	"client": {"tenant_id": "t", "service_providers": [], "break_glass": ["glass@fabrikam.example", "hammer"]},
	"msp": {"tenant_id": "m", "domains": []},
	"entra": {
		"organization": [],
		"users": [user("ada"), user("bob"), user("glass"), user("hammer")],
		"service_principals": [{"_id": "app", "_subject": "app", "displayName": "app"}],
		"groups": [{"_id": "keepers", "securityEnabled": true}, {"_id": "readers", "securityEnabled": true}, {"_id": "inner", "securityEnabled": true}, {"_id": "empty", "securityEnabled": true}],
		"group_members": [{"_scope": "keepers", "_subject": "m", "id": "ada"}, {"_scope": "readers", "_subject": "m", "id": "inner"}, {"_scope": "inner", "_subject": "m", "id": "ada"}],
		"group_eligibility": [],
		"role_assignments": global,
	},
	"azure": {
		"role_definitions": [role("keeper", [], ["Microsoft.KeyVault/vaults/keys/*"]), role("vaults", ["Microsoft.KeyVault/vaults/*"], []), role("blobs", [], ["Microsoft.Storage/storageAccounts/blobServices/containers/blobs/*"]), role("machines", ["Microsoft.Compute/virtualMachines/*"], []), role("reader", ["*/read"], [])],
		"role_assignments": assignments,
		"role_eligibility": [],
	},
	"keyvault": {"vaults": [{"_id": kv, "_scope": "s", "_subject": "vault", "properties": {"enableRbacAuthorization": true}}], "managed_hsms": []},
}

is_global(principal) := {"_subject": "g", "principalId": principal, "roleDefinitionId": "62e90394-69f5-4237-9190-012177145e10"}

verdict := "none" if {
	not "admin" in control.subjects
	count(control.pass) + count(control.fail) == 0
} else := "both" if {
	"admin" in control.pass
	count(control.fail) > 0
} else := "pass" if {
	control.pass == {"admin"}
} else := "fail" if {
	{f.subject | some f in control.fail} == {"admin"}
} else := "undetermined"

test_verdicts[name] if {
	some name, c in {
		"keys alone": [[admin("ada")], [], "pass"],
		"keys and blobs": [[admin("ada"), holding("d", "blobs", "ADA", "/subscriptions/s")], [], "fail"],
		"keys and machines": [[admin("ada"), holding("d", "machines", "ada", "/subscriptions/s/resourceGroups/other")], [], "fail"],
		"keys and the data of another subscription": [[admin("ada"), object.union(holding("d", "blobs", "ada", "/subscriptions/z"), {"_scope": "z"})], [], "pass"],
		"data of somebody else": [[admin("ada"), holding("d", "blobs", "bob", "/subscriptions/s")], [], "pass"],
		"by a group": [[admin("keepers"), holding("d", "blobs", "ada", "/subscriptions/s")], [], "fail"],
		"data by a group in a group": [[admin("ada"), typed(holding("d", "blobs", "readers", "/subscriptions/s"), "Group")], [], "fail"],
		"both by groups": [[admin("keepers"), typed(holding("d", "blobs", "readers", "/subscriptions/s"), "Group")], [], "fail"],
		"keys by a group in a group": [[admin("readers")], [], "pass"],
		"data by a role of nobody knows, by a group": [[admin("ada"), typed(holding("d", "secret", "keepers", "/subscriptions/s"), "Group")], [], "undetermined"],
		"a group of keepers": [[admin("keepers")], [], "pass"],
		"an application": [[admin("app"), holding("d", "machines", "app", "/subscriptions/s")], [], "fail"],
		"Global Administrator": [[admin("ada")], [is_global("ADA")], "fail"],
		"Global Administrator in a group": [[admin("keepers")], [is_global("ada")], "fail"],
		"a group of Global Administrators": [[admin("ada")], [is_global("keepers")], "fail"],
		"somebody else is Global Administrator": [[admin("ada")], [is_global("bob")], "pass"],
		# False positives: break-glass accounts, by name and by id.
		"break glass": [[admin("glass"), holding("d", "blobs", "glass", "/subscriptions/s")], [is_global("glass")], "pass"],
		"break glass by id": [[admin("hammer")], [is_global("hammer")], "pass"],
		# Roles that administer no keys, or no vault's.
		"a reader": [[holding("admin", "reader", "ada", kv), holding("d", "blobs", "ada", "/subscriptions/s")], [], "none"],
		"no vault there": [[holding("admin", "keeper", "ada", "/subscriptions/s/resourceGroups/other"), holding("d", "blobs", "ada", "/subscriptions/s")], [], "none"],
		"writes vaults that roles govern": [[holding("admin", "vaults", "ada", kv), holding("d", "blobs", "ada", "/subscriptions/s")], [], "none"],
		# Unknown.
		"a role of nobody knows": [[holding("admin", "secret", "ada", kv)], [], "undetermined"],
		"data by a role of nobody knows": [[admin("ada"), holding("d", "secret", "ada", "/subscriptions/s")], [], "undetermined"],
		"data by a group that nobody sees": [[admin("ada"), typed(holding("d", "blobs", "x", "/subscriptions/s"), "Group")], [], "undetermined"],
		"nobody knows": [[admin("x")], [], "undetermined"],
		"an empty group": [[admin("empty")], [], "undetermined"],
	}
	verdict == c[2] with input as world(c[0], c[1])
}

test_a_vault_that_asks_its_policies if {
	input_ := json.patch(
		world([holding("admin", "vaults", "ada", "/subscriptions/s"), holding("d", "blobs", "ada", "/subscriptions/s")], []),
		[{"op": "replace", "path": "/keyvault/vaults/0/properties/enableRbacAuthorization", "value": null}],
	)
	verdict == "fail" with input as input_
}

# False positive: one administrator who has to activate one of the two.
test_eligibility_does_not_count if {
	input_ := json.patch(world([admin("ada")], []), [{"op": "add", "path": "/azure/role_eligibility/-", "value": holding("d", "blobs", "ada", "/subscriptions/s")}])
	verdict == "pass" with input as input_
}

test_no_break_glass_promised if {
	input_ := json.patch(world([admin("glass")], [is_global("glass")]), [{"op": "replace", "path": "/client/break_glass", "value": null}])
	verdict == "fail" with input as input_
}

test_messages if {
	{f.message | some f in control.fail} == {"ada administers keys (keeper) and reaches what they protect (blobs)"} with input as world([admin("keepers"), holding("d", "blobs", "ada", "/subscriptions/s")], [])
	{f.message | some f in control.fail} == {"ghost administers keys (keeper) and reaches what they protect (Global Administrator)"} with input as world([admin("ghost")], [is_global("ghost")])
}
