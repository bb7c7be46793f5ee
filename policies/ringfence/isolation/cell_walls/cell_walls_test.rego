package ringfence.isolation.cell_walls_test

import data.ringfence.isolation.cell_walls as control

client(name, cell) := {"name": name, "cell": cell}

wall := {"name": "w", "cells": ["blue", "red"]}

to(names, state) := [{"name": name, "state": state} | some name in names]

world(clients, anybody) := {
	"msp": {"walls": [wall, {"name": "v", "cells": ["gold", "green"]}]},
	"reach": {"anybody": anybody, "principals": [{"kind": "user", "id": "x", "clients": clients}]},
	"fleet": {"clients": [
		client("b1", "blue"), client("b2", "blue"), client("r1", "red"),
		client("g1", "green"), client("none", null),
	]},
	"entra": {"users": [{"_id": "X", "_subject": "user", "userPrincipalName": "kim@msp.example"}]},
}

verdict := "no subject" if {
	not "user" in control.subjects
} else := "both" if {
	"user" in control.pass
	count(control.fail) > 0
} else := "pass" if {
	"user" in control.pass
} else := "fail" if {
	count(control.fail) == 1
} else := "undetermined"

test_verdicts[name] if {
	some name, c in {
		"nobody": [[], [], "pass"],
		"one side": [to(["b1", "b2", "none"], "live"), [], "pass"],
		"both sides": [to(["b1", "r1"], "live"), [], "fail"],
		"cells without a wall between them": [to(["b1", "g1"], "live"), [], "pass"],
		"the other side, once activated": [array.concat(to(["b1"], "live"), to(["r1"], "jit")), [], "fail"],
		"the other side, if others act": [array.concat(to(["b1"], "live"), to(["r1"], "potential")), [], "undetermined"],
		"perhaps the other side": [array.concat(to(["b1"], "live"), to(["r1"], "open")), [], "undetermined"],
		"perhaps the other side, as anybody": [to(["b1"], "live"), ["r1"], "undetermined"],
		"perhaps the same side, as anybody": [to(["b1"], "live"), ["b2"], "pass"],
	}
	verdict == c[2] with input as world(c[0], c[1])
}

test_no_walls[name] if {
	some name, walls in {"none": null, "an empty list": []}
	w := object.union(world(to(["b1", "r1"], "live"), []), {"msp": {"walls": walls}})
	verdict == "no subject" with input as w
	count(control.pass | control.fail) == 0 with input as w
}

test_message if {
	control.fail == {{
		"subject": "user",
		"message": "user kim@msp.example of the MSP reaches clients on both sides of the wall w: blue (b1, b2); red (r1)",
		"observed": {"wall": "w", "cells": ["blue", "red"]},
		"expected": "clients of one of its cells",
		"evidence": ["user#/id"],
	}} with input as world(to(["none", "r1", "b2", "b1"], "live"), [])
}

test_without_a_name if {
	w := object.union(world(to(["b1", "r1"], "live"), []), {"entra": {"users": [{"_id": "X", "_subject": "user"}]}})
	some f in control.fail with input as w
	f.message == "user X of the MSP reaches clients on both sides of the wall w: blue (b1); red (r1)"
}
