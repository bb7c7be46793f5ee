package ringfence.isolation.client_paths_test

import data.ringfence.isolation.client_paths as control

own := "aaaaaaaa-0000-4000-8000-000000000010"

guest := sprintf("%s/user/g", [own])

owner := sprintf("%s/tier0/owner", [own])

path(state) := {"client": "client-00000001", "to": owner, "state": state, "hops": [
	{"from": "client-00000001/user", "to": "msp/application", "kind": "owner", "state": "live", "evidence": []},
	{"from": "msp/application", "to": guest, "kind": "guest-home", "state": "live", "evidence": ["entra.users/g"]},
	{"from": guest, "to": owner, "kind": "role", "state": state, "evidence": ["entra.role_assignments/a#/principalId", "entra.users/g"]},
]}

world(paths) := {
	"client": {"tenant_id": own},
	"entra": {"organization": [{"_subject": "o"}]},
	"fleet": {"links": {}, "paths": paths},
}

verdict := "no subject" if {
	not "o" in control.subjects
} else := "both" if {
	"o" in control.pass
	count(control.fail) > 0
} else := "pass" if {
	"o" in control.pass
} else := "fail" if {
	{f.subject | some f in control.fail} == {"o"}
} else := "undetermined"

test_verdicts[name] if {
	some name, c in {
		"nobody": [[], "pass"],
		"somebody": [[path("live")], "fail"],
		"somebody, once activated": [[path("jit")], "fail"],
		"somebody, if others act": [[path("potential")], "undetermined"],
		"one of two": [[path("potential"), path("jit")], "fail"],
	}
	verdict == c[1] with input as world(c[0])
}

test_no_organization if {
	w := object.union(world([path("live")]), {"entra": {"organization": []}})
	count(((control.subjects | control.pass) | control.fail)) == 0 with input as w
}

trail := "user -> msp/application (owner) -> user/g (guest-home) -> tier0/owner (role)"

test_message if {
	control.fail == {{
		"subject": "o",
		"message": concat("", ["client-00000001 reaches tier0/owner in 3 hops: client-00000001/", trail]),
		"observed": {"client": "client-00000001", "to": owner, "state": "live", "hops": path("live").hops},
		"expected": "no path from another client",
		"evidence": ["entra.users/g#", "entra.role_assignments/a#", "entra.users/g#"],
	}} with input as world([path("live")])
}

test_activated if {
	some f in control.fail with input as world([path("jit")])
	f.message == concat("", ["client-00000001 reaches tier0/owner in 3 hops, once activated: client-00000001/", trail])
}
