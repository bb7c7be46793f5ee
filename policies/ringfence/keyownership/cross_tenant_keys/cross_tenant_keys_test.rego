package ringfence.keyownership.cross_tenant_keys_test

import data.ringfence.keyownership.cross_tenant_keys as control

own := "aaaaaaaa-0000-4000-8000-000000000010"

msp := "aaaaaaaa-0000-4000-8000-000000000001"

vendor := "bbbbbbbb-0000-4000-8000-000000000001"

stranger := "eeeeeeee-0000-4000-8000-000000000009"

app := "44444444-0000-4000-8000-000000000001"

disks := {"_subject": "set", "properties": {"federatedClientId": null}}

account := {"_subject": "account", "properties": {"encryption": {"identity": null}}}

server := {"_subject": "server", "properties": {"federatedClientId": null}}

world(id) := {
	"set": tenant([json.patch(disks, [{"op": "replace", "path": "/properties/federatedClientId", "value": id}])], [account], [server]),
	"account": tenant([disks], [json.patch(account, [{"op": "replace", "path": "/properties/encryption/identity", "value": {"federatedIdentityClientId": id}}])], [server]),
	"server": tenant([disks], [account], [json.patch(server, [{"op": "replace", "path": "/properties/federatedClientId", "value": id}])]),
}

tenant(sets, accounts, servers) := {
	"client": {"tenant_id": own, "service_providers": [msp], "vendors": [{"tenant_id": vendor}], "keys": {"cross_tenant": [app]}},
	"azure": {"disk_encryption_sets": sets, "storage_accounts": accounts, "sql_servers": servers},
	"entra": {"service_principals": [{"appId": upper(app), "appOwnerOrganizationId": upper(own)}]},
}

owner(input_, tenant_) := json.patch(input_, [{"op": "replace", "path": "/entra/service_principals/0/appOwnerOrganizationId", "value": tenant_}])

verdict(subject) := "none" if {
	count(control.subjects) == 0
	count(control.pass) == 0
	count(control.fail) == 0
} else := "both" if {
	subject in control.pass
	count(control.fail) > 0
} else := "pass" if {
	control.subjects == {subject}
	control.pass == {subject}
} else := "fail" if {
	control.subjects == {subject}
	{f.subject | some f in control.fail} == {subject}
} else := "undetermined" if control.subjects == {subject}

test_ids[[name, kind]] if {
	some name, c in {
		"none": [null, "none"],
		"cleared": ["None", "none"],
		"zero": ["00000000-0000-0000-0000-000000000000", "none"],
		"empty": ["", "none"],
		"declared": [upper(app), "pass"],
		"undeclared": [stranger, "fail"],
		"a number": [7, "undetermined"],
	}
	some kind, input_ in world(c[0])
	verdict(kind) == c[1] with input as input_
}

# False positive: the MSP or a vendor hosts the data and the client holds the key, as agreed.
test_owners[[name, kind]] if {
	some name, c in {
		"own": [own, "pass"],
		"MSP": [msp, "pass"],
		"vendor": [vendor, "pass"],
		"a stranger": [stranger, "fail"],
		"unknown": [null, "undetermined"],
	}
	some kind, input_ in world(app)
	verdict(kind) == c[1] with input as owner(input_, c[0])
}

test_no_such_application[kind] if {
	some kind, input_ in world(app)
	verdict(kind) == "undetermined" with input as json.patch(input_, [{"op": "replace", "path": "/entra/service_principals", "value": []}])
}

test_promises[kind] if {
	some kind, input_ in world(app)
	verdict(kind) == "fail" with input as json.patch(input_, [{"op": "replace", "path": "/client/keys/cross_tenant", "value": null}])
	verdict(kind) == "none" with input as json.patch(input_, [{"op": "replace", "path": "/client/keys", "value": null}])
	verdict(kind) == "fail" with input as json.patch(owner(input_, msp), [{"op": "replace", "path": "/client/service_providers", "value": null}])
}

test_no_promise_of_a_stranger[kind] if {
	some kind, input_ in world(app)
	verdict(kind) == "none" with input as json.patch(owner(input_, stranger), [{"op": "replace", "path": "/client/keys", "value": null}])
}

test_two_owners[kind] if {
	some kind, input_ in world(app)
	second := {"appId": app, "appOwnerOrganizationId": stranger}
	verdict(kind) == "fail" with input as json.patch(input_, [{"op": "add", "path": "/entra/service_principals/-", "value": second}])
}

test_gaps if {
	verdict("set") == "undetermined" with input as json.remove(world(null).set, ["azure/disk_encryption_sets/0/properties/federatedClientId"])
	verdict("account") == "undetermined" with input as json.remove(world(null).account, ["azure/storage_accounts/0/properties/encryption/identity"])
}

test_messages if {
	{[f.message, f.evidence] | some f in control.fail} == {
		["it reaches its key in another tenant by an application that was not declared", ["account#/properties/encryption/identity/federatedIdentityClientId"]],
		[sprintf("it reaches its key by an application of tenant %s, which was not declared", [stranger]), ["account#/properties/encryption/identity/federatedIdentityClientId"]],
	} with input as json.patch(owner(world(app).account, stranger), [{"op": "replace", "path": "/client/keys/cross_tenant", "value": []}])
}
