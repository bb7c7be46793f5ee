package ringfence.isolation.partner_roles_test

import data.ringfence.isolation.partner_roles as control

subject := "gdap.relationships/r1"

global := "62e90394-69f5-4237-9190-012177145e10"

helpdesk := "729827e3-9c14-49f7-bb1b-9608f156bbb8"

relationship(status, roles) := {
	"_id": "r1",
	"_subject": subject,
	"displayName": "Northwind",
	"status": status,
	"accessDetails": {"unifiedRoles": [{"roleDefinitionId": id} | some id in roles]},
}

tenant(rows) := {"gdap": {"relationships": rows}}

verdict := "a verdict on no subject" if {
	not subject in control.subjects
	subject in (control.pass | {f.subject | some f in control.fail})
} else := "no subject" if {
	not subject in control.subjects
} else := "both" if {
	subject in control.pass
	count(control.fail) > 0
} else := "pass" if {
	subject in control.pass
} else := "fail" if {
	{f.subject | some f in control.fail} == {subject}
} else := "undetermined"

test_verdicts[name] if {
	some name, c in {
		"least privilege": {"status": "active", "roles": [helpdesk], "want": "pass"},
		"Global Administrator": {"status": "active", "roles": [helpdesk, global], "want": "fail"},
		"Privileged Role Administrator": {"status": "active", "roles": ["e8611ab8-c189-46e8-94e1-60213ab1f814"], "want": "fail"},
		"Privileged Authentication Administrator": {"status": "active", "roles": ["7be44c8a-adaf-4e2a-84d6-ab2649e08a13"], "want": "fail"},
		"upper case": {"status": "active", "roles": ["62E90394-69F5-4237-9190-012177145E10"], "want": "fail"},
		"approved": {"status": "approved", "roles": [global], "want": "fail"},
		"expiring": {"status": "expiring", "roles": [global], "want": "fail"},
		"on the way out": {"status": "terminating", "roles": [global], "want": "fail"},
		"asked to end": {"status": "terminationRequested", "roles": [global], "want": "fail"},
		"on the way out, harmless": {"status": "terminating", "roles": [helpdesk], "want": "undetermined"},
		"expiring, least privilege": {"status": "expiring", "roles": [helpdesk], "want": "pass"},
		"terminated": {"status": "terminated", "roles": [global], "want": "no subject"},
		"only proposed": {"status": "approvalPending", "roles": [global], "want": "no subject"},
		"a status of tomorrow": {"status": "suspended", "roles": [helpdesk], "want": "undetermined"},
		"a status of tomorrow, Global Administrator": {"status": "suspended", "roles": [global], "want": "undetermined"},
		"null status": {"status": null, "roles": [helpdesk], "want": "undetermined"},
		"no roles": {"status": "active", "roles": [], "want": "undetermined"},
		"null role": {"status": "active", "roles": [null], "want": "undetermined"},
		# False positive: a relationship for emergencies is an exception with an expiry.
		"for emergencies": {"status": "active", "roles": [global], "want": "fail"},
	}
	verdict == c.want with input as tenant([relationship(c.status, c.roles)])
}

test_gaps[path] if {
	some path in ["/status", "/accessDetails", "/accessDetails/unifiedRoles", "/accessDetails/unifiedRoles/0/roleDefinitionId"]
	cut := json.patch(relationship("active", [helpdesk]), [{"op": "remove", "path": path}])
	verdict == "undetermined" with input as tenant([cut])
}

test_message if {
	some f in control.fail with input as tenant([relationship("active", [helpdesk, global])])
	f.message == "the relationship Northwind carries Global Administrator"
	f.evidence == ["gdap.relationships/r1#/accessDetails/unifiedRoles"]
}
