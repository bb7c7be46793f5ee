package ringfence.views.key_ledger_test

import data.ringfence.views.key_ledger as ledger

own := "aaaaaaaa-0000-4000-8000-000000000010"

sub := "/subscriptions/dddddddd-0000-4000-8000-000000000001"

vault_id := concat("", [sub, "/resourcegroups/rg/providers/microsoft.keyvault/vaults/kv"])

user := "bbbbbbbb-0000-4000-8000-000000000001"

crypto_user := "12338af0-0e69-4776-bea7-57ae8d297424"

owner := "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"

vault(properties) := {
	"_id": vault_id, "_subject": "keyvault.vaults/kv", "_scope": sub, "id": vault_id, "name": "kv",
	"properties": object.union(
		{
			"tenantId": own, "vaultUri": "https://kv.vault.azure.net/", "enablePurgeProtection": true,
			"enableRbacAuthorization": true, "accessPolicies": [], "publicNetworkAccess": "Disabled",
		},
		properties,
	),
}

role(name, title, actions, data_actions) := {"name": name, "properties": {"roleName": title, "permissions": [{
	"actions": actions, "notActions": [], "dataActions": data_actions, "notDataActions": [],
	"condition": null,
}]}}

assigned(role_id, scope) := {"_scope": sub, "properties": {
	"principalId": user, "scope": scope,
	"roleDefinitionId": concat("", [sub, "/providers/microsoft.authorization/roledefinitions/", role_id]),
}}

tenant(more) := object.union(
	{
		"client": {"tenant_id": own},
		"entra": {"users": [{"_id": user, "displayName": "Ada"}], "groups": [], "service_principals": []},
		"keyvault": {"vaults": [vault({})], "managed_hsms": [], "deleted_vaults": [], "vault_owners": [], "keys": []},
		"azure": {
			"role_assignments": [], "role_eligibility": [], "lighthouse_assignments": [],
			"role_definitions": [
				role(crypto_user, "Key Vault Crypto User", [], ["Microsoft.KeyVault/vaults/keys/sign/action"]),
				role(owner, "Owner", ["*"], []),
			],
			"disk_encryption_sets": [], "storage_accounts": [], "sql_encryption_protectors": [], "key_references": [],
		},
	},
	more,
)

set_with(url) := {"_subject": "azure.disk_encryption_sets/des", "properties": {"activeKey": {"keyUrl": url}, "previousKeys": null}}

account(encryption) := {"_subject": "azure.storage_accounts/a", "properties": {"encryption": encryption}}

kv_key := "https://kv.vault.azure.net/keys/k"

# Whose key.

rows_with(doc) := rows if rows := ledger.resources with input as doc

des(url, more) := rows_with(tenant(object.union(more, {"azure": {"disk_encryption_sets": [set_with(url)]}})))

owners(rows) := {[r.held_by, r.owner, r.store] | some r in rows}

test_own_vault if {
	owners(des(concat("", [kv_key, "/1"]), {})) == {["customer", "the client", "keyvault.vaults/kv"]}
}

test_vault_of_another_tenant_in_our_subscription_is_not_ours if {
	rows := des(kv_key, {"keyvault": {"vaults": [vault({"tenantId": "cccccccc-0000-4000-8000-000000000009"})]}})
	owners(rows) == {["customer", null, null]}
}

test_unknown_vault if owners(des("https://other.vault.azure.net/keys/k", {})) == {["customer", null, null]}

test_owner_of_foreign_vault_was_asked if {
	found := [{"host": "other.vault.azure.net", "tenantId": "t2"}]
	rows := des("https://other.vault.azure.net/keys/k", {"keyvault": {"vault_owners": found}})
	owners(rows) == {["customer", "tenant t2", null]}
}

test_deleted_vault if {
	rows := des("https://gone.vault.azure.net/keys/k", {"keyvault": {"deleted_vaults": [{"name": "Gone"}]}})
	owners(rows) == {["customer", "the client: vault Gone is deleted, and recoverable", null]}
}

test_hsm if {
	hsm := {"_subject": "keyvault.managed_hsms/h", "name": "h", "properties": {
		"tenantId": own, "hsmUri": "https://h.managedhsm.azure.net/", "enablePurgeProtection": null,
		"publicNetworkAccess": null, "networkAcls": null,
	}}
	rows := des("https://h.managedhsm.azure.net/keys/k", {"keyvault": {"managed_hsms": [hsm]}})
	{[r.owner, r.store, r.hardware] | some r in rows} == {["the client", "keyvault.managed_hsms/h", true]}
	stores := ledger.stores with input as tenant({"keyvault": {"managed_hsms": [hsm]}})
	{[s.kind, s.purge_protection, s.public] | some s in stores} == {
		["key vault", true, false], ["managed HSM", false, true],
	}
}

