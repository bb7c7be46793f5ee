package ringfence.facts.trusted_location_test

import data.ringfence.facts.trusted_location

tenant := "a0000000-0000-4000-8000-000000000001"

of(changes) := {"client": {"tenant_id": tenant}, "entra": {"named_locations": [object.union(
	{"_subject": "entra.named_locations/l", "isTrusted": true, "ipRanges": [{"cidrAddress": "2001:DB8::/48"}]},
	changes,
)]}}

test_found if {
	want := {"value": "2001:db8::/48", "subject": "entra.named_locations/l", "role": "same", "node": null, "state": "live"}
	trusted_location.link == {want} with input as of({})
}

test_none[name] if {
	some name, changes in {
		"not trusted": {"isTrusted": false},
		"countries": {"isTrusted": null, "ipRanges": null},
		"no range": {"ipRanges": [{"cidrAddress": null}]},
	}
	count(trusted_location.link) == 0 with input as of(changes)
}
