package ringfence.keyownership.encryption_keys_test

import data.ringfence.keyownership.encryption_keys as control

own := "aaaaaaaa-0000-4000-8000-000000000010"

stranger := "eeeeeeee-0000-4000-8000-000000000009"

document(dataset, properties) := {
	"_id": "x",
	"_scope": "s",
	"_subject": sprintf("azure.%s/x", [dataset]),
	"name": "x",
	"properties": properties,
}

set_with(active, previous) := document("disk_encryption_sets", {"activeKey": {"keyUrl": active}, "previousKeys": previous})

account(source, key) := document("storage_accounts", {"encryption": {"keySource": source, "keyvaultproperties": {"keyvaulturi": key}}})

protector(type, key) := document("sql_encryption_protectors", {"serverKeyType": type, "uri": key})

reference(type) := {"_id": "x", "_scope": "s", "_subject": "azure.key_references/x", "type": type, "location": "westeurope"}

empty := {
	"client": {"tenant_id": own, "keys": null},
	"azure": {
		"disk_encryption_sets": [],
		"storage_accounts": [],
		"sql_encryption_protectors": [],
		"key_references": [],
	},
	"keyvault": {
		"vaults": [
			{"properties": {"tenantId": own, "vaultUri": "https://KV-own.vault.azure.net/"}},
			{"properties": {"tenantId": own, "vaultUri": "https://kv-china.vault.azure.cn/"}},
			{"properties": {"tenantId": stranger, "vaultUri": "https://kv-moved.vault.azure.net/"}},
		],
		"managed_hsms": [
			{"properties": {"tenantId": own, "hsmUri": "https://hsm.managedhsm.azure.net:443/"}},
			{"properties": {"tenantId": stranger, "hsmUri": "https://hsm-moved.managedhsm.azure.net"}},
		],
		"deleted_vaults": [{"name": "kv-own", "properties": {}}, {"name": "KV-gone", "properties": {"scheduledPurgeDate": "2026-12-24T00:00:00Z"}}],
	},
}

world(dataset, doc) := json.patch(empty, [{"op": "add", "path": sprintf("/azure/%s/-", [dataset]), "value": doc}])

verdict(subject) := "a verdict on no subject" if {
	not subject in control.subjects
	subject in (control.pass | {f.subject | some f in control.fail})
} else := "no subject" if {
	not subject in control.subjects
} else := "both" if {
	subject in control.pass
	count(control.fail) > 0
} else := "pass" if {
	subject in control.pass
} else := "fail" if {
	{f.subject | some f in control.fail} == {subject}
	count(control.fail) == 1
} else := "undetermined"

hosts := {
	"own": {"uri": "https://kv-own.vault.azure.net/keys/k/1", "want": "pass"},
	"with a port": {"uri": "https://kv-own.vault.azure.net:443/keys/k", "want": "pass"},
	"in capitals": {"uri": "HTTPS://KV-OWN.VAULT.AZURE.NET/keys/k", "want": "pass"},
	# False positive: a suffix of a sovereign cloud.
	"sovereign cloud": {"uri": "https://kv-china.vault.azure.cn/keys/k", "want": "pass"},
	"HSM": {"uri": "https://hsm.managedhsm.azure.net/keys/k", "want": "pass"},
	"foreign": {"uri": "https://kv-other.vault.azure.net/keys/k", "want": "fail"},
	"same name in another cloud": {"uri": "https://kv-own.vault.azure.cn/keys/k", "want": "fail"},
	"own HSM, but homed elsewhere": {"uri": "https://hsm-moved.managedhsm.azure.net/keys/k", "want": "fail"},
	"own, but homed elsewhere": {"uri": "https://kv-moved.vault.azure.net/keys/k", "want": "fail"},
	"own host as a user name": {"uri": "https://kv-own.vault.azure.net@evil.example/keys/k", "want": "fail"},
	# False positive: deleted is not foreign; the message says so.
	"deleted": {"uri": "https://kv-gone.vault.azure.net/keys/k", "want": "fail"},
	"no address": {"uri": "kv-own.vault.azure.net/keys/k", "want": "undetermined"},
	"plain text": {"uri": "http://kv-own.vault.azure.net/keys/k", "want": "undetermined"},
	"no host": {"uri": "https:///keys/k", "want": "undetermined"},
	"empty": {"uri": "", "want": "undetermined"},
	"null": {"uri": null, "want": "undetermined"},
}