test_hardware_by_the_key if {
	keys := [{"properties": {"keyUri": kv_key, "kty": "RSA-HSM"}}]
	{r.hardware | some r in des(concat("", [kv_key, "/1"]), {"keyvault": {"keys": keys}})} == {true}
	software := [{"properties": {"keyUri": kv_key, "kty": "RSA"}}]
	{r.hardware | some r in des(kv_key, {"keyvault": {"keys": software}})} == {false}
	{r.hardware | some r in des(kv_key, {})} == {null}
}

test_earlier_keys if {
	set := {"_subject": "azure.disk_encryption_sets/des", "properties": {
		"activeKey": {"keyUrl": kv_key}, "previousKeys": [{"keyUrl": "https://old.vault.azure.net/keys/k"}],
	}}
	{[r.kind, r.owner] | some r in rows_with(tenant({"azure": {"disk_encryption_sets": [set]}}))} == {
		["disk encryption set", "the client"], ["disk encryption set, earlier key", null],
	}
}

test_storage if {
	microsoft := account({"keySource": "Microsoft.Storage", "keyvaultproperties": null})
	owners(rows_with(tenant({"azure": {"storage_accounts": [microsoft]}}))) == {["Microsoft", "Microsoft", null]}

	customer := account({"keySource": "Microsoft.Keyvault", "keyvaultproperties": {
		"keyvaulturi": "https://kv.vault.azure.net/", "keyname": "k",
	}})
	rows := rows_with(tenant({"azure": {"storage_accounts": [customer]}}))
	{[r.key, r.owner] | some r in rows} == {[kv_key, "the client"]}
}

test_sql if {
	protectors := [
		{"_subject": "p1", "properties": {"serverKeyType": "ServiceManaged", "uri": null}},
		{"_subject": "p2", "properties": {"serverKeyType": "AzureKeyVault", "uri": kv_key}},
	]
	rows := rows_with(tenant({"azure": {"sql_encryption_protectors": protectors}}))
	{[r.resource, r.held_by] | some r in rows} == {["p1", "Microsoft"], ["p2", "customer"]}
}

test_other_types if {
	references := [
		{"_subject": "r1", "type": "Microsoft.DocumentDB/databaseAccounts"},
		{"_subject": "r2", "type": "Microsoft.Storage/storageAccounts"},
	]
	rows := rows_with(tenant({"azure": {"key_references": references}}))
	{[r.resource, r.owner, r.key] | some r in rows} == {["r1", null, null]}
}

test_storage_without_an_address[name] if {
	some name, encryption in {
		"no vault": {"keySource": "Microsoft.Keyvault", "keyvaultproperties": {"keyvaulturi": null, "keyname": "k"}},
		"no key": {"keySource": "Microsoft.Keyvault", "keyvaultproperties": {"keyvaulturi": "https://kv.vault.azure.net/", "keyname": null}},
		"of no known source": {"keySource": "Somebody", "keyvaultproperties": {"keyvaulturi": "https://kv.vault.azure.net/", "keyname": "k"}},
	}
	rows_with(tenant({"azure": {"storage_accounts": [account(encryption)]}})) == set()
}

test_no_key_where_microsoft_holds_it if {
	rows := rows_with(tenant({"azure": {
		"storage_accounts": [account({"keySource": "Microsoft.Storage", "keyvaultproperties": null})],
		"sql_encryption_protectors": [{"_subject": "p1", "properties": {"serverKeyType": "ServiceManaged", "uri": null}}],
	}}))
	{[r.kind, r.key] | some r in rows} == {["storage account", null], ["SQL server", null]}
}

test_types_that_are_read_in_detail[type] if {
	some type in [
		"Microsoft.Compute/diskEncryptionSets", "Microsoft.Storage/storageAccounts", "Microsoft.Sql/servers",
		"Microsoft.KeyVault/vaults", "Microsoft.KeyVault/managedHSMs",
	]
	rows_with(tenant({"azure": {"key_references": [{"_subject": "r", "type": type}]}})) == set()
}

test_addresses[url] if {
	some url, store in {
		"https://kv.vault.azure.net:443/keys/k": "keyvault.vaults/kv",
		"HTTPS://KV.vault.azure.net/keys/k": "keyvault.vaults/kv",
		"http://kv.vault.azure.net/keys/k": null,
		"https:///keys/k": null,
	}
	{r.store | some r in des(url, {"keyvault": {"vaults": [vault({}), object.union(vault({"vaultUri": "https:///"}), {"_subject": "odd"})]}})} == {store}
}

