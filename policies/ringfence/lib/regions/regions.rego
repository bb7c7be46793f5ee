# METADATA
# description: >-
#   Azure regions, the fence's, and which region Azure copies to from which. A copy that
#   is redundant across regions goes to the pair of the region that the original is in.
# related_resources:
#   - ref: https://learn.microsoft.com/azure/reliability/regions-paired
#     description: Azure region pairs and nonpaired regions
#   - ref: https://learn.microsoft.com/rest/api/resources/subscriptions/list-locations
#     description: "Subscriptions - List Locations: metadata.pairedRegion"
package ringfence.lib.regions

# promised holds if the client's fence names regions. An empty list is a promise, too.
promised if is_array(input.client.fence.regions)

allowed contains region if some region in input.client.fence.regions

# name is the ARM name of a region: westeurope for "West Europe". It is undefined for an
# empty name.
name(text) := region if {
	is_string(text)
	region := lower(replace(text, " ", ""))
	region != ""
}

# subscription is that of a resource, whose id begins with it.
subscription(resource) := part[2] if {
	part := split(resource._id, "/")
	part[1] == "subscriptions"
}

# inside are the [subscription, region] whose pairs are all in the fence. A region without
# a pair is none of them: nothing can be redundant across regions there.
inside contains [location._scope, region] if {
	some location in input.azure.locations
	region := name(location.name)
	is_array(location.metadata.pairedRegion)
	count(location.metadata.pairedRegion) > 0
	every pair in location.metadata.pairedRegion {
		name(pair.name) in allowed
	}
}

# outside are the [subscription, region, pair] where the pair is not in the fence.
outside contains [location._scope, region, pair] if {
	some location in input.azure.locations
	region := name(location.name)
	some paired in location.metadata.pairedRegion
	pair := name(paired.name)
	not pair in allowed
}
