package ringfence.facts.domain_test

import data.ringfence.facts.domain

tenant := "a0000000-0000-4000-8000-000000000001"

of(verified) := {"client": {"tenant_id": tenant}, "entra": {"domains": [{
	"_id": "mail.fabrikam.example",
	"_subject": "entra.domains/mail.fabrikam.example",
	"isVerified": verified,
}]}}

test_found if {
	got := {[link.value, link.role] | some link in domain.link} with input as of(true)
	got == {["mail.fabrikam.example", "same"], ["mail.fabrikam.example", "controls"], ["fabrikam.example", "controlled"]}
}

test_not_verified[verified] if {
	some verified in [false, null]
	count(domain.link) == 0 with input as of(verified)
}
