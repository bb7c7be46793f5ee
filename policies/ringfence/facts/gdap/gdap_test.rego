package ringfence.facts.gdap_test

import data.ringfence.facts.gdap

tenant := "a0000000-0000-4000-8000-000000000001"

other := "b0000000-0000-4000-8000-000000000002"

relationship := {
	"_id": "r",
	"_subject": "gdap.relationships/r",
	"status": "active",
	"endDateTime": "2027-01-01T00:00:00Z",
	"customer": {"tenantId": tenant},
}

access := {
	"_subject": "gdap.access_assignments/r/x",
	"_scope": "r",
	"status": "active",
	"accessContainer": {"accessContainerId": "G", "accessContainerType": "securityGroup"},
	"accessDetails": {"unifiedRoles": [{"roleDefinitionId": "62e90394-69f5-4237-9190-012177145e10"}, {"roleDefinitionId": "88d8e3e3-8f55-4a1e-953a-9b9898b8876b"}]},
}

of(relationships, accesses, assignments) := {
	"as_of": "2026-11-23T10:00:00Z",
	"client": {"tenant_id": tenant},
	"msp": {"tenant_id": other},
	"gdap": {"relationships": relationships, "access_assignments": accesses},
	"entra": {"role_assignments": assignments, "role_definitions": []},
}

found(state) := {{
	"from": sprintf("%s/group/g", [other]),
	"to": sprintf("%s/tier0/global-administrator", [tenant]),
	"state": state,
	"evidence": ["gdap.relationships/r", "gdap.access_assignments/r/x"],
}}

test_states[name] if {
	some name, c in {
		"in force": ["active", "active", "live"],
		"about to end": ["terminationRequested", "active", "live"],
		"not approved": ["approvalPending", "active", "potential"],
		"not given": ["active", "pending", "potential"],
	}
	with_status := object.union(relationship, {"status": c[0]})
	gdap.edge == found(c[2]) with input as of([with_status], [object.union(access, {"status": c[1]})], [])
}

test_none[name] if {
	some name, c in {
		"over": [{"status": "terminated"}, {}],
		"past its end": [{"endDateTime": "2026-01-01T00:00:00Z"}, {}],
		"taken back": [{}, {"status": "deleted"}],
		"of another relationship": [{}, {"_scope": "s"}],
		"no customer": [{"customer": null}, {}],
		"no group": [{}, {"accessContainer": {"accessContainerType": "unknownFutureValue"}}],
	}
	of_both := of([object.union(relationship, c[0])], [object.union(access, c[1])], [])
	count(gdap.edge) == 0 with input as of_both
}

assignment := {
	"_subject": "entra.role_assignments/r",
	"principalId": "G",
	"principalOrganizationId": other,
	"roleDefinitionId": "62e90394-69f5-4237-9190-012177145e10",
	"directoryScopeId": "/",
}

test_foreign_group if {
	want := {
		"from": sprintf("%s/group/g", [other]),
		"to": sprintf("%s/tier0/global-administrator", [tenant]),
		"state": "live",
		"evidence": ["entra.role_assignments/r"],
	}
	gdap.edge == {want} with input as of([], [], [assignment])
}

test_no_foreign_group[name] if {
	some name, changes in {
		"our own": {"principalOrganizationId": tenant},
		"nobody says": {"principalOrganizationId": null},
		"a part": {"directoryScopeId": "/administrativeUnits/a"},
	}
	count(gdap.edge) == 0 with input as of([], [], [object.union(assignment, changes)])
}
