package ringfence.lib.azureroles_test

import data.ringfence.lib.azureroles

definition(name, permission) := {
	"name": name,
	"properties": {"roleName": sprintf("Role %s", [name]), "permissions": [object.union({"actions": [], "notActions": [], "dataActions": [], "notDataActions": [], "condition": null}, permission)]},
}

world(definitions) := {"azure": {
	"role_definitions": definitions,
	"role_assignments": [{"properties": {"roleDefinitionId": sprintf("/subscriptions/s/providers/Microsoft.Authorization/roleDefinitions/%s", [upper(d.name)])}} | some d in definitions],
	"role_eligibility": [],
	"lighthouse_assignments": [],
}}

sets := {name |
	some name, set in {
		"using": azureroles.using,
		"keeping": azureroles.keeping,
		"granting": azureroles.granting,
		"writing": azureroles.writing,
		"deploying": azureroles.deploying,
		"reaching": azureroles.reaching,
		"idle": azureroles.idle,
		"keyless": azureroles.keyless,
	}
	"r" in set
}

test_powers[name] if {
	some name, c in {
		"Owner": [{"actions": ["*"]}, {"granting", "writing", "deploying", "reaching", "keyless"}],
		"Contributor": [
			{"actions": ["*"], "notActions": ["Microsoft.Authorization/*/Delete", "Microsoft.Authorization/*/Write"]},
			{"writing", "deploying", "reaching", "idle", "keyless"},
		],
		"Reader": [{"actions": ["*/read"]}, {"idle", "keyless"}],
		"User Access Administrator": [{"actions": ["*/read", "Microsoft.Authorization/*"]}, {"granting", "keyless"}],
		"Key Vault Administrator": [{"actions": ["Microsoft.KeyVault/vaults/read"], "dataActions": ["Microsoft.KeyVault/vaults/*"]}, {"using", "keeping"}],
		"uses keys": [{"dataActions": ["Microsoft.KeyVault/vaults/keys/read", "Microsoft.KeyVault/vaults/keys/decrypt/action"]}, {"using", "keyless"}],
		"Key Vault Secrets User": [{"dataActions": ["Microsoft.KeyVault/vaults/secrets/getSecret/action"]}, {"using", "keyless"}],
		"Key Vault Reader": [{"dataActions": ["Microsoft.KeyVault/vaults/*/read", "Microsoft.KeyVault/vaults/secrets/readMetadata/action"]}, {"idle", "keyless"}],
		"gives and takes": [{"dataActions": ["Microsoft.KeyVault/vaults/secrets/*"], "notDataActions": ["Microsoft.KeyVault/vaults/secrets/*"]}, {"keyless"}],
		"everything": [{"dataActions": ["*"]}, {"using", "keeping", "reaching"}],
		"an action of tomorrow": [{"dataActions": ["Microsoft.KeyVault/vaults/keys/teleport/action"]}, set()],
		"blobs": [{"dataActions": ["Microsoft.Storage/storageAccounts/blobServices/containers/blobs/*"]}, {"reaching", "idle", "keyless"}],
		"virtual machines": [{"actions": ["Microsoft.Compute/virtualMachines/*"]}, {"reaching", "idle", "keyless"}],
		"gives roles under a condition": [{"actions": ["Microsoft.Authorization/roleAssignments/write"], "condition": "@Request[...]"}, {"keyless"}],
		"a pattern that is none": [{"actions": ["Microsoft.KeyVault/vaults/(write|*)"]}, {"idle", "keyless"}],
		"not actions unknown": [{"actions": ["*"], "notActions": null}, {"keyless"}],
		"data actions unknown": [{"dataActions": null}, set()],
		"data not actions unknown": [{"dataActions": ["*"], "notDataActions": null}, set()],
	}
	found := sets with input as world([definition("r", c[0])])
	found == c[1]
}

test_only_the_role_for_vaults_counts_with_a_condition if {
	id := "8b54135c-b56d-4d72-a534-26097cfdc8d8"
	azureroles.granting == {id} with input as world([definition(id, {"actions": ["Microsoft.Authorization/roleAssignments/write"], "condition": "@Request[...]"})])
}

test_of_two_permissions_each_counts if {
	two := json.patch(definition("r", {}), [{"op": "add", "path": "/properties/permissions/-", "value": {"actions": ["Microsoft.KeyVault/vaults/write"], "notActions": [], "dataActions": [], "notDataActions": [], "condition": null}}])
	sets == {"writing", "idle", "keyless"} with input as world([two])
}

test_roles_that_somebody_has[name] if {
	some name, held in {
		"eligible": {"role_eligibility": [{"properties": {"roleDefinitionId": "x/r"}}]},
		"Lighthouse": {"lighthouse_assignments": [{"properties": {"registrationDefinition": {"properties": {"authorizations": [{"roleDefinitionId": "r"}]}}}}]},
		"Lighthouse, eligible": {"lighthouse_assignments": [{"properties": {"registrationDefinition": {"properties": {"eligibleAuthorizations": [{"roleDefinitionId": "r"}]}}}}]},
		"Lighthouse, to be given": {"lighthouse_assignments": [{"properties": {"registrationDefinition": {"properties": {"authorizations": [{"roleDefinitionId": "z", "delegatedRoleDefinitionIds": ["R"]}]}}}}]},
	}
	empty := object.union(world([definition("r", {"actions": ["*/read"]})]), {"azure": {"role_assignments": []}})
	azureroles.idle == set() with input as empty
	azureroles.idle == {"r"} with input as object.union(empty, {"azure": held})
}

test_known[name] if {
	some name, c in {
		"all": [{}, {"r"}],
		"actions": [{"actions": null}, set()],
		"data actions": [{"dataActions": null}, set()],
	}
	azureroles.known == c[1] with input as world([definition("r", c[0])])
}

test_titles if {
	azureroles.title("r") == "Role r" with input as world([definition("r", {})])
	azureroles.title("q") == "the role q" with input as world([definition("r", {})])
}

test_places[name] if {
	some name, c in {
		"root": ["/", "/subscriptions/s"],
		"management group": ["/providers/Microsoft.Management/managementGroups/mg", "/subscriptions/s"],
		"subscription": ["/subscriptions/S", "/subscriptions/s"],
		"subscription, with a slash": ["/subscriptions/s/", "/subscriptions/s"],
		"group": ["/subscriptions/s/resourceGroups/RG", "/subscriptions/s/resourcegroups/rg"],
		"vault": ["/subscriptions/s/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/KV", "/subscriptions/s/resourcegroups/rg/providers/microsoft.keyvault/vaults/kv"],
		"one key": ["/subscriptions/s/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/kv/keys/k", "/subscriptions/s/resourcegroups/rg/providers/microsoft.keyvault/vaults/kv"],
	}
	azureroles.place(c[0], "s") == c[1]
	c[1] in azureroles.places("/subscriptions/s/resourceGroups/rg/providers/microsoft.keyvault/vaults/kv")
}

test_no_place if not azureroles.place(null, "s")

test_destroying_and_copying_keys if {
	officer := definition("o", {"dataActions": ["Microsoft.KeyVault/vaults/keys/*"]})
	careful := definition("c", {"dataActions": ["Microsoft.KeyVault/vaults/keys/*"], "notDataActions": ["Microsoft.KeyVault/vaults/keys/purge/action"]})
	azureroles.purging == {"o"} with input as world([officer, careful]) with data.ringfence.lib.azureroles._wanted as {"o", "c"}
	azureroles.copying == {"o", "c"} with input as world([officer, careful]) with data.ringfence.lib.azureroles._wanted as {"o", "c"}
}
