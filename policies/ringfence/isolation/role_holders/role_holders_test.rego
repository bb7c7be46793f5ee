package ringfence.isolation.role_holders_test

import data.ringfence.isolation.role_holders as control

own := "aaaaaaaa-0000-4000-8000-000000000010"

msp := "aaaaaaaa-0000-4000-8000-000000000001"

stranger := "eeeeeeee-0000-4000-8000-000000000009"

microsoft := "f8cdef31-a31e-4b4a-93e4-5f571e91255a"

user(id, changes) := object.union(
	{
		"_id": id,
		"_subject": sprintf("entra.users/%s", [id]),
		"userPrincipalName": sprintf("%s@fabrikam.example", [id]),
		"userType": "Member",
		"externalUserState": null,
		"creationType": null,
		"identities": [{"signInType": "userPrincipalName", "issuer": "fabrikam.example", "issuerAssignedId": id}],
	},
	changes,
)

application(id, type, owner) := {
	"_id": id,
	"_subject": sprintf("entra.service_principals/%s", [id]),
	"displayName": id,
	"servicePrincipalType": type,
	"appOwnerOrganizationId": owner,
}

group(id, assignable) := {"_id": id, "securityEnabled": true, "isAssignableToRole": assignable}

member(group_id, id) := {
	"_id": sprintf("%s/%s", [group_id, id]),
	"_scope": group_id,
	"_subject": sprintf("entra.group_members/%s/%s", [group_id, id]),
	"id": id,
}

eligible(group_id, id) := {
	"_id": sprintf("%s_%s", [group_id, id]),
	"_scope": group_id,
	"_subject": sprintf("entra.group_eligibility/%s_%s", [group_id, id]),
	"principalId": id,
}

access(relationship, id, status) := {
	"_scope": relationship,
	"status": status,
	"accessContainer": {"accessContainerId": id, "accessContainerType": "securityGroup"},
	"accessDetails": {"unifiedRoles": [{"roleDefinitionId": "r1"}]},
}

relationship(id, status) := {
	"_id": id,
	"status": status,
	"endDateTime": "2027-01-01T00:00:00Z",
	"accessDetails": {"unifiedRoles": [{"roleDefinitionId": "r1"}]},
}

# world is a tenant in which everybody exists and nobody holds a role.
world := {
	"client": {
		"tenant_id": own,
		"service_providers": [msp],
	},
	"params": {"platform_tenants": [microsoft]},
	"entra": {
		"organization": [{"verifiedDomains": [{"name": "fabrikam.example"}]}],
		"users": [
			user("ada", {}),
			user("bob", {}),
			user("guest", {"userType": "Guest", "externalUserState": "Accepted"}),
			user("converted", {"externalUserState": "Accepted"}),
			user("synced", {"identities": [{"signInType": "federated", "issuer": "ExternalAzureAD", "issuerAssignedId": null}]}),
			user("odd", {"userType": null}),
		],
		"service_principals": [
			application("own-app", "Application", own),
			application("identity", "ManagedIdentity", null),
			application("msp-app", "Application", msp),
			application("microsoft-app", "Application", microsoft),
			application("foreign-app", "Application", stranger),
			application("legacy", "Legacy", null),
		],
		"groups": [
			group("clean", true),
			group("empty", true),
			group("with-guest", true),
			group("guest-eligible", true),
			group("with-group", true),
			group("with-unknown", true),
			group("with-foreign-app", true),
			group("plain", null),
		],
		"group_members": [
			member("clean", "ada"),
			member("clean", "identity"),
			member("with-guest", "ada"),
			member("with-guest", "guest"),
			member("guest-eligible", "ada"),
			member("with-group", "clean"),
			member("with-unknown", "nobody"),
			member("with-foreign-app", "foreign-app"),
			member("plain", "guest"),
		],
		"group_eligibility": [
			eligible("clean", "bob"),
			eligible("guest-eligible", "guest"),
		],
		"role_definitions": [{"_id": "r0", "displayName": "Global Reader"}, {"_id": "r1", "displayName": "Helpdesk Administrator"}],
		"role_assignments": [],
		"role_assignment_instances": [],
		"role_eligibility": [],
	},
	"gdap": {
		"relationships": [relationship("current", "active"), relationship("ending", "terminating")],
		"access_assignments": [
			access("current", "partner-group", "active"),
			access("current", "old-partner-group", "deleted"),
			access("ending", "leaving-group", "active"),
			access("unknown", "orphan-group", "active"),
		],
	},
	"msp": {"tenant_id": msp},
	"as_of": "2026-11-23T12:00:00Z",
}

