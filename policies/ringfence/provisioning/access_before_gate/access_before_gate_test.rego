package ringfence.provisioning.access_before_gate_test

import data.ringfence.provisioning.access_before_gate as control

msp := "aaaaaaaa-0000-4000-8000-000000000001"

tenant(state, relationship, changes) := {
	"client": {"state": state},
	"msp": {"tenant_id": msp},
	"params": {"roles_before_gate": ["reader"], "azure_roles_before_gate": ["azure-reader"]},
	"gdap": {
		"relationships": [{"_id": "r1", "status": relationship}],
		"access_assignments": [object.union(
			{
				"_id": "r1/a1",
				"_scope": "r1",
				"_subject": "gdap.access_assignments/r1/a1",
				"status": "active",
				"accessDetails": {"unifiedRoles": [{"roleDefinitionId": "READER"}]},
			},
			object.get(changes, "access", {}),
		)],
	},
	"azure": {"lighthouse_assignments": [{
		"_id": "d1",
		"_subject": "azure.lighthouse_assignments/d1",
		"properties": {"registrationDefinition": {"properties": object.union(
			{"authorizations": [{"roleDefinitionId": "AZURE-READER"}], "eligibleAuthorizations": null},
			object.get(changes, "definition", {}),
		)}},
	}]},
	"entra": {
		"service_principals": [
			{"_id": "s1", "_subject": "entra.service_principals/s1", "appOwnerOrganizationId": upper(msp), "appRoles": []},
			{"_id": "s2", "_subject": "entra.service_principals/s2", "appOwnerOrganizationId": "vendor", "appRoles": null},
			{"_id": "graph", "_subject": "entra.service_principals/graph", "appOwnerOrganizationId": "microsoft", "appRoles": [
				{"id": "p1", "value": "User.Read.All"},
				{"id": "p2", "value": "User.ReadWrite.All"},
				{"id": "p3", "value": "Sites.Selected"},
				{"id": "p4", "value": null},
				{"id": "p5", "value": "Mail.Read.SendAs"},
				{"id": "p6", "value": "Mail.Update"},
				{"id": "p7", "value": "Mail.Read"},
				{"id": "p7", "value": "Mail.Else"},
			]},
		],
		"app_role_assignments": [
			{"_id": "x", "principalId": "s2", "appRoleId": "p2"},
			{"_id": "y", "principalId": object.get(changes, "principal", "S1"), "appRoleId": object.get(changes, "permission", "p1")},
		],
	},
}

verdict(subject) := "no subject" if {
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

access := "gdap.access_assignments/r1/a1"

azure := "azure.lighthouse_assignments/d1"

application := "entra.service_principals/s1"

test_verdicts[name] if {
	some name, c in {
		"a directory role that reads": {"subject": access, "want": "pass"},
		"a directory role that writes": {"subject": access, "with": {"access": {"accessDetails": {"unifiedRoles": [{"roleDefinitionId": "writer"}]}}}, "want": "fail"},
		"a directory role of no id": {"subject": access, "with": {"access": {"accessDetails": {"unifiedRoles": [{"roleDefinitionId": null}]}}}, "want": "undetermined"},
		"an assignment that was deleted": {"subject": access, "with": {"access": {"status": "deleted", "accessDetails": {"unifiedRoles": [{"roleDefinitionId": "writer"}]}}}, "want": "no subject"},
		"directory roles that read and write": {"subject": access, "with": {"access": {"accessDetails": {"unifiedRoles": [{"roleDefinitionId": "READER"}, {"roleDefinitionId": "writer"}]}}}, "want": "fail"},
		"directory roles that are no list": {"subject": access, "with": {"access": {"accessDetails": {"unifiedRoles": {}}}}, "want": "undetermined"},
		"an assignment that read, and was deleted": {"subject": access, "with": {"access": {"status": "deleted"}}, "want": "no subject"},
		"Azure roles that read and write": {"subject": azure, "with": {"definition": {"authorizations": [{"roleDefinitionId": "AZURE-READER"}, {"roleDefinitionId": "owner"}]}}, "want": "fail"},
		"a role in a list of another kind": {"subject": azure, "with": {"definition": {"others": [{"roleDefinitionId": "owner"}]}}, "want": "pass"},
		"an Azure role that reads": {"subject": azure, "want": "pass"},
		"an Azure role that writes": {"subject": azure, "with": {"definition": {"authorizations": [{"roleDefinitionId": "owner"}]}}, "want": "fail"},
		"an Azure role that could be activated": {"subject": azure, "with": {"definition": {"eligibleAuthorizations": [{"roleDefinitionId": "owner"}]}}, "want": "fail"},
		"an Azure role of no id": {"subject": azure, "with": {"definition": {"eligibleAuthorizations": [{"roleDefinitionId": null}]}}, "want": "undetermined"},
		"a permission that reads": {"subject": application, "want": "pass"},
		"no permission": {"subject": application, "with": {"principal": "other"}, "want": "pass"},
		"no role": {"subject": application, "with": {"permission": "00000000-0000-0000-0000-000000000000"}, "want": "pass"},
		"a permission that writes": {"subject": application, "with": {"permission": "p2"}, "want": "fail"},
		"a permission that reads and writes": {"subject": application, "with": {"permission": "p5"}, "want": "fail"},
		"a permission to update": {"subject": application, "with": {"permission": "p6"}, "want": "fail"},
		"a permission of two names": {"subject": application, "with": {"permission": "p7"}, "want": "undetermined"},
		"a permission of which nobody knows": {"subject": application, "with": {"permission": "p3"}, "want": "undetermined"},
		"a permission without a name": {"subject": application, "with": {"permission": "p4"}, "want": "undetermined"},
		"somebody else's application": {"subject": "entra.service_principals/s2", "want": "no subject"},
	}
	verdict(c.subject) == c.want with input as tenant("onboarding", "active", object.get(c, "with", {}))
}

test_live if {
	control.subjects == set() with input as tenant("live", "active", {"permission": "p2"})
	control.pass == set() with input as tenant("live", "active", {})
	control.fail == set() with input as tenant("live", "active", {
		"permission": "p2",
		"access": {"accessDetails": {"unifiedRoles": [{"roleDefinitionId": "writer"}]}},
		"definition": {"authorizations": [{"roleDefinitionId": "owner"}]},
	})
}

test_over if {
	verdict(access) == "no subject" with input as tenant("onboarding", "terminated", {"access": {"status": "active", "accessDetails": {"unifiedRoles": [{"roleDefinitionId": "writer"}]}}})
}

test_message if {
	some failure in control.fail with input as tenant("onboarding", "active", {"permission": "p2"})
	failure == {
		"subject": application,
		"message": "before the gate, an application of the MSP holds User.ReadWrite.All",
		"observed": {"state": "onboarding"},
		"expected": "reader roles alone, until the client is live",
		"evidence": ["entra.service_principals/s1#/appOwnerOrganizationId"],
	}
}
