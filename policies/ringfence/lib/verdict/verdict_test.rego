package ringfence.lib.verdict_test

import data.ringfence.lib.verdict

vault(name, scope) := {"_id": name, "_scope": scope, "_subject": sprintf("keyvault.vaults/%s", [name])}

a := "keyvault.vaults/a"

b := "keyvault.vaults/b"

answer := {"subjects": {a, b}, "pass": {a}, "fail": {{"subject": b, "message": "off"}}}

plan := {
	"subjects": ["keyvault.vaults"],
	"pass": {"keyvault.vaults": {"gates": false, "joined": false, "parent": "azure.subscriptions"}},
	"fail_gates": [],
	"promises": [],
	"lacks": {},
}

world(datasets, changes) := {
	"client": {"fence": null},
	"keyvault": {"vaults": [vault("a", "s1"), vault("b", "s2")]},
	"coverage": {"datasets": datasets, "controls": {"C": object.union(plan, changes)}},
}

complete := {"keyvault.vaults": {"status": "complete", "scopes": [{"scope": "s1", "status": "complete"}, {"scope": "s2", "status": "complete"}]}}

cut := {"keyvault.vaults": {"status": "partial", "scopes": [{"scope": "s1", "status": "complete"}, {"scope": "s2", "status": "denied"}]}}

denied := {"keyvault.vaults": {"status": "denied"}}

cases := {
	"all seen": [complete, {}, {a: "satisfied", b: "not-satisfied"}, "not-satisfied"],
	"another subscription denied": [cut, {}, {a: "satisfied", b: "not-satisfied", "keyvault.vaults/s2/*": "undetermined"}, "not-satisfied"],
	"every scope denied": [
		{"keyvault.vaults": {"status": "denied", "scopes": [{"scope": "s1", "status": "denied"}, {"scope": "/s2", "status": "denied"}]}}, {},
		{a: "undetermined", b: "not-satisfied", "keyvault.vaults/s1/*": "undetermined", "keyvault.vaults/s2/*": "undetermined"}, "not-satisfied",
	],
	"stale, whatever its scopes say": [
		{"keyvault.vaults": {"status": "stale", "scopes": [{"scope": "s1", "status": "complete"}]}}, {},
		{a: "undetermined", b: "not-satisfied", "keyvault.vaults/*": "undetermined"}, "not-satisfied",
	],
	"complete, but for a scope": [
		{"keyvault.vaults": {"status": "complete", "scopes": [{"scope": "s1", "status": "partial"}]}}, {},
		{a: "undetermined", b: "not-satisfied", "keyvault.vaults/s1/*": "undetermined"}, "not-satisfied",
	],
	"the subscription denied, another complete": [
		{"keyvault.vaults": {"status": "partial", "scopes": [{"scope": "s1", "status": "denied"}, {"scope": "s2", "status": "complete"}]}}, {},
		{a: "undetermined", b: "not-satisfied", "keyvault.vaults/s1/*": "undetermined"}, "not-satisfied",
	],
	"a violation that did not see another subscription": [
		{"keyvault.vaults": {"status": "complete", "scopes": [{"scope": "s1", "status": "complete"}, {"scope": "s2", "status": "partial"}]}}, {"fail_gates": ["keyvault.vaults"]},
		{a: "satisfied", b: "undetermined", "keyvault.vaults/s2/*": "undetermined"}, "undetermined",
	],
	"partial, and no scope says why": [
		{"keyvault.vaults": {"status": "partial", "scopes": [{"scope": "s1", "status": "complete"}]}}, {},
		{a: "undetermined", b: "not-satisfied", "keyvault.vaults/*": "undetermined"}, "not-satisfied",
	],
	"the only scope denied": [
		{"keyvault.vaults": {"status": "denied", "scopes": [{"scope": "s1", "status": "denied"}]}}, {},
		{a: "undetermined", b: "not-satisfied", "keyvault.vaults/s1/*": "undetermined"}, "not-satisfied",
	],
	"denied, and one scope does not explain it": [
		{"keyvault.vaults": {"status": "denied", "scopes": [{"scope": "s1", "status": "complete"}, {"scope": "s2", "status": "denied"}]}}, {},
		{a: "undetermined", b: "not-satisfied", "keyvault.vaults/*": "undetermined", "keyvault.vaults/s2/*": "undetermined"}, "not-satisfied",
	],
	"subjects, whatever was promised": [cut, {"promises": ["client.fence"]}, {a: "satisfied", b: "not-satisfied", "keyvault.vaults/s2/*": "undetermined"}, "not-satisfied"],
	"another dataset is complete": [
		object.union(complete, {"azure.locations": {"status": "complete"}}), {"pass": {"azure.locations": {"gates": false}}},
		{a: "satisfied", b: "not-satisfied"}, "not-satisfied",
	],
	"pass asks what is not there": [cut, {"pass": {"keyvault.vaults": {"gates": true, "joined": false, "parent": "azure.subscriptions"}}}, {a: "undetermined", b: "not-satisfied", "keyvault.vaults/s2/*": "undetermined"}, "not-satisfied"],
	"no parent": [cut, {"pass": {"keyvault.vaults": {"parent": ""}}}, {a: "undetermined", b: "not-satisfied", "keyvault.vaults/s2/*": "undetermined"}, "not-satisfied"],
	"a violation that asks what is not there": [cut, {"fail_gates": ["keyvault.vaults"]}, {a: "satisfied", b: "undetermined", "keyvault.vaults/s2/*": "undetermined"}, "undetermined"],
	"a violation that saw all": [complete, {"fail_gates": ["keyvault.vaults"]}, {a: "satisfied", b: "not-satisfied"}, "not-satisfied"],
	"not there at all": [denied, {}, {a: "undetermined", b: "not-satisfied", "keyvault.vaults/*": "undetermined"}, "not-satisfied"],
	"its own document lacks": [complete, {"lacks": {"keyvault.vaults": [a]}}, {a: "undetermined", b: "not-satisfied"}, "not-satisfied"],
	"its own document lacks, and is behind no subject": [complete, {"subjects": [], "lacks": {"keyvault.vaults": [a]}}, {a: "undetermined", b: "not-satisfied"}, "not-satisfied"],
	"another document lacks": [complete, {"lacks": {"keyvault.vaults": ["keyvault.vaults/c"]}}, {a: "satisfied", b: "not-satisfied", "keyvault.vaults/c": "undetermined"}, "not-satisfied"],
	"another one lacks, and is joined": [
		complete, {"pass": {"keyvault.vaults": {"gates": false, "joined": true}}, "lacks": {"keyvault.vaults": [b]}},
		{a: "undetermined", b: "not-satisfied"}, "not-satisfied",
	],
	"another one lacks, and may be the answer": [
		complete, {"pass": {"keyvault.vaults": {"gates": true, "joined": false}}, "lacks": {"keyvault.vaults": [b]}},
		{a: "undetermined", b: "not-satisfied"}, "not-satisfied",
	],
	"another dataset lacks": [
		object.union(complete, {"azure.locations": {"status": "complete"}}),
		{"pass": {"keyvault.vaults": {"gates": false}, "azure.locations": {"gates": false}}, "lacks": {"azure.locations": ["azure.locations/x"]}},
		{a: "undetermined", b: "not-satisfied"}, "not-satisfied",
	],
	"another dataset is missing": [
		object.union(complete, {"azure.locations": {"status": "skipped"}}), {"pass": {"keyvault.vaults": {"gates": false}, "azure.locations": {"gates": false}}},
		{a: "undetermined", b: "not-satisfied"}, "not-satisfied",
	],
	"a violation that others' evidence could take back": [complete, {"unjoined": {"fail_gates": ["guest"]}}, {a: "satisfied", b: "undetermined"}, "undetermined"],
	"a pass that others' evidence could take back": [complete, {"unjoined": {"pass": ["guest"]}}, {a: "undetermined", b: "not-satisfied"}, "not-satisfied"],
	"subjects that others' evidence tells": [
		complete, {"unjoined": {"subjects": ["guest"]}},
		{a: "undetermined", b: "not-satisfied", "fleet/guest/*": "undetermined"}, "not-satisfied",
	],
	"another dataset is not mentioned": [complete, {"pass": {"azure.locations": {"gates": false}}}, {a: "undetermined", b: "not-satisfied"}, "not-satisfied"],
}

