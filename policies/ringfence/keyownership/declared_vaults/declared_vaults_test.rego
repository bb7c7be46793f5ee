package ringfence.keyownership.declared_vaults_test

import data.ringfence.keyownership.declared_vaults as control

vault := "/subscriptions/s/resourcegroups/g/providers/microsoft.keyvault/vaults/kv-1"

hsm := "/subscriptions/s/resourcegroups/g/providers/microsoft.keyvault/managedhsms/hsm-1"

vault_subject := "keyvault.vaults/subscriptions/s/resourcegroups/g/providers/microsoft.keyvault/vaults/kv-1"

hsm_subject := "keyvault.managed_hsms/subscriptions/s/resourcegroups/g/providers/microsoft.keyvault/managedhsms/hsm-1"

listed(dataset, id) := {"_id": id, "_scope": "s", "_subject": concat("", [dataset, id])}

deleted(properties) := {
	"_id": "/subscriptions/s/providers/microsoft.keyvault/locations/westeurope/deletedvaults/kv-1",
	"_scope": "s",
	"_subject": "keyvault.deleted_vaults/gone",
	"name": "KV-1",
	"properties": properties,
}

world(declared, vaults, hsms, gone) := {
	"client": {"keys": {"owner": "client", "vaults": declared}},
	"keyvault": {
		"vaults": [listed("keyvault.vaults", id) | some id in vaults],
		"managed_hsms": [listed("keyvault.managed_hsms", id) | some id in hsms],
		"deleted_vaults": gone,
	},
}

failed := {f.subject | some f in control.fail}

test_verdicts[name] if {
	other := replace(vault, "kv-1", "kv-2")
	some name, c in {
		"vault there": {"declared": [vault], "vaults": [other, vault], "pass": {vault_subject}},
		"HSM there": {"declared": [hsm], "hsms": [hsm], "pass": {hsm_subject}},
		"not there": {"declared": [vault, hsm]},
		"another vault": {"declared": [vault], "vaults": [other]},
		"an HSM that is listed as a vault": {"declared": [vault], "hsms": [vault]},
		"deleted": {"declared": [vault], "gone": [deleted({"vaultId": vault})], "fail": {vault_subject}},
		"deleted, in the vault's own case": {"declared": [vault], "gone": [deleted({"vaultId": upper(vault)})], "fail": {vault_subject}},
		"another one deleted": {"declared": [vault], "gone": [deleted({"vaultId": other})]},
		"undeclared ones": {"declared": [], "vaults": [vault], "gone": [deleted({"vaultId": other})]},
		"deleted beside one that is there": {
			"declared": [vault, other],
			"vaults": [other],
			"gone": [deleted({"vaultId": vault})],
			"pass": {replace(vault_subject, "kv-1", "kv-2")},
			"fail": {vault_subject},
		},
	}
	input_ := world(c.declared, object.get(c, "vaults", []), object.get(c, "hsms", []), object.get(c, "gone", []))
	count(control.subjects) == count(c.declared) with input as input_
	control.pass - control.subjects == set() with input as input_
	control.pass == object.get(c, "pass", set()) with input as input_
	failed == object.get(c, "fail", set()) with input as input_
}

test_subjects_are_those_of_documents if {
	control.subjects == {vault_subject, hsm_subject, odd} with input as world([vault, hsm, replace(vault, "/g/", "/50%#1/")], [], [], [])
}

odd := "keyvault.vaults/subscriptions/s/resourcegroups/50%25%231/providers/microsoft.keyvault/vaults/kv-1"

test_not_promised[name] if {
	some name, promise in {"no keys": null, "keys without vaults": {"owner": "client", "vaults": null}}
	cut := json.patch(world([], [vault], [hsm], [deleted({"vaultId": vault})]), [{"op": "replace", "path": "/client/keys", "value": promise}])
	control.subjects == set() with input as cut
	control.pass == set() with input as cut
	control.fail == set() with input as cut
}

# The document of a deleted vault is a violation even if it lacks everything but the id of
# the vault; without that id it says nothing.
test_gaps[name] if {
	some name, c in {
		"no name": {"change": {"op": "remove", "path": "/keyvault/deleted_vaults/0/name"}, "want": {vault_subject}},
		"no dates": {"change": {"op": "replace", "path": "/keyvault/deleted_vaults/0/properties", "value": {"vaultId": vault}}, "want": {vault_subject}},
		"no id": {"change": {"op": "remove", "path": "/keyvault/deleted_vaults/0/properties/vaultId"}, "want": set()},
		"null id": {"change": {"op": "replace", "path": "/keyvault/deleted_vaults/0/properties/vaultId", "value": null}, "want": set()},
		"a number for an id": {"change": {"op": "replace", "path": "/keyvault/deleted_vaults/0/properties/vaultId", "value": 7}, "want": set()},
		"null properties": {"change": {"op": "replace", "path": "/keyvault/deleted_vaults/0/properties", "value": null}, "want": set()},
		"no list of vaults": {"change": {"op": "remove", "path": "/keyvault/vaults"}, "want": {vault_subject}},
	}
	gone := deleted({"vaultId": vault, "deletionDate": "2026-11-02T08:00:59Z", "scheduledPurgeDate": "2027-01-31T08:00:59Z"})
	failed == c.want with input as json.patch(world([vault], [], [], [gone]), [c.change])
}

# The two lists are read one after the other. A vault that is deleted or recovered in between
# is in both.
test_in_both_lists if {
	input_ := world([vault], [vault], [], [deleted({"vaultId": vault})])
	control.pass == set() with input as input_
	failed == {vault_subject} with input as input_
}

test_message if {
	gone := deleted({"vaultId": vault, "deletionDate": "2026-11-02T08:00:59Z", "scheduledPurgeDate": "2027-01-31T08:00:59Z"})
	some f in control.fail with input as world([vault], [], [], [gone])
	f.message == "kv-1 was deleted, and is recoverable until it is purged"
	f.observed == {"vaultId": vault, "deletionDate": "2026-11-02T08:00:59Z", "scheduledPurgeDate": "2027-01-31T08:00:59Z"}
	f.evidence == ["keyvault.deleted_vaults/gone#/properties/vaultId"]
}
