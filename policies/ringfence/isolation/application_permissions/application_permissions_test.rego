package ringfence.isolation.application_permissions_test

import data.ringfence.isolation.application_permissions as control

own := "aaaaaaaa-0000-4000-8000-000000000010"

msp := "aaaaaaaa-0000-4000-8000-000000000001"

vendor := "bbbbbbbb-0000-4000-8000-000000000001"

stranger := "eeeeeeee-0000-4000-8000-000000000009"

no_role := "00000000-0000-0000-0000-000000000000"

subject := "entra.service_principals/app"

manifest(changes) := object.union(
	{
		"name": "monitoring", "app_id": "APP-ID", "tenant_id": null,
		"permissions": ["device.Read.All", "User.Read.All", "RENAMED-ID"], "delegated": ["user.read"],
	},
	changes,
)

role(id, value) := {"id": id, "value": value}

microsoft_graph := {
	"_id": "graph", "_subject": "entra.service_principals/graph", "displayName": "Microsoft Graph", "appId": "graph-id",
	"appOwnerOrganizationId": "f8cdef31-a31e-4b4a-93e4-5f571e91255a",
	"appRoles": [
		role("DEVICES", "Device.Read.All"),
		role("writes", "User.ReadWrite.All"),
		role("mail", "Mail.Send"),
		role("renamed-id", "Reports.Read.Everything"),
		role("nameless", null),
	],
}

# other publishes a role of the same id with another value, which decides nothing.
other := object.union(microsoft_graph, {"_id": "other", "_subject": "entra.service_principals/other", "appId": "other-id", "appRoles": [role("mail", "Device.Read.All")]})

app(changes) := object.union(
	{
		"_id": "app", "_subject": subject, "displayName": "Northwind Monitoring", "appId": "App-Id",
		"appOwnerOrganizationId": upper(msp), "appRoles": [],
	},
	changes,
)

assigned(principal, id) := {
	"_subject": sprintf("entra.app_role_assignments/graph/%s", [id]),
	"principalId": principal, "resourceId": "GRAPH", "appRoleId": id,
}

grant(changes) := object.union(
	{
		"_subject": "entra.oauth2_grants/g", "clientId": "APP", "resourceId": "graph",
		"consentType": "AllPrincipals", "principalId": null, "scope": "openid User.Read",
	},
	changes,
)

world(manifests, application, roles, grants) := {
	"client": {"tenant_id": own, "service_providers": [vendor], "applications": manifests},
	"msp": {"tenant_id": msp},
	"params": {"sign_in_scopes": ["OpenID", "profile"]},
	"entra": {
		"service_principals": [microsoft_graph, other, app(application)],
		"app_role_assignments": [assigned("APP", id) | some id in roles],
		"oauth2_grants": grants,
	},
}

verdict := "no subject" if {
	(count(control.subjects) + count(control.pass)) + count(control.fail) == 0
} else := "not a subject" if {
	control.subjects != {subject}
} else := "both" if {
	subject in control.pass
	count(control.fail) > 0
} else := "pass" if {
	control.pass == {subject}
} else := "fail" if {
	{f.subject | some f in control.fail} == {subject}
} else := "undetermined"

test_roles[name] if {
	some name, c in {
		"as approved": {"roles": ["devices"], "want": "pass"},
		"in other letters": {"roles": ["Devices"], "want": "pass"},
		"fewer than approved": {"roles": [], "want": "pass"},
		"one more": {"roles": ["devices", "mail"], "want": "fail"},
		"one that writes": {"roles": ["writes"], "want": "fail"},
		# False positives: Microsoft renamed it, and the id stayed.
		"renamed": {"roles": ["renamed-id"], "want": "pass"},
		"access without a role": {"roles": [no_role], "want": "pass"},
		# Nothing is known.
		"a role that nobody publishes": {"roles": ["hidden"], "want": "undetermined"},
		"a role without a value": {"roles": ["nameless"], "want": "undetermined"},
		"a role without an id": {"roles": [null], "want": "undetermined"},
	}
	verdict == c.want with input as world([manifest({})], {}, c.roles, [])
}

test_roles_without_a_manifest[name] if {
	some name, c in {
		"none": {"roles": [], "want": "pass"},
		"access without a role": {"roles": [no_role], "want": "pass"},
		"one": {"roles": ["devices"], "want": "fail"},
		"one that nobody publishes": {"roles": ["hidden"], "want": "fail"},
		"one without an id": {"roles": [null], "want": "undetermined"},
	}
	every manifests in [[], [manifest({"app_id": "other-app"})]] {
		verdict == c.want with input as world(manifests, {}, c.roles, [])
	}
}

