package ringfence.facts.governance_test

import data.ringfence.facts.governance

tenant := "a0000000-0000-4000-8000-000000000001"

other := "b0000000-0000-4000-8000-000000000002"

relationship := {
	"_subject": "entra.governance_relationships/r",
	"status": "active",
	"governingTenantId": other,
	"governedTenantId": tenant,
	"policySnapshot": {"delegatedAdministrationRoleAssignments": [{
		"groupId": "G",
		"roleTemplates": [{"id": "62e90394-69f5-4237-9190-012177145e10"}, {"id": "88d8e3e3-8f55-4a1e-953a-9b9898b8876b"}],
	}]},
}

of(changes) := {
	"client": {"tenant_id": tenant},
	"entra": {"role_definitions": [], "governance_relationships": [object.union(relationship, changes)]},
}

test_states[status] if {
	some status, state in {"active": "live", "pending": "potential", "a status of tomorrow": "potential"}
	want := {
		"from": sprintf("%s/group/g", [other]),
		"to": sprintf("%s/tier0/global-administrator", [tenant]),
		"state": state,
		"evidence": ["entra.governance_relationships/r"],
	}
	governance.edge == {want} with input as of({"status": status})
}

test_none[name] if {
	some name, changes in {
		"over": {"status": "terminated"},
		"no roles": {"policySnapshot": {"delegatedAdministrationRoleAssignments": []}},
		"no policy": {"policySnapshot": null},
		"no status": {"status": null},
	}
	count(governance.edge) == 0 with input as of(changes)
}