holding(dataset, principal) := {
	"_id": "A1",
	"_subject": sprintf("entra.%s/A1", [dataset]),
	"principalId": principal,
	"principalOrganizationId": null,
	"roleDefinitionId": "r1",
}

with_holding(dataset, doc) := json.patch(world, [{"op": "add", "path": sprintf("/entra/%s/-", [dataset]), "value": doc}])

verdict(subject) := "both" if {
	subject in control.pass
	some f in control.fail
	f.subject == subject
} else := "pass" if {
	subject in control.pass
} else := "fail" if {
	some f in control.fail
	f.subject == subject
} else := "undetermined"

datasets := ["role_assignments", "role_assignment_instances", "role_eligibility"]

# verdicts of principals that hold a role in any of the three ways.
principals := {
	"ada": "pass",
	"ADA": "pass",
	"own-app": "pass",
	"identity": "pass",
	"msp-app": "pass",
	"microsoft-app": "pass",
	"clean": "pass",
	"empty": "pass",
	"partner-group": "pass",
	"guest": "fail",
	"converted": "fail",
	"synced": "fail", # false positive: a member by type, but of another tenant
	"foreign-app": "fail",
	"with-guest": "fail",
	"guest-eligible": "fail",
	"with-foreign-app": "fail",
	"with-group": "undetermined",
	"with-unknown": "undetermined",
	"plain": "undetermined",
	"odd": "undetermined",
	"legacy": "undetermined",
	"old-partner-group": "fail",
	"leaving-group": "undetermined", # still in force, and no pass
	"orphan-group": "undetermined",
	"nobody": "undetermined",
}

subject_of(dataset, principal) := sprintf("entra.%s/%s", [dataset, principal])

test_principals[dataset] if {
	some dataset in datasets
	holdings := [object.union(holding(dataset, principal), {"_subject": subject_of(dataset, principal)}) | some principal, _ in principals]
	everybody := json.patch(world, [{"op": "replace", "path": sprintf("/entra/%s", [dataset]), "value": holdings}])
	judged := [control.subjects, control.pass, {f.subject | some f in control.fail}] with input as everybody
	judged == [
		{subject_of(dataset, principal) | some principal, _ in principals},
		{subject_of(dataset, principal) | some principal, "pass" in principals},
		{subject_of(dataset, principal) | some principal, "fail" in principals},
	]
}

# A child counts only with its parent: the assignment, the relationship and the
# promise all hold, and give this very role.
test_relationship[[dataset, name]] if {
	some dataset in datasets
	some name, c in {
		"terminated": [[{"op": "replace", "path": "/gdap/relationships/0/status", "value": "terminated"}], "fail"],
		"expired": [[{"op": "replace", "path": "/gdap/relationships/0/status", "value": "expired"}], "fail"],
		"termination requested": [[{"op": "replace", "path": "/gdap/relationships/0/status", "value": "terminationRequested"}], "undetermined"],
		"terminating": [[{"op": "replace", "path": "/gdap/relationships/0/status", "value": "terminating"}], "undetermined"],
		"expiring": [[{"op": "replace", "path": "/gdap/relationships/0/status", "value": "expiring"}], "pass"],
		"only approved": [[{"op": "replace", "path": "/gdap/relationships/0/status", "value": "approved"}], "undetermined"],
		"an end that is no time": [[{"op": "replace", "path": "/gdap/relationships/0/endDateTime", "value": "neverZ"}], "undetermined"],
		"another relationship's": [[{"op": "replace", "path": "/gdap/access_assignments/0/_scope", "value": "other"}], "undetermined"],
		"an assignment on the way in": [[{"op": "replace", "path": "/gdap/access_assignments/0/status", "value": "pending"}], "undetermined"],
		"an assignment on the way out": [[{"op": "replace", "path": "/gdap/access_assignments/0/status", "value": "deleting"}], "fail"],
		"another MSP's": [[{"op": "replace", "path": "/msp/tenant_id", "value": stranger}], "fail"],
		"a state of tomorrow": [[{"op": "replace", "path": "/gdap/relationships/0/status", "value": "paused"}], "undetermined"],
		"past its end": [[{"op": "replace", "path": "/gdap/relationships/0/endDateTime", "value": "2026-11-23T11:59:59Z"}], "undetermined"],
		"without an end": [[{"op": "replace", "path": "/gdap/relationships/0/endDateTime", "value": null}], "undetermined"],
		"of other roles": [[{"op": "replace", "path": "/gdap/relationships/0/accessDetails/unifiedRoles/0/roleDefinitionId", "value": "r0"}], "fail"],
		"assigned other roles": [[{"op": "replace", "path": "/gdap/access_assignments/0/accessDetails/unifiedRoles/0/roleDefinitionId", "value": "r0"}], "fail"],
		"not there": [[{"op": "remove", "path": "/gdap/relationships/0"}], "undetermined"],
		"of a provider that is not declared": [[{"op": "replace", "path": "/client/service_providers", "value": []}], "fail"],
		"of no providers at all": [[{"op": "replace", "path": "/client/service_providers", "value": null}], "fail"],
	}
	held := with_holding(dataset, holding(dataset, "partner-group"))
	verdict(sprintf("entra.%s/A1", [dataset])) == "pass" with input as held
	verdict(sprintf("entra.%s/A1", [dataset])) == c[1] with input as json.patch(held, c[0])
}

