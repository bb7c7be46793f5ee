package ringfence.provisioning.domain_owners_test

import data.ringfence.provisioning.domain_owners as control

ours := "11111111-0000-4000-8000-000000000001"

theirs := "22222222-0000-4000-8000-000000000002"

info(more) := object.union({"_id": "fabrikam.example/default", "_scope": "fabrikam.example", "_subject": "entra.tenant_info/fabrikam.example/default"}, more)

world(domains, infos) := {"client": {"tenant_id": ours, "domains": domains}, "entra": {"tenant_info": infos}}

domains := ["fabrikam.example"]

verdict := "a verdict on no subject" if {
	count((control.pass | {f.subject | some f in control.fail}) - control.subjects) > 0
} else := "no subject" if {
	count(control.subjects) == 0
} else := "both" if {
	count(control.pass) > 0
	count(control.fail) > 0
} else := "pass" if {
	count(control.pass) == 1
} else := "fail" if {
	count(control.fail) == 1
} else := "undetermined"

test_verdicts[name] if {
	some name, c in {
		"ours": {"domains": domains, "info": {"tenantId": ours}, "want": "pass"},
		"in capitals": {"domains": domains, "info": {"tenantId": upper(ours)}, "want": "pass"},
		"another tenant's": {"domains": domains, "info": {"tenantId": theirs, "displayName": "Fabrikam"}, "want": "fail"},
		# False positive: moved between tenants recently. It is the other tenant's until
		# the contract says so, or an exception does.
		"moved": {"domains": domains, "info": {"tenantId": theirs, "displayName": null}, "want": "fail"},
		"null": {"domains": domains, "info": {"tenantId": null}, "want": "undetermined"},
		"missing": {"domains": domains, "info": {"displayName": "Fabrikam"}, "want": "undetermined"},
		"no promise, and ours": {"domains": null, "info": {"tenantId": ours}, "want": "no subject"},
		"no promise": {"domains": null, "info": {"tenantId": theirs}, "want": "no subject"},
	}
	verdict == c.want with input as world(c.domains, [info(c.info)])
}

test_nameless if {
	messages := {f.message | some f in control.fail} with input as world(domains, [info({"tenantId": theirs, "displayName": null})])
	messages == {sprintf("fabrikam.example belongs to tenant %s, and the contract says %s", [theirs, ours])}
}

test_message if {
	control.fail == {{
		"subject": "entra.tenant_info/fabrikam.example/default",
		"message": sprintf("fabrikam.example belongs to tenant %s (Fabrikam), and the contract says %s", [theirs, ours]),
		"observed": {"tenantId": theirs},
		"expected": {"tenantId": ours},
		"evidence": ["entra.tenant_info/fabrikam.example/default#/tenantId"],
	}} with input as world(domains, [info({"tenantId": theirs, "displayName": "Fabrikam"})])
}
