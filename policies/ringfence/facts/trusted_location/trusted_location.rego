# METADATA
# title: A network location that is trusted
# description: >-
#   Ranges of addresses from which a tenant asks for less. Equal ranges are found, and
#   overlapping ones not.
# related_resources:
#   - ref: https://learn.microsoft.com/graph/api/resources/ipnamedlocation
#     description: ipNamedLocation, isTrusted and ipRanges
# custom:
#   fact: trusted-location
#   rule: share
package ringfence.facts.trusted_location

link contains {
	"value": lower(range.cidrAddress),
	"subject": location._subject,
	"role": "same",
	"node": null,
	"state": "live",
} if {
	some location in input.entra.named_locations
	location.isTrusted == true
	some range in location.ipRanges
	is_string(range.cidrAddress)
	range.cidrAddress != ""
}
