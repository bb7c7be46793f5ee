package ringfence.isolation.cross_tenant_entries_test

import data.ringfence.isolation.cross_tenant_entries as control

msp := "aaaaaaaa-0000-4000-8000-000000000001"

friend := "cccccccc-0000-4000-8000-000000000001"

family := "cccccccc-0000-4000-8000-000000000002"

support := "dddddddd-0000-4000-8000-000000000003"

stranger := "eeeeeeee-0000-4000-8000-000000000009"

entry(tenant, changes) := object.union(
	{"_subject": "s", "tenantId": tenant, "isServiceProvider": null, "isInMultiTenantOrganization": false},
	changes,
)

client := {
	"partners": [{"tenant_id": friend, "allow": ["b2b"]}, {"tenant_id": family, "allow": ["mto"]}],
	"service_providers": [msp],
}

world(client_, doc) := {
	"client": client_,
	"params": {"support_tenants": [support]},
	"entra": {"cross_tenant_partners": [doc]},
}

verdict := "a verdict on no subject" if {
	not "s" in control.subjects
	"s" in (control.pass | {f.subject | some f in control.fail})
} else := "no subject" if {
	not "s" in control.subjects
} else := "both" if {
	"s" in control.pass
	count(control.fail) > 0
} else := "pass" if {
	"s" in control.pass
} else := "fail" if {
	{f.subject | some f in control.fail} == {"s"}
} else := "undetermined"

test_verdicts[name] if {
	some name, c in {
		"a partner": [client, entry(upper(friend), {}), "pass"],
		"a partner, marked as none": [client, entry(friend, {"isServiceProvider": false}), "pass"],
		"a provider": [client, entry(msp, {"isServiceProvider": true}), "pass"],
		"a provider without a mark": [client, entry(msp, {}), "pass"],
		"the group of companies": [client, entry(family, {"isInMultiTenantOrganization": true}), "pass"],
		"a stranger": [client, entry(stranger, {}), "fail"],
		"a stranger of whom no more is known": [client, {"_subject": "s", "tenantId": stranger}, "fail"],
		"a partner as provider": [client, entry(friend, {"isServiceProvider": true}), "fail"],
		"a partner in the multitenant organization": [client, entry(friend, {"isInMultiTenantOrganization": true}), "fail"],
		"a provider in the multitenant organization": [client, entry(msp, {"isInMultiTenantOrganization": true}), "fail"],
		"nobody declared": [{"partners": [], "service_providers": []}, entry(friend, {}), "fail"],
		# False positive: left behind by a session with Microsoft's support.
		"support": [client, entry(support, {}), "pass"],
		"support as provider": [client, entry(support, {"isServiceProvider": true}), "fail"],
		"in the organization or not, null": [client, entry(friend, {"isInMultiTenantOrganization": null}), "pass"],
		"a mark as text": [client, entry(friend, {"isServiceProvider": "no"}), "undetermined"],
		"no mark": [client, object.remove(entry(friend, {}), ["isServiceProvider"]), "undetermined"],
		"in the organization or not": [client, object.remove(entry(friend, {}), ["isInMultiTenantOrganization"]), "undetermined"],
		"no tenant": [client, entry(null, {"isServiceProvider": true}), "undetermined"],
		"no promise of partners": [object.union(client, {"partners": null}), entry(stranger, {}), "no subject"],
		"no promise of partners, a provider": [object.union(client, {"partners": null}), entry(msp, {}), "no subject"],
		"no promise of partners, the organization": [object.union(client, {"partners": null}), entry(msp, {"isInMultiTenantOrganization": true}), "no subject"],
		"no promise of providers, a partner": [object.union(client, {"service_providers": null}), entry(friend, {}), "no subject"],
		"no promise of providers, a mark": [object.union(client, {"service_providers": null}), entry(friend, {"isServiceProvider": true}), "no subject"],
		"no promise of providers": [object.union(client, {"service_providers": null}), entry(stranger, {}), "no subject"],
	}
	verdict == c[2] with input as world(c[0], c[1])
}

test_message if {
	control.fail == {{
		"subject": "s",
		"message": concat("", ["tenant ", stranger, " has settings of its own and is neither a partner nor a service provider"]),
		"observed": {"tenantId": stranger},
		"expected": "a partner or service provider of the fleet file",
		"evidence": ["s#/tenantId"],
	}} with input as world(client, entry(stranger, {}))
}
