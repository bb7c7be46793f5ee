package ringfence.keyownership.key_users_test

import data.ringfence.keyownership.key_users as control

own := "aaaaaaaa-0000-4000-8000-000000000010"

msp := "aaaaaaaa-0000-4000-8000-000000000001"

kv := "/subscriptions/s/resourcegroups/rg/providers/microsoft.keyvault/vaults/kv"

permission(actions, on_data) := {"actions": actions, "notActions": [], "dataActions": on_data, "notDataActions": [], "condition": null}

role(name, actions, on_data) := {"name": name, "properties": {"roleName": name, "permissions": [permission(actions, on_data)]}}

roles := [
	role("owner", ["*"], []),
	role("18d7d88d-d35e-4fb5-a5c3-7773c20a72d9", ["Microsoft.Authorization/*"], []),
	{"name": "contributor", "properties": {"roleName": "contributor", "permissions": [object.union(permission(["*"], []), {"notActions": ["Microsoft.Authorization/*/Write"]})]}},
	role("reader", ["*/read"], []),
	role("crypto", [], ["Microsoft.KeyVault/vaults/keys/*"]),
	role("custom", ["*/read"], ["Microsoft.KeyVault/vaults/secrets/getSecret/action"]),
	role("tomorrow", [], ["Microsoft.KeyVault/vaults/keys/teleport/action"]),
]

user(id, change) := object.union(
	{
		"_id": id, "_subject": sprintf("entra.users/%s", [id]), "displayName": id, "mail": null,
		"userPrincipalName": sprintf("%s@fabrikam.example", [id]),
		"userType": "Member", "externalUserState": null, "creationType": null,
		"identities": [{"signInType": "userPrincipalName", "issuer": "fabrikam.example", "issuerAssignedId": id}],
	},
	change,
)

guest(id, home) := user(id, {"userType": "Guest", "userPrincipalName": sprintf("%s_%s#EXT#@fabrikam.example", [id, home])})

application(id, owner) := {"_id": id, "_subject": sprintf("entra.service_principals/%s", [id]), "displayName": id, "servicePrincipalType": "Application", "appOwnerOrganizationId": owner}

vault(change) := object.union(
	{"enableRbacAuthorization": true, "enabledForTemplateDeployment": false, "accessPolicies": null},
	change,
)

world := {
	"client": {"tenant_id": own, "service_providers": [msp], "keys": {"owner": "client", "operated_vaults": null}},
	"msp": {"tenant_id": msp, "domains": ["northwind.example"]},
	"entra": {
		"organization": [{"verifiedDomains": [{"name": "fabrikam.example"}]}],
		"users": [user("ada", {}), guest("bob", "northwind.example"), guest("eve", "partner.example")],
		"service_principals": [application("backup", msp), application("identity", null)],
		"groups": [{"_id": "ours", "securityEnabled": true}, {"_id": "mixed", "securityEnabled": true}],
		"group_members": [{"_scope": "ours", "_subject": "m1", "id": "ada", "@odata.type": "x"}, {"_scope": "mixed", "_subject": "m2", "id": "bob", "@odata.type": "x"}],
		"group_eligibility": [],
	},
	"azure": {
		"role_definitions": roles,
		"role_assignments": [],
		"role_eligibility": [],
		"lighthouse_assignments": [],
	},
	"keyvault": {"vaults": [{"_id": kv, "_scope": "s", "_subject": "vault", "properties": vault({})}]},
}

holding(role_, principal, scope) := {
	"_id": "a", "_scope": "s", "_subject": "holding",
	"properties": {
		"roleDefinitionId": sprintf("/subscriptions/s/providers/Microsoft.Authorization/roleDefinitions/%s", [upper(role_)]),
		"principalId": principal, "principalType": "User", "scope": scope, "condition": null,
	},
}

changed(vault_, dataset, documents) := object.union(world, {
	"azure": {dataset: documents},
	"keyvault": {"vaults": [{"_id": kv, "_scope": "s", "_subject": "vault", "properties": vault(vault_)}]},
})

verdict(subject) := "none" if {
	not subject in control.subjects
	not subject in control.pass
	count([f | some f in control.fail; f.subject == subject]) == 0
} else := "both" if {
	subject in control.pass
	some f in control.fail
	f.subject == subject
} else := "pass" if {
	subject in control.pass
} else := "fail" if {
	some f in control.fail
	f.subject == subject
} else := "undetermined"

