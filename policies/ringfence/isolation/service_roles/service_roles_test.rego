package ringfence.isolation.service_roles_test

import data.ringfence.isolation.service_roles as control

own := "aaaaaaaa-0000-4000-8000-000000000010"

msp := "aaaaaaaa-0000-4000-8000-000000000001"

stranger := "eeeeeeee-0000-4000-8000-000000000009"

user(id, changes) := object.union(
	{
		"_id": id,
		"_subject": sprintf("entra.users/%s", [id]),
		"userPrincipalName": id,
		"userType": "Member",
		"externalUserState": null,
		"creationType": null,
		"identities": [{"signInType": "userPrincipalName", "issuer": "fabrikam.example"}],
	},
	changes,
)

application(id, owner) := {
	"_id": id,
	"_subject": id,
	"displayName": id,
	"servicePrincipalType": "Application",
	"appOwnerOrganizationId": owner,
}

member(scope, id) := {"_scope": scope, "_subject": sprintf("entra.group_members/%s/%s", [scope, id]), "id": id}

properties := {"intune": "members", "defender": "principalIds"}

world(service, holders) := {
	"client": {"tenant_id": own, "service_providers": [msp]},
	"entra": {
		"organization": [{"verifiedDomains": [{"name": "fabrikam.example"}]}],
		"users": [
			user("ada", {}),
			user("guest", {"userType": "Guest"}),
			user("synced", {"identities": [{"signInType": "federated", "issuer": "ExternalAzureAD"}]}),
			user("odd", {"userType": null}),
		],
		"service_principals": [application("app", own), application("msp-app", msp), application("foreign", stranger), object.union(application("identity", null), {"servicePrincipalType": "ManagedIdentity"})],
		"groups": [{"_id": g, "securityEnabled": true} | some g in ["clean", "mixed", "outer", "unclear", "empty"]],
		"group_members": [member("clean", "ada"), member("mixed", "guest"), member("outer", "mixed"), member("unclear", "odd")],
	},
	service: {"role_assignments": [{"_id": "a", "_subject": "s", "displayName": "help desk", properties[service]: holders}]},
}

verdict := "both" if {
	"s" in control.pass
	count(control.fail) > 0
} else := "pass" if {
	"s" in control.pass
} else := "fail" if {
	{f.subject | some f in control.fail} == {"s"}
} else := "undetermined"

cases := {
	"a group": [["CLEAN"], "pass"],
	"a member": [["ada"], "pass"],
	"an application": [["app"], "pass"],
	"an application of the MSP": [["msp-app"], "pass"],
	# False positives: nobody holds it.
	"an empty group": [["empty"], "pass"],
	"nobody": [[], "pass"],
	"a guest": [["guest"], "fail"],
	"a synchronised user": [["synced"], "fail"],
	"somebody else's application": [["foreign"], "fail"],
	"a group with a guest": [["clean", "mixed"], "fail"],
	"a group with a group with a guest": [["outer"], "fail"],
	"a group with a guest, beside an unknown one": [["gone", "mixed"], "fail"],
	"a group with somebody unknown": [["unclear"], "undetermined"],
	"an unknown group": [["clean", "gone"], "undetermined"],
	"a managed identity": [["identity"], "pass"],
	"no list": [{}, "undetermined"],
	"no id": [[null], "undetermined"],
	"unknown": [null, "undetermined"],
}

test_verdicts[[service, name]] if {
	some service, _ in properties
	some name, c in cases
	control.subjects == {"s"} with input as world(service, c[0])
	verdict == c[1] with input as world(service, c[0])
}

test_messages[name] if {
	some name, c in {
		"guest": ["Defender", "defender", "guest", "guest, a guest", "entra.users/guest#/userType"],
		"mixed": ["Intune", "intune", "mixed", "a group with guest, a guest in it", "entra.group_members/mixed/guest#/id"],
		"outer, of Intune": ["Intune", "intune", "outer", "a group that has a group with outsiders in it", "s#/members"],
		"outer": ["Defender", "defender", "outer", "a group that has a group with outsiders in it", "s#/principalIds"],
	}
	property := properties[c[1]]
	control.fail == {{
		"subject": "s",
		"message": sprintf("a role of %s (help desk) is held by %s", [c[0], c[3]]),
		"observed": {property: [c[2]]},
		"expected": "the tenant's own principals, or those of a declared service provider",
		"evidence": [sprintf("s#/%s", [property]), c[4]],
	}} with input as world(c[1], [c[2]])
}
