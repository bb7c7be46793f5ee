package ringfence.evidence.snapshot_complete_test

import data.ringfence.evidence.snapshot_complete as control

users := "snapshot/entra.users"

# complete is a dataset that was read to its end.
complete := {
	"_subject": users, "dataset": "entra.users", "status": "complete", "said": "complete",
	"code": null, "http_status": null, "reason": null, "scopes": [], "licence": null,
}

account(changes) := object.union(complete, changes)

world(d) := {"snapshot": {"datasets": [d]}}

# of is what one scope of a dataset says, which as a whole is partial.
of(scope) := account({"status": "partial", "said": "partial", "scopes": [scope]})

group := {"scope": "g", "status": "partial", "count": 3, "code": null, "http_status": null, "reason": "why"}

cases := {
	"read to its end": {"d": complete, "pass": true},
	"at every vault": {"d": account({"proof": "role_assignment"}), "pass": true},
	# Near miss: the catalogue's 403 of a licence that is missing.
	"no licence, proven": {
		"d": account({
			"said": "not_licensed", "code": "AadPremiumLicenseRequired", "http_status": 403, "reason": "no licence",
			"licence": {"plans": ["AAD_PREMIUM_P2"], "held": false},
		}),
		"pass": true,
	},
	"contradictory": {"d": account({"status": "error", "code": "contradictory", "reason": "it ended before it started"}), "fail": true},
	"a refusal taken for an empty list": {
		"d": account({"code": "Forbidden", "http_status": 403, "reason": "HTTP 403, Forbidden"}),
		"fail": true,
	},
	"complete, and a scope is not": {
		"d": account({"scopes": [object.union(group, {"status": "denied"})]}),
		"fail": true,
	},
	"complete, and a scope of it is so beside an error": {
		"d": account({"scopes": [object.union(group, {"status": "complete"})]}),
		"fail": true,
	},
	"a scope is complete beside an error": {"d": of(object.union(group, {"status": "complete"})), "fail": true},
	"the third page failed": {"d": account({"status": "partial", "said": "partial", "http_status": 503, "reason": "HTTP 503"}), "fail": true},
	"the first status that is an error": {"d": account({"status": "partial", "said": "partial", "http_status": 400, "reason": "HTTP 400"}), "fail": true},
	"the third page of a group failed": {"d": of(object.union(group, {"http_status": 503})), "fail": true},
	# Near misses: said honestly, and no proof that anything was cut.
	"complete by its own word, and not by the promise": {"d": object.union(of(object.union(group, {"status": "denied"})), {"said": "complete"})},
	"complete by the engine's word alone": {"d": account({"said": "partial"})},
	"no licence by its own word alone": {"d": account({"said": "denied", "reason": "x", "licence": {"plans": [], "held": false}})},
	"a status that is text": {"d": account({"status": "partial", "said": "partial", "http_status": "503", "reason": "x"})},
	"skipped after a next link": {"d": account({"status": "skipped", "said": "skipped", "code": "next_link_loop", "reason": "x"})},
	"denied": {"d": account({"status": "denied", "said": "denied", "http_status": 403, "reason": "HTTP 403"})},
	"denied, and contradicted by the promise": {"d": account({"status": "denied", "reason": "visibility_unproven"})},
	"throttled from the first page": {"d": account({"status": "throttled", "said": "throttled", "http_status": 429, "reason": "HTTP 429"})},
	"skipped": {"d": account({"status": "skipped", "said": "skipped", "code": "no_file", "reason": "no_file"})},
	"not in the manifest": {"d": account({"status": "skipped", "said": null, "reason": "not in the snapshot"})},
	"failed from the first page": {"d": account({"status": "error", "said": "error", "http_status": 503, "reason": "HTTP 503"})},
	"without a connection": {"d": account({"status": "error", "said": "error", "code": "unreachable", "reason": "unreachable"})},
	"nothing proves what the caller sees": {"d": account({"status": "partial", "said": "partial", "code": "visibility_unproven", "reason": "x"})},
	"too old": {"d": account({"status": "stale", "code": "stale", "reason": "stale"})},
	"no licence, unproven": {"d": account({
		"status": "not_licensed", "said": "not_licensed", "code": "licence_unproven", "reason": "x",
		"licence": {"plans": ["AAD_PREMIUM_P2"], "held": null},
	})},
	"no licence, and nobody knows what that means": {"d": account({
		"status": "not_licensed", "said": "not_licensed", "reason": "x",
		"licence": {"plans": ["AAD_PREMIUM"], "held": false},
	})},
	"no licence, and it has one": {"d": account({
		"said": "not_licensed", "code": "x", "reason": "x",
		"licence": {"plans": ["AAD_PREMIUM"], "held": true},
	})},
	"a subscription was denied": {"d": of(object.union(group, {"status": "denied", "http_status": 503}))},
	"a group was refused": {"d": of(object.union(group, {"http_status": 403}))},
	"a group without a token": {"d": of(object.union(group, {"http_status": 401}))},
	"what is of unknown extent was cut": {"d": of(object.union(group, {"scope": "*", "http_status": 503}))},
	"a scope answers for the whole": {"d": object.union(of(object.union(group, {"status": "denied"})), {"http_status": 503})},
	"a next page": {"d": account({"status": "partial", "said": "partial", "http_status": 399, "reason": "x"})},
}

