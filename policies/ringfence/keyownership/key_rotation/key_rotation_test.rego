package ringfence.keyownership.key_rotation_test

import data.ringfence.keyownership.key_rotation as control

subject := "keyvault.keys/kv/keys/disks"

now := 1795600000 # 2026-11-25T09:46:40Z

attributes := {"enabled": true, "exp": now + 1000, "created": now - 86400, "exportable": false}

key(with_attributes, with_properties) := {
	"_id": "k", "_scope": "kv", "_subject": subject,
	"properties": object.union(
		{"attributes": object.union(attributes, with_attributes), "keyUri": "https://KV.vault.azure.net:443/keys/Disks"},
		with_properties,
	),
}

world(keys) := {
	"as_of": "2026-11-25T09:46:40Z",
	"params": {"types": [], "min_rsa_bits": 2048},
	"client": {"keys": {"max_age": "365d"}},
	"keyvault": {"keys": keys},
	"azure": {
		"disk_encryption_sets": [],
		"storage_accounts": [],
		"sql_encryption_protectors": [],
		"backup_vaults": [],
		"key_references": [],
	},
}

verdict := "both" if {
	subject in control.pass
	count(control.fail) > 0
} else := "pass" if {
	subject in control.pass
} else := "fail" if {
	{f.subject | some f in control.fail} == {subject}
} else := "undetermined"

test_verdicts[name] if {
	some name, c in {
		"fresh": [{}, {}, "pass"],
		"expired": [{"exp": now}, {}, "fail"],
		"never expires": [{"exp": null}, {}, "fail"],
		"not rotated": [{"created": now - (366 * 86400)}, {}, "fail"],
		"not rotated for a second": [{"created": now - ((365 * 86400) + 1)}, {}, "fail"],
		"just rotated in time": [{"created": now - (365 * 86400)}, {}, "pass"],
		"exportable": [{"exportable": true}, {}, "fail"],
		"known type and size": [{}, {"kty": "RSA", "keySize": 2048}, "pass"],
		"small": [{}, {"kty": "RSA-HSM", "keySize": 1024}, "fail"],
		"a small number of another type": [{}, {"kty": "oct-HSM", "keySize": 256}, "pass"],
		"unknown size": [{}, {"kty": "RSA", "keySize": null}, "pass"],
		# Unknown.
		"never expires, at no address of a key": [{"exp": null}, {"keyUri": "https://kv.vault.azure.net/secrets/disks"}, "undetermined"],
		"never expires, at an address without TLS": [{"exp": null}, {"keyUri": "http://kv.vault.azure.net/keys/disks"}, "undetermined"],
		"enabled or not": [{"enabled": null}, {}, "undetermined"],
		"unknown age": [{"created": null}, {}, "undetermined"],
		"unknown whether exportable": [{"exportable": null}, {}, "undetermined"],
		"a text for a date": [{"exp": "2027"}, {}, "undetermined"],
		"expired, whether it is enabled or not": [{"enabled": null, "exp": 1}, {}, "fail"],
	}
	control.subjects == {subject} with input as world([key(c[0], c[1])])
	verdict == c[2] with input as world([key(c[0], c[1])])
}

test_gaps[property] if {
	some property in ["enabled", "exp", "created", "exportable"]
	cut := json.remove(world([key({}, {})]), [sprintf("keyvault/keys/0/properties/attributes/%s", [property])])
	verdict == "undetermined" with input as cut
}

test_disabled_keys_are_no_subjects[name] if {
	some name, flaw in {
		"expired": {"exp": 1},
		"never expires": {"exp": null},
		"not rotated": {"created": 1},
		"exportable": {"exportable": true},
	}
	disabled := object.union(flaw, {"enabled": false})
	input_ := json.patch(world([key(disabled, {"kty": "RSA", "keySize": 1024})]), [{"op": "replace", "path": "/params/types", "value": ["EC"]}])
	control.subjects | control.pass == set() with input as input_
	control.fail == set() with input as input_
}