policies := {"enableRbacAuthorization": null}

templates := {"enabledForTemplateDeployment": true}

test_roles[[name, dataset]] if {
	some name, c in {
		"a guest of the MSP is Owner": [{}, "owner", "bob", "/subscriptions/s", "fail"],
		"a guest of the MSP gives roles": [{}, "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9", "bob", "/subscriptions/s", "fail"],
		"an application uses keys": [{}, "crypto", "backup", kv, "fail"],
		"an application uses one key": [{}, "crypto", "backup", sprintf("%s/keys/k", [kv]), "fail"],
		"a custom role reads secrets": [{}, "custom", "backup", "/subscriptions/s/resourceGroups/RG", "fail"],
		"by a group": [{}, "crypto", "mixed", "/providers/Microsoft.Management/managementGroups/mg", "fail"],
		"contributor, access policies": [policies, "contributor", "bob", "/", "fail"],
		"contributor, secrets for deployments": [templates, "contributor", "bob", "/subscriptions/s", "fail"],
		# What the MSP may do, and what others may.
		"contributor": [{}, "contributor", "bob", "/subscriptions/s", "pass"],
		"reader": [policies, "reader", "backup", "/subscriptions/s", "pass"],
		"a member": [policies, "owner", "ada", "/subscriptions/s", "pass"],
		"a guest from elsewhere": [{}, "crypto", "eve", "/subscriptions/s", "pass"],
		"a managed identity": [{}, "crypto", "identity", kv, "pass"],
		"a group of members": [{}, "crypto", "ours", kv, "pass"],
		# Where there is no vault, there is nothing to judge.
		"another group": [{}, "owner", "bob", "/subscriptions/s/resourceGroups/other", "none"],
		"another vault": [{}, "owner", "bob", "/subscriptions/s/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/gone", "none"],
		# Unknown.
		"nobody knows": [{}, "crypto", "x", kv, "undetermined"],
		"a role that is not listed": [{}, "secret", "bob", kv, "undetermined"],
		"a member with a role that is not listed": [{}, "secret", "ada", kv, "pass"],
		"a role of tomorrow": [{}, "tomorrow", "bob", kv, "undetermined"],
		"contributor, mode unknown": [{"enableRbacAuthorization": "?"}, "contributor", "bob", kv, "undetermined"],
		"contributor, deployments unknown": [{"enabledForTemplateDeployment": null}, "contributor", "bob", kv, "undetermined"],
		"reader, mode unknown": [{"enableRbacAuthorization": "?"}, "reader", "bob", kv, "pass"],
	}
	some dataset in ["role_assignments", "role_eligibility"]
	input_ := changed(c[0], dataset, [holding(c[1], c[2], c[3])])
	verdict("holding") == c[4] with input as input_
}

test_a_condition_limits_who_gives_roles[role_] if {
	some role_, want in {"owner": "undetermined", "crypto": "fail"}
	conditional := json.patch(holding(role_, "bob", "/subscriptions/s"), [{"op": "replace", "path": "/properties/condition", "value": "(!(ActionMatches{...}))"}])
	verdict("holding") == want with input as changed({}, "role_assignments", [conditional])
}

test_a_partners_group if {
	foreign := json.patch(holding("owner", "x", "/subscriptions/s"), [{"op": "replace", "path": "/properties/principalType", "value": "ForeignGroup"}])
	verdict("holding") == "fail" with input as changed({}, "role_assignments", [foreign])
}

delegation(scope, authorizations, eligible) := {
	"_id": sprintf("%s/providers/microsoft.managedservices/registrationassignments/d", [scope]),
	"_scope": "s", "_subject": "delegation",
	"properties": {"registrationDefinition": {"properties": {"authorizations": authorizations, "eligibleAuthorizations": eligible}}},
}

authorized(role_) := {"principalId": "p", "roleDefinitionId": role_}

giving(roles_) := {"principalId": "p", "roleDefinitionId": "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9", "delegatedRoleDefinitionIds": roles_}

