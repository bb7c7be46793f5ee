# METADATA
# title: Somebody saw where Microsoft 365 keeps each service's data
# description: >-
#   For each service of Microsoft 365 that the tenant is licensed for, a reviewer recorded
#   in the fleet file (data_location) which geography the admin center names, not long ago,
#   and that geography is in the fence. No API says where a service keeps its data, so a
#   service without a record is undetermined. Of several records the latest day counts.
# related_resources:
#   - ref: https://learn.microsoft.com/microsoft-365/enterprise/o365-data-locations
#     description: Where your Microsoft 365 customer data is stored
#   - ref: https://learn.microsoft.com/microsoft-365/enterprise/m365-dr-overview
#     description: Overview of data residency in Microsoft 365
#   - ref: https://learn.microsoft.com/entra/identity/users/licensing-service-plan-reference
#     description: Product names and service plan identifiers for licensing
# custom:
#   id: RF-G-10
#   since: "0.2"
#   severity: high
#   scope: client
#   maps:
#     nist_800_53: [cm-12, sa-9.5]
#     iso_27001: [A.5.23, A.5.31]
#     ccm: [DSP-19]
#     gdpr: [Art. 44, Art. 45, Art. 46]
#     cis_m365: []
#     nis2: []
#   unverified: [iso_27001, ccm, gdpr]
#   params:
#     max_age_days:
#       type: integer
#       default: 365
#       description: How many days ago somebody may have looked.
#   remediation: >-
#     Look in the Microsoft 365 admin center under Settings, Org settings, Organization
#     profile, Data location, and record what it says of each service. Where the data are
#     outside the fence, Advanced Data Residency or a migration by Microsoft can move them,
#     and not always; else the contract has to say so.
#   limits: >-
#     A person's word for what the admin center showed on one day: the location of data at
#     rest of the services that it lists. Not where data are processed, not what users of
#     other geographies hold in a Multi-Geo tenant (RF-G-02), not what is kept elsewhere by
#     services that it does not list.
package ringfence.geofence.data_locations

import data.ringfence.lib.calendar

subjects contains _subject(service) if {
	_promised
	some service in _licensed
}

pass contains _subject(service) if {
	some service in _licensed
	every geo in _geos[service] {
		geo in _allowed
	}
}

fail contains {
	"subject": _subject(service),
	"message": sprintf("the data of %s were seen in %s on %s, outside the fence %s", [service, geo, _latest[service], input.client.fence.name]),
	"observed": {"service": service, "geo": geo, "seen_on": _latest[service]},
	"expected": {"geographies": _allowed},
	"evidence": [sprintf("%s#/servicePlans", [sku]) | some [name, sku] in _plans; name == service],
} if {
	_promised
	some service in _licensed
	some geo in _geos[service]
	not geo in _allowed
}

_promised if is_array(input.client.fence.geographies)

_allowed contains upper(geo) if some geo in input.client.fence.geographies

_subject(service) := sprintf("entra.subscribed_skus/%s", [service])

_licensed contains service if some [service, _] in _plans

# _plans are the [service, product] of which the product has a service plan. Of a
# subscription that has lapsed the data are still there; of one that was deleted not.
_plans contains [service, sku._subject] if {
	some sku in input.entra.subscribed_skus
	is_string(sku.capabilityStatus)
	sku.capabilityStatus != "Deleted"
	some plan in sku.servicePlans
	is_string(plan.provisioningStatus)
	plan.provisioningStatus != "Disabled"
	is_string(plan.servicePlanName)
	some service in _services(plan.servicePlanName)
}

_services(plan) := {service |
	some service, form in {
		"exchange": `^EXCHANGE_(S_(STANDARD|ENTERPRISE|DESKLESS|ESSENTIALS|ARCHIVE)|B_|L_)`,
		"sharepoint": `^SHAREPOINT(STANDARD|ENTERPRISE|DESKLESS|LITE|_S_)`,
		"onedrive": `^(ONEDRIVE|SHAREPOINT(STANDARD|ENTERPRISE|DESKLESS|LITE|_S_))`,
		"teams": `^(TEAMS1$|TEAMS_|MCO_TEAMS_)`,
		"copilot": `^M365_COPILOT`,
		"viva-engage": `^(YAMMER_|VIVAENGAGE)`,
	}
	regex.match(form, plan)
}

# _records are what counts: seen by somebody, on a day that is neither too long ago nor yet
# to come.
_records contains [record.service, record.seen_on, upper(record.geo)] if {
	some record in input.client.data_location
	is_string(record.seen_by)
	regex.match(`^\d{4}-\d\d-\d\d$`, record.seen_on)
	record.seen_on >= substring(calendar.in_days(0 - input.params.max_age_days), 0, 10)
	record.seen_on <= input.as_of
}

_latest[service] := max({day | some [name, day, _] in _records; name == service}) if {
	some [service, _, _] in _records
}

_geos[service] contains geo if {
	some [service, day, geo] in _records
	day == _latest[service]
}
