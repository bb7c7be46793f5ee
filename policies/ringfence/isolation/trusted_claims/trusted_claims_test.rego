package ringfence.isolation.trusted_claims_test

import data.ringfence.isolation.trusted_claims as control

friend := "cccccccc-0000-4000-8000-000000000001"

stranger := "eeeeeeee-0000-4000-8000-000000000009"

trust(mfa, compliant, hybrid) := {
	"isMfaAccepted": mfa,
	"isCompliantDeviceAccepted": compliant,
	"isHybridAzureADJoinedDeviceAccepted": hybrid,
}

world(inherited, partners, entries, params) := {
	"client": {"partners": partners},
	"params": object.union({"default_mfa_trust": false, "partner_device_trust": false}, params),
	"entra": {
		"cross_tenant_default": [{"_subject": "default", "inboundTrust": inherited}],
		"cross_tenant_partners": entries,
	},
}

entry(tenant, settings) := {"_subject": "entry", "tenantId": tenant, "inboundTrust": settings}

declared := [{"tenant_id": friend, "allow": ["b2b", "mfa-trust"]}]

verdict(subject) := "a verdict on no subject" if {
	not subject in control.subjects
	subject in (control.pass | {f.subject | some f in control.fail})
} else := "no subject" if {
	not subject in control.subjects
} else := "both" if {
	subject in control.pass
	some f in control.fail
	f.subject == subject
} else := "pass" if {
	subject in control.pass
} else := "fail" if {
	some f in control.fail
	f.subject == subject
} else := "undetermined"

test_default[name] if {
	some name, c in {
		"nothing": [trust(false, false, false), {}, "pass"],
		"MFA": [trust(true, false, false), {}, "fail"],
		# False positive: a client that wants it.
		"MFA, as the client wants": [trust(true, false, false), {"default_mfa_trust": true}, "pass"],
		"devices, where MFA is wanted": [trust(true, true, false), {"default_mfa_trust": true}, "fail"],
		"hybrid devices": [trust(false, false, true), {"default_mfa_trust": true}, "fail"],
		"devices, the rest is unknown": [trust(null, true, null), {}, "fail"],
		"unknown": [trust(null, false, false), {}, "undetermined"],
		"text": [trust("false", false, false), {}, "undetermined"],
		"null": [null, {}, "undetermined"],
		"a claim is missing": [object.remove(trust(false, false, false), ["isMfaAccepted"]), {}, "undetermined"],
	}
	verdict("default") == c[2] with input as world(c[0], null, [], c[1])
}

test_entries[name] if {
	some name, c in {
		"inherits": [declared, entry(stranger, null), {}, "pass"],
		"nothing": [declared, entry(stranger, trust(false, false, false)), {}, "pass"],
		"MFA of a friend": [declared, entry(upper(friend), trust(true, false, false)), {}, "pass"],
		"MFA of a stranger": [declared, entry(stranger, trust(true, false, false)), {}, "fail"],
		"devices of a friend": [declared, entry(friend, trust(true, true, false)), {}, "fail"],
		"devices of a friend, as the client wants": [declared, entry(friend, trust(true, true, true)), {"partner_device_trust": true}, "pass"],
		"devices of a stranger": [declared, entry(stranger, trust(false, false, true)), {"partner_device_trust": true}, "fail"],
		"other things were agreed": [[{"tenant_id": friend, "allow": ["b2b"]}], entry(friend, trust(true, false, false)), {}, "fail"],
		"unknown": [declared, entry(friend, trust(true, null, false)), {}, "undetermined"],
		"no tenant": [declared, entry(null, trust(true, false, false)), {}, "undetermined"],
		"no promise, nothing": [null, entry(stranger, trust(false, false, false)), {}, "no subject"],
		"no promise, inherits": [null, entry(stranger, null), {}, "no subject"],
		"no promise": [null, entry(stranger, trust(true, true, true)), {}, "no subject"],
	}
	verdict("entry") == c[3] with input as world(trust(false, false, false), c[0], [c[1]], c[2])
}

test_message if {
	control.fail == {{
		"subject": "entry",
		"message": concat(" ", ["the tenant trusts compliant devices of tenant", friend]),
		"observed": {"isCompliantDeviceAccepted": true},
		"expected": {"isCompliantDeviceAccepted": false},
		"evidence": ["entry#/inboundTrust/isCompliantDeviceAccepted"],
	}} with input as world(trust(false, false, false), declared, [entry(friend, trust(true, true, false))], {})
}
