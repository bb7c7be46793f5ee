package ringfence.evidence.snapshot_age_test

import data.ringfence.evidence.snapshot_age as control

users := "snapshot/entra.users"

world(status, ended, max_age) := {
	"as_of": "2026-11-23T12:00:00Z",
	"client": {"max_age": max_age},
	"snapshot": {"datasets": [{"_subject": users, "dataset": "entra.users", "status": status, "ended_at": ended}]},
}

test_verdicts[name] if {
	some name, c in {
		"an hour old": {"world": world("complete", "2026-11-23T11:00:00Z", "24h"), "pass": true},
		"a day old, to the nanosecond": {"world": world("complete", "2026-11-22T12:00:00.000000000Z", "24h"), "pass": true},
		"older by a second": {"world": world("stale", "2026-11-22T11:59:59Z", "24h"), "fail": true},
		"in another zone": {"world": world("stale", "2026-11-22T12:59:59+01:00", "24h"), "fail": true},
		"older than some minutes": {"world": world("stale", "2026-11-23T11:29:00Z", "30m"), "fail": true},
		"older than two days": {"world": world("stale", "2026-11-21T11:00:00Z", "2d"), "fail": true},
		# Near miss: a client in a change freeze, with a slower pace that is agreed.
		"a week old, as agreed": {"world": world("complete", "2026-11-16T12:00:00Z", "7d"), "pass": true},
		"half an hour old, as agreed": {"world": world("complete", "2026-11-23T11:30:00Z", "30m"), "pass": true},
		"stale, and just not too old": {"world": world("stale", "2026-11-22T12:00:00Z", "24h")},
		"older by a nanosecond than hours": {"world": world("complete", "2026-11-22T11:59:59.999999999Z", "24h")},
		"older by a nanosecond than minutes": {"world": world("complete", "2026-11-23T11:29:59.999999999Z", "30m")},
		"older by a nanosecond than days": {"world": world("complete", "2026-11-16T11:59:59.999999999Z", "7d")},
		"not read": {"world": world("denied", null, "24h")},
		"denied, long ago": {"world": world("denied", "2026-11-01T00:00:00Z", "24h")},
		"partial": {"world": world("partial", "2026-11-23T11:00:00Z", "24h")},
		"stale, at no time": {"world": world("stale", null, "24h")},
		"stale, at a time that is none": {"world": world("stale", "2026-11-22", "24h")},
		"stale by its own word alone": {"world": world("stale", "2026-11-23T11:00:00Z", "24h")},
		"complete, and too old": {"world": world("complete", "2026-11-22T11:59:59Z", "24h")},
		"an age that is none": {"world": world("complete", "2026-11-23T11:00:00Z", "24 hours")},
		"no age": {"world": world("complete", "2026-11-23T11:00:00Z", null)},
	}
	control.subjects == {users} with input as c.world
	control.pass == {users | c.pass} with input as c.world
	{f.subject | some f in control.fail} == {users | c.fail} with input as c.world
}

test_message if {
	control.fail == {{
		"subject": users,
		"message": "entra.users was read at 2026-11-21T12:00:00Z, more than 24h before 2026-11-23T12:00:00Z",
		"observed": {"ended_at": "2026-11-21T12:00:00Z"},
		"expected": {"max_age": "24h"},
		"evidence": [],
	}} with input as world("stale", "2026-11-21T12:00:00Z", "24h")
}
