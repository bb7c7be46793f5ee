package ringfence.isolation.other_clouds_test

import data.ringfence.isolation.other_clouds as control

government := "microsoftonline.us"

china := "partner.microsoftonline.cn"

world(allowed, endpoints) := {
	"client": {"allowed_clouds": allowed},
	"entra": {"cross_tenant_policy": [{"_subject": "s", "allowedCloudEndpoints": endpoints}]},
}

verdict := "a verdict on no subject" if {
	not "s" in control.subjects
	count(control.pass) + count(control.fail) > 0
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
		"none": [[], [], "pass"],
		"none on record": [[], null, "pass"],
		"one": [[], [government], "fail"],
		# False positive: a contractor whose sister is in the government's cloud.
		"the agreed one": [[government], ["MicrosoftOnline.US"], "pass"],
		"another one": [[government], [china], "fail"],
		"one of two": [[government], [government, china], "fail"],
		"a cloud of tomorrow": [[government], ["microsoftonline.example"], "fail"],
		"a cloud without a name": [[], [null], "undetermined"],
		"text": [[], "none", "undetermined"],
		"neither names nor a list": [[], {}, "undetermined"],
		"no promise": [null, [government], "no subject"],
		"no promise, and no other cloud": [null, [], "no subject"],
		"no promise, and none on record": [null, null, "no subject"],
	}
	verdict == c[2] with input as world(c[0], c[1])
}

test_missing if {
	verdict == "undetermined" with input as {"client": {"allowed_clouds": []}, "entra": {"cross_tenant_policy": [{"_subject": "s"}]}}
}

test_message if {
	control.fail == {{
		"subject": "s",
		"message": "the tenant works together with partner.microsoftonline.cn, which was not agreed",
		"observed": {"allowedCloudEndpoints": [china]},
		"expected": {"allowed_clouds": {government}},
		"evidence": ["s#/allowedCloudEndpoints"],
	}} with input as world([government], [china])
}
