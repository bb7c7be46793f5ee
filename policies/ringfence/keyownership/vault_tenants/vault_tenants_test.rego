package ringfence.keyownership.vault_tenants_test

import data.ringfence.keyownership.vault_tenants as control

own := "aaaaaaaa-0000-4000-8000-000000000010"

stranger := "eeeeeeee-0000-4000-8000-000000000009"

store(dataset, home) := {
	"_id": "x",
	"_scope": "s1",
	"_subject": sprintf("%s/x", [dataset]),
	"properties": {"tenantId": home},
}

subscription(id, home) := {"_id": id, "_subject": sprintf("azure.subscriptions/%s", [id]), "tenantId": home}

tenant(dataset, home, subscriptions) := {
	"client": {"tenant_id": own},
	"azure": {"subscriptions": subscriptions},
	"keyvault": {
		"vaults": [store(dataset, home) | dataset == "keyvault.vaults"],
		"managed_hsms": [store(dataset, home) | dataset == "keyvault.managed_hsms"],
	},
}

verdict(subject) := "both" if {
	subject in control.pass
	count(control.fail) > 0
} else := "pass" if {
	subject in control.pass
} else := "fail" if {
	{f.subject | some f in control.fail} == {subject}
	count(control.fail) > 0
} else := "undetermined"

test_verdicts[[name, dataset]] if {
	some dataset in ["keyvault.vaults", "keyvault.managed_hsms"]
	some name, c in {
		"at home": {"home": own, "subscriptions": [subscription("s1", own)], "want": "pass"},
		"upper case": {"home": upper(own), "subscriptions": [subscription("s1", upper(own))], "want": "pass"},
		"still in the old directory": {"home": stranger, "subscriptions": [subscription("s1", own)], "want": "fail"},
		"in a foreign subscription": {"home": own, "subscriptions": [subscription("s1", stranger)], "want": "fail"},
		"all foreign": {"home": stranger, "subscriptions": [subscription("s1", stranger)], "want": "fail"},
		"subscription not seen": {"home": own, "subscriptions": [subscription("s2", own)], "want": "undetermined"},
		"no subscription": {"home": own, "subscriptions": [], "want": "undetermined"},
		"null home": {"home": null, "subscriptions": [subscription("s1", own)], "want": "undetermined"},
		"null tenant of the subscription": {"home": own, "subscriptions": [subscription("s1", null)], "want": "undetermined"},
		"tenant of the subscription missing": {"home": own, "subscriptions": [object.remove(subscription("s1", own), ["tenantId"])], "want": "undetermined"},
	}
	subject := sprintf("%s/x", [dataset])
	world := tenant(dataset, c.home, c.subscriptions)
	control.subjects == {subject} with input as world
	verdict(subject) == c.want with input as world
}

test_no_home_property if {
	world := json.patch(tenant("keyvault.vaults", own, [subscription("s1", own)]), [{"op": "remove", "path": "/keyvault/vaults/0/properties/tenantId"}])
	verdict("keyvault.vaults/x") == "undetermined" with input as world
}

test_messages if {
	found := {[f.message, f.evidence] | some f in control.fail} with input as tenant("keyvault.vaults", stranger, [subscription("s1", stranger)])
	found == {
		["callers are authenticated by tenant eeeeeeee-0000-4000-8000-000000000009", ["keyvault.vaults/x#/properties/tenantId"]],
		["its subscription belongs to tenant eeeeeeee-0000-4000-8000-000000000009", ["azure.subscriptions/s1#/tenantId"]],
	}
}