# What the directory knows for a stranger is one, whatever a relationship names it.
test_by_relationship[[dataset, kind]] if {
	some dataset in datasets
	some kind in ["securityGroup", "unknownFutureValue"]
	world_ := json.patch(with_holding(dataset, holding(dataset, "foreign-app")), [{
		"op": "add",
		"path": "/gdap/access_assignments/-",
		"value": object.union(access("current", "foreign-app", "active"), {"accessContainer": {"accessContainerType": kind}}),
	}])
	verdict(sprintf("entra.%s/A1", [dataset])) == "fail" with input as world_
}

# What is listed is in force, whatever end it names.
test_ended[[dataset, end]] if {
	some dataset in ["role_assignment_instances", "role_eligibility"]
	some end in ["2026-11-23T11:00:00Z", "0001-01-01T00:00:00Z", null]
	held := object.union(holding(dataset, "guest"), {"endDateTime": end})
	verdict(sprintf("entra.%s/A1", [dataset])) == "fail" with input as with_holding(dataset, held)
}

# Nobody is told from a document that is not there.
test_parent_gone[[dataset, principal]] if {
	some dataset in datasets
	some [principal, path] in [
		["ada", "/entra/users/0"],
		["own-app", "/entra/service_principals/0"],
		["clean", "/entra/groups/0"],
		["with-guest", "/entra/groups/2"],
	]
	held := with_holding(dataset, holding(dataset, principal))
	verdict(sprintf("entra.%s/A1", [dataset])) != "undetermined" with input as held
	verdict(sprintf("entra.%s/A1", [dataset])) == "undetermined" with input as json.patch(held, [{"op": "remove", "path": path}])
}

test_home[name] if {
	some name, c in {
		"a declared provider's principal": {"principal": "nobody", "home": msp, "want": "pass"},
		"a stranger's principal": {"principal": "nobody", "home": stranger, "want": "fail"},
		"the tenant's, but resolves nowhere": {"principal": "nobody", "home": own, "want": "undetermined"},
		"the tenant's guest": {"principal": "guest", "home": own, "want": "fail"},
		"null": {"principal": "ada", "home": null, "want": "pass"},
		"empty": {"principal": "ada", "home": "", "want": "undetermined"},
		"the tenant's user": {"principal": "ada", "home": upper(own), "want": "pass"},
		"the tenant's user, of a stranger's tenant": {"principal": "ada", "home": stranger, "want": "fail"},
		"Microsoft's application": {"principal": "microsoft-app", "home": microsoft, "want": "pass"},
		"Microsoft's application, of a stranger's tenant": {"principal": "microsoft-app", "home": stranger, "want": "fail"},
		"somebody of Microsoft": {"principal": "nobody", "home": microsoft, "want": "fail"},
		"the MSP's group": {"principal": "partner-group", "home": null, "want": "pass"},
		# The relationship and the assignment disagree on whose it is.
		"the MSP's group, of a stranger's tenant": {"principal": "partner-group", "home": stranger, "want": "undetermined"},
	}
	doc := object.union(holding("role_assignments", c.principal), {"principalOrganizationId": c.home})
	verdict("entra.role_assignments/A1") == c.want with input as with_holding("role_assignments", doc)
}

test_gaps[name] if {
	some name, change in {
		"no home": [{"op": "remove", "path": "/entra/role_assignments/0/principalOrganizationId"}],
		"no principal": [{"op": "remove", "path": "/entra/role_assignments/0/principalId"}],
		"null principal": [{"op": "replace", "path": "/entra/role_assignments/0/principalId", "value": null}],
		"no user": [{"op": "remove", "path": "/entra/users/0"}],
		"no user type": [{"op": "remove", "path": "/entra/users/0/userType"}],
		"no domains": [{"op": "remove", "path": "/entra/organization/0/verifiedDomains"}],
	}
	world_ := json.patch(with_holding("role_assignments", holding("role_assignments", "ada")), change)
	control.subjects == {"entra.role_assignments/A1"} with input as world_
	verdict("entra.role_assignments/A1") == "undetermined" with input as world_
}

