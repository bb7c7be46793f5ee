package ringfence.isolation.default_outbound_collaboration_test

import data.ringfence.isolation.default_outbound_collaboration as control

subject := "entra.cross_tenant_default/default"

everybody := [{"target": "AllUsers", "targetType": "user"}]

everything := [{"target": "AllApplications", "targetType": "application"}]

group := [{"target": "0be493dc-cb56-4a53-936f-9cf64410b8b0", "targetType": "group"}]

setting(access, targets) := {"accessType": access, "targets": targets}

tenant(outbound, is_default) := {"entra": {"cross_tenant_default": [{
	"_id": "default",
	"_subject": subject,
	"isServiceDefault": is_default,
	"b2bCollaborationOutbound": outbound,
}]}}

settings(users, applications) := {"usersAndGroups": users, "applications": applications}

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
		"open": [settings(setting("allowed", everybody), setting("allowed", everything)), "fail"],
		"blocked": [settings(setting("blocked", everybody), setting("blocked", everything)), "pass"],
		"users blocked": [settings(setting("blocked", everybody), setting("allowed", everything)), "pass"],
		"applications blocked": [settings(setting("allowed", everybody), setting("blocked", everything)), "pass"],
		"one group": [settings(setting("allowed", group), setting("allowed", everything)), "pass"],
		"Office 365 only": [settings(setting("allowed", everybody), setting("allowed", [{"target": "Office365", "targetType": "application"}])), "pass"],
		"one group is blocked, the rest is open": [settings(setting("blocked", group), setting("allowed", everything)), "undetermined"],
		"an access type of tomorrow": [settings(setting("unknownFutureValue", everybody), setting("allowed", everything)), "undetermined"],
		"null users": [settings(null, setting("allowed", everything)), "undetermined"],
		"null": [null, "undetermined"],
	}
	control.subjects == {subject} with input as tenant(c[0], false)
	verdict == c[1] with input as tenant(c[0], false)
}

open := settings(setting("allowed", everybody), setting("allowed", everything))

# False positive: many organizations work with many suppliers. It is reported all the same,
# for an exception to accept.
test_message[is_default] if {
	some [is_default, origin] in [[true, " (Microsoft's default, never changed)"], [false, ""]]
	control.fail == {{
		"subject": subject,
		"message": concat("", ["every user may be a guest in every application of any other organization", origin]),
		"observed": open,
		"expected": "users or applications blocked, or allowed for chosen ones only",
		"evidence": [
			"entra.cross_tenant_default/default#/b2bCollaborationOutbound/usersAndGroups",
			"entra.cross_tenant_default/default#/b2bCollaborationOutbound/applications",
		],
	}} with input as tenant(open, is_default)
}