test_disk_encryption_sets[name] if {
	some name, c in hosts
	verdict("azure.disk_encryption_sets/x") == c.want with input as world("disk_encryption_sets", set_with(c.uri, null))
}

test_storage_accounts[name] if {
	some name, c in hosts
	verdict("azure.storage_accounts/x") == c.want with input as world("storage_accounts", account("Microsoft.Keyvault", c.uri))
}

test_sql_servers[name] if {
	some name, c in hosts
	verdict("azure.sql_encryption_protectors/x") == c.want with input as world("sql_encryption_protectors", protector("AzureKeyVault", c.uri))
}

test_earlier_keys[name] if {
	mine := "https://kv-own.vault.azure.net/keys/k/1"
	some name, c in {
		"own": {"previous": [{"keyUrl": mine}], "want": "pass"},
		"none": {"previous": [], "want": "pass"},
		"foreign": {"previous": [{"keyUrl": mine}, {"keyUrl": "https://other.vault.azure.net/keys/k"}], "want": "fail"},
		"unreadable": {"previous": [{"keyUrl": null}], "want": "undetermined"},
	}
	verdict("azure.disk_encryption_sets/x") == c.want with input as world("disk_encryption_sets", set_with(mine, c.previous))
}

test_who_is_a_subject[name] if {
	some name, c in {
		# False positive: a platform key.
		"platform key": {"dataset": "storage_accounts", "doc": account("Microsoft.Storage", null), "want": "no subject"},
		"a source of tomorrow": {"dataset": "storage_accounts", "doc": account("Microsoft.Quantum", "https://kv-own.vault.azure.net"), "want": "undetermined"},
		"no encryption": {"dataset": "storage_accounts", "doc": document("storage_accounts", {}), "want": "undetermined"},
		"service key": {"dataset": "sql_encryption_protectors", "doc": protector("ServiceManaged", null), "want": "no subject"},
		"a type of tomorrow": {"dataset": "sql_encryption_protectors", "doc": protector("Other", "https://kv-own.vault.azure.net/keys/k"), "want": "undetermined"},
		"no key type": {"dataset": "sql_encryption_protectors", "doc": document("sql_encryption_protectors", {}), "want": "undetermined"},
		"no active key": {"dataset": "disk_encryption_sets", "doc": document("disk_encryption_sets", {"previousKeys": null}), "want": "undetermined"},
	}
	verdict(c.doc._subject) == c.want with input as world(c.dataset, c.doc)
}

test_references[type] if {
	some type, want in {
		# Resource Graph names them, and their own lists do not show them.
		"Microsoft.Storage/storageAccounts": "undetermined",
		"microsoft.compute/diskencryptionsets": "undetermined",
		"microsoft.sql/servers": "undetermined",
		"microsoft.sql/servers/databases": "undetermined",
		"microsoft.cognitiveservices/accounts": "undetermined",
	}
	verdict("azure.key_references/x") == want with input as world("key_references", reference(type))
}

# Where Resource Graph and the provider disagree on whether there is a key, nobody
# judged it.
test_reference_with_a_document[name] if {
	mine := "https://kv-own.vault.azure.net/keys/k"
	server := object.union(protector("AzureKeyVault", mine), {"_id": "x/encryptionprotector/current", "_scope": "x"})
	some name, c in {
		"disk encryption set": ["disk_encryption_sets", set_with(mine, null), "judged"],
		"storage account": ["storage_accounts", account("Microsoft.Keyvault", mine), "judged"],
		"SQL server": ["sql_encryption_protectors", server, "judged"],
		"storage account with a platform key": ["storage_accounts", account("Microsoft.Storage", null), "undetermined"],
		"SQL server with a service key": ["sql_encryption_protectors", object.union(server, {"properties": {"serverKeyType": "ServiceManaged"}}), "undetermined"],
		"another storage account": ["storage_accounts", object.union(account("Microsoft.Keyvault", mine), {"_id": "y"}), "undetermined"],
		"another server": ["sql_encryption_protectors", object.union(server, {"_scope": "y"}), "undetermined"],
	}
	listed := json.patch(world("key_references", reference("t")), [{"op": "add", "path": sprintf("/azure/%s/-", [c[0]]), "value": c[1]}])
	on_reference == c[2] with input as listed
}

