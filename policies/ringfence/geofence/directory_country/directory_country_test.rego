package ringfence.geofence.directory_country_test

import data.ringfence.geofence.directory_country as control

subject := "entra.organization/t1"

eu := {"name": "eu", "countries": ["DE", "NL"]}

tenant(fence, organization) := {
	"client": {"fence": fence},
	"entra": {"organization": [object.union({"_id": "t1", "_subject": subject}, organization)]},
}

verdict := "a verdict on no subject" if {
	not subject in control.subjects
	subject in (control.pass | {f.subject | some f in control.fail})
} else := "no subject" if {
	not subject in control.subjects
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
		"inside": {"fence": eu, "organization": {"countryLetterCode": "DE"}, "want": "pass"},
		"small letters": {"fence": eu, "organization": {"countryLetterCode": "nl"}, "want": "pass"},
		"outside": {"fence": eu, "organization": {"countryLetterCode": "US"}, "want": "fail"},
		# False positive: the name of the country is no evidence, whatever it says.
		"another property says so": {"fence": eu, "organization": {"country": "Germany"}, "want": "undetermined"},
		"null": {"fence": eu, "organization": {"countryLetterCode": null}, "want": "undetermined"},
		"empty": {"fence": eu, "organization": {"countryLetterCode": ""}, "want": "undetermined"},
		"missing": {"fence": eu, "organization": {}, "want": "undetermined"},
		"no fence": {"fence": null, "organization": {"countryLetterCode": "US"}, "want": "no subject"},
		"a fence without countries": {"fence": {"name": "eu", "countries": null}, "organization": {"countryLetterCode": "US"}, "want": "no subject"},
		"no country allowed": {"fence": {"name": "eu", "countries": []}, "organization": {"countryLetterCode": "US"}, "want": "fail"},
	}
	verdict == c.want with input as tenant(c.fence, c.organization)
}

test_message if {
	control.fail == {{
		"subject": subject,
		"message": "the directory's country is US, outside the fence eu",
		"observed": {"countryLetterCode": "US"},
		"expected": {"countryLetterCode": {"DE", "NL"}},
		"evidence": ["entra.organization/t1#/countryLetterCode"],
	}} with input as tenant(eu, {"countryLetterCode": "US"})
}
