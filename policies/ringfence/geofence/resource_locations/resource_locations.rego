# METADATA
# title: Every Azure resource and resource group sits in an allowed region
# description: >-
#   The location of each resource, and of each resource group (where Azure keeps
#   its metadata), is a region of the client's fence. A resource without a region
#   of its own ("global") is accepted only where its type is known to keep no
#   client data. Groups that Azure makes by itself (NetworkWatcherRG,
#   DefaultResourceGroup-*) are judged like any other: where one lies outside, it
#   is an exception in the fleet file, since anybody can choose such a name.
# related_resources:
#   - ref: https://learn.microsoft.com/rest/api/resources/resources/list
#     description: "Resources - List: id, type, location"
#   - ref: https://learn.microsoft.com/azure/azure-resource-manager/management/overview#resource-group-location-alignment
#     description: What the location of a resource group means
#   - ref: https://learn.microsoft.com/azure/reliability/regions-overview
#     description: What are Azure regions, and nonregional services
# custom:
#   id: RF-G-03
#   since: "0.1"
#   severity: high
#   scope: client
#   maps:
#     nist_800_53: [cm-12, pe-23, sa-9.5, sa-9.8]
#     iso_27001: [A.5.23]
#     ccm: [DSP-19]
#     gdpr: [Art. 44]
#     cis_m365: []
#     nis2: []
#   unverified: [iso_27001, ccm, gdpr]
#   params:
#     global_types:
#       type: strings
#       default:
#         - microsoft.alertsmanagement/actionrules
#         - microsoft.alertsmanagement/smartdetectoralertrules
#         - microsoft.cdn/cdnwebapplicationfirewallpolicies
#         - microsoft.cdn/profiles
#         - microsoft.cdn/profiles/afdendpoints
#         - microsoft.cdn/profiles/endpoints
#         - microsoft.insights/actiongroups
#         - microsoft.insights/activitylogalerts
#         - microsoft.insights/metricalerts
#         - microsoft.network/dnszones
#         - microsoft.network/frontdoors
#         - microsoft.network/frontdoorwebapplicationfirewallpolicies
#         - microsoft.network/privatednszones
#         - microsoft.network/privatednszones/virtualnetworklinks
#         - microsoft.network/trafficmanagerprofiles
#       description: Resource types that may be "global", in any case. Services that keep client data behind a global name (Communication Services, bots) are left out on purpose.
#   remediation: >-
#     Move the resource to an allowed region, or recreate it there, and delete
#     what remains outside. A resource group cannot change its region: recreate
#     it and move what it holds. Prevent the next one with an allowed-locations
#     policy.
#   limits: >-
#     The region of the resource itself, as Azure Resource Manager states it. Not
#     where a service replicates or processes (geo-redundant storage, paired
#     regions, extended locations), not data inside a global service, and only
#     the subscriptions that were seen.
package ringfence.geofence.resource_locations

subjects contains input.azure.resources[_]._subject if _fenced

subjects contains group._subject if {
	_fenced
	some group in input.azure.resource_groups
}

pass contains input.azure.resources[i]._subject if {
	_fenced
	_may_be_there(input.azure.resources[i].location, input.azure.resources[i].type)
}

pass contains group._subject if {
	some group in input.azure.resource_groups
	_region(group.location) in _regions
}

fail contains _outside(resource, region, sprintf("resource %s (%s)", [resource.name, resource.type])) if {
	_fenced
	location := input.azure.resources[i].location
	type := input.azure.resources[i].type
	not _may_be_there(location, type)
	resource := input.azure.resources[i]
	region := _region(location)
	is_string(type)
}

fail contains _outside(group, region, sprintf("resource group %s", [group.name])) if {
	_fenced
	some group in input.azure.resource_groups
	region := _region(group.location)
	not region in _regions
}

# _fenced holds if regions were promised: there is a fence, and it has regions.
_fenced if is_array(input.client.fence.regions)

_regions contains region if some region in input.client.fence.regions

_global_types contains lower(type) if some type in input.params.global_types

# _may_be_there takes a location and a type rather than a resource, because OPA remembers
# the answer of a function by its arguments: many resources share few regions and types.
_may_be_there(location, _) if _region(location) in _regions

_may_be_there(location, type) if {
	_region(location) == "global"
	is_string(type)
	lower(type) in _global_types
}

# _region is the ARM name of a region: westeurope for "West Europe". It is undefined for an
# empty name.
_region(location) := name if {
	is_string(location)
	name := lower(replace(location, " ", ""))
	name != ""
}

_where(region) := "is in no region (global), which its type may not be: outside" if {
	region == "global"
} else := sprintf("is in %s, outside", [region])

_outside(document, region, what) := {
	"subject": document._subject,
	"message": sprintf("%s %s the fence %s", [what, _where(region), input.client.fence.name]),
	"observed": {"location": region},
	"expected": {"location": _regions},
	"evidence": [sprintf("%s#/location", [document._subject])],
}