test_verdicts[name] if {
	some name, c in cases
	control.subjects == {users} with input as world(c.d)
	control.pass == {users | c.pass} with input as world(c.d)
	{f.subject | some f in control.fail} == {users | c.fail} with input as world(c.d)
}

test_cut_by_its_code[code] if {
	some code in [
		"connection_reset", "count_differs", "foreign_next_link", "last_page_missing", "next_link_loop",
		"result_truncated", "timeout", "truncated", "unreachable",
	]
	count(control.fail) == 1 with input as world(account({"status": "partial", "said": "partial", "code": code, "reason": code}))
}

# A next link that leads nowhere: nothing is kept of the list.
test_dangling[code] if {
	some code in ["foreign_next_link", "next_link_loop"]
	count(control.fail) == 1 with input as world(account({"status": "error", "said": "error", "code": code, "reason": code}))
}

# What is complete beside an error is said once.
test_once if {
	count(control.fail) == 1 with input as world(account({"scopes": [object.union(group, {"status": "complete"})]}))
}

test_messages[name] if {
	some name, c in {
		"contradictory": {
			"d": account({"status": "error", "code": "contradictory", "reason": "contradictory, it counts wrong"}),
			"message": "the account of entra.users contradicts itself: contradictory, it counts wrong",
		},
		"swallowed": {
			"d": account({"code": "Forbidden", "http_status": 403, "reason": "HTTP 403, Forbidden"}),
			"message": "entra.users says complete, beside HTTP 403, Forbidden",
		},
		"a scope is not": {
			"d": account({"scopes": [object.union(group, {"status": "denied"})]}),
			"message": "entra.users says complete, and g of it is denied",
		},
		"a scope is, beside an error": {
			"d": account({"scopes": [object.union(group, {"status": "complete"})]}),
			"message": "g of entra.users says complete, beside why",
		},
		"partial, a scope is, beside an error": {
			"d": of(object.union(group, {"status": "complete"})),
			"message": "g of entra.users says complete, beside why",
		},
		"cut": {
			"d": account({"status": "partial", "said": "partial", "http_status": 503, "reason": "HTTP 503"}),
			"message": "entra.users was read in part and cut: HTTP 503",
		},
		"cut in a group": {
			"d": of(object.union(group, {"http_status": 503})),
			"message": "entra.users of g was read in part and cut: why",
		},
	}
	some f in control.fail with input as world(c.d)
	f.message == c.message
	f.observed == {"status": c.d.status, "said": c.d.said, "reason": c.d.reason}
	f.expected == {"status": "complete"}
	f.evidence == []
}
