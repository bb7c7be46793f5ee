package ringfence.isolation.governing_tenants_test

import data.ringfence.isolation.governing_tenants as control

own := "aaaaaaaa-0000-4000-8000-000000000010"

msp := "aaaaaaaa-0000-4000-8000-000000000001"

stranger := "eeeeeeee-0000-4000-8000-000000000009"

subject := "entra.governance_relationships/g1"

policy(changes) := object.union(
	{
		"governedTenantCanTerminate": true,
		"multiTenantApplicationsToProvision": [{"appId": "MONITOR"}],
		"delegatedAdministrationRoleAssignments": [{"roleTemplates": [{"id": "READER", "name": "Security Reader"}]}],
	},
	changes,
)

agreed := {"tenants": [msp], "roles": ["reader"], "applications": ["monitor"]}

tenant(governance, relationship) := {
	"client": {"tenant_id": own, "governance": governance},
	"params": {"client_can_terminate": true},
	"entra": {"governance_relationships": [object.union(
		{
			"_id": "g1",
			"_subject": subject,
			"status": "active",
			"governingTenantId": upper(msp),
			"governedTenantId": own,
			"policySnapshot": policy({}),
		},
		relationship,
	)]},
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

more_roles := [{"roleTemplates": [{"id": "reader", "name": null}, {"id": "writer", "name": null}]}]

test_relationships[name] if {
	some name, c in {
		"as agreed": {"with": {}, "want": "pass"},
		"no roles and no applications": {"policy": {"multiTenantApplicationsToProvision": [], "delegatedAdministrationRoleAssignments": []}, "want": "pass"},
		"an undeclared tenant": {"with": {"governingTenantId": stranger}, "want": "fail"},
		"another role": {"policy": {"delegatedAdministrationRoleAssignments": more_roles}, "want": "fail"},
		"another application": {"policy": {"multiTenantApplicationsToProvision": [{"appId": "other"}]}, "want": "fail"},
		"nobody here can end it": {"policy": {"governedTenantCanTerminate": false}, "want": "fail"},
		# False positives.
		"it is over": {"with": {"status": "terminated", "governingTenantId": stranger}, "want": "no subject"},
		"it ran out": {"with": {"status": "expired", "governingTenantId": stranger}, "want": "no subject"},
		"roles that are no list": {"policy": {"delegatedAdministrationRoleAssignments": {}}, "want": "undetermined"},
		"applications that are no list": {"policy": {"multiTenantApplicationsToProvision": {}}, "want": "undetermined"},
		"we govern": {"with": {"governingTenantId": own, "governedTenantId": stranger}, "want": "no subject"},
		# Nothing is known.
		"a state of tomorrow": {"with": {"status": "paused", "governingTenantId": stranger}, "want": "undetermined"},
		"no policy": {"with": {"policySnapshot": null}, "want": "undetermined"},
		"no list of roles": {"policy": {"delegatedAdministrationRoleAssignments": null}, "want": "undetermined"},
		"no list of applications": {"policy": {"multiTenantApplicationsToProvision": null}, "want": "undetermined"},
		"whether it can be ended": {"policy": {"governedTenantCanTerminate": null}, "want": "undetermined"},
	}
	changed := object.union({"policySnapshot": policy(object.get(c, "policy", {}))}, object.get(c, "with", {}))
	verdict == c.want with input as tenant(agreed, changed)
}

test_no_promise_of_an_end if {
	verdict == "no subject" with input as tenant(null, {"policySnapshot": policy({"governedTenantCanTerminate": false})})
}

test_promises[name] if {
	some name, c in {
		"none": {"governance": null, "want": "no subject"},
		"no tenant": {"governance": object.union(agreed, {"tenants": []}), "want": "fail"},
		"no role": {"governance": object.union(agreed, {"roles": []}), "want": "fail"},
		"no application": {"governance": object.union(agreed, {"applications": []}), "want": "fail"},
		"nothing about tenants": {"governance": object.union(agreed, {"tenants": null}), "want": "undetermined"},
		"nothing about roles": {"governance": object.union(agreed, {"roles": null}), "want": "pass"},
		"nothing about applications": {"governance": object.union(agreed, {"applications": null}), "want": "pass"},
	}
	verdict == c.want with input as tenant(c.governance, {})
}

test_may_stay if {
	settled := object.union(tenant(agreed, {"policySnapshot": policy({"governedTenantCanTerminate": false})}), {"params": {"client_can_terminate": false}})
	verdict == "pass" with input as settled
}

test_message if {
	control.fail == {{
		"subject": subject,
		"message": "the governing tenant holds the role writer, which was not agreed",
		"observed": {"status": "active", "governingTenantId": upper(msp)},
		"expected": {"tenants": {msp}, "roles": {"reader"}, "applications": {"monitor"}},
		"evidence": ["entra.governance_relationships/g1#/policySnapshot/delegatedAdministrationRoleAssignments"],
	}} with input as tenant(agreed, {"policySnapshot": policy({"delegatedAdministrationRoleAssignments": more_roles})})
}

test_no_property[path] if {
	some path in ["status", "governingTenantId", "policySnapshot", "policySnapshot/governedTenantCanTerminate", "policySnapshot/multiTenantApplicationsToProvision"]
	verdict == "undetermined" with input as json.remove(tenant(agreed, {}), [sprintf("entra/governance_relationships/0/%s", [path])])
}
