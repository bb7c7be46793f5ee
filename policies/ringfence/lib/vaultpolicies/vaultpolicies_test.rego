package ringfence.lib.vaultpolicies_test

import data.ringfence.lib.vaultpolicies

permissions(some_) := object.union({"keys": null, "secrets": null, "certificates": null, "storage": null}, some_)

test_permissions[name] if {
	some name, c in {
		"none": [permissions({}), true, set()],
		"to look": [permissions({"keys": ["Get", "list"], "secrets": ["list"]}), true, set()],
		"to use": [permissions({"keys": ["unwrapKey", "get"]}), false, {"keys/unwrapkey"}],
		"all": [permissions({"keys": ["all"], "secrets": ["all"]}), false, {"keys/all", "secrets/all"}],
		"certificates and storage": [permissions({"certificates": ["import"], "storage": ["getsas"]}), false, {"certificates/import", "storage/getsas"}],
		"of tomorrow": [permissions({"keys": ["teleport"]}), false, set()],
		"no text": [permissions({"keys": [7]}), false, set()],
	}
	harmless(c[0]) == c[1]
	vaultpolicies.harmful(c[0]) == c[2]
}

test_unknown if not harmless(object.remove(permissions({}), ["storage"]))

harmless(of) if {
	vaultpolicies.harmless(of)
} else := false
