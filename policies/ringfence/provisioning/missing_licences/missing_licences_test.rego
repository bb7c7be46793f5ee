package ringfence.provisioning.missing_licences_test

import data.ringfence.provisioning.missing_licences as control

eligibility := "snapshot/entra.role_eligibility"

account(said, status, held) := {
	"_subject": eligibility, "dataset": "entra.role_eligibility", "said": said, "status": status, "code": null,
	"licence": {"plans": ["AAD_PREMIUM_P2", "Entra_Identity_Governance"], "held": held},
}

premium := {"servicePlanName": "AAD_PREMIUM_P2", "provisioningStatus": "Success"}

sku(plan) := {"_subject": "entra.subscribed_skus/e5", "capabilityStatus": "Enabled", "servicePlans": [plan]}

world(d, skus) := {"snapshot": {"datasets": [d]}, "entra": {"subscribed_skus": skus}}

unlicensed := account("not_licensed", "not_licensed", null)

contradicted := object.union(account("denied", "denied", true), {"code": "licence_contradicted"})

test_verdicts[name] if {
	some name, c in {
		"read": {"world": world(account("complete", "complete", null), [sku(premium)]), "pass": true},
		"no licence, and none is there": {"world": world(account("not_licensed", "complete", false), []), "pass": true},
		"no licence, whatever that means": {"world": world(account("not_licensed", "not_licensed", false), []), "pass": true},
		"it has one": {"world": world(account("not_licensed", "not_licensed", true), [sku(premium)]), "fail": true},
		"it has one, in other letters": {
			"world": world(unlicensed, [sku(object.union(premium, {"servicePlanName": "entra_identity_GOVERNANCE"}))]),
			"fail": true,
		},
		"it has one in its days of grace": {
			"world": world(unlicensed, [object.union(sku(premium), {"capabilityStatus": "Warning"})]),
			"fail": true,
		},
		"it has one of two, the other of which is no text": {
			"world": world(object.union(unlicensed, {"licence": {"plans": [1, "AAD_PREMIUM_P2"], "held": null}}), [sku(premium)]),
			"fail": true,
		},
		# Near misses: what looks like a licence, and is none that is in use.
		"suspended": {"world": world(unlicensed, [object.union(sku(premium), {"capabilityStatus": "Suspended"})])},
		"disabled": {"world": world(unlicensed, [sku(object.union(premium, {"provisioningStatus": "Disabled"}))])},
		"waiting": {"world": world(account("not_licensed", "not_licensed", true), [sku(object.union(premium, {"provisioningStatus": "PendingActivation"}))])},
		"another plan": {"world": world(unlicensed, [sku(object.union(premium, {"servicePlanName": "AAD_PREMIUM"}))])},
		"unproven": {"world": world(unlicensed, [])},
		"both proofs too old": {"world": world(account("not_licensed", "stale", false), [])},
		"denied, and it has none": {"world": world(account("denied", "denied", false), [])},
		"denied": {"world": world(account("denied", "denied", null), [sku(premium)])},
		"refused for want of a licence that it has": {"world": world(contradicted, [sku(premium)]), "fail": true},
		"refused for want of a licence that it has not yet": {
			"world": world(contradicted, [sku(object.union(premium, {"provisioningStatus": "PendingInput"}))]),
		},
		"complete, and not believed": {"world": world(account("complete", "error", null), [sku(premium)])},
		"complete by the engine's word alone": {"world": world(account("partial", "complete", null), [sku(premium)])},
	}
	control.subjects == {eligibility} with input as c.world
	control.pass == {eligibility | c.pass} with input as c.world
	{f.subject | some f in control.fail} == {eligibility | c.fail} with input as c.world
}

test_needs_no_licence if {
	d := object.union(unlicensed, {"licence": null})
	control.subjects == set() with input as world(d, [sku(premium)])
	control.fail == set() with input as world(d, [sku(premium)])
}

test_message if {
	control.fail == {{
		"subject": eligibility,
		"message": "entra.role_eligibility: the tenant is said to have no licence, and its service plan AAD_PREMIUM_P2 is enabled",
		"observed": {"said": "not_licensed", "servicePlanName": "AAD_PREMIUM_P2", "provisioningStatus": "Success"},
		"expected": {"said": "complete"},
		"evidence": ["entra.subscribed_skus/e5#/servicePlans"],
	}} with input as world(unlicensed, [sku(premium)])
}
