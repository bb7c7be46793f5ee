package ringfence.facts.mdm_binding_test

import data.ringfence.facts.mdm_binding

tenant := "a0000000-0000-4000-8000-000000000001"

of(dataset, document) := {"client": {"tenant_id": tenant}, "intune": {dataset: [object.union({"_subject": "s"}, document)]}}

values := {link.value | some link in mdm_binding.link}

test_found[dataset] if {
	some dataset, c in {
		"apple_push_certificate": [
			{"topicIdentifier": "com.apple.mgmt.X", "certificateSerialNumber": "1F", "appleIdentifier": "It@Fabrikam.example"},
			{"apns topic com.apple.mgmt.x", "apns certificate 1f", "apple it@fabrikam.example"},
		],
		"apple_tokens": [{"appleIdentifier": "it@fabrikam.example"}, {"apple it@fabrikam.example"}],
		"apple_vpp_tokens": [{"appleId": "it@fabrikam.example"}, {"apple it@fabrikam.example"}],
		"android_bindings": [{"ownerUserPrincipalName": "it@fabrikam.example"}, {"google it@fabrikam.example"}],
	}
	values == c[1] with input as of(dataset, c[0])
}

test_not_bound[owner] if {
	some owner in [null, ""]
	count(mdm_binding.link) == 0 with input as of("android_bindings", {"ownerUserPrincipalName": owner})
}