test_an_hsm_of_another_tenant if {
	hsm := {"_subject": "keyvault.managed_hsms/h", "name": "h", "properties": {
		"tenantId": "t2", "hsmUri": "https://h.managedhsm.azure.net/", "enablePurgeProtection": true,
		"publicNetworkAccess": "Disabled", "networkAcls": null,
	}}
	{r.store | some r in des("https://h.managedhsm.azure.net/keys/k", {"keyvault": {"managed_hsms": [hsm]}})} == {null}
	stores := ledger.stores with input as tenant({"keyvault": {"managed_hsms": [hsm], "vaults": []}})
	{[s.ours, s.purge_protection] | some s in stores} == {[false, true]}
}

test_an_owner_without_a_tenant if {
	found := [{"host": "other.vault.azure.net", "tenantId": null}]
	owners(des("https://other.vault.azure.net/keys/k", {"keyvault": {"vault_owners": found}})) == {["customer", null, null]}
}

# Who can do what.

access_with(doc) := {[a.name, a.can, a.when] | some a in rows} if rows := ledger.access with input as tenant(doc)

test_role_at_the_vault if {
	access_with({"azure": {"role_assignments": [assigned(crypto_user, vault_id)]}}) == {["Ada", "use", "now"]}
}

test_role_at_the_subscription if {
	access_with({"azure": {"role_assignments": [assigned(owner, sub)]}}) == {["Ada", "give access", "now"]}
}

test_role_elsewhere if {
	elsewhere := concat("", [sub, "/resourcegroups/other"])
	access_with({"azure": {"role_assignments": [assigned(crypto_user, elsewhere)]}}) == set()
}

test_officers_purge_and_copy if {
	officer := role(crypto_user, "Key Vault Crypto Officer", [], ["Microsoft.KeyVault/vaults/keys/*"])
	access_with({"azure": {"role_definitions": [officer], "role_assignments": [assigned(crypto_user, vault_id)]}}) == {
		["Ada", "use", "now"], ["Ada", "administer", "now"], ["Ada", "purge", "now"], ["Ada", "back up", "now"],
	}
}

delegated(authorization) := {"azure": {"lighthouse_assignments": [{
	"id": concat("", [sub, "/providers/Microsoft.ManagedServices/registrationAssignments/a"]),
	"properties": {"registrationDefinition": {"properties": authorization}},
}]}}

test_lighthouse_in_a_vault_with_access_policies[authorizations] if {
	officer := role(crypto_user, "Key Vault Crypto Officer", [], ["Microsoft.KeyVault/vaults/keys/*"])
	support := {"principalId": "g", "principalIdDisplayName": "Support", "roleDefinitionId": crypto_user}
	some authorizations in ["authorizations", "eligibleAuthorizations"]
	access_with(object.union_n([
		policies([]),
		delegated({authorizations: [support]}),
		{"azure": {"role_definitions": [officer]}},
	])) == set()
}

test_eligible_in_a_vault_with_access_policies if {
	access_with(object.union(policies([]), {"azure": {"role_eligibility": [assigned(crypto_user, vault_id)]}})) == set()
}

test_lighthouse_of_no_name if {
	support := {"principalId": "g", "roleDefinitionId": owner}
	access_with(delegated({"authorizations": [support], "eligibleAuthorizations": null})) == {[null, "give access", "now"]}
	unnamed := json.patch(delegated({"authorizations": [support], "eligibleAuthorizations": null}), [{"op": "replace", "path": "/azure/lighthouse_assignments/0/id", "value": null}])
	access_with(unnamed) == set()
}

test_names[dataset] if {
	some dataset in ["users", "groups", "service_principals"]
	nobody := {"users": [], "groups": [], "service_principals": []}
	doc := {
		"entra": object.union(nobody, {dataset: [{"_id": user, "displayName": "Ada"}]}),
		"azure": {"role_assignments": [assigned(crypto_user, vault_id)]},
	}
	access_with(doc) == {["Ada", "use", "now"]}
}

test_permissions[permission] if {
	some [ability, permissions] in [
		["use", ["decrypt", "encrypt", "sign", "unwrapKey", "verify", "wrapKey", "release"]],
		["administer", ["create", "delete", "import", "recover", "restore", "rotate", "setrotationpolicy", "update"]],
		["purge", ["purge"]],
		["back up", ["backup"]],
	]
	some permission in permissions
	access_with(policies([permission])) == {["Ada", ability, "now"]}
}

