package ringfence.isolation.subscription_custody_test

import data.ringfence.isolation.subscription_custody as control

own := "aaaaaaaa-0000-4000-8000-000000000010"

stranger := "eeeeeeee-0000-4000-8000-000000000009"

subscription := "/subscriptions/dddddddd-0000-4000-8000-000000000001"

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

member(scope, id) := {"_scope": scope, "_subject": sprintf("entra.group_members/%s/%s", [scope, id]), "id": id}

world(policies, assignments) := {
	"client": {"tenant_id": own, "service_providers": []},
	"entra": {
		"organization": [{"verifiedDomains": [{"name": "fabrikam.example"}]}],
		"users": [
			user("ada", {}),
			user("guest", {"userType": "Guest"}),
			user("synced", {"identities": [{"signInType": "federated", "issuer": "ExternalAzureAD"}]}),
			user("odd", {"userType": null}),
		],
		"service_principals": [
			{"_id": "app", "_subject": "app", "displayName": "app", "servicePrincipalType": "Application", "appOwnerOrganizationId": own},
			{"_id": "foreign", "_subject": "foreign", "displayName": "foreign", "servicePrincipalType": "Application", "appOwnerOrganizationId": stranger},
			{"_id": "identity", "_subject": "identity", "displayName": "identity", "servicePrincipalType": "ManagedIdentity", "appOwnerOrganizationId": null},
		],
		"groups": [{"_id": g, "securityEnabled": true} | some g in ["clean", "mixed", "outer", "unclear"]],
		"group_members": [member("clean", "ada"), member("mixed", "guest"), member("outer", "mixed"), member("unclear", "odd")],
	},
	"azure": {"subscription_policy": policies, "role_assignments": assignments},
}

policy(leaving, into) := {"_subject": "s", "properties": {
	"blockSubscriptionsLeavingTenant": leaving,
	"blockSubscriptionsIntoTenant": into,
}}

assignment(kind, id, scope) := {"_subject": "s", "properties": {"principalType": kind, "principalId": id, "scope": scope}}

verdict := "a verdict on no subject" if {
	not "s" in control.subjects
	"s" in (control.pass | {f.subject | some f in control.fail})
} else := "no subject" if {
	not "s" in control.subjects
} else := "both" if {
	"s" in control.pass
	count(control.fail) > 0
} else := "pass" if {
	"s" in control.pass
} else := "fail" if {
	{f.subject | some f in control.fail} == {"s"}
} else := "undetermined"

test_policies[name] if {
	some name, c in {
		"shut": [true, true, "pass"],
		"out": [false, true, "fail"],
		"in": [true, false, "fail"],
		"out, the other one unknown": [false, null, "fail"],
		"unknown": [true, null, "undetermined"],
		"text": ["true", true, "undetermined"],
	}
	verdict == c[2] with input as world([policy(c[0], c[1])], [])
}

test_holders[name] if {
	some name, c in {
		"a member": ["User", "ADA", "pass"],
		"an application": ["ServicePrincipal", "app", "pass"],
		"a group": ["Group", "clean", "pass"],
		"a managed identity": ["ServicePrincipal", "identity", "pass"],
		"a group of no known kind": [null, "clean", "undetermined"],
		"a guest": ["User", "guest", "fail"],
		"a guest of no known kind": [null, "guest", "fail"],
		"a synchronised user": ["User", "synced", "fail"],
		"an application of somebody else": ["ServicePrincipal", "foreign", "fail"],
		"a foreign group": ["ForeignGroup", "whoever", "fail"],
		"a group with a guest": ["Group", "mixed", "fail"],
		"a group with a group with a guest": ["Group", "outer", "fail"],
		"a group with somebody unknown": ["Group", "unclear", "undetermined"],
		"an unknown group": ["Group", "gone", "undetermined"],
		"somebody unknown": ["User", "gone", "undetermined"],
		"a member of no known kind": [null, "ada", "undetermined"],
		"nobody": ["User", null, "undetermined"],
	}
	verdict == c[2] with input as world([], [assignment(c[0], c[1], subscription)])
}

test_scopes[scope] if {
	some scope, want in {
		subscription: "fail",
		upper(subscription): "fail",
		"/": "fail",
		"/providers/Microsoft.Management/managementGroups/mg-root": "fail",
		# False positive: a guest with a role at one resource group.
		concat("", [subscription, "/resourceGroups/rg-project"]): "no subject",
		"/providers/Microsoft.Management/managementGroups/mg/providers/x/y": "no subject",
		null: "no subject",
	}
	verdict == want with input as world([], [assignment("User", "guest", scope)])
}

test_outsiders_at_a_group[id] if {
	some [kind, id] in [["ForeignGroup", "whoever"], ["User", "synced"], ["ServicePrincipal", "foreign"], ["Group", "mixed"], ["Group", "outer"], ["Group", "clean"]]
	verdict == "no subject" with input as world([], [assignment(kind, id, concat("", [subscription, "/resourceGroups/rg"]))])
}

test_messages[name] if {
	some name, c in {
		"guest": ["User", "guest", "guest, a guest", "entra.users/guest#/userType"],
		"mixed": ["Group", "mixed", "a group with guest, a guest in it", "entra.group_members/mixed/guest#/id"],
		"outer": ["Group", "outer", "a group that has a group with outsiders in it", "s#/properties/principalId"],
	}
	control.fail == {{
		"subject": "s",
		"message": sprintf("a role at %s is held by %s", [subscription, c[2]]),
		"observed": {"principalId": c[1], "principal": c[2]},
		"expected": "the tenant's own principals",
		"evidence": ["s#/properties/principalId", c[3]],
	}} with input as world([], [assignment(c[0], c[1], subscription)])
}

test_message_of_policy if {
	control.fail == {{
		"subject": "s",
		"message": "subscriptions may be moved out of the tenant",
		"observed": {"blockSubscriptionsLeavingTenant": false},
		"expected": {"blockSubscriptionsLeavingTenant": true},
		"evidence": ["s#/properties/blockSubscriptionsLeavingTenant"],
	}} with input as world([policy(false, true)], [])
}
