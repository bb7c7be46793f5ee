package ringfence.geofence.provider_sign_ins_test

import data.ringfence.geofence.provider_sign_ins as control

subject := "entra.organization/t"

usual := {
	"_id": "s1",
	"_subject": "entra.sign_ins/s1",
	"createdDateTime": "2026-11-29T08:00:00Z",
	"userPrincipalName": "kim@northwind-msp.example",
	"crossTenantAccessType": "serviceProvider",
	"status": {"errorCode": 0},
	"location": {"countryOrRegion": "DE"},
}

sign_in(more) := object.union(usual, more)

from(country) := {"location": {"countryOrRegion": country}}

world(sign_ins, fence) := {
	"client": {"fence": fence},
	"entra": {
		"organization": [{"_id": "t", "_subject": subject}],
		"sign_ins": sign_ins,
	},
}

eu := {"name": "eu", "countries": ["NL", "DE"], "people": null}

verdict := "a verdict on no subject" if {
	count((control.pass | {f.subject | some f in control.fail}) - control.subjects) > 0
} else := "no subject" if {
	count(control.subjects) == 0
} else := "both" if {
	count(control.pass) > 0
	count(control.fail) > 0
} else := "pass" if {
	control.pass == {subject}
} else := "fail" if {
	{f.subject | some f in control.fail} == {subject}
} else := "undetermined"

test_sign_ins[name] if {
	some name, c in {
		"from an allowed country": {"more": {}, "want": "pass"},
		"in small letters": {"more": from("de"), "want": "pass"},
		"from abroad": {"more": from("JP"), "want": "fail"},
		"from nowhere": {"more": from(""), "want": "undetermined"},
		"from a place of no name": {"more": from(null), "want": "undetermined"},
		"from no place": {"more": {"location": null}, "want": "undetermined"},
		# False positives: nobody got in, or it was no service provider.
		"failed, from abroad": {"more": object.union(from("JP"), {"status": {"errorCode": 50126}}), "want": "pass"},
		"a guest, from abroad": {"more": object.union(from("JP"), {"crossTenantAccessType": "b2bCollaboration"}), "want": "pass"},
		"by direct connect, from abroad": {"more": object.union(from("JP"), {"crossTenantAccessType": "b2bDirectConnect"}), "want": "pass"},
		"Microsoft's support, from abroad": {"more": object.union(from("JP"), {"crossTenantAccessType": "microsoftSupport"}), "want": "pass"},
		"passed through, from abroad": {"more": object.union(from("JP"), {"crossTenantAccessType": "passthrough"}), "want": "pass"},
		"a member, from abroad": {"more": object.union(from("JP"), {"crossTenantAccessType": "none"}), "want": "pass"},
		# Nothing is known.
		"a kind that nobody knows, from abroad": {"more": object.union(from("JP"), {"crossTenantAccessType": "unknownFutureValue"}), "want": "undetermined"},
		"no kind, from abroad": {"more": object.union(from("JP"), {"crossTenantAccessType": null}), "want": "undetermined"},
		"failed or not, from abroad": {"more": object.union(from("JP"), {"status": {"errorCode": null}}), "want": "undetermined"},
		"an error of another type, from abroad": {"more": object.union(from("JP"), {"status": {"errorCode": "1"}}), "want": "undetermined"},
		"no status, from abroad": {"more": object.union(from("JP"), {"status": null}), "want": "undetermined"},
	}
	verdict == c.want with input as world([sign_in(c.more)], eu)
}

# A log of v1.0 does not say whose sign-in it was.
test_v1_log if {
	verdict == "undetermined" with input as world([object.remove(sign_in(from("JP")), ["crossTenantAccessType"])], eu)
}

test_fences[name] if {
	some name, c in {
		"an empty log": {"sign_ins": [], "fence": eu, "want": "undetermined"},
		"people elsewhere": {"sign_ins": [usual], "fence": {"countries": ["US"], "people": ["DE"]}, "want": "pass"},
		"people elsewhere, and not at home": {"sign_ins": [usual], "fence": {"countries": ["DE"], "people": ["US"]}, "want": "fail"},
		"no countries": {"sign_ins": [usual], "fence": {"countries": null, "people": null}, "want": "no subject"},
		"no fence": {"sign_ins": [usual], "fence": null, "want": "no subject"},
		"one of two": {"sign_ins": [usual, sign_in(from("JP"))], "fence": eu, "want": "fail"},
	}
	verdict == c.want with input as world(c.sign_ins, c.fence)
}

test_messages if {
	found := control.fail with input as world([sign_in(from("JP")), sign_in(object.union(from("US"), {"userPrincipalName": null}))], eu)
	{f.message | some f in found} == {
		"kim@northwind-msp.example of a service provider signed in from JP; people in DE, NL may",
		"somebody of a service provider signed in from US; people in DE, NL may",
	}
	{f.observed | some f in found} == {
		{"country": "JP", "user": "kim@northwind-msp.example", "at": "2026-11-29T08:00:00Z"},
		{"country": "US", "user": "somebody", "at": "2026-11-29T08:00:00Z"},
	}
	{f.evidence | some f in found} == {["entra.sign_ins/s1#/location/countryOrRegion"]}
	{f.expected | some f in found} == {{"countries": {"DE", "NL"}}}
}

test_no_fence_no_pass if {
	failed := sign_in({"status": {"errorCode": 50126}})
	control.pass == set() with input as world([failed], null)
}
