package ringfence.isolation.foreign_principals_test

import data.ringfence.isolation.foreign_principals as control

own := "aaaaaaaa-0000-4000-8000-000000000010"

msp := "aaaaaaaa-0000-4000-8000-000000000001"

distributor := "dddddddd-0000-4000-8000-000000000002"

stranger := "eeeeeeee-0000-4000-8000-000000000009"

subject := "entra.role_assignments/A1"

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

tenant(declared, assignment) := {
	"client": {"tenant_id": own, "service_providers": declared},
	"msp": {"tenant_id": msp},
	"as_of": "2026-11-23T12:00:00Z",
	"entra": {
		"users": [{"_id": "ada"}],
		"groups": [{"_id": "admins"}],
		"service_principals": [{"_id": "app"}],
		"deleted_items": [{"_id": "former"}],
		"role_definitions": [{"_id": "r1", "displayName": "Helpdesk Administrator"}],
		"role_assignments": [object.union(
			{"_id": "A1", "_subject": subject, "principalId": "ada", "principalOrganizationId": null, "roleDefinitionId": "r1"},
			assignment,
		)],
	},
	"gdap": {
		"relationships": [relationship("current", "active"), relationship("ending", "terminating"), relationship("over", "terminated")],
		"access_assignments": [
			access("current", "partner-group", "active"),
			access("current", "former-partner-group", "deleted"),
			access("ending", "leaving-group", "active"),
			access("over", "gone-group", "active"),
		],
	},
}

verdict := "no subject" if {
	not subject in control.subjects
	count(control.pass) + count(control.fail) == 0
} else := "both" if {
	subject in control.pass
	count(control.fail) > 0
} else := "pass" if {
	subject in control.pass
} else := "fail" if {
	{f.subject | some f in control.fail} == {subject}
} else := "undetermined"

ours := [msp]

test_verdicts[name] if {
	some name, c in {
		"a user": {"with": {}, "want": "pass"},
		"a user, and the answer says so": {"with": {"principalOrganizationId": own}, "want": "pass"},
		"a group": {"with": {"principalId": "ADMINS"}, "want": "pass"},
		"an application": {"with": {"principalId": "app"}, "want": "pass"},
		"a group of the MSP": {"with": {"principalId": "partner-group"}, "want": "pass"},
		"a group of the MSP, and the answer says so": {"with": {"principalId": "partner-group", "principalOrganizationId": msp}, "want": "pass"},
		"another role than the relationship's": {"with": {"principalId": "partner-group", "principalOrganizationId": msp, "roleDefinitionId": "r2"}, "want": "fail"},
		"another role, and no word whose": {"with": {"principalId": "partner-group", "roleDefinitionId": "r2"}, "want": "fail"},
		"its assignment was deleted": {"with": {"principalId": "former-partner-group"}, "want": "fail"},
		"its relationship is over": {"with": {"principalId": "gone-group", "principalOrganizationId": msp}, "want": "fail"},
		"its relationship is ending": {"with": {"principalId": "leaving-group", "principalOrganizationId": msp}, "want": "undetermined"},
		"legacy delegated access": {"with": {"principalId": "admin-agents", "principalOrganizationId": msp}, "want": "fail"},
		"an undeclared tenant": {"with": {"principalId": "nobody", "principalOrganizationId": stranger}, "want": "fail"},
		"an undeclared tenant, in another case": {"with": {"principalId": "nobody", "principalOrganizationId": upper(stranger)}, "want": "fail"},
		"it resolves nowhere": {"with": {"principalId": "nobody"}, "want": "fail"},
		"it resolves nowhere, and says to be ours": {"with": {"principalId": "nobody", "principalOrganizationId": own}, "want": "fail"},
		# False positives.
		"a declared distributor": {"providers": [msp, distributor], "with": {"principalId": "x", "principalOrganizationId": distributor}, "want": "pass"},
		"a deleted user": {"with": {"principalId": "former"}, "want": "pass"},
		# The promise.
		"an undeclared distributor": {"with": {"principalId": "x", "principalOrganizationId": distributor}, "want": "fail"},
		"nobody was declared": {"providers": [], "with": {"principalId": "partner-group", "principalOrganizationId": msp}, "want": "fail"},
		"nobody was declared, and no word whose": {"providers": [], "with": {"principalId": "partner-group"}, "want": "fail"},
		"a group of the MSP, and the answer says a stranger's": {"with": {"principalId": "partner-group", "principalOrganizationId": stranger}, "want": "fail"},
		"nobody was declared, a user": {"providers": [], "with": {}, "want": "pass"},
		"no promise, a user": {"providers": null, "with": {}, "want": "no subject"},
		"no promise, a group of the MSP": {"providers": null, "with": {"principalId": "partner-group"}, "want": "no subject"},
		"no promise, and it resolves nowhere": {"providers": null, "with": {"principalId": "nobody"}, "want": "no subject"},
		"no promise": {"providers": null, "with": {"principalId": "x", "principalOrganizationId": stranger}, "want": "no subject"},
		# Nothing is known.
		"no word whose, and of no tenant": {"with": {"principalId": "x", "principalOrganizationId": ""}, "want": "undetermined"},
		"no principal": {"with": {"principalId": null}, "want": "undetermined"},
		"no role": {"with": {"principalId": "partner-group", "roleDefinitionId": null}, "want": "undetermined"},
	}
	verdict == c.want with input as tenant(object.get(c, "providers", ours), c["with"])
}

# Each violation is told once.
test_one_message[name] if {
	some name, c in {
		"of the MSP": {"providers": ours, "with": {"principalId": "gone-group", "principalOrganizationId": msp}},
		"of the MSP, undeclared": {"providers": [], "with": {"principalId": "partner-group", "principalOrganizationId": msp}},
		"of the MSP, undeclared, in no relationship": {"providers": [], "with": {"principalId": "x", "principalOrganizationId": msp}},
		"undeclared, another role": {"providers": [], "with": {"principalId": "partner-group", "roleDefinitionId": "r2"}},
	}
	count(control.fail) == 1 with input as tenant(c.providers, c["with"])
}

test_message if {
	control.fail == {{
		"subject": subject,
		"message": sprintf("Helpdesk Administrator is held by a principal of undeclared tenant %s", [stranger]),
		"observed": {"principalId": "x", "principalOrganizationId": stranger},
		"expected": "an object of this directory, or a group of a declared service provider by a relationship in force",
		"evidence": [sprintf("%s#/principalOrganizationId", [subject])],
	}} with input as tenant(ours, {"principalId": "x", "principalOrganizationId": stranger})
}

test_nameless_role if {
	some failure in control.fail with input as tenant(ours, {"principalId": "x", "roleDefinitionId": "r9"})
	startswith(failure.message, "the role r9 is held by ")
}

test_no_property[property] if {
	some property in ["principalId", "principalOrganizationId"]
	gap := json.remove(tenant(ours, {}), [sprintf("entra/role_assignments/0/%s", [property])])
	verdict == "undetermined" with input as gap
}