on_reference := "judged" if {
	not "azure.key_references/x" in control.subjects
} else := "undetermined" if {
	not "azure.key_references/x" in (control.pass | {f.subject | some f in control.fail})
}

test_reference_without_type if {
	verdict("azure.key_references/x") == "undetermined" with input as world("key_references", object.remove(reference("t"), ["type"]))
}

test_gaps[path] if {
	some path in [
		"/azure/disk_encryption_sets/0/properties/previousKeys",
		"/azure/disk_encryption_sets/0/properties/activeKey/keyUrl",
	]
	cut := json.patch(world("disk_encryption_sets", set_with("https://kv-own.vault.azure.net/keys/k", null)), [{"op": "remove", "path": path}])
	verdict("azure.disk_encryption_sets/x") == "undetermined" with input as cut
}

# A vault that is not in the snapshot is not the client's.
test_vault_removed[path] if {
	some path in ["/keyvault/vaults/0", "/keyvault/vaults/0/properties/tenantId", "/keyvault/vaults/0/properties/vaultUri"]
	cut := json.patch(world("disk_encryption_sets", set_with("https://kv-own.vault.azure.net/keys/k", null)), [{"op": "remove", "path": path}])
	verdict("azure.disk_encryption_sets/x") == "fail" with input as cut
}

test_keys_of_the_msp if {
	agreed := json.patch(world("storage_accounts", account("Microsoft.Keyvault", "https://kv-msp.vault.azure.net")), [{"op": "replace", "path": "/client/keys", "value": {"owner": "msp"}}])
	verdict("azure.storage_accounts/x") == "undetermined" with input as agreed
}

test_messages[key] if {
	some key, want in {
		"https://kv-other.vault.azure.net/keys/k": "x: the key is at kv-other.vault.azure.net, which is no vault of the client",
		"https://kv-gone.vault.azure.net/keys/k": "x: the key is in vault KV-gone, which is deleted, recoverable until 2026-12-24T00:00:00Z",
	}
	messages := {f.message | some f in control.fail} with input as world("disk_encryption_sets", set_with(key, null))
	messages == {want}
}

# Two deleted vaults of one name, or one without its dates, are no error.
test_deleted_without_a_date[name] if {
	some name, change in {
		"null": [{"op": "replace", "path": "/keyvault/deleted_vaults/1/properties", "value": null}],
		"null date": [{"op": "replace", "path": "/keyvault/deleted_vaults/1/properties/scheduledPurgeDate", "value": null}],
		"twice": [{"op": "add", "path": "/keyvault/deleted_vaults/-", "value": {"name": "KV-gone", "properties": {}}}],
	}
	cut := json.patch(world("disk_encryption_sets", set_with("https://kv-gone.vault.azure.net/keys/k", null)), change)
	messages := {f.message | some f in control.fail} with input as cut
	messages == {"x: the key is in vault KV-gone, which is deleted, recoverable until it is purged"}
}

test_server_message if {
	protected := object.union(protector("AzureKeyVault", "https://kv-other.vault.azure.net/keys/k"), {"name": "current", "_scope": "/subscriptions/s/resourcegroups/g/providers/microsoft.sql/servers/sql1"})
	messages := {f.message | some f in control.fail} with input as world("sql_encryption_protectors", protected)
	messages == {"SQL server sql1: the key is at kv-other.vault.azure.net, which is no vault of the client"}
}

test_evidence if {
	some f in control.fail with input as world("disk_encryption_sets", set_with("https://kv-own.vault.azure.net/keys/k", [{"keyUrl": "https://other.vault.azure.net/keys/k"}]))
	f.evidence == ["azure.disk_encryption_sets/x#/properties/previousKeys/0/keyUrl"]
}
