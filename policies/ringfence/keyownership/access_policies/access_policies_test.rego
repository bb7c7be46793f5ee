package ringfence.keyownership.access_policies_test

import data.ringfence.keyownership.access_policies as control

own := "aaaaaaaa-0000-4000-8000-000000000010"

msp := "aaaaaaaa-0000-4000-8000-000000000001"

stranger := "eeeeeeee-0000-4000-8000-000000000009"

subject := "keyvault.vaults/v"

everything := {"keys": ["all"], "secrets": ["Get", "list"], "certificates": null, "storage": null}

looking := {"keys": ["get", "List", "wrapKey"], "secrets": ["list"], "certificates": null, "storage": null}

policy(tenant, id, permissions) := {"tenantId": tenant, "objectId": id, "applicationId": null, "permissions": permissions}

world(policies) := {
	"client": {"tenant_id": own, "service_providers": [msp], "keys": null},
	"msp": {"tenant_id": msp},
	"keyvault": {"vaults": [{"_id": "v", "_scope": "s", "_subject": subject, "properties": {"enableRbacAuthorization": false, "accessPolicies": policies}}]},
	"entra": {
		"organization": [{"verifiedDomains": [{"name": "fabrikam.example"}]}],
		"users": [
			{"_id": "ada", "_subject": "entra.users/ada", "userPrincipalName": "ada@fabrikam.example", "userType": "Member", "externalUserState": null, "creationType": null, "identities": [{"signInType": "userPrincipalName", "issuer": "fabrikam.example"}]},
			{"_id": "guest", "_subject": "entra.users/guest", "userPrincipalName": "eve", "userType": "Guest", "externalUserState": "Accepted", "creationType": "Invitation", "identities": []},
			{"_id": "synced", "_subject": "entra.users/synced", "userPrincipalName": "bob", "userType": "Member", "externalUserState": null, "creationType": null, "identities": [{"signInType": "federated", "issuer": "ExternalAzureAD"}]},
			{"_id": "odd", "_subject": "entra.users/odd", "userPrincipalName": "odd", "userType": null, "externalUserState": null, "creationType": null, "identities": []},
		],
		"groups": [{"_id": "group"}],
		"service_principals": [
			{"_id": "app", "displayName": "app", "appOwnerOrganizationId": own},
			{"_id": "identity", "displayName": "identity", "appOwnerOrganizationId": null},
			{"_id": "exchange", "displayName": "Office 365 Exchange Online", "appOwnerOrganizationId": "f8cdef31-a31e-4b4a-93e4-5f571e91255a"},
			{"_id": "msp-app", "displayName": "Northwind Backup", "appOwnerOrganizationId": msp},
			{"_id": "gap", "displayName": "gap"},
		],
		"deleted_items": [{"_id": "gone", "displayName": "Old Admin"}],
	},
}

verdict := "both" if {
	subject in control.pass
	count(control.fail) > 0
} else := "pass" if {
	subject in control.pass
} else := "fail" if {
	{f.subject | some f in control.fail} == {subject}
	count(control.fail) > 0
} else := "undetermined"

test_verdicts[name] if {
	some name, c in {
		"left out": {"policies": null, "want": "pass"},
		"none": {"policies": [], "want": "pass"},
		"own principals": {"policies": [policy(own, "ada", everything), policy(upper(own), "GROUP", everything), policy(own, "app", everything), policy(own, "identity", everything)], "want": "pass"},
		# False positive: objects of the platform resolve as service principals.
		"first-party application": {"policies": [policy(own, "exchange", everything)], "want": "pass"},
		"foreign tenant": {"policies": [policy(own, "ada", everything), policy(stranger, "ada", looking)], "want": "fail"},
		"guest": {"policies": [policy(own, "guest", everything)], "want": "fail"},
		"synchronised from another tenant": {"policies": [policy(own, "synced", everything)], "want": "fail"},
		"guest who looks": {"policies": [policy(own, "guest", looking)], "want": "pass"},
		"guest who reads secrets": {"policies": [policy(own, "guest", object.union(looking, {"secrets": ["GET"]}))], "want": "fail"},
		"guest with a permission of tomorrow": {"policies": [policy(own, "guest", object.union(looking, {"keys": ["divine"]}))], "want": "undetermined"},
		"guest who imports certificates": {"policies": [policy(own, "guest", object.union(looking, {"certificates": ["get", "import"]}))], "want": "fail"},
		"guest who changes storage keys": {"policies": [policy(own, "guest", object.union(looking, {"storage": ["regenerateKey"]}))], "want": "fail"},
		"guest with certificates of tomorrow": {"policies": [policy(own, "guest", object.union(looking, {"certificates": ["divine"]}))], "want": "undetermined"},
		"guest with storage of tomorrow": {"policies": [policy(own, "guest", object.union(looking, {"storage": ["divine"]}))], "want": "undetermined"},
		"the MSP's application": {"policies": [policy(own, "msp-app", everything)], "want": "fail"},
		"the MSP's application, looking": {"policies": [policy(own, "msp-app", looking)], "want": "pass"},
		# False positive: an orphan that was deleted is known, one that nobody knows is not judged.
		"deleted": {"policies": [policy(own, "gone", looking)], "want": "fail"},
		"unknown": {"policies": [policy(own, "nobody", everything)], "want": "undetermined"},
		"a user of no type": {"policies": [policy(own, "odd", looking)], "want": "undetermined"},
		"an application of no owner on record": {"policies": [policy(own, "gap", looking)], "want": "undetermined"},
		"a clean one beside an unknown one": {"policies": [policy(own, "ada", looking), policy(own, "nobody", looking)], "want": "undetermined"},
		"null tenant": {"policies": [policy(null, "ada", looking)], "want": "undetermined"},
		"null object": {"policies": [policy(own, null, looking)], "want": "undetermined"},
		"null permissions": {"policies": [policy(own, "guest", null)], "want": "undetermined"},
		"permissions of another kind are missing": {"policies": [policy(own, "guest", {"keys": ["get"]})], "want": "undetermined"},
		"a permission that is no text": {"policies": [policy(own, "guest", object.union(looking, {"keys": [7]}))], "want": "undetermined"},
	}
	control.subjects == {subject} with input as world(c.policies)
	verdict == c.want with input as world(c.policies)
}

