package ringfence.isolation.legacy_delegation_test

import data.ringfence.isolation.legacy_delegation as control

own := "aaaaaaaa-0000-4000-8000-000000000010"

msp := "aaaaaaaa-0000-4000-8000-000000000001"

global_administrator := "62e90394-69f5-4237-9190-012177145e10"

helpdesk_administrator := "729827e3-9c14-49f7-bb1b-9608f156bbb8"

subject := "entra.contracts/c1"

contract := {"_id": "c1", "_subject": subject, "customerId": own, "contractType": "Contract"}

assignment(changes) := object.union(
	{
		"_id": "A1",
		"_subject": "entra.role_assignments/A1",
		"principalId": "ada",
		"principalOrganizationId": null,
		"roleDefinitionId": global_administrator,
	},
	changes,
)

tenant(contracts, assignments) := {
	"client": {"tenant_id": own},
	"msp": {"tenant_id": msp},
	"entra": {
		"contracts": contracts,
		"users": [{"_id": "ada"}],
		"groups": [],
		"service_principals": [],
		"deleted_items": [{"_id": "former"}],
		"role_assignments": assignments,
	},
	"gdap": {"access_assignments": [{
		"_scope": "r",
		"status": "active",
		"accessContainer": {"accessContainerId": "partner-group", "accessContainerType": "securityGroup"},
	}]},
}

verdict := "no subject" if {
	(count(control.subjects) + count(control.pass)) + count(control.fail) == 0
} else := "both" if {
	subject in control.pass
	count(control.fail) > 0
} else := "pass" if {
	subject in control.pass
} else := "fail" if {
	{f.subject | some f in control.fail} == {subject}
} else := "undetermined"

test_verdicts[name] if {
	some name, c in {
		"admin agents": {"with": {"principalId": "x", "principalOrganizationId": msp}, "want": "fail"},
		"helpdesk agents": {"with": {"principalId": "x", "principalOrganizationId": upper(msp), "roleDefinitionId": helpdesk_administrator}, "want": "fail"},
		"nobody says whose": {"with": {"principalId": "x"}, "want": "fail"},
		"a user": {"with": {}, "want": "pass"},
		"a user, and the answer says so": {"with": {"principalOrganizationId": own}, "want": "pass"},
		"a user, and the answer says the MSP's": {"with": {"principalOrganizationId": msp}, "want": "fail"},
		"a user of no tenant": {"with": {"principalOrganizationId": ""}, "want": "undetermined"},
		"a group of a relationship": {"with": {"principalId": "partner-group", "principalOrganizationId": msp}, "want": "pass"},
		"another role": {"with": {"principalId": "x", "principalOrganizationId": msp, "roleDefinitionId": "r1"}, "want": "pass"},
		"a third party": {"with": {"principalId": "x", "principalOrganizationId": "someone"}, "want": "pass"}, # RF-M-05
		"a deleted user": {"with": {"principalId": "former"}, "want": "pass"},
		# Nothing is known.
		"of no tenant": {"with": {"principalId": "x", "principalOrganizationId": ""}, "want": "undetermined"},
		"ours, and nobody whom we know": {"with": {"principalId": "x", "principalOrganizationId": own}, "want": "undetermined"},
		"no principal": {"with": {"principalId": null}, "want": "undetermined"},
		"no role": {"with": {"principalId": "x", "roleDefinitionId": null}, "want": "undetermined"},
	}
	verdict == c.want with input as tenant([contract], [assignment(c["with"])])
}

# A contract alone, the listed false positive, is no violation; and without one there is
# nothing to judge.
test_contract_alone if verdict == "pass" with input as tenant([contract], [])

test_no_contract if verdict == "no subject" with input as tenant([], [assignment({"principalId": "x"})])

test_no_property[property] if {
	some property in ["principalId", "principalOrganizationId", "roleDefinitionId"]
	gap := object.remove(assignment({"principalId": "x", "principalOrganizationId": msp}), [property])
	verdict == "undetermined" with input as tenant([contract], [gap])
}

test_message if {
	control.fail == {{
		"subject": subject,
		"message": "Global Administrator is held by a partner's principal x, which no granular relationship names",
		"observed": {"roleDefinitionId": global_administrator, "principalId": "x"},
		"expected": "no delegated admin privileges but granular ones",
		"evidence": ["entra.role_assignments/A1#/principalOrganizationId", "entra.contracts/c1#/customerId"],
	}} with input as tenant([contract], [assignment({"principalId": "x", "principalOrganizationId": msp})])
}