test_lighthouse if {
	support := {"principalId": "g", "principalIdDisplayName": "Support", "roleDefinitionId": owner}
	access_with(delegated({"authorizations": [support], "eligibleAuthorizations": null})) == {["Support", "give access", "now"]}
	access_with(delegated({"authorizations": [], "eligibleAuthorizations": [support]})) == {["Support", "give access", "on activation"]}
}

test_eligible_role if {
	access_with({"azure": {"role_eligibility": [assigned(crypto_user, vault_id)]}}) == {["Ada", "use", "on activation"]}
}

policies(permissions) := {"keyvault": {"vaults": [vault({
	"enableRbacAuthorization": false,
	"accessPolicies": [{"objectId": user, "permissions": {"keys": permissions}}],
})]}}

test_access_policies if {
	access_with(policies(["Get", "UnwrapKey"])) == {["Ada", "use", "now"]}
	access_with(policies(["purge", "backup", "create"])) == {
		["Ada", "purge", "now"], ["Ada", "back up", "now"], ["Ada", "administer", "now"],
	}
	{can | some [_, can, _] in access_with(policies(["all"]))} == {"use", "administer", "purge", "back up"}
}

test_access_policies_of_a_vault_with_roles_count_for_nothing if {
	idle := vault({"accessPolicies": [{"objectId": user, "permissions": {"keys": ["all"]}}]})
	access_with({"keyvault": {"vaults": [idle]}}) == set()
}

test_roles_in_a_vault_with_access_policies if {
	doc := object.union(policies([]), {"azure": {"role_assignments": [assigned(crypto_user, vault_id), assigned(owner, sub)]}})
	access_with(doc) == {["Ada", "give access", "now"], ["Ada", "change access policies", "now"]}
}

test_somebody_unknown if {
	rows := ledger.access with input as tenant({
		"entra": {"users": []},
		"azure": {"role_assignments": [assigned(crypto_user, vault_id)]},
	})
	{[a.name, a.principal] | some a in rows} == {[null, user]}
}

test_two_tenants_and_two_names_for_one_key if {
	owners_found := [{"host": "o.vault.azure.net", "tenantId": "t1"}, {"host": "O.vault.azure.net", "tenantId": "t2"}]
	rows := des("https://o.vault.azure.net/keys/k", {"keyvault": {"vault_owners": owners_found}})
	owners(rows) == {["customer", "tenant t1 or tenant t2", null]}

	gone := des("https://gone.vault.azure.net/keys/k", {"keyvault": {"deleted_vaults": [{"name": "Gone"}, {"name": "gone"}]}})
	{owner | some [_, owner, _] in owners(gone)} == {"the client: vault Gone is deleted, and recoverable"}

	twice := des(kv_key, {"keyvault": {"vaults": [vault({}), object.union(vault({}), {"_subject": "keyvault.vaults/again"})]}})
	{r.store | some r in twice} == {"keyvault.vaults/again"}
}

test_who_may_reach_it[name] if {
	some name, c in {
		"no firewall": {"of": {"publicNetworkAccess": null, "networkAcls": null}, "want": true},
		"its firewall is off": {"of": {"publicNetworkAccess": "Enabled", "networkAcls": {"defaultAction": "Allow"}}, "want": true},
		"its firewall decides": {"of": {"publicNetworkAccess": "Enabled", "networkAcls": {"defaultAction": "Deny"}}, "want": null},
		"disabled": {"of": {"publicNetworkAccess": "Disabled", "networkAcls": null}, "want": false},
		"a perimeter": {"of": {"publicNetworkAccess": "SecuredByPerimeter", "networkAcls": {"defaultAction": "Allow"}}, "want": false},
		"something new": {"of": {"publicNetworkAccess": "Sometimes", "networkAcls": null}, "want": null},
	}
	stores := ledger.stores with input as tenant({"keyvault": {"vaults": [vault(c.of)]}})
	{s.public | some s in stores} == {c.want}
}

test_public if {
	open := vault({"publicNetworkAccess": "Enabled", "networkAcls": {"defaultAction": "Allow"}})
	stores := ledger.stores with input as tenant({"keyvault": {"vaults": [open]}})
	{[s.public, s.access, s.ours] | some s in stores} == {[true, "Azure roles", true]}
}

test_governed_by_access_policies if {
	stores := ledger.stores with input as tenant(policies([]))
	{s.access | some s in stores} == {"access policies"}
}