test_grants[name] if {
	some name, c in {
		"as approved": {"grant": {}, "want": "pass"},
		"sign-in alone": {"grant": {"scope": " profile  OPENID "}, "want": "pass"},
		"one more": {"grant": {"scope": "User.Read Mail.Read"}, "want": "fail"},
		"an application permission's name": {"grant": {"scope": "Device.Read.All"}, "want": "fail"},
		# False positives.
		"one user consented": {"grant": {"consentType": "Principal", "principalId": "ada", "scope": "Mail.Read"}, "want": "pass"},
		"another application's": {"grant": {"clientId": "other", "scope": "Mail.Read"}, "want": "pass"},
		"an application's that is gone": {"grant": {"clientId": "gone", "scope": "Mail.Read"}, "want": "pass"},
		# Nothing is known.
		"a consent of tomorrow": {"grant": {"consentType": "SomePrincipals", "scope": "Mail.Read"}, "want": "undetermined"},
		"a consent of tomorrow to what is approved": {"grant": {"consentType": "SomePrincipals"}, "want": "undetermined"},
		"no scope": {"grant": {"scope": null}, "want": "undetermined"},
	}
	verdict == c.want with input as world([manifest({})], {}, [], [grant(c.grant)])
}

test_grants_without_a_manifest[name] if {
	some name, c in {"sign-in alone": ["openid", "pass"], "more": ["User.Read", "fail"]}
	verdict == c[1] with input as world([], {}, [], [grant({"scope": c[0]})])
}

test_applications[name] if {
	some name, c in {
		"a declared provider's": {"app": {"appOwnerOrganizationId": vendor, "appId": "x"}, "want": "fail"},
		"a stranger's": {"app": {"appOwnerOrganizationId": stranger, "appId": "x"}, "want": "no subject"},
		"the client's own": {"app": {"appOwnerOrganizationId": own, "appId": "x"}, "want": "no subject"},
		"a managed identity": {"app": {"appOwnerOrganizationId": null, "appId": "x"}, "want": "no subject"},
		# Named by a manifest, and registered elsewhere than it says.
		"registered elsewhere": {"app": {"appOwnerOrganizationId": stranger}, "want": "fail"},
		"no application id": {"app": {"appId": null}, "want": "undetermined"},
	}
	verdict == c.want with input as world([manifest({})], c.app, ["mail"], [])
}

test_registered[name] if {
	some name, c in {
		"at the MSP's": {"app": {}, "tenant": msp, "want": "pass"},
		"where it says": {"app": {"appOwnerOrganizationId": own}, "tenant": upper(own), "want": "pass"},
		"elsewhere": {"app": {"appOwnerOrganizationId": vendor}, "tenant": own, "want": "fail"},
		"at the MSP's, and not where it says": {"app": {}, "tenant": own, "want": "fail"},
		"not at the MSP's": {"app": {"appOwnerOrganizationId": own}, "tenant": null, "want": "fail"},
		"nobody knows where": {"app": {"appOwnerOrganizationId": null}, "tenant": own, "want": "undetermined"},
	}
	verdict == c.want with input as world([manifest({"tenant_id": c.tenant})], c.app, ["devices"], [grant({})])
}

test_others_do_not_matter if {
	input_ := json.patch(world([manifest({})], {}, ["devices"], []), [{"op": "add", "path": "/entra/app_role_assignments/-", "value": assigned("other", "mail")}])
	verdict == "pass" with input as input_
}

test_not_promised if {
	verdict == "no subject" with input as world(null, {}, [], [])
	verdict == "no subject" with input as world(null, {}, ["writes"], [grant({"scope": "Mail.Read"})])
}

test_manifest_of_nothing[name] if {
	some name, c in {"role": [["devices"], []], "grant": [[], [grant({})]]}
	verdict == "fail" with input as world([manifest({"permissions": null, "delegated": null})], {}, c[0], c[1])
}

messages := {f.message | some f in control.fail}

test_messages[name] if {
	some name, c in {
		"more": {"manifests": [manifest({})], "role": "mail", "want": "Northwind Monitoring holds Mail.Send beyond its manifest"},
		"writes": {"manifests": [manifest({})], "role": "writes", "want": "Northwind Monitoring holds User.ReadWrite.All, a permission to write, beyond its manifest"},
		"no manifest": {"manifests": [], "role": "writes", "want": "Northwind Monitoring holds User.ReadWrite.All, a permission to write, without an approved manifest"},
		"not published": {"manifests": [], "role": "hidden", "want": "Northwind Monitoring holds hidden without an approved manifest"},
		"no value": {"manifests": [], "role": "nameless", "want": "Northwind Monitoring holds nameless without an approved manifest"},
	}
	messages == {c.want} with input as world(c.manifests, {}, [c.role], [])
}

test_failure if {
	control.fail == {{
		"subject": subject,
		"message": "Northwind Monitoring holds Mail.ReadWrite, a permission to write, for all users beyond its manifest",
		"observed": {"appId": "App-Id"},
		"expected": {"permissions": {"device.read.all", "user.read.all", "renamed-id"}, "delegated": {"user.read"}},
		"evidence": ["entra.oauth2_grants/g#/scope"],
	}} with input as world([manifest({}), manifest({"app_id": "x", "permissions": ["y"]})], {}, [], [grant({"scope": "User.Read Mail.ReadWrite"})])
}

evidence contains e if {
	some f in control.fail
	some e in f.evidence
}

test_evidence[name] if {
	some name, c in {
		"a role": {"app": {}, "role": "mail", "want": "entra.app_role_assignments/graph/mail#/appRoleId"},
		"the registration": {"app": {"appOwnerOrganizationId": own}, "role": "devices", "want": "entra.service_principals/app#/appOwnerOrganizationId"},
	}
	evidence == {c.want} with input as world([manifest({})], c.app, [c.role], [])
}
