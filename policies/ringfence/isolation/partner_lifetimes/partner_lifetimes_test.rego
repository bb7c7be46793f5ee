package ringfence.isolation.partner_lifetimes_test

import data.ringfence.isolation.partner_lifetimes as control

subject := "gdap.relationships/r1"

relationship(id, changes) := object.union(
	{
		"_id": id,
		"_subject": sprintf("gdap.relationships/%s", [id]),
		"displayName": id,
		"status": "active",
		"duration": "P365D",
		"autoExtendDuration": "PT0S",
		"endDateTime": "2027-06-01T00:00:00Z",
		"accessDetails": {"unifiedRoles": [{"roleDefinitionId": "READER"}]},
	},
	changes,
)

tenant(gdap, relationships) := {
	"client": {"gdap": gdap},
	"params": {"warn_days": 30},
	"as_of": "2026-11-23T12:00:00Z",
	"gdap": {"relationships": relationships},
}

agreed := {"roles": null, "max_duration": "P365D", "auto_extend": false}

extending := object.union(agreed, {"auto_extend": true})

verdict := "no subject" if {
	not subject in control.subjects
	not subject in control.pass
	not subject in {f.subject | some f in control.fail}
} else := "both" if {
	subject in control.pass
	subject in {f.subject | some f in control.fail}
} else := "pass" if {
	subject in control.pass
} else := "fail" if {
	subject in {f.subject | some f in control.fail}
} else := "undetermined"

soon := "2026-12-01T00:00:00Z"

test_relationships[name] if {
	some name, c in {
		"as agreed": {"with": {}, "want": "pass"},
		"in another form": {"with": {"duration": "P1Y"}, "want": "pass"},
		"approved": {"with": {"status": "approved"}, "want": "pass"},
		"without a day more": {"with": {"autoExtendDuration": "P0D"}, "want": "pass"},
		"activating": {"with": {"status": "activating"}, "want": "pass"},
		"a role of no id": {"with": {"accessDetails": {"unifiedRoles": [{"roleDefinitionId": null}]}}, "want": "pass"},
		"it goes on for just long enough": {"with": {"endDateTime": "2026-12-23T12:00:00Z"}, "want": "pass"},
		"it ends soon, or extends itself": {"with": {"autoExtendDuration": null, "endDateTime": soon}, "want": "undetermined"},
		"over, too long": {"with": {"status": "expired", "duration": "P2Y"}, "want": "no subject"},
		"over, it extended itself": {"with": {"status": "terminated", "autoExtendDuration": "P180D"}, "want": "no subject"},
		"too long": {"with": {"duration": "P2Y"}, "want": "fail"},
		"too long, and ending": {"with": {"duration": "P730D", "status": "terminating"}, "want": "fail"},
		"it extends itself": {"with": {"autoExtendDuration": "P180D"}, "want": "fail"},
		"it extends itself, as agreed": {"gdap": extending, "with": {"autoExtendDuration": "P180D", "endDateTime": soon}, "want": "pass"},
		"nothing was agreed about its length": {"gdap": object.union(agreed, {"max_duration": null}), "with": {"duration": "P730D"}, "want": "pass"},
		"it ends soon": {"with": {"endDateTime": soon}, "want": "fail"},
		"it ended, and is active": {"with": {"endDateTime": "2026-01-01T00:00:00Z"}, "want": "fail"},
		"expiring": {"with": {"status": "expiring"}, "want": "fail"},
		"over": {"with": {"status": "expired", "endDateTime": soon}, "want": "no subject"},
		"no promise": {"gdap": null, "with": {"endDateTime": soon}, "want": "no subject"},
		# Nothing is known.
		"months": {"with": {"duration": "P6M"}, "want": "undetermined"},
		"a promise in months": {"gdap": object.union(agreed, {"max_duration": "P12M"}), "with": {}, "want": "undetermined"},
		"no end": {"with": {"endDateTime": null}, "want": "undetermined"},
		"an end somewhere": {"with": {"endDateTime": "2026-12-01T00:00:00+02:00"}, "want": "undetermined"},
		"whether it extends itself": {"with": {"autoExtendDuration": null}, "want": "undetermined"},
		"ending": {"with": {"status": "terminationRequested"}, "want": "undetermined"},
		"a state of tomorrow": {"with": {"status": "paused"}, "want": "undetermined"},
	}
	verdict == c.want with input as tenant(object.get(c, "gdap", agreed), [relationship("r1", c["with"])])
}

