package ringfence.lib.reached_test

import data.ringfence.lib.reached

reach := {"anybody": ["a"], "principals": [{"kind": "user", "id": "u", "clients": [
	{"name": "b", "state": "live"},
	{"name": "c", "state": "jit"},
	{"name": "d", "state": "potential"},
	{"name": "e", "state": "open"},
]}]}

test_surely if reached.surely == {["user", "u"]: {"b", "c"}} with input.reach as reach

test_at_most if {
	reached.at_most("user", "U") == {"a", "b", "c", "d", "e"} with input.reach as reach
	reached.at_most("user", "v") == {"a"} with input.reach as reach
	reached.at_most("service-principal", "u") == {"a"} with input.reach as reach
}

test_unknown if {
	count(reached.surely) == 0 with input.reach as null
	reached.at_most("user", "u") == set() with input.reach as null
}

test_listed if {
	reached.listed({"b", "a"}) == "a, b"
	reached.listed({sprintf("c%d", [i]) | some i in numbers.range(10, 19)}) == "c10, c11, c12, c13, c14, c15, c16, c17, c18, c19"
	reached.listed({sprintf("c%d", [i]) | some i in numbers.range(10, 21)}) == "c10, c11, c12, c13, c14, c15, c16, c17, c18, c19 and 2 more"
}
