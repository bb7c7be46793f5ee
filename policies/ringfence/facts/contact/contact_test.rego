package ringfence.facts.contact_test

import data.ringfence.facts.contact

tenant := "a0000000-0000-4000-8000-000000000001"

of(organization) := {"client": {"tenant_id": tenant}, "entra": {"organization": [object.union({"_subject": "entra.organization/o"}, organization)]}}

got := {[link.value, link.role] | some link in contact.link}

test_found if {
	mails := {"technicalNotificationMails": ["It@Home.example"], "securityComplianceNotificationMails": ["soc@msp.example"]}
	got == {["home.example", "controlled"], ["msp.example", "controlled"]} with input as of(mails)
}

test_own_domain if got == {["fabrikam.example", "controls"]} with input as of({"verifiedDomains": [{"name": "Fabrikam.example"}]})

test_odd if got == set() with input as of({"technicalNotificationMails": ["nobody", null], "verifiedDomains": [{"name": null}]})
