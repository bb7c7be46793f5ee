package ringfence.keyownership.rbac_vaults_test

import data.ringfence.keyownership.rbac_vaults as control

subject := "keyvault.vaults/subscriptions/s/kv"

tenant(properties) := {"keyvault": {"vaults": [{"_id": "kv", "_scope": "s", "_subject": subject, "properties": properties}]}}

verdict := "both" if {
	subject in control.pass
	count(control.fail) > 0
} else := "pass" if {
	subject in control.pass
} else := "fail" if {
	{f.subject | some f in control.fail} == {subject}
} else := "undetermined"

test_verdicts[name] if {
	some name, c in {
		"Azure RBAC": {"properties": {"enableRbacAuthorization": true}, "want": "pass"},
		"access policies": {"properties": {"enableRbacAuthorization": false}, "want": "fail"},
		"left out": {"properties": {"enableRbacAuthorization": null}, "want": "fail"},
		"no property": {"properties": {}, "want": "undetermined"},
		"text": {"properties": {"enableRbacAuthorization": "true"}, "want": "undetermined"},
		# False positive: policies that sleep because RBAC decides.
		"sleeping policies": {"properties": {"enableRbacAuthorization": true, "accessPolicies": [{"objectId": "x"}]}, "want": "pass"},
		# Nor does it matter for RBAC whether there is any policy: one is added in a second.
		"no policies, but they would decide": {"properties": {"enableRbacAuthorization": false, "accessPolicies": []}, "want": "fail"},
	}
	control.subjects == {subject} with input as tenant(c.properties)
	verdict == c.want with input as tenant(c.properties)
}

test_message if {
	some f in control.fail with input as tenant({"enableRbacAuthorization": null})
	f.observed == {"enableRbacAuthorization": null}
	f.evidence == ["keyvault.vaults/subscriptions/s/kv#/properties/enableRbacAuthorization"]
}

test_no_vaults if {
	control.subjects == set() with input as {"keyvault": {"vaults": []}}
}