# False positive: an expiry on a key that encrypts data breaks the service on that day.
test_keys_in_use[name] if {
	some name, path_value in {
		"disks": ["/azure/disk_encryption_sets/-", {"properties": {"activeKey": {"keyUrl": "https://kv.vault.azure.net/keys/disks/1"}, "previousKeys": null}}],
		"disks, earlier": ["/azure/disk_encryption_sets/-", {"properties": {"activeKey": null, "previousKeys": [{"keyUrl": "https://kv.vault.azure.net/keys/disks/0"}]}}],
		"storage": ["/azure/storage_accounts/-", {"properties": {"encryption": {"keyvaultproperties": {"keyvaulturi": "https://kv.vault.azure.net/", "keyname": "disks"}}}}],
		"SQL": ["/azure/sql_encryption_protectors/-", {"properties": {"uri": "https://kv.vault.azure.net/keys/disks/1"}}],
		"backups": ["/azure/backup_vaults/-", {"properties": {"encryption": {"keyVaultProperties": {"keyUri": "https://kv.vault.azure.net/keys/disks"}}}}],
		"backups of another kind": ["/azure/backup_vaults/-", {"properties": {"securitySettings": {"encryptionSettings": {"keyVaultProperties": {"keyUri": "https://kv.vault.azure.net/keys/disks"}}}}}],
	}
	used := json.patch(world([key({"exp": null}, {})]), [{"op": "add", "path": path_value[0], "value": path_value[1]}])
	verdict == "pass" with input as used
	verdict == "fail" with input as json.patch(used, [{"op": "replace", "path": "/keyvault/keys/0/properties/attributes/exp", "value": now - 1}])
	verdict == "fail" with input as json.patch(used, [{"op": "replace", "path": "/keyvault/keys/0/properties/keyUri", "value": "https://kv.vault.azure.net/keys/other"}])
}

test_a_use_that_nobody_knows[kind] if {
	some kind, want in {
		"Microsoft.MachineLearningServices/workspaces": "undetermined",
		"Microsoft.Storage/storageAccounts": "fail",
		"Microsoft.Compute/diskEncryptionSets": "fail",
		"Microsoft.Sql/servers": "fail",
		"Microsoft.RecoveryServices/vaults": "fail",
		"Microsoft.DataProtection/backupVaults": "fail",
	}
	input_ := json.patch(world([key({"exp": null}, {})]), [{"op": "add", "path": "/azure/key_references/-", "value": {"type": kind}}])
	verdict == want with input as input_
}

test_promised_age[name] if {
	some name, c in {
		"none": [{"max_age": null}, "pass"],
		"no keys block": [null, "pass"],
		"a minute too few": [{"max_age": "1439m"}, "fail"],
		"a day in hours": [{"max_age": "24h"}, "pass"],
		"hours": [{"max_age": "23h"}, "fail"],
		"minutes": [{"max_age": "1440m"}, "pass"],
	}
	verdict == c[1] with input as json.patch(world([key({}, {})]), [{"op": "replace", "path": "/client/keys", "value": c[0]}])
}

test_a_second_after_hours if {
	late := world([key({"created": now - 86401}, {})])
	verdict == "fail" with input as json.patch(late, [{"op": "replace", "path": "/client/keys/max_age", "value": "24h"}])
}

test_types[type] if {
	some type, want in {"RSA-HSM": "pass", "RSA": "fail"}
	input_ := json.patch(world([key({}, {"kty": type})]), [{"op": "replace", "path": "/params/types", "value": ["RSA-HSM"]}])
	verdict == want with input as input_
	verdict == "undetermined" with input as json.patch(input_, [{"op": "replace", "path": "/keyvault/keys/0/properties/kty", "value": null}])
}

test_messages if {
	{[f.message, f.observed, f.evidence] | some f in control.fail} == {
		["it was not rotated for 400 days, 365d were promised", {"created": now - 34560000}, ["keyvault.keys/kv/keys/disks#/properties/attributes/created"]],
		["its type is RSA", {"kty": "RSA"}, ["keyvault.keys/kv/keys/disks#/properties/kty"]],
		["it has 1024 bits", {"keySize": 1024}, ["keyvault.keys/kv/keys/disks#/properties/keySize"]],
	} with input as json.patch(
		world([key({"created": now - 34560000}, {"kty": "RSA", "keySize": 1024})]),
		[{"op": "replace", "path": "/params/types", "value": ["EC"]}],
	)
}