test_of[name] if {
	some name, c in cases
	verdict.of("C", answer) == c[2] with input as world(c[0], c[1])
	verdict.control("C", answer) == c[3] with input as world(c[0], c[1])
}

test_siblings if {
	datasets := object.union(cut, {"keyvault.keys": {"status": "partial", "scopes": [{"scope": "s1", "status": "complete"}, {"scope": "s2", "status": "denied"}]}})
	read := {"gates": false, "joined": false, "parent": "azure.subscriptions"}
	both := {"pass": {"keyvault.vaults": read, "keyvault.keys": read}}
	verdict.of("C", answer)[a] == "satisfied" with input as world(datasets, both)
	quiet := {"pass": {"keyvault.vaults": read, "keyvault.keys": object.remove(read, ["gates"])}}
	verdict.of("C", answer)[a] == "satisfied" with input as world(datasets, quiet)
	other := {"pass": {"keyvault.vaults": read, "keyvault.keys": object.union(read, {"parent": "keyvault.vaults"})}}
	verdict.of("C", answer)[a] == "undetermined" with input as world(datasets, other)
}

test_a_plan_that_says_nothing_of_others if {
	lacking := world(complete, {"lacks": {"keyvault.vaults": [b]}})
	quiet := json.patch(lacking, [{"op": "replace", "path": "/coverage/controls/C/pass", "value": {"keyvault.vaults": {}}}])
	verdict.of("C", answer)[a] == "satisfied" with input as quiet
}

test_worst[want] if {
	some want, said in {
		"satisfied": {"subjects": {a}, "pass": {a}, "fail": set()},
		"undetermined": {"subjects": {a, b}, "pass": {a}, "fail": set()},
		"not-applicable": {"subjects": set(), "pass": set()},
	}
	verdict.control("C", said) == want with input as world(complete, {})
}

test_contradiction if {
	both := {"subjects": {a, b}, "pass": {a, b}, "fail": {{"subject": b, "message": "off"}}}
	verdict.of("C", both) == {a: "undetermined", b: "undetermined"} with input as world(complete, {})
}

nothing := {"subjects": set(), "pass": set(), "fail": set()}

test_not_promised[name] if {
	some name, c in {
		"the promise is null": [{"promises": ["client.fence"]}, set()],
		"the promise is not there": [{"promises": ["client.other"]}, set()],
		"it is not": [{"promises": ["client.tenant_id"]}, {"keyvault.vaults/*"}],
		"none is needed": [{}, {"keyvault.vaults/*"}],
		"the promise names none": [{"promises": ["client.tenant_id"], "subjects": []}, set()],
	}
	object.keys(verdict.of("C", nothing)) == c[1] with input as object.union(world(denied, c[0]), {"client": {"tenant_id": "x"}})
}

test_without_coverage_nothing_is_proven if verdict.of("C", answer) == {a: "undetermined", b: "undetermined"} with input as {"keyvault": {"vaults": [vault("a", "s1")]}}
