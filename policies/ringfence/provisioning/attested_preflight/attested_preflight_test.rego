package ringfence.provisioning.attested_preflight_test

import data.ringfence.provisioning.attested_preflight as control

review(reviewer, decision) := {
	"reviewer": reviewer,
	"email": sprintf("j.%s@northwind.example", [reviewer]),
	"org": "msp",
	"reviewed_at": "2026-11-20T10:00:00Z",
	"decision": decision,
	"statement": "b1b1",
}

run(as_of, reviews) := {
	"run": "r1",
	"results": "a1a1",
	"kind": "preflight",
	"as_of": as_of,
	"requester": "ada",
	"gate": "satisfied",
	"until": "",
	"problem": "",
	"reviews": reviews,
}

usual := run("2026-11-20T09:00:00Z", [review("lead", "confirmed")])

client(state, gate) := {"name": "fabrikam", "state": state, "gate": gate}

world(runs) := {
	"client": client("live", "attested"),
	"params": {},
	"as_of": "2026-11-23T12:00:00Z",
	"records": {"runs": runs},
}

verdict := "no subject" if {
	control.subjects == set()
	control.pass == set()
	control.fail == set()
} else := "both" if {
	control.pass != set()
	control.fail != set()
} else := "pass" if {
	control.pass == {"client/fabrikam"}
} else := "fail" if {
	{failure.subject | some failure in control.fail} == {"client/fabrikam"}
} else := "undetermined" if control.subjects == {"client/fabrikam"}

test_records[name] if {
	some name, c in {
		"attested": {"runs": [usual], "want": "pass"},
		"nothing": {"runs": [], "want": "fail"},
		"an audit": {"runs": [object.union(usual, {"kind": "audit"})], "want": "fail"},
		"no review counts": {"runs": [object.union(usual, {"reviews": [], "problem": "a review is signed by nobody"})], "want": "fail"},
		"the run was changed": {"runs": [{"run": "r2", "kind": "", "as_of": "", "requester": "", "gate": "", "until": "", "reviews": [], "problem": "was changed"}], "want": "fail"},
		"a risk that is borne": {"runs": [object.union(usual, {"reviews": [review("lead", "accepted-risk")]})], "want": "pass"},
		"disputed": {"runs": [object.union(usual, {"reviews": [review("lead", "disputed")]})], "want": "fail"},
		"disputed by one": {"runs": [object.union(usual, {"reviews": [review("lead", "confirmed"), review("client", "disputed")]})], "want": "fail"},
		"a decision of tomorrow": {"runs": [object.union(usual, {"reviews": [review("lead", "postponed")]})], "want": "undetermined"},
		"by the requester": {"runs": [object.union(usual, {"requester": "Lead"})], "want": "fail"},
		"by the requester's address": {"runs": [object.union(usual, {"requester": "j.lead@Northwind.example"})], "want": "fail"},
		"by the requester's account": {"runs": [object.union(usual, {"requester": "j.lead"})], "want": "fail"},
		"by another one's address": {"runs": [object.union(usual, {"requester": "j.lead@fabrikam.example"})], "want": "pass"},
		"by the requester and another one": {"runs": [object.union(usual, {"requester": "lead", "reviews": [review("lead", "confirmed"), review("client", "confirmed")]})], "want": "pass"},
		"nobody says who asked": {"runs": [object.union(usual, {"requester": ""})], "want": "undetermined"},
		# False positive: taken over with a mess, and every exception has an owner and an end.
		"with exceptions": {"runs": [object.union(usual, {"gate": "excepted", "until": "2026-11-23"})], "want": "pass"},
		"with an exception that ended": {"runs": [object.union(usual, {"gate": "excepted", "until": "2026-11-22"})], "want": "fail"},
		"nothing to judge": {"runs": [object.union(usual, {"gate": "not-applicable"})], "want": "pass"},
		"a shut gate": {"runs": [object.union(usual, {"gate": "not-satisfied"})], "want": "fail"},
		"a gate that is not known": {"runs": [object.union(usual, {"gate": "undetermined"})], "want": "fail"},
		"a newer one is disputed": {"runs": [usual, run("2026-11-21T09:00:00Z", [review("lead", "disputed")])], "want": "fail"},
		"an older one is disputed": {"runs": [usual, run("2026-11-19T09:00:00Z", [review("lead", "disputed")])], "want": "pass"},
		"a newer one that nobody reviewed": {"runs": [usual, object.union(run("2026-11-21T09:00:00Z", []), {"gate": "not-satisfied"})], "want": "pass"},
		"two of the same second": {"runs": [usual, object.union(usual, {"gate": "not-satisfied"})], "want": "fail"},
	}
	verdict == c.want with input as world(c.runs)
}

test_unknown[name] if {
	some name, patch in {
		"null": {"op": "replace", "path": "/records", "value": null},
		"not there": {"op": "remove", "path": "/records"},
		"no runs": {"op": "remove", "path": "/records/runs"},
	}
	verdict == "undetermined" with input as json.patch(world([usual]), [patch])
}

test_live if verdict == "fail" with input as world([])

test_nobody_is_asked[name] if {
	some name, c in {
		"onboarding": client("onboarding", "attested"),
		"offboarded": client("offboarded", "attested"),
		"not promised": client("live", null),
	}
	every runs in [
		[], [usual],
		[object.union(usual, {"gate": "not-satisfied"})],
		[object.union(usual, {"until": "2026-11-01"})],
		[object.union(usual, {"reviews": [review("lead", "disputed")]})],
		[object.union(usual, {"requester": "lead"})],
	] {
		verdict == "no subject" with input as json.patch(world(runs), [{"op": "replace", "path": "/client", "value": c}])
	}
}

test_messages[message] if {
	some message, r in {
		"no preflight of the client was attested: run r1: x": object.union(usual, {"reviews": [], "problem": "x"}),
		"the gate was shut at the preflight that was attested: undetermined": object.union(usual, {"gate": "undetermined"}),
		"an exception that the preflight rests on ended on 2026-11-01": object.union(usual, {"until": "2026-11-01"}),
		"lead disputes a finding of the preflight": object.union(usual, {"reviews": [review("lead", "disputed")]}),
		"only lead, who asked for the preflight, attested it": object.union(usual, {"requester": "lead"}),
	}
	{f.message | some f in control.fail} == {message} with input as world([r])
}

test_message_of_one_problem if {
	runs := [object.union(usual, {"kind": "audit"}), object.union(usual, {"run": "r2", "kind": "", "reviews": [], "problem": "x"})]
	{f.message | some f in control.fail} == {"no preflight of the client was attested: run r2: x"} with input as world(runs)
}

test_message_without_a_problem if {
	{f.message | some f in control.fail} == {"no preflight of the client was attested"} with input as world([])
}
