package ringfence.lib.principals_test

import data.ringfence.lib.principals

own := "aaaaaaaa-0000-4000-8000-000000000010"

msp := "aaaaaaaa-0000-4000-8000-000000000001"

stranger := "eeeeeeee-0000-4000-8000-000000000009"

user(id, type) := {
	"_id": id,
	"_subject": sprintf("entra.users/%s", [id]),
	"userPrincipalName": id,
	"userType": type,
	"externalUserState": null,
	"creationType": null,
	"identities": [{"signInType": "userPrincipalName", "issuer": "fabrikam.example"}],
}

application(id, owner) := {
	"_id": id,
	"_subject": sprintf("entra.service_principals/%s", [id]),
	"displayName": id,
	"servicePrincipalType": "Application",
	"appOwnerOrganizationId": owner,
}

group(id, secure) := {"_id": id, "securityEnabled": secure}

member(scope, id) := {"_scope": scope, "_subject": sprintf("entra.group_members/%s/%s", [scope, id]), "id": id}

world := {
	"client": {"tenant_id": own, "service_providers": [msp]},
	"entra": {
		"organization": [{"verifiedDomains": [{"name": "fabrikam.example"}]}],
		"users": [user("ada", "Member"), user("guest", "Guest"), user("odd", null)],
		"service_principals": [
			application("own-app", own),
			application("msp-app", upper(msp)),
			application("old-microsoft-app", "72f988bf-86f1-41af-91ab-2d7cd011db47"),
			application("microsoft-app", "f8cdef31-a31e-4b4a-93e4-5f571e91255a"),
			application("foreign-app", stranger),
			application("unknown-app", null),
		],
		"groups": [
			group("clean", true),
			group("empty", true),
			group("mixed", true),
			group("with-app", true),
			group("odd-one", true),
			group("outer", true),
			group("outermost", true),
			group("inner-loop", true),
			group("over-clean", true),
			group("mail", false),
		],
		"group_members": [
			member("clean", "ADA"),
			member("clean", "own-app"),
			member("mixed", "ada"),
			member("mixed", "guest"),
			member("with-app", "foreign-app"),
			member("odd-one", "odd"),
			member("outer", "mixed"),
			member("outermost", "outer"),
			member("inner-loop", "inner-loop"),
			member("over-clean", "clean"),
		],
	},
}

test_ours if {
	ours := {id |
		some id in ["ada", "guest", "odd", "own-app", "msp-app", "old-microsoft-app", "microsoft-app", "foreign-app", "unknown-app", "nobody"]
		principals.ours(id)
	} with input as world
	ours == {"ada", "own-app", "msp-app", "old-microsoft-app", "microsoft-app"}
}

test_groups if {
	ours := {id | some id in ["clean", "empty", "mixed", "with-app", "odd-one", "outer", "outermost", "inner-loop", "over-clean", "mail", "nothing"]; principals.our_group(id)} with input as world
	ours == {"clean", "empty", "inner-loop", "over-clean"}
	principals.with_guests == {"mixed", "with-app", "outer", "outermost"} with input as world
}

test_guests if {
	principals.guests == {
		"mixed": {"entra.group_members/mixed/guest#/id": "guest, a guest"},
		"with-app": {"entra.group_members/with-app/foreign-app#/id": concat(" ", ["application foreign-app of tenant", stranger])},
	} with input as world
	object.keys(principals.foreign_applications) == {"foreign-app"} with input as world
}

test_without_providers if {
	quiet := json.patch(world, [{"op": "replace", "path": "/client/service_providers", "value": null}])
	object.keys(principals.foreign_applications) == {"foreign-app", "msp-app"} with input as quiet
}
