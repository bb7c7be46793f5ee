package ringfence.isolation.lighthouse_delegations_test

import data.ringfence.isolation.lighthouse_delegations as control

own := "aaaaaaaa-0000-4000-8000-000000000010"

msp := "aaaaaaaa-0000-4000-8000-000000000001"

stranger := "eeeeeeee-0000-4000-8000-000000000009"

subject := "azure.subscriptions/s1"

subscription(tenant, managers) := {
	"_id": "s1",
	"_subject": subject,
	"tenantId": tenant,
	"managedByTenants": managers,
}

delegation(scope, id, tenant) := {
	"_id": id,
	"_scope": scope,
	"_subject": sprintf("azure.lighthouse_assignments/%s", [id]),
	"properties": {"registrationDefinition": {"properties": {"managedByTenantId": tenant}}},
}

tenant(subscriptions, delegations) := {
	"client": {"tenant_id": own, "service_providers": [msp]},
	"azure": {"subscriptions": subscriptions, "lighthouse_assignments": delegations},
}

verdict := "both" if {
	subject in control.pass
	count(control.fail) > 0
} else := "pass" if {
	subject in control.pass
} else := "fail" if {
	{f.subject | some f in control.fail} == {subject}
	count(control.fail) > 0
} else := "undetermined"

test_verdicts[name] if {
	some name, c in {
		"nobody manages it": {"subscription": subscription(own, null), "delegations": [], "want": "pass"},
		"an empty list": {"subscription": subscription(own, []), "delegations": [], "want": "pass"},
		"the MSP manages it": {"subscription": subscription(own, [{"tenantId": msp}]), "delegations": [delegation("s1", "d1", msp)], "want": "pass"},
		"the tenant itself": {"subscription": subscription(own, [{"tenantId": own}]), "delegations": [delegation("s1", "d1", own)], "want": "pass"},
		"upper case": {"subscription": subscription(upper(own), [{"tenantId": upper(msp)}]), "delegations": [delegation("s1", "d1", upper(msp))], "want": "pass"},
		"a stranger manages it": {"subscription": subscription(own, [{"tenantId": msp}, {"tenantId": stranger}]), "delegations": [], "want": "fail"},
		"delegated to a stranger": {"subscription": subscription(own, null), "delegations": [delegation("s1", "d1", stranger)], "want": "fail"},
		"one resource group is delegated to a stranger": {"subscription": subscription(own, null), "delegations": [delegation("s1", "/subscriptions/s1/resourcegroups/rg/providers/microsoft.managedservices/registrationassignments/d1", stranger)], "want": "fail"},
		"twice a stranger": {"subscription": subscription(own, [{"tenantId": stranger}]), "delegations": [delegation("s1", "d1", stranger), delegation("s1", "d2", stranger)], "want": "fail"},
		"another subscription's delegation": {"subscription": subscription(own, null), "delegations": [delegation("s2", "d1", stranger)], "want": "pass"},
		"another tenant's subscription": {"subscription": subscription(stranger, null), "delegations": [], "want": "fail"},
		"the MSP's own subscription": {"subscription": subscription(msp, null), "delegations": [], "want": "fail"},
		"a delegation to nobody": {"subscription": subscription(own, null), "delegations": [delegation("s1", "d1", null)], "want": "undetermined"},
		"a manager without id": {"subscription": subscription(own, [{}]), "delegations": [], "want": "undetermined"},
		# False positives: a Marketplace offer of a declared provider, and of another one.
		"Marketplace, declared": {"subscription": subscription(own, null), "delegations": [object.union(delegation("s1", "d1", msp), {"plan": {"publisher": "northwind"}})], "want": "pass"},
		"Marketplace, undeclared": {"subscription": subscription(own, null), "delegations": [object.union(delegation("s1", "d1", stranger), {"plan": {"publisher": "contoso"}})], "want": "fail"},
	}
	control.subjects == {subject} with input as tenant([c.subscription], c.delegations)
	verdict == c.want with input as tenant([c.subscription], c.delegations)
}

test_gaps[name] if {
	some name, cut in {
		"no tenant": tenant([object.remove(subscription(own, null), ["tenantId"])], []),
		"no managers property": tenant([object.remove(subscription(own, null), ["managedByTenants"])], []),
		"no definition": tenant([subscription(own, null)], [object.remove(delegation("s1", "d1", msp), ["properties"])]),
	}
	control.pass == set() with input as cut
}

test_no_providers_promised[home] if {
	some home in [own, stranger]
	managed := tenant([subscription(home, [{"tenantId": stranger}])], [delegation("s1", "d1", stranger)])
	quiet := object.union(managed, {"client": {"service_providers": null}})
	control.subjects == set() with input as quiet
	control.pass == set() with input as quiet
	control.fail == set() with input as quiet
}

test_messages if {
	found := {[f.message, f.evidence] | some f in control.fail} with input as tenant([subscription(own, [{"tenantId": stranger}])], [delegation("s1", "d1", stranger)])
	found == {
		[
			"delegation d1 names undeclared tenant eeeeeeee-0000-4000-8000-000000000009",
			["azure.lighthouse_assignments/d1#/properties/registrationDefinition/properties/managedByTenantId"],
		],
		[
			"undeclared tenant eeeeeeee-0000-4000-8000-000000000009 manages the subscription",
			["azure.subscriptions/s1#/managedByTenants/0/tenantId"],
		],
	}
}