# False positive: Azure Lighthouse refuses Owner and data actions, so most delegations are
# harmless, also one that gives roles to managed identities.
test_lighthouse[name] if {
	some name, c in {
		"reader": [{}, "/subscriptions/s", [authorized("reader")], null, "pass"],
		"contributor": [{}, "/subscriptions/s", [authorized("contributor")], [], "pass"],
		"contributor, access policies": [policies, "/subscriptions/s", [authorized("contributor")], null, "fail"],
		"keys": [{}, "/subscriptions/s/resourcegroups/rg", [authorized("crypto")], null, "fail"],
		"eligible": [policies, "/subscriptions/s", [authorized("reader")], [authorized("contributor")], "fail"],
		"eligible, harmless": [{}, "/subscriptions/s", [authorized("reader")], [authorized("contributor")], "pass"],
		"roles for identities": [{}, "/subscriptions/s", [giving(["contributor"])], null, "pass"],
		"roles for identities, access policies": [policies, "/subscriptions/s", [giving(["contributor"])], null, "fail"],
		"owner": [{}, "/subscriptions/s", [authorized("owner")], null, "fail"],
		"which roles is not said": [{}, "/subscriptions/s", [giving(null)], null, "undetermined"],
		"a role that is not listed": [{}, "/subscriptions/s", [authorized("secret")], null, "undetermined"],
		"no authorizations": [{}, "/subscriptions/s", null, null, "undetermined"],
		"another group": [policies, "/subscriptions/s/resourcegroups/other", [authorized("owner")], null, "none"],
	}
	verdict("delegation") == c[4] with input as changed(c[0], "lighthouse_assignments", [delegation(c[1], c[2], c[3])])
}

access(principal, keys) := {"accessPolicies": [{"objectId": principal, "permissions": {"keys": keys, "secrets": null, "certificates": null, "storage": null}}]}

test_access_policies[name] if {
	some name, c in {
		"an application": [access("backup", ["unwrapKey"]), "fail"],
		"a guest": [access("BOB", ["get", "decrypt"]), "fail"],
		"a group": [access("mixed", ["sign"]), "fail"],
		"to look": [access("backup", ["get", "list"]), "pass"],
		"a member": [access("ada", ["all"]), "pass"],
		"a group of members": [access("ours", ["all"]), "pass"],
		"nobody knows": [access("x", ["all"]), "undetermined"],
		"a permission of tomorrow": [access("backup", ["teleport"]), "undetermined"],
		"none": [{"accessPolicies": []}, "none"],
	}
	verdict("vault") == c[1] with input as changed(c[0], "role_assignments", [])
}

# False positives: a vault that the MSP operates by contract, and keys that are the MSP's.
test_agreed[name] if {
	some name, keys in {
		"operated": {"owner": "client", "operated_vaults": [kv]},
		"of the MSP": {"owner": "msp", "operated_vaults": null},
	}
	input_ := object.union(changed({}, "role_assignments", [holding("owner", "bob", "/subscriptions/s")]), {"client": {"keys": keys}})
	verdict("holding") == "none" with input as input_
}

test_nothing_was_promised if {
	input_ := object.union(changed({}, "role_assignments", [holding("owner", "bob", "/subscriptions/s")]), {"client": {"keys": null}})
	verdict("holding") == "fail" with input as input_
}

test_gaps[path] if {
	some path in [
		"azure/role_assignments/0/properties/principalId",
		"entra/users/0/userType",
	]
	input_ := changed({}, "role_assignments", [holding("crypto", "ada", "/subscriptions/s")])
	verdict("holding") == "pass" with input as input_
	verdict("holding") == "undetermined" with input as json.remove(input_, [path])
}

test_messages if {
	{[f.message, f.evidence] | some f in control.fail} == {[
		"bob, somebody of the service provider, holds crypto at /subscriptions/s by a group",
		["holding#/properties/principalId", "entra.users/bob#/userPrincipalName"],
	]} with input as changed({}, "role_assignments", [holding("crypto", "mixed", "/subscriptions/s")])
	{[f.message, f.evidence] | some f in control.fail} == {[
		"the delegation lets managed identities be given contributor at /subscriptions/s",
		["delegation#/properties/registrationDefinition/properties/authorizations/0/delegatedRoleDefinitionIds/0"],
	]} with input as changed(policies, "lighthouse_assignments", [delegation("/subscriptions/s", [giving(["contributor"])], null)])
	{f.message | some f in control.fail} == {"an access policy is for bob, somebody of the service provider, by a group, and lets keys/sign"} with input as changed(access("mixed", ["sign"]), "role_assignments", [])
}
