package ringfence.keyownership.purge_protection_test

import data.ringfence.keyownership.purge_protection

vault := "keyvault.vaults/subscriptions/s/kv"

hsm := "keyvault.managed_hsms/subscriptions/s/hsm"

document(subject, properties) := {"_id": "x", "_scope": "s", "_subject": subject, "properties": properties}

tenant(vaults, hsms) := {
	"params": {"min_retention_days": 90},
	"keyvault": {"vaults": vaults, "managed_hsms": hsms},
}

verdict(subject) := "both" if {
	subject in purge_protection.pass
	some f in purge_protection.fail
	f.subject == subject
} else := "pass" if {
	subject in purge_protection.pass
} else := "fail" if {
	count([f | some f in purge_protection.fail; f.subject == subject]) == 1
} else := "undetermined"

cases := {
	"protected": {"properties": {"enablePurgeProtection": true, "enableSoftDelete": true, "softDeleteRetentionInDays": 90}, "want": "pass"},
	"defaults left out": {"properties": {"enablePurgeProtection": true, "enableSoftDelete": null, "softDeleteRetentionInDays": null}, "want": "pass"},
	"purge protection left out": {"properties": {"enablePurgeProtection": null, "enableSoftDelete": true, "softDeleteRetentionInDays": 90}, "want": "fail"},
	"purge protection false": {"properties": {"enablePurgeProtection": false, "enableSoftDelete": true, "softDeleteRetentionInDays": 90}, "want": "fail"},
	"soft delete false": {"properties": {"enablePurgeProtection": true, "enableSoftDelete": false, "softDeleteRetentionInDays": 90}, "want": "fail"},
	"short retention": {"properties": {"enablePurgeProtection": true, "enableSoftDelete": true, "softDeleteRetentionInDays": 89}, "want": "fail"},
	"everything wrong": {"properties": {"enablePurgeProtection": null, "enableSoftDelete": false, "softDeleteRetentionInDays": 7}, "want": "fail"},
	"no purge protection property": {"properties": {"enableSoftDelete": true, "softDeleteRetentionInDays": 90}, "want": "undetermined"},
	"no soft delete property": {"properties": {"enablePurgeProtection": true, "softDeleteRetentionInDays": 90}, "want": "undetermined"},
	"no retention property": {"properties": {"enablePurgeProtection": true, "enableSoftDelete": true}, "want": "undetermined"},
	"purge protection as text": {"properties": {"enablePurgeProtection": "true", "enableSoftDelete": true, "softDeleteRetentionInDays": 90}, "want": "undetermined"},
	"retention as text": {"properties": {"enablePurgeProtection": true, "enableSoftDelete": true, "softDeleteRetentionInDays": "90"}, "want": "undetermined"},
	"soft delete as text": {"properties": {"enablePurgeProtection": true, "enableSoftDelete": "Enabled", "softDeleteRetentionInDays": 90}, "want": "undetermined"},
	"a known fault beside a gap": {"properties": {"enablePurgeProtection": null}, "want": "fail"},
	"nothing known": {"properties": {}, "want": "undetermined"},
	# False positives: off is left out, never false; a tag excuses nothing.
	"development vault": {"properties": {"enablePurgeProtection": null, "enableSoftDelete": true, "softDeleteRetentionInDays": 90}, "want": "fail"},
}

test_vaults[name] if {
	some name, c in cases
	purge_protection.subjects == {vault} with input as tenant([document(vault, c.properties)], [])
	verdict(vault) == c.want with input as tenant([document(vault, c.properties)], [])
}

test_hsms[name] if {
	some name, c in cases
	purge_protection.subjects == {hsm} with input as tenant([], [document(hsm, c.properties)])
	verdict(hsm) == c.want with input as tenant([], [document(hsm, c.properties)])
}

test_tag_excuses_nothing if {
	dev := object.union(document(vault, {"enablePurgeProtection": null, "enableSoftDelete": true, "softDeleteRetentionInDays": 90}), {"tags": {"env": "dev"}})
	verdict(vault) == "fail" with input as tenant([dev], [])
}

test_param if {
	lenient := object.union(
		tenant([document(vault, {"enablePurgeProtection": true, "enableSoftDelete": true, "softDeleteRetentionInDays": 30})], []),
		{"params": {"min_retention_days": 30}},
	)
	verdict(vault) == "pass" with input as lenient
}

test_message if {
	bad := document(vault, {"enablePurgeProtection": null, "enableSoftDelete": false, "softDeleteRetentionInDays": 7})
	purge_protection.fail == {{
		"subject": vault,
		"message": "deleted keys stay recoverable for 7 days, 90 are promised; purge protection is off; soft delete is off",
		"observed": {"enablePurgeProtection": null, "enableSoftDelete": false, "softDeleteRetentionInDays": 7},
		"expected": {"enablePurgeProtection": true, "enableSoftDelete": true, "softDeleteRetentionInDays": 90},
		"evidence": [
			"keyvault.vaults/subscriptions/s/kv#/properties/enablePurgeProtection",
			"keyvault.vaults/subscriptions/s/kv#/properties/enableSoftDelete",
			"keyvault.vaults/subscriptions/s/kv#/properties/softDeleteRetentionInDays",
		],
	}} with input as tenant([bad], [])
}

test_one_does_not_excuse_another if {
	good := {"enablePurgeProtection": true, "enableSoftDelete": true, "softDeleteRetentionInDays": 90}
	world := tenant([document(vault, good)], [document(hsm, {})])
	purge_protection.subjects == {vault, hsm} with input as world
	purge_protection.pass == {vault} with input as world
	purge_protection.fail == set() with input as world
}
