package ringfence.isolation.partner_role_matrix_test

import data.ringfence.isolation.partner_role_matrix as control

reader := "88d8e3e3-8f55-4a1e-953a-9b9898b8876b"

helpdesk := "729827e3-9c14-49f7-bb1b-9608f156bbb8"

subject := "gdap.access_assignments/r1/a1"

access(changes) := object.union(
	{
		"_id": "r1/a1",
		"_scope": "r1",
		"_subject": subject,
		"status": "active",
		"accessContainer": {"accessContainerId": "g1", "accessContainerType": "securityGroup"},
		"accessDetails": {"unifiedRoles": [{"roleDefinitionId": upper(reader)}]},
	},
	changes,
)

tenant(roles, status, assignment) := {
	"client": {"gdap": {"roles": roles}},
	"gdap": {"relationships": [{"_id": "r1", "status": status}], "access_assignments": [assignment]},
	"entra": {"role_definitions": [
		{"_id": reader, "displayName": "Directory Readers", "isBuiltIn": true},
		{"_id": helpdesk, "displayName": "Helpdesk Administrator", "isBuiltIn": true},
		{"_id": "c1", "displayName": "Custom", "isBuiltIn": false},
	]},
}

verdict := "no subject" if {
	(count(control.subjects) + count(control.pass)) + count(control.fail) == 0
} else := "both" if {
	subject in control.pass
	count(control.fail) > 0
} else := "pass" if {
	subject in control.pass
} else := "fail" if {
	{f.subject | some f in control.fail} == {subject}
} else := "undetermined"

roles(ids) := {"accessDetails": {"unifiedRoles": [{"roleDefinitionId": id} | some id in ids]}}

test_assignments[name] if {
	some name, c in {
		"by id": {"roles": [upper(reader)], "want": "pass"},
		"by name": {"roles": ["directory readers"], "want": "pass"},
		"by either": {"roles": ["Directory Readers", helpdesk], "with": roles([reader, helpdesk]), "want": "pass"},
		"no roles": {"roles": [], "with": roles([]), "want": "pass"},
		"pending": {"roles": [reader], "with": {"status": "pending"}, "want": "pass"},
		"another role": {"roles": [reader], "with": roles([reader, helpdesk]), "want": "fail"},
		"another role than those named": {"roles": ["Directory Readers"], "with": roles([helpdesk]), "want": "fail"},
		"a role of nobody's": {"roles": ["Directory Readers"], "with": roles(["x"]), "want": "fail"},
		"none was agreed": {"roles": [], "want": "fail"},
		"the name of a custom role": {"roles": ["Custom"], "with": roles(["c1"]), "want": "fail"},
		"another role, on its way out": {"roles": [helpdesk], "with": {"status": "deleting"}, "want": "fail"},
		"another role of a relationship that is ending": {"roles": [helpdesk], "status": "terminating", "want": "fail"},
		"it failed": {"roles": [reader], "with": {"status": "error"}, "want": "fail"},
		"it was deleted": {"roles": [], "with": {"status": "deleted"}, "want": "no subject"},
		"the relationship is over": {"roles": [], "status": "expired", "want": "no subject"},
		"it was deleted, and the matrix has names": {"roles": ["Directory Readers"], "with": object.union(roles([helpdesk]), {"status": "deleted"}), "want": "no subject"},
		"it failed, and the relationship is over": {"roles": [reader], "with": {"status": "error"}, "status": "expired", "want": "no subject"},
		"a name that looks like an id of nobody's": {"roles": ["x"], "with": roles(["x"]), "want": "fail"},
		"no promise": {"roles": null, "want": "no subject"},
		"no promise, and no roles": {"roles": null, "with": roles([]), "want": "no subject"},
		"no promise, and it failed": {"roles": null, "with": {"status": "error"}, "want": "no subject"},
		# Nothing is known.
		"a state of tomorrow": {"roles": [reader], "with": {"status": "paused"}, "want": "undetermined"},
		"a relationship's state of tomorrow": {"roles": [reader], "status": "paused", "want": "undetermined"},
		"a relationship that is ending": {"roles": [reader], "status": "terminating", "want": "undetermined"},
		"another container": {"roles": [reader], "with": {"accessContainer": {"accessContainerId": "g1", "accessContainerType": "x"}}, "want": "undetermined"},
		"no id": {"roles": [reader], "with": roles([null]), "want": "undetermined"},
	}
	verdict == c.want with input as tenant(c.roles, object.get(c, "status", "active"), access(object.get(c, "with", {})))
}

test_a_role_without_a_name if {
	nameless := json.patch(
		tenant(["Directory Readers"], "active", access(roles([helpdesk]))),
		[{"op": "replace", "path": "/entra/role_definitions/1/displayName", "value": null}],
	)
	verdict == "fail" with input as nameless
}

test_no_block if {
	verdict == "no subject" with input as object.union(tenant([], "active", access({})), {"client": {"gdap": null}})
}

test_message if {
	control.fail == {{
		"subject": subject,
		"message": "the group holds Helpdesk Administrator, which the role matrix does not have",
		"observed": {"roles": {"Helpdesk Administrator"}},
		"expected": {"roles": [reader]},
		"evidence": ["gdap.access_assignments/r1/a1#/accessDetails/unifiedRoles"],
	}} with input as tenant([reader], "active", access(roles([helpdesk])))
}

test_no_property[property] if {
	some property in ["status", "accessDetails", "accessContainer"]
	verdict == "undetermined" with input as tenant([reader], "active", object.remove(access({}), [property]))
}
