package ringfence.isolation.tenant_domains_test

import data.ringfence.isolation.tenant_domains as control

subject := "entra.domains/d1"

tenant(declared, domain) := {
	"client": {"domains": declared},
	"entra": {"domains": [object.union({"_id": "d1", "_subject": subject, "isVerified": true, "isInitial": false}, domain)]},
}

fabrikam := ["fabrikam.example"]

verdict := "a verdict on no subject" if {
	not subject in control.subjects
	count(control.pass) + count(control.fail) > 0
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
		"declared": {"declared": fabrikam, "domain": {"id": "fabrikam.example"}, "want": "pass"},
		"one of two": {"declared": ["a.example", "fabrikam.example"], "domain": {"id": "fabrikam.example"}, "want": "pass"},
		"another": {"declared": fabrikam, "domain": {"id": "contoso.example"}, "want": "fail"},
		"one that ends alike": {"declared": fabrikam, "domain": {"id": "notfabrikam.example"}, "want": "fail"},
		"one above": {"declared": ["mail.fabrikam.example"], "domain": {"id": "fabrikam.example"}, "want": "fail"},
		# False positives.
		"another case": {"declared": ["Fabrikam.example"], "domain": {"id": "FABRIKAM.example"}, "want": "pass"},
		"one below": {"declared": fabrikam, "domain": {"id": "mail.fabrikam.example"}, "want": "pass"},
		"the one it was born with": {"declared": fabrikam, "domain": {"id": "x.example", "isInitial": true}, "want": "pass"},
		"Microsoft's": {"declared": fabrikam, "domain": {"id": "fabrikam.mail.onmicrosoft.com"}, "want": "pass"},
		"Microsoft's, for governments": {"declared": fabrikam, "domain": {"id": "fabrikam.onmicrosoft.us"}, "want": "pass"},
		"Microsoft's, in China": {"declared": fabrikam, "domain": {"id": "fabrikam.partner.onmschina.cn"}, "want": "pass"},
		"declared, and not verified": {"declared": fabrikam, "domain": {"id": "fabrikam.example", "isVerified": false}, "want": "no subject"},
		"not verified": {"declared": fabrikam, "domain": {"id": "contoso.example", "isVerified": false}, "want": "no subject"},
		# Nothing is known, or promised.
		"promised none": {"declared": [], "domain": {"id": "contoso.example"}, "want": "fail"},
		"promised none, and Microsoft's": {"declared": [], "domain": {"id": "x.onmicrosoft.com"}, "want": "pass"},
		"no promise": {"declared": null, "domain": {"id": "contoso.example"}, "want": "no subject"},
		"no promise, and Microsoft's": {"declared": null, "domain": {"id": "x.onmicrosoft.com"}, "want": "no subject"},
		"no name": {"declared": fabrikam, "domain": {"id": null}, "want": "undetermined"},
		"initial or not": {"declared": fabrikam, "domain": {"id": "contoso.example", "isInitial": null}, "want": "undetermined"},
		"verified or not": {"declared": fabrikam, "domain": {"id": "contoso.example", "isVerified": null}, "want": "no subject"},
	}
	verdict == c.want with input as tenant(c.declared, c.domain)
}

test_message if {
	control.fail == {{
		"subject": subject,
		"message": "contoso.example is verified in the tenant, and the contract does not name it",
		"observed": {"id": "contoso.example", "isVerified": true},
		"expected": {"domains": {"fabrikam.example"}},
		"evidence": ["entra.domains/d1#/isVerified"],
	}} with input as tenant(fabrikam, {"id": "contoso.example"})
}