test_group_gaps[name] if {
	some name, change in {
		"a member without id": [{"op": "remove", "path": "/entra/group_members/0/id"}],
		"a member who resolves nowhere": [{"op": "remove", "path": "/entra/users/0"}],
		"an eligible one without id": [{"op": "remove", "path": "/entra/group_eligibility/0/principalId"}],
		"no group": [{"op": "remove", "path": "/entra/groups/0"}],
		"assignability unknown": [{"op": "remove", "path": "/entra/groups/0/isAssignableToRole"}],
		"not a security group": [{"op": "replace", "path": "/entra/groups/0/securityEnabled", "value": false}],
	}
	world_ := json.patch(with_holding("role_assignments", holding("role_assignments", "clean")), change)
	verdict("entra.role_assignments/A1") == "undetermined" with input as world_
}

test_no_provider_declared if {
	quiet := json.patch(with_holding("role_assignments", holding("role_assignments", "msp-app")), [{"op": "replace", "path": "/client/service_providers", "value": null}])
	verdict("entra.role_assignments/A1") == "fail" with input as quiet
}

test_messages[[dataset, principal]] if {
	some [dataset, principal, want] in [
		["role_assignments", "guest", "Helpdesk Administrator is held by guest@fabrikam.example, a guest"],
		["role_assignments", "with-guest", "Helpdesk Administrator is held by the group's member guest@fabrikam.example, a guest"],
		["role_assignments", "guest-eligible", "Helpdesk Administrator is held by guest@fabrikam.example, a guest, who is eligible for the group"],
		["role_eligibility", "foreign-app", "Helpdesk Administrator may be activated by application foreign-app of tenant eeeeeeee-0000-4000-8000-000000000009"],
	]
	messages := {f.message | some f in control.fail} with input as with_holding(dataset, holding(dataset, principal))
	messages == {want}
}

test_a_role_without_a_name[want] if {
	some [change, want] in [
		[{"op": "replace", "path": "/entra/role_assignments/0/roleDefinitionId", "value": "r9"}, "the role r9 is held by guest@fabrikam.example, a guest"],
		[{"op": "remove", "path": "/entra/role_assignments/0/roleDefinitionId"}, "the role of no name is held by guest@fabrikam.example, a guest"],
	]
	world_ := json.patch(with_holding("role_assignments", holding("role_assignments", "guest")), [change])
	messages := {f.message | some f in control.fail} with input as world_
	messages == {want}
}

test_evidence if {
	some f in control.fail with input as with_holding("role_assignments", holding("role_assignments", "guest"))
	f.evidence == ["entra.role_assignments/A1#/principalId", "entra.users/guest#/userType"]
}

# Principals of a declared provider, as the assignment says, are judged by RF-M-05.
test_the_provider_says_who[id] if {
	some id in ["guest", "synced", "foreign-app", "with-guest", "old-partner-group"]
	said := object.union(holding("role_assignments", id), {"principalOrganizationId": msp})
	control.fail == set() with input as with_holding("role_assignments", said)
}

test_nobody_declared[id] if {
	some id, want in {"ada": "pass", "partner-group": "fail"}
	nobody := json.patch(
		with_holding("role_assignments", holding("role_assignments", id)),
		[{"op": "replace", "path": "/client/service_providers", "value": []}],
	)
	verdict("entra.role_assignments/A1") == want with input as nobody
}

# A group that a relationship names counts by the relationship, whatever else it is.
test_groups_that_relationships_name[name] if {
	some name, c in {
		"no longer given": {"group": "clean", "status": "deleted", "want": "fail"},
		"given, with a guest in it": {"group": "with-guest", "status": "active", "want": "fail"},
	}
	named := json.patch(
		with_holding("role_eligibility", holding("role_eligibility", c.group)),
		[{"op": "add", "path": "/gdap/access_assignments/-", "value": access("current", c.group, c.status)}],
	)
	verdict("entra.role_eligibility/A1") == c.want with input as named
}

test_eligible_for_a_group_that_holds_no_roles if {
	plain := json.patch(
		with_holding("role_assignments", holding("role_assignments", "plain")),
		[{"op": "add", "path": "/entra/group_eligibility/-", "value": eligible("plain", "guest")}],
	)
	verdict("entra.role_assignments/A1") == "undetermined" with input as plain
}
