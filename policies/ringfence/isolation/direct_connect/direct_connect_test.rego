package ringfence.isolation.direct_connect_test

import data.ringfence.isolation.direct_connect as control

teams := "cccccccc-0000-4000-8000-000000000001"

stranger := "eeeeeeee-0000-4000-8000-000000000009"

setting(access, target, kind) := {"accessType": access, "targets": [{"target": target, "targetType": kind}]}

open := {
	"usersAndGroups": setting("allowed", "AllUsers", "user"),
	"applications": setting("allowed", "Office365", "application"),
}

shut := {
	"usersAndGroups": setting("blocked", "AllUsers", "user"),
	"applications": setting("blocked", "AllApplications", "application"),
}

users_shut := object.union(open, {"usersAndGroups": shut.usersAndGroups})

applications_shut := object.union(open, {"applications": shut.applications})

half := {"usersAndGroups": setting("allowed", "AllUsers", "user"), "applications": null}

world(inbound, outbound, partners, entries) := {
	"client": {"partners": partners},
	"entra": {
		"cross_tenant_default": [{
			"_subject": "default",
			"b2bDirectConnectInbound": inbound,
			"b2bDirectConnectOutbound": outbound,
		}],
		"cross_tenant_partners": entries,
	},
}

entry(tenant, inbound, outbound) := {
	"_subject": "entry",
	"tenantId": tenant,
	"b2bDirectConnectInbound": inbound,
	"b2bDirectConnectOutbound": outbound,
}

declared := [{"name": "teams", "tenant_id": teams, "allow": ["b2b", "direct-connect"]}]

verdict(subject) := "a verdict on no subject" if {
	not subject in control.subjects
	subject in (control.pass | {f.subject | some f in control.fail})
} else := "no subject" if {
	not subject in control.subjects
} else := "both" if {
	subject in control.pass
	some f in control.fail
	f.subject == subject
} else := "pass" if {
	subject in control.pass
} else := "fail" if {
	some f in control.fail
	f.subject == subject
} else := "undetermined"

test_default[name] if {
	some name, c in {
		"shut": [shut, shut, "pass"],
		"shut for users, and for applications": [users_shut, applications_shut, "pass"],
		"shut for applications, and for users": [applications_shut, users_shut, "pass"],
		"open": [open, open, "fail"],
		"inbound": [open, shut, "fail"],
		"outbound": [shut, open, "fail"],
		"inbound, the other one unknown": [open, null, "fail"],
		"half of it is unknown": [half, shut, "undetermined"],
		"nothing is known": [null, null, "undetermined"],
	}
	verdict("default") == c[2] with input as world(c[0], c[1], null, [])
}

test_entries[name] if {
	some name, c in {
		# False positive: shared channels that were agreed.
		"agreed": [declared, entry(upper(teams), open, open), "pass"],
		"a stranger": [declared, entry(stranger, open, null), "fail"],
		"a stranger, outbound": [declared, entry(stranger, null, open), "fail"],
		"a stranger, and the other direction is unknown": [declared, entry(stranger, open, half), "fail"],
		"other things were agreed": [[{"tenant_id": teams, "allow": ["b2b"]}], entry(teams, open, null), "fail"],
		"no kind was agreed": [[{"tenant_id": teams, "allow": null}], entry(teams, open, null), "fail"],
		"nobody was agreed": [[], entry(teams, open, null), "fail"],
		"inherits": [declared, entry(stranger, null, null), "pass"],
		"shut": [declared, entry(stranger, shut, null), "pass"],
		"shut for users, and for applications": [declared, entry(stranger, users_shut, applications_shut), "pass"],
		"shut for applications, and for users": [declared, entry(stranger, applications_shut, users_shut), "pass"],
		"no promise, outbound": [null, entry(stranger, null, open), "no subject"],
		"no promise, shut": [null, entry(stranger, shut, shut), "no subject"],
		"half is unknown": [declared, entry(stranger, half, null), "undetermined"],
		"no tenant": [declared, entry(null, open, null), "undetermined"],
		"no promise": [null, entry(stranger, open, null), "no subject"],
		"a direction is missing": [declared, object.remove(entry(stranger, null, null), ["b2bDirectConnectInbound"]), "undetermined"],
	}
	verdict("entry") == c[2] with input as world(shut, shut, c[0], [c[1]])
}

test_message if {
	control.fail == {{
		"subject": "entry",
		"message": concat("", ["people of tenant ", stranger, " may connect directly, which was not agreed"]),
		"observed": {"b2bDirectConnectInbound": open},
		"expected": "blocked, but for partners that the fleet file allows direct-connect",
		"evidence": ["entry#/b2bDirectConnectInbound"],
	}} with input as world(shut, shut, declared, [entry(stranger, open, null)])
}
