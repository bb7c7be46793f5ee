package ringfence.isolation.default_inbound_collaboration_test

import data.ringfence.isolation.default_inbound_collaboration as control

subject := "entra.cross_tenant_default/default"

everybody := [{"target": "AllUsers", "targetType": "user"}]

everything := [{"target": "AllApplications", "targetType": "application"}]

group := [{"target": "0be493dc-cb56-4a53-936f-9cf64410b8b0", "targetType": "group"}]

app := [{"target": "00000003-0000-0ff1-ce00-000000000000", "targetType": "application"}]

setting(access, targets) := {"accessType": access, "targets": targets}

tenant(users, applications) := {"entra": {"cross_tenant_default": [{
	"_id": "default",
	"_subject": subject,
	"isServiceDefault": false,
	"b2bCollaborationInbound": {"usersAndGroups": users, "applications": applications},
}]}}

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
		"open": {"users": setting("allowed", everybody), "applications": setting("allowed", everything), "want": "fail"},
		"open, and a group too": {"users": setting("allowed", array.concat(group, everybody)), "applications": setting("allowed", everything), "want": "fail"},
		"blocked": {"users": setting("blocked", everybody), "applications": setting("blocked", everything), "want": "pass"},
		"users blocked": {"users": setting("blocked", everybody), "applications": setting("allowed", everything), "want": "pass"},
		"applications blocked": {"users": setting("allowed", everybody), "applications": setting("blocked", everything), "want": "pass"},
		"one group": {"users": setting("allowed", group), "applications": setting("allowed", everything), "want": "pass"},
		"one application": {"users": setting("allowed", everybody), "applications": setting("allowed", app), "want": "pass"},
		"Office 365 only": {"users": setting("allowed", everybody), "applications": setting("allowed", [{"target": "Office365", "targetType": "application"}]), "want": "pass"},
		"one group is blocked, the rest is open": {"users": setting("blocked", group), "applications": setting("allowed", everything), "want": "undetermined"},
		"every Microsoft application": {"users": setting("allowed", everybody), "applications": setting("allowed", [{"target": "AllMicrosoftApps", "targetType": "application"}]), "want": "undetermined"},
		"a user called Office365": {"users": setting("allowed", [{"target": "Office365", "targetType": "user"}]), "applications": setting("allowed", everything), "want": "undetermined"},
		"a reserved value of tomorrow": {"users": setting("allowed", [{"target": "AllPartners", "targetType": "user"}]), "applications": setting("allowed", everything), "want": "undetermined"},
		"an access type of tomorrow": {"users": setting("unknownFutureValue", everybody), "applications": setting("allowed", everything), "want": "undetermined"},
		"no targets": {"users": setting("allowed", []), "applications": setting("allowed", everything), "want": "undetermined"},
		"null targets": {"users": setting("allowed", null), "applications": setting("allowed", null), "want": "undetermined"},
		"blocked, no targets": {"users": setting("blocked", []), "applications": setting("allowed", everything), "want": "undetermined"},
		"null": {"users": null, "applications": null, "want": "undetermined"},
		"no access type": {"users": {"targets": group}, "applications": {"targets": app}, "want": "undetermined"},
		"a target without its name": {"users": setting("allowed", [{"targetType": "group"}]), "applications": setting("allowed", everything), "want": "undetermined"},
		"target null": {"users": setting("allowed", [{"target": null, "targetType": "group"}]), "applications": setting("allowed", everything), "want": "undetermined"},
	}
	control.subjects == {subject} with input as tenant(c.users, c.applications)
	verdict == c.want with input as tenant(c.users, c.applications)
}

# False positive: Microsoft's default is reported all the same.
test_service_default if {
	open := json.patch(tenant(setting("allowed", everybody), setting("allowed", everything)), [{"op": "replace", "path": "/entra/cross_tenant_default/0/isServiceDefault", "value": true}])
	messages := {f.message | some f in control.fail} with input as open
	messages == {"every user of every other organization may be a guest in every application (Microsoft's default, never changed)"}
}

test_changed_default if {
	messages := {f.message | some f in control.fail} with input as json.patch(
		tenant(setting("allowed", everybody), setting("allowed", everything)),
		[{"op": "replace", "path": "/entra/cross_tenant_default/0/isServiceDefault", "value": false}],
	)
	messages == {"every user of every other organization may be a guest in every application"}
}

test_evidence if {
	some f in control.fail with input as tenant(setting("allowed", everybody), setting("allowed", everything))
	f.evidence == [
		"entra.cross_tenant_default/default#/b2bCollaborationInbound/usersAndGroups",
		"entra.cross_tenant_default/default#/b2bCollaborationInbound/applications",
	]
}