test_keys_of_the_msp if {
	agreed := object.union(world([policy(own, "msp-app", everything)]), {"client": {"keys": {"owner": "msp"}}})
	verdict == "pass" with input as agreed
}

# The MSP's own tenant is one of its tenants, whether the contract names it or not; and a
# service provider need not be the MSP.
test_tenants_of_the_msp[name] if {
	some name, c in {
		"not named": {"providers": [], "tenant": msp},
		"another provider's": {"providers": [stranger], "tenant": stranger},
	}
	held := world([policy(own, "msp-app", everything)])
	verdict == "fail" with input as json.patch(held, [
		{"op": "replace", "path": "/client/service_providers", "value": c.providers},
		{"op": "replace", "path": "/entra/service_principals/3/appOwnerOrganizationId", "value": c.tenant},
	])
}

test_switched_off_policies_count if {
	rbac := json.patch(world([policy(own, "guest", everything)]), [{"op": "replace", "path": "/keyvault/vaults/0/properties/enableRbacAuthorization", "value": true}])
	verdict == "fail" with input as rbac
}

test_gaps[name] if {
	some name, path in {
		"no policies property": "/keyvault/vaults/0/properties/accessPolicies",
		"no tenant": "/keyvault/vaults/0/properties/accessPolicies/0/tenantId",
		"no object": "/keyvault/vaults/0/properties/accessPolicies/0/objectId",
		"the user is gone": "/entra/users/0",
		"no user type": "/entra/users/0/userType",
		"no domains": "/entra/organization/0/verifiedDomains",
	}
	cut := json.patch(world([policy(own, "ada", looking)]), [{"op": "remove", "path": path}])
	verdict == "undetermined" with input as cut
}

# Without the list of deleted objects an orphan is not known to be one.
test_deleted_items_only_accuse if {
	cut := json.patch(world([policy(own, "gone", looking)]), [{"op": "remove", "path": "/entra/deleted_items/0"}])
	verdict == "undetermined" with input as cut
}

# The two lists are not read at the same moment.
test_deleted_meanwhile[id] if {
	some id in {"ada", "app", "guest", "msp-app"}
	restored := json.patch(world([policy(own, id, looking)]), [{"op": "add", "path": "/entra/deleted_items/-", "value": {"_id": id, "displayName": id}}])
	verdict == "pass" with input as restored
}

test_nameless[message] if {
	some message, c in {
		"a policy is for gone, which was deleted from the directory": ["gone", "/entra/deleted_items/0/displayName"],
		"msp-app, an application of the MSP, has keys/all, secrets/get": ["msp-app", "/entra/service_principals/3/displayName"],
	}
	nameless := json.patch(world([policy(own, c[0], everything)]), [{"op": "replace", "path": c[1], "value": null}])
	{f.message | some f in control.fail} == {message} with input as nameless
}

test_messages if {
	found := {[f.message, f.evidence] | some f in control.fail} with input as world([policy(own, "guest", everything), policy(stranger, "x", looking), policy(own, "gone", looking)])
	found == {
		["eve, a guest, has keys/all, secrets/get", ["keyvault.vaults/v#/properties/accessPolicies/0"]],
		["a policy is for tenant eeeeeeee-0000-4000-8000-000000000009", ["keyvault.vaults/v#/properties/accessPolicies/1"]],
		["a policy is for Old Admin, which was deleted from the directory", ["keyvault.vaults/v#/properties/accessPolicies/2"]],
	}
}
