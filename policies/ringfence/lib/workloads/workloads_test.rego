package ringfence.lib.workloads_test

import data.ringfence.lib.workloads

tenant := "a0000000-0000-4000-8000-000000000001"

test_name if workloads.name({"issuer": "https://Token.example/", "subject": "S"}) == "https://token.example|S"

test_no_name[subject] if {
	some subject in [null, "", 7]
	workloads.name({"issuer": "https://token.example", "subject": subject}) == ""
}

test_object_of[issuer] if {
	some issuer in [
		sprintf("https://login.microsoftonline.com/%s/v2.0", [upper(tenant)]),
		sprintf("https://login.microsoftonline.us/%s/v2.0/", [tenant]),
		sprintf("https://sts.windows.net/%s/", [tenant]),
	]
	workloads.object_of({"issuer": issuer, "subject": "S"}) == [tenant, "S"]
}

test_no_object_of[issuer] if {
	some issuer in [
		"https://token.actions.githubusercontent.com",
		"https://login.microsoftonline.com/common/v2.0",
		sprintf("https://login.microsoftonline.com.example/%s/v2.0", [tenant]),
		null,
	]
	not workloads.object_of({"issuer": issuer, "subject": "S"})
}
