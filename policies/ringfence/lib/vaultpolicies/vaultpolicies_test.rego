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

# Each permission that Microsoft lists, alone: to look, or to do something.
test_each[[kind, name]] if {
	some [kind, names] in [
		["keys", "encrypt get getrotationpolicy list verify wrapkey"],
		["secrets", "list"],
		["certificates", "get getissuers list listissuers"],
		["storage", "get list listsas"],
	]
	some name in split(names, " ")
	harmless(permissions({kind: [name]}))
	vaultpolicies.harmful(permissions({kind: [name]})) == set()
}

test_each_harm[[kind, name]] if {
	some [kind, names] in [
		["keys", "all backup create decrypt delete import purge recover release restore rotate setrotationpolicy sign unwrapkey update"],
		["secrets", "all backup delete get purge recover restore set"],
		["certificates", "all backup create delete deleteissuers import managecontacts manageissuers purge recover restore setissuers update"],
		["storage", "all backup delete deletesas getsas purge recover regeneratekey restore set setsas update"],
	]
	some name in split(names, " ")
	harmless(permissions({kind: [name]})) == false
	vaultpolicies.harmful(permissions({kind: [name]})) == {sprintf("%s/%s", [kind, name])}
}

test_unknown if not harmless(object.remove(permissions({}), ["storage"]))

harmless(of) if {
	vaultpolicies.harmless(of)
} else := false
