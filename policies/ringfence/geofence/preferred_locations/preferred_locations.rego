# METADATA
# title: No user or group has a preferred data location outside the fence
# description: >-
#   In a Multi-Geo tenant, the preferred data location of every user and group that has
#   one is a geography of the fence. Where there is none, data are in the tenant's default
#   location, which no API names: that is undetermined here, and RF-G-10 asks where it is.
#   Without Multi-Geo the property means nothing, and nothing is judged. The usage location
#   and the address of a user are no data locations.
# related_resources:
#   - ref: https://learn.microsoft.com/microsoft-365/enterprise/microsoft-365-multi-geo
#     description: Microsoft 365 Multi-Geo
#   - ref: https://learn.microsoft.com/graph/api/resources/user
#     description: user, preferredDataLocation and usageLocation
#   - ref: https://learn.microsoft.com/graph/api/resources/group
#     description: group, preferredDataLocation
# custom:
#   id: RF-G-02
#   since: "0.2"
#   severity: high
#   scope: client
#   maps:
#     nist_800_53: [ac-4, cm-12, cm-12.1, sa-9.5]
#     iso_27001: [A.5.23, A.5.34]
#     ccm: [DSP-19]
#     gdpr: [Art. 44, Art. 45, Art. 46]
#     cis_m365: []
#     nis2: []
#   unverified: [iso_27001, ccm, gdpr]
#   params: {}
#   remediation: >-
#     Set the preferred data location to a geography of the fence, or clear it. Microsoft
#     then moves the mailbox by itself; a OneDrive has to be moved by an administrator
#     (Start-SPOUserAndContentMove). Look a week later whether they arrived.
#   limits: >-
#     What was asked of the service, not where data are: a move may not have begun, or have
#     failed. The locations of sites and of mailboxes themselves are not read.
package ringfence.geofence.preferred_locations

subjects contains user._subject if {
	_judged
	some user in input.entra.users
	_may_matter(user)
}

subjects contains group._subject if {
	_judged
	some group in input.entra.groups
	_may_matter_to(group)
}

pass contains user._subject if {
	_judged
	some user in input.entra.users
	upper(_location(user.preferredDataLocation)) in _allowed
}

pass contains group._subject if {
	_judged
	some group in input.entra.groups
	upper(_location(group.preferredDataLocation)) in _allowed
}

fail contains _outside(user, location, user.userPrincipalName) if {
	_judged
	some user in input.entra.users
	location := _location(user.preferredDataLocation)
	not upper(location) in _allowed
}

fail contains _outside(group, location, sprintf("group %s", [group.displayName])) if {
	_judged
	some group in input.entra.groups
	location := _location(group.preferredDataLocation)
	not upper(location) in _allowed
}

_judged if {
	is_array(input.client.fence.geographies)
	_multi_geo
}

# _multi_geo: the tenant has a product with Multi-Geo (of Exchange, SharePoint or Teams).
_multi_geo if {
	some sku in input.entra.subscribed_skus
	sku.capabilityStatus in {"Enabled", "Warning"}
	some plan in sku.servicePlans
	plan.servicePlanName in {"EXCHANGEONLINE_MULTIGEO", "SHAREPOINTONLINE_MULTIGEO", "TEAMSMULTIGEO"}
}

_allowed contains upper(geo) if some geo in input.client.fence.geographies

_location(text) := text if {
	is_string(text)
	text != ""
}

# _may_matter: guests have no mailbox and no OneDrive, and a location only if somebody gave
# them one.
_may_matter(user) if user.userType == "Member"

_may_matter(user) if _location(user.preferredDataLocation)

_may_matter_to(group) if "Unified" in group.groupTypes

_may_matter_to(group) if _location(group.preferredDataLocation)

_outside(document, location, who) := {
	"subject": document._subject,
	"message": sprintf("the data of %s shall be in %s, outside the fence %s", [who, location, input.client.fence.name]),
	"observed": {"preferredDataLocation": location},
	"expected": {"geographies": _allowed},
	"evidence": [sprintf("%s#/preferredDataLocation", [document._subject])],
}
