package ringfence.keyownership.hsm_administrators_test

import data.ringfence.keyownership.hsm_administrators as control

tenant := "aaaaaaaa-0000-4000-8000-000000000010"

vendor := "bbbbbbbb-0000-4000-8000-000000000001"

subject := "keyvault.managed_hsms/hsm"

user(id, change) := object.union(
	{
		"_id": id, "_subject": sprintf("entra.users/%s", [id]), "userPrincipalName": sprintf("%s@fabrikam.example", [id]),
		"userType": "Member", "externalUserState": null, "creationType": null,
		"identities": [{"signInType": "userPrincipalName", "issuer": "fabrikam.example", "issuerAssignedId": id}],
	},
	change,
)

application(id, owner, type) := {"_id": id, "_subject": sprintf("entra.service_principals/%s", [id]), "displayName": id, "servicePrincipalType": type, "appOwnerOrganizationId": owner}

world(properties) := {
	"client": {"tenant_id": tenant, "service_providers": [], "keys": {"owner": "client"}},
	"msp": {"tenant_id": "aaaaaaaa-0000-4000-8000-000000000001", "domains": []},
	"entra": {
		"organization": [{"verifiedDomains": [{"name": "fabrikam.example"}]}],
		"users": [
			user("ada", {}),
			user("eve", {"userType": "Guest"}),
			user("sync", {"identities": [{"signInType": "federated", "issuer": "ExternalAzureAD", "issuerAssignedId": null}]}),
		],
		"service_principals": [application("own", tenant, "Application"), application("identity", null, "ManagedIdentity"), application("foreign", vendor, "Application")],
		"groups": [{"_id": "ours", "securityEnabled": true}, {"_id": "mixed", "securityEnabled": true}, {"_id": "empty", "securityEnabled": true}],
		"group_members": [{"_scope": "ours", "_subject": "m", "id": "ada"}, {"_scope": "mixed", "_subject": "m", "id": "ada"}, {"_scope": "mixed", "_subject": "m", "id": "eve"}],
		"group_eligibility": [],
	},
	"azure": {"role_assignments": [], "role_eligibility": []},
	"keyvault": {"vaults": [], "managed_hsms": [{"_id": "hsm", "_scope": "s", "_subject": subject, "properties": properties}]},
}

hsm(administrators) := {"initialAdminObjectIds": administrators, "securityDomainProperties": {"activationStatus": "Active"}}

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
		"a member": [hsm(["ADA"]), "pass"],
		"own application and identity": [hsm(["own", "identity"]), "pass"],
		"a group of members": [hsm(["ours"]), "pass"],
		"a guest": [hsm(["ada", "eve"]), "fail"],
		"synchronised from elsewhere": [hsm(["sync"]), "fail"],
		"a foreign application": [hsm(["foreign"]), "fail"],
		"a group with a guest": [hsm(["mixed"]), "fail"],
		"not activated": [object.union(hsm(["ada"]), {"securityDomainProperties": {"activationStatus": "NotActivated"}}), "fail"],
		"failed": [object.union(hsm(["ada"]), {"securityDomainProperties": {"activationStatus": "Failed"}}), "fail"],
		"a group that is empty": [hsm(["empty"]), "undetermined"],
		"nobody knows": [hsm(["x"]), "undetermined"],
		"nobody": [hsm([]), "undetermined"],
		"null": [hsm(null), "undetermined"],
		"a state of tomorrow": [object.union(hsm(["ada"]), {"securityDomainProperties": {"activationStatus": "Unknown"}}), "undetermined"],
		"no state": [object.union(hsm(["ada"]), {"securityDomainProperties": null}), "undetermined"],
		"no properties": [{}, "undetermined"],
	}
	control.subjects == {subject} with input as world(c[0])
	verdict == c[1] with input as world(c[0])
}

test_keys_of_the_msp[name] if {
	some name in ["ada", "eve", "sync", "foreign", "mixed"]
	_nothing_said(hsm([name]))
	_nothing_said(object.union(hsm([name]), {"securityDomainProperties": {"activationStatus": "Failed"}}))
}

_nothing_said(properties) if {
	input_ := json.patch(world(properties), [{"op": "replace", "path": "/client/keys/owner", "value": "msp"}])
	control.subjects | control.pass == set() with input as input_
	control.fail == set() with input as input_
}

test_messages if {
	{[f.message, f.evidence] | some f in control.fail} == {
		["an administrator from the start is eve@fabrikam.example, a guest", ["keyvault.managed_hsms/hsm#/properties/initialAdminObjectIds/0", "entra.users/eve#/userType"]],
		["an administrator from the start is a group with eve@fabrikam.example, a guest", ["keyvault.managed_hsms/hsm#/properties/initialAdminObjectIds/1", "entra.users/eve#/userType"]],
		[sprintf("an administrator from the start is application foreign of tenant %s", [vendor]), ["keyvault.managed_hsms/hsm#/properties/initialAdminObjectIds/2", "entra.service_principals/foreign#/appOwnerOrganizationId"]],
	} with input as world(hsm(["eve", "mixed", "foreign"]))
}
