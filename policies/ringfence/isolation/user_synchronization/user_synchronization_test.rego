package ringfence.isolation.user_synchronization_test

import data.ringfence.isolation.user_synchronization as control

group := "cccccccc-0000-4000-8000-000000000001"

stranger := "eeeeeeee-0000-4000-8000-000000000009"

world(partners, dataset, doc) := {
	"client": {"partners": partners},
	"entra": {dataset: [doc]},
}

entry(tenant, inbound, outbound) := {
	"_subject": "s",
	"tenantId": tenant,
	"automaticUserConsentSettings": {"inboundAllowed": inbound, "outboundAllowed": outbound},
}

policy(tenant, allowed) := {"_subject": "s", "tenantId": tenant, "userSyncInbound": {"isSyncAllowed": allowed}}

agreed(kinds) := [{"tenant_id": group, "allow": kinds}]

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

test_entries[name] if {
	some name, c in {
		"inbound": [agreed(["sync"]), entry(stranger, true, null), "fail"],
		"outbound": [agreed(["sync"]), entry(stranger, false, true), "fail"],
		"inbound, the other one is of no known type": [agreed(["sync"]), entry(stranger, true, "no"), "fail"],
		"agreed": [agreed(["sync"]), entry(upper(group), true, true), "pass"],
		# False positive: a real multitenant organization.
		"a multitenant organization": [agreed(["mto"]), entry(group, true, true), "pass"],
		"other things were agreed": [agreed(["b2b", "mfa-trust"]), entry(group, true, null), "fail"],
		# False positive: what Microsoft's support leaves behind allows nothing.
		"an entry that says nothing": [agreed(["sync"]), entry(stranger, null, null), "pass"],
		"settings are null": [agreed(["sync"]), {"_subject": "s", "tenantId": stranger, "automaticUserConsentSettings": null}, "pass"],
		"off": [[], entry(stranger, false, false), "pass"],
		"text": [[], entry(stranger, "false", false), "undetermined"],
		"no settings": [[], {"_subject": "s", "tenantId": stranger}, "undetermined"],
		"no tenant": [[], entry(null, true, null), "undetermined"],
		"no promise, and it says nothing": [null, {"_subject": "s", "tenantId": stranger, "automaticUserConsentSettings": null}, "no subject"],
		"no promise, and it is off": [null, entry(stranger, false, false), "no subject"],
		"no promise": [null, entry(stranger, true, true), "no subject"],
	}
	verdict == c[2] with input as world(c[0], "cross_tenant_partners", c[1])
}

test_policies[name] if {
	some name, c in {
		"allowed": [agreed(["sync"]), policy(stranger, true), "fail"],
		"agreed": [agreed(["sync"]), policy(upper(group), true), "pass"],
		"a multitenant organization": [agreed(["mto"]), policy(group, true), "pass"],
		"not allowed": [[], policy(stranger, false), "pass"],
		"null": [[], policy(stranger, null), "undetermined"],
		"nothing on record": [[], {"_subject": "s", "tenantId": stranger, "userSyncInbound": null}, "undetermined"],
		"no tenant": [[], policy(null, true), "undetermined"],
		"no promise, not allowed": [null, policy(stranger, false), "no subject"],
		"no promise": [null, policy(stranger, true), "no subject"],
	}
	verdict == c[2] with input as world(c[0], "cross_tenant_identity_sync", c[1])
}

test_message if {
	control.fail == {{
		"subject": "s",
		"message": concat("", ["tenant ", stranger, " may synchronise its users into the client's"]),
		"observed": {"userSyncInbound/isSyncAllowed": true},
		"expected": "false, but for partners that the fleet file allows sync or mto",
		"evidence": ["s#/userSyncInbound/isSyncAllowed"],
	}} with input as world([], "cross_tenant_identity_sync", policy(stranger, true))
}
