package ringfence.facts.partner_test

import data.ringfence.facts.partner

tenant := "a0000000-0000-4000-8000-000000000001"

other := "b0000000-0000-4000-8000-000000000002"

of(changes) := {"client": {"tenant_id": tenant}, "entra": {
	"organization": [{"_id": tenant, "_subject": "entra.organization/o"}],
	"cross_tenant_partners": [object.union({"_subject": "s", "tenantId": upper(other)}, changes)],
}}

own := {"value": tenant, "subject": "entra.organization/o", "role": "controls", "node": null, "state": "live"}

test_found if {
	want := {"value": other, "subject": "s", "role": "controlled", "node": null, "state": "live"}
	partner.link == {own, want} with input as of({})
}

test_none if partner.link == {own} with input as of({"tenantId": null})
