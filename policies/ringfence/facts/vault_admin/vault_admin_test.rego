package ringfence.facts.vault_admin_test

import data.ringfence.facts.vault_admin

tenant := "a0000000-0000-4000-8000-000000000001"

vault(properties) := {"_id": "/subscriptions/s/resourcegroups/g/providers/microsoft.keyvault/vaults/v", "_subject": "keyvault.vaults/v", "properties": properties}

key := sprintf("%s/key//subscriptions/s/resourcegroups/g/providers/microsoft.keyvault/vaults/v", [tenant])

definition := {"name": "r", "properties": {"permissions": [{
	"actions": [],
	"notActions": [],
	"dataActions": ["Microsoft.KeyVault/vaults/keys/decrypt/action"],
	"notDataActions": [],
	"condition": null,
}]}}

of(vaults, hsms, scope) := {
	"client": {"tenant_id": tenant},
	"entra": {"users": [{"_id": "u"}], "groups": [], "service_principals": []},
	"keyvault": {"vaults": vaults, "managed_hsms": hsms},
	"azure": {
		"role_assignments": [{"_scope": "s", "properties": {"scope": scope, "roleDefinitionId": "/x/r"}}],
		"role_eligibility": [],
		"lighthouse_assignments": [],
		"role_definitions": [definition],
	},
}

found(from, to, evidence) := {{"from": sprintf("%s/%s", [tenant, from]), "to": to, "state": "live", "evidence": [evidence]}}

test_by_role[scope] if {
	some scope in ["/subscriptions/s", "/subscriptions/s/resourcegroups/g"]
	want := found(sprintf("azure-role/%s|r", [scope]), key, "keyvault.vaults/v")
	vault_admin.edge == want with input as of([vault({"enableRbacAuthorization": true, "accessPolicies": []})], [], scope)
}

test_role_elsewhere if {
	count(vault_admin.edge) == 0 with input as of([vault({"enableRbacAuthorization": true, "accessPolicies": []})], [], "/subscriptions/s/resourcegroups/h")
}

policy(permissions) := vault({"enableRbacAuthorization": false, "accessPolicies": [{"objectId": "U", "permissions": {"keys": permissions}}]})

test_by_policy if {
	vault_admin.edge == found("user/u", key, "keyvault.vaults/v") with input as of([policy(["Get", "UnwrapKey"])], [], "/subscriptions/t")
}

test_weak_policy if count(vault_admin.edge) == 0 with input as of([policy(["get", "list", null])], [], "/subscriptions/t")

test_policy_of_no_use if {
	unused := object.union(policy(["all"]), {"properties": {"enableRbacAuthorization": true}})
	count(vault_admin.edge) == 0 with input as of([unused], [], "/subscriptions/t")
}

test_hsm if {
	hsm := {"_id": "/h", "_subject": "keyvault.managed_hsms/h", "properties": {"initialAdminObjectIds": ["u", "x"]}}
	want := found("user/u", sprintf("%s/key//h", [tenant]), "keyvault.managed_hsms/h")
	vault_admin.edge == want with input as of([], [hsm], "/subscriptions/t")
}

# can is a role that may do one thing, by an action or a data action.
can(kind, action) := object.union(definition, {"properties": {"permissions": [object.union(
	{"actions": [], "notActions": [], "dataActions": [], "notDataActions": [], "condition": null},
	{kind: [action]},
)]}})

# Who may change access policies governs a vault that has them, and keys are made and destroyed
# by roles where there are none.
test_abilities[name] if {
	some name, c in {
		"grants roles": {"role": can("actions", "Microsoft.Authorization/roleAssignments/write"), "policies": true, "roles": true},
		"writes vaults": {"role": can("actions", "Microsoft.KeyVault/vaults/write"), "policies": true, "roles": false},
		"uses keys": {"role": definition, "policies": false, "roles": true},
		"makes keys": {"role": can("dataActions", "Microsoft.KeyVault/vaults/keys/create/action"), "policies": false, "roles": true},
		"purges keys": {"role": can("dataActions", "Microsoft.KeyVault/vaults/keys/purge/action"), "policies": false, "roles": true},
		"reads vaults": {"role": can("actions", "Microsoft.KeyVault/vaults/read"), "policies": false, "roles": false},
	}
	some uses, is_governed in {false: c.policies, true: c.roles}
	world := of([vault({"enableRbacAuthorization": uses, "accessPolicies": []})], [], "/subscriptions/s")
	count(vault_admin.edge) == {true: 1, false: 0}[is_governed] with input as object.union(world, {"azure": {"role_definitions": [c.role]}})
}