test_successors[name] if {
	some name, c in {
		"with the same roles": {"with": {}, "want": "pass"},
		"with more roles": {"with": {"accessDetails": {"unifiedRoles": [{"roleDefinitionId": "reader"}, {"roleDefinitionId": "writer"}]}}, "want": "pass"},
		"with other roles": {"with": {"accessDetails": {"unifiedRoles": [{"roleDefinitionId": "writer"}]}}, "want": "fail"},
		"that nobody approved": {"with": {"status": "approvalPending"}, "want": "fail"},
		"that is ending": {"with": {"status": "terminating"}, "want": "fail"},
		"that ends soon, too": {"with": {"endDateTime": soon}, "want": "fail"},
		"that is over, with a role of no id": {"with": {"status": "expired", "accessDetails": {"unifiedRoles": [{"roleDefinitionId": null}]}}, "want": "fail"},
		"that is approved": {"with": {"status": "approved"}, "want": "undetermined"},
		"without an end": {"with": {"endDateTime": null}, "want": "undetermined"},
		"with a role of no id": {"with": {"accessDetails": {"unifiedRoles": [{"roleDefinitionId": null}]}}, "want": "undetermined"},
	}
	verdict == c.want with input as tenant(agreed, [relationship("r1", {"endDateTime": soon}), relationship("r2", c["with"])])
}

test_expiring_with_successor if {
	verdict == "pass" with input as tenant(agreed, [relationship("r1", {"status": "expiring", "endDateTime": soon}), relationship("r2", {})])
}

test_ending_with_successor if {
	verdict == "undetermined" with input as tenant(agreed, [relationship("r1", {"status": "terminating", "endDateTime": soon}), relationship("r2", {})])
}

test_successor_for_one_of_two_roles_that_are_known if {
	roles := [{"roleDefinitionId": "reader"}, {"roleDefinitionId": null}]
	verdict == "undetermined" with input as tenant(agreed, [
		relationship("r1", {"endDateTime": soon, "accessDetails": {"unifiedRoles": roles}}),
		relationship("r2", {}),
	])
}

test_two_successors if {
	both := [{"roleDefinitionId": "reader"}, {"roleDefinitionId": "writer"}]
	verdict == "pass" with input as tenant(agreed, [
		relationship("r1", {"endDateTime": soon, "accessDetails": {"unifiedRoles": both}}),
		relationship("r2", {}),
		relationship("r3", {"accessDetails": {"unifiedRoles": [{"roleDefinitionId": "writer"}]}}),
	])
}

test_two_findings if {
	messages := {f.message | some f in control.fail} with input as tenant(agreed, [relationship("r1", {"duration": "P730D", "endDateTime": soon})])
	messages == {
		"the relationship r1 is for P730D, and P365D was agreed",
		"the relationship r1 ends on 2026-12-01, and nothing in force has all of its roles",
	}
}

test_message if {
	control.fail == {{
		"subject": subject,
		"message": "the relationship r1 extends itself by P180D, which was not agreed",
		"observed": {"status": "active", "duration": "P365D", "autoExtendDuration": "P180D", "endDateTime": "2027-06-01T00:00:00Z"},
		"expected": {"max_duration": "P365D", "auto_extend": false},
		"evidence": ["gdap.relationships/r1#/autoExtendDuration"],
	}} with input as tenant(agreed, [relationship("r1", {"autoExtendDuration": "P180D"})])
}

test_no_property[property] if {
	some property in ["status", "duration", "autoExtendDuration", "endDateTime"]
	verdict == "undetermined" with input as tenant(agreed, [object.remove(relationship("r1", {}), [property])])
}

test_lapsing_with_a_role_of_no_id if {
	nameless := {"endDateTime": soon, "accessDetails": {"unifiedRoles": [{"roleDefinitionId": null}]}}
	verdict == "undetermined" with input as tenant(agreed, [relationship("r1", nameless), relationship("r2", {})])
}
