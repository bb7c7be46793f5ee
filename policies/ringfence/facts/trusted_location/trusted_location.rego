# METADATA
# title: A network location that is trusted
# description: >-
#   Ranges of addresses from which a tenant asks for less. Equal ranges are found, and those of
#   IPv4 that are part of another tenant's.
# related_resources:
#   - ref: https://learn.microsoft.com/graph/api/resources/ipnamedlocation
#     description: ipNamedLocation, isTrusted and ipRanges
# custom:
#   fact: trusted-location
#   rule: share
package ringfence.facts.trusted_location

link contains _link(location, value, role) if {
	some location in input.entra.named_locations
	location.isTrusted == true
	some range in location.ipRanges
	some [value, role] in _values(range.cidrAddress)
}

_link(location, value, role) := {
	"value": value,
	"subject": location._subject,
	"role": role,
	"node": null,
	"state": "live",
}

# _values are what a range is found by: itself, and where it is one of IPv4 each range around it, so
# that one which is part of another tenant's is found, too.
_values(cidr) := {[_network(address, length), role] | some role in ["same", "controls"]} | {[_network(address, around), "controlled"] |
	some around in numbers.range(_widest, length)
	around < length
} if {
	[address, length] := _ipv4(cidr)
} else := {[lower(cidr), "same"]} if {
	is_string(cidr)
	cidr != ""
}

# _widest: whoever trusts more than that trusts everybody.
_widest := 8

_network(address, length) := sprintf("ipv4 %d/%d", [bits.rsh(address, 32 - length), length])

# _ipv4 is a range of IPv4 as a number and a length.
_ipv4(cidr) := [address, length] if {
	is_string(cidr)
	regex.match(`^(?:(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])[./]){4}(?:3[0-2]|[12]?[0-9])$`, cidr)
	[text, bits_] := split(cidr, "/")
	length := to_number(bits_)
	length >= _widest
	[a, b, c, d] := [to_number(part) | some part in split(text, ".")]
	address := (((((a * 256) + b) * 256) + c) * 256) + d
}
