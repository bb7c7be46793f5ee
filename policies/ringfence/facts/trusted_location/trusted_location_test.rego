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

found := {[link.value, link.role] | some link in trusted_location.link}

ranges(cidr) := of({"ipRanges": [{"cidrAddress": cidr}]})

test_ipv4 if {
	found == {["ipv4 2/8", "same"], ["ipv4 2/8", "controls"]} with input as ranges("2.0.0.0/8")
	found == {["ipv4 4/9", "same"], ["ipv4 4/9", "controls"], ["ipv4 2/8", "controlled"]} with input as ranges("2.0.0.0/9")
}

test_written_otherwise if {
	once := found with input as ranges("203.0.113.0/28")
	again := found with input as ranges("203.0.113.7/28")
	once == again
	count(once) == 22
}

test_part if {
	around := [value | some [value, role] in found; role == "controls"] with input as ranges("203.0.113.0/24")
	within := [value | some [value, role] in found; role == "controlled"] with input as ranges("203.0.113.16/28")
	around[0] in within
	beside := [value | some [value, role] in found; role == "controlled"] with input as ranges("203.0.112.16/28")
	count({value | some value in around; value in beside}) == 0
}

test_no_ipv4[cidr] if {
	some cidr in ["203.0.113.256/28", "203.0.113.0/33", "203.0.113/24", "203.0.113.0.0/24", "2.0.0.0/7", "0.0.0.0/0"]
	found == {[cidr, "same"]} with input as ranges(cidr)
}
