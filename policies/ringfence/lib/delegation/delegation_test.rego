package ringfence.lib.delegation_test

import data.ringfence.lib.delegation

relationship := {
	"_id": "r",
	"status": "active",
	"endDateTime": "2026-12-01T00:00:00Z",
	"accessDetails": {"unifiedRoles": [{"roleDefinitionId": "READER"}]},
}

access := {
	"_scope": "r",
	"status": "active",
	"accessContainer": {"accessContainerId": "GROUP", "accessContainerType": "securityGroup"},
	"accessDetails": {"unifiedRoles": [{"roleDefinitionId": "reader"}, {"roleDefinitionId": "writer"}]},
}

test_current[[status, end]] if {
	some [status, end, want] in [
		["active", "2026-12-01T00:00:00Z", true],
		["active", "2026-12-01T00:00:00.0000000Z", true],
		["active", "2026-11-23T12:00:00.9999999Z", false], # to the second
		["active", "0001-01-01T00:00:00Z", false],
		["active", "neverZ", false],
		["active", "2027", false],
		["expiring", "2026-12-01T00:00:00Z", true],
		["terminationRequested", "2026-12-01T00:00:00Z", false],
		["suspended", "2026-12-01T00:00:00Z", false],
		["active", "2026-11-23T12:00:00Z", false],
		["active", "2026-12-01T00:00:00+02:00", false],
		["active", null, false],
		["activating", "2026-12-01T00:00:00Z", false],
		["terminating", "2026-12-01T00:00:00Z", false],
		["terminated", "2026-12-01T00:00:00Z", false],
	]
	held := object.union(relationship, {"status": status, "endDateTime": end})
	is_current(held) == want
}

is_current(held) if {
	delegation.current(held) with input as {"as_of": "2026-11-23T12:00:00Z"}
} else := false

test_states if {
	delegation.may_act & delegation.over == set()
	count(delegation.may_act | delegation.over) == 10
}

team := {"accessContainer": {"accessContainerId": "TEAM", "accessContainerType": "unknownFutureValue"}}

test_granted[name] if {
	some name, c in {
		"current": {"relationship": {}, "access": {}, "want": {["group", "reader"]}},
		"a relationship that has ended": {"relationship": {"status": "terminated"}, "access": {}, "want": set()},
		"an assignment on the way": {"relationship": {}, "access": {"status": "pending"}, "want": set()},
		"to something that is no group": {"relationship": {}, "access": team, "want": set()},
	}
	delegation.granted == c.want with input as {
		"as_of": "2026-11-23T12:00:00Z",
		"gdap": {
			"relationships": [object.union(relationship, c.relationship)],
			"access_assignments": [object.union(access, c.access)],
		},
	}
}

test_taken_away[status] if {
	some status in ["deleting", "deleted"]
	delegation.possible == set() with input as {"gdap": {
		"relationships": [relationship],
		"access_assignments": [object.union(access, {"status": status})],
	}}
}

test_possible[name] if {
	some name, c in {
		"current": [relationship, {["group", "reader"]}],
		"a state of tomorrow": [object.union(relationship, {"status": "paused"}), {["group", "reader"]}],
		"over": [object.union(relationship, {"status": "expired"}), set()],
		"ending": [object.union(relationship, {"status": "terminating"}), {["group", "reader"]}],
		"roles unknown": [object.union(relationship, {"accessDetails": null}), {["group", "reader"], ["group", "writer"]}],
		"not there": [object.union(relationship, {"_id": "other"}), {["group", "reader"], ["group", "writer"]}],
	}
	delegation.possible == c[1] with input as {"gdap": {"relationships": [c[0]], "access_assignments": [access]}}
}

test_no_groups[name] if {
	some name, other in {
		"of another kind": team,
		"without an id": {"accessContainer": {"accessContainerId": null, "accessContainerType": "securityGroup"}},
	}
	delegation.groups == set() with input as {"gdap": {"access_assignments": [object.union(access, other)]}}
}

test_groups if {
	delegation.groups == {"group"} with input as {"gdap": {"access_assignments": [object.union(access, {"status": "deleted"})]}}
}
