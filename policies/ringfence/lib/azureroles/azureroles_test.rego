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
		"purging": azureroles.purging,
		"copying": azureroles.copying,
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
		"Key Vault Administrator": [{"actions": ["Microsoft.KeyVault/vaults/read"], "dataActions": ["Microsoft.KeyVault/vaults/*"]}, {"using", "keeping", "purging", "copying"}],
		"uses keys": [{"dataActions": ["Microsoft.KeyVault/vaults/keys/read", "Microsoft.KeyVault/vaults/keys/decrypt/action"]}, {"using", "keyless"}],
		"Key Vault Secrets User": [{"dataActions": ["Microsoft.KeyVault/vaults/secrets/getSecret/action"]}, {"using", "keyless"}],
		"Key Vault Reader": [{"dataActions": ["Microsoft.KeyVault/vaults/*/read", "Microsoft.KeyVault/vaults/secrets/readMetadata/action"]}, {"idle", "keyless"}],
		"gives and takes": [{"dataActions": ["Microsoft.KeyVault/vaults/secrets/*"], "notDataActions": ["Microsoft.KeyVault/vaults/secrets/*"]}, {"keyless"}],
		"everything": [{"dataActions": ["*"]}, {"using", "keeping", "purging", "copying", "reaching"}],
		"actions unknown": [{"actions": null}, {"keyless"}],
		"an action that is no text": [{"actions": [null]}, {"idle", "keyless"}],
		"data actions that are no list": [{"dataActions": {}}, set()],
		"a data action that is no text": [{"dataActions": [7]}, set()],
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

# Each action that Microsoft lists, alone.
test_actions[action] if {
	some [found, actions] in [
		[{"granting", "keyless"}, [
			"Microsoft.Authorization/roleAssignments/write",
			"Microsoft.Authorization/roleAssignmentScheduleRequests/write",
			"Microsoft.Authorization/roleEligibilityScheduleRequests/write",
			"Microsoft.Authorization/roleDefinitions/write",
		]],
		[{"writing", "idle", "keyless"}, ["Microsoft.KeyVault/vaults/write", "Microsoft.KeyVault/vaults/accessPolicies/write"]],
		[{"deploying", "idle", "keyless"}, ["Microsoft.KeyVault/vaults/deploy/action"]],
		[{"reaching", "idle", "keyless"}, [
			"Microsoft.Compute/disks/beginGetAccess/action",
			"Microsoft.Compute/virtualMachines/runCommand/action",
			"Microsoft.Compute/virtualMachines/write",
			"Microsoft.Sql/servers/administrators/write",
			"Microsoft.Storage/storageAccounts/listKeys/action",
		]],
	]
	some action in actions
	sets == found with input as world([definition("r", {"actions": [action]})])
}

test_data_actions[action] if {
	some [found, actions] in [
		[{"idle", "keyless"}, [
			"vaults/keys/encrypt/action", "vaults/keys/verify/action", "vaults/keys/wrap/action",
			"vaults/secrets/readMetadata/action", "vaults/keys/read", "managedHsms/x",
		]],
		[{"using", "keeping"}, [
			"vaults/keys/create/action", "vaults/keys/delete", "vaults/keys/import/action", "vaults/keys/recover/action",
			"vaults/keys/restore/action", "vaults/keys/rotate/action", "vaults/keys/update/action",
		]],
		[{"using", "keeping", "purging"}, ["vaults/keys/purge/action"]],
		[{"using", "keeping", "copying"}, ["vaults/keys/backup/action"]],
		[{"using", "keyless"}, [
			"vaults/keyRotationPolicies/write",
			"vaults/keys/decrypt/action", "vaults/keys/release/action", "vaults/keys/sign/action", "vaults/keys/unwrap/action",
			"vaults/secrets/backup/action", "vaults/secrets/delete", "vaults/secrets/getSecret/action", "vaults/secrets/purge/action",
			"vaults/secrets/recover/action", "vaults/secrets/restore/action", "vaults/secrets/setSecret/action", "vaults/secrets/update/action",
			"vaults/certificates/backup/action", "vaults/certificates/create/action", "vaults/certificates/delete",
			"vaults/certificates/import/action", "vaults/certificates/purge/action", "vaults/certificates/recover/action",
			"vaults/certificates/restore/action", "vaults/certificates/update/action",
		]],
	]
	some action in actions
	sets == found with input as world([definition("r", {"dataActions": [sprintf("Microsoft.KeyVault/%s", [action])]})])
}

test_files if {
	files := "Microsoft.Storage/storageAccounts/fileServices/fileshares/files/read"
	sets == {"reaching", "idle", "keyless"} with input as world([definition("r", {"dataActions": [files]})])
}

# A role that nobody holds is not looked into.
test_a_role_that_nobody_holds[name] if {
	everything := definition("r", {"actions": ["*"], "dataActions": ["*"]})
	some name, of in {"everything": everything, "nothing": definition("r", {})}
	held := object.union(world([of]), {"azure": {"role_assignments": []}})
	sets == set() with input as held
	azureroles.known == set() with input as held
	azureroles.title("r") == "the role r" with input as held
}

test_a_role_without_permissions if {
	none := world([json.patch(definition("r", {}), [{"op": "replace", "path": "/properties/permissions", "value": []}])])
	sets == set() with input as none
	azureroles.known == set() with input as none
}

test_of_two_permissions_one_is_unknown if {
	gap := {"actions": null, "notActions": null, "dataActions": null, "notDataActions": null}
	two := world([json.patch(definition("r", {}), [{"op": "add", "path": "/properties/permissions/-", "value": gap}])])
	sets == set() with input as two
	azureroles.known == set() with input as two
}

test_nameless if {
	nameless := {"azure": {
		"role_definitions": [object.union(definition("r", {}), {"name": null}), {"name": "q", "properties": {"roleName": null}}],
		"role_assignments": [{"properties": {"roleDefinitionId": "Q"}}, {"properties": {"roleDefinitionId": null}}],
	}}
	azureroles.known == set() with input as nameless
	azureroles.title("q") == "the role q" with input as nameless
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
		"not actions": [{"notActions": null}, set()],
		"not data actions": [{"notDataActions": null}, set()],
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

# Two subscriptions say different things of one role: what it can do in either counts.
test_two_opinions if {
	reader := definition("r", {"actions": ["*/read"]})
	user := definition("r", {"dataActions": ["Microsoft.KeyVault/vaults/keys/decrypt/action"]})
	keeper := definition("r", {"dataActions": ["Microsoft.KeyVault/vaults/keys/*"]})
	sets == {"using", "keyless"} with input as world([reader, user])
	not "keyless" in sets with input as world([reader, keeper])
}
