package ringfence.isolation.provider_reach_test

import data.ringfence.isolation.provider_reach as control

to(names, state) := [{"name": name, "state": state} | some name in names]

# world is an MSP whose principals may reach two clients, and one of them, of a kind, reaches some.
world(kind, clients, anybody) := {
	"msp": {"max_reach": 2},
	"reach": {"anybody": anybody, "principals": [{"kind": kind, "id": "x", "clients": clients}]},
	"entra": {
		"users": [{"_id": "X", "_subject": "user", "userPrincipalName": "kim@msp.example"}],
		"service_principals": [{"_id": "X", "_subject": "service-principal", "displayName": "automation"}],
		"applications": [{"_id": "o", "appId": "X", "_subject": "application", "displayName": "backup"}],
	},
}

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

test_verdicts[sprintf("%s: %s", [kind, name])] if {
	some kind in {"user", "service-principal", "application"}
	some name, c in {
		"nobody": [[], [], "pass"],
		"as many as agreed": [to(["a", "b"], "live"), [], "pass"],
		"one more": [to(["a", "b", "c"], "live"), [], "fail"],
		"one more, once activated": [array.concat(to(["a", "b"], "live"), to(["c"], "jit")), [], "fail"],
		"one more, if others act": [array.concat(to(["a", "b"], "live"), to(["c"], "potential")), [], "undetermined"],
		"perhaps one more": [array.concat(to(["a", "b"], "live"), to(["c"], "open")), [], "undetermined"],
		"perhaps one more, as anybody": [to(["a", "b"], "live"), ["c"], "undetermined"],
		"one that anybody may reach, too": [to(["a", "b"], "live"), ["b"], "pass"],
	}
	w := world(kind, c[0], c[1])
	verdict(kind) == c[2] with input as w
	control.subjects == {"user", "service-principal", "application"} with input as w
}

test_application_without_an_id if {
	w := object.union(
		world("application", to(["c", "b", "a"], "live"), []),
		{"entra": {"applications": [{"_id": "o", "appId": null, "_subject": "application"}]}},
	)
	verdict("application") == "undetermined" with input as w
	count(control.fail) == 0 with input as w
}

test_not_promised if {
	w := object.union(world("user", to(["a", "b", "c"], "live"), []), {"msp": {"max_reach": null}})
	count(((control.subjects | control.pass) | control.fail)) == 0 with input as w
}

test_message[kind] if {
	some kind, c in {"user": "user kim@msp.example", "service-principal": "program automation", "application": "application backup"}
	w := world(kind, to(["c", "b", "a"], "live"), [])
	control.fail == {{
		"subject": kind,
		"message": sprintf("%s of the MSP reaches 3 clients: a, b, c", [c]),
		"observed": {"clients": 3},
		"expected": "at most 2",
		"evidence": [sprintf("%s#/id", [kind])],
	}} with input as w
}

test_without_a_name if {
	w := object.union(world("user", to(["c", "b", "a"], "live"), []), {"entra": {"users": [{"_id": "X", "_subject": "user"}]}})
	some f in control.fail with input as w
	f.message == "user X of the MSP reaches 3 clients: a, b, c"
}
