# METADATA
# title: Nobody of the MSP acts on a fenced client from outside the allowed countries
# description: >-
#   In the MSP's own tenant: each group to which a delegated admin relationship gives roles
#   in a client's tenant has only people of whom the directory says that they are in a
#   country which the client's fence allows to people (its own list of them, or else its
#   countries). Members count, those of groups within it, and whoever may activate a
#   membership. Somebody of whom nobody wrote down a country is a violation. A disabled
#   account cannot act.
# related_resources:
#   - ref: https://learn.microsoft.com/graph/api/resources/user
#     description: user, country, usageLocation and accountEnabled
#   - ref: https://learn.microsoft.com/graph/api/resources/delegatedadminaccessassignment
#     description: delegatedAdminAccessAssignment, status and accessContainer
#   - ref: https://learn.microsoft.com/graph/api/resources/privilegedaccessgroupeligibilityscheduleinstance
#     description: privilegedAccessGroupEligibilityScheduleInstance
# custom:
#   id: RF-G-09
#   since: "0.2"
#   severity: high
#   scope: msp
#   maps:
#     nist_800_53: [ac-2, ac-17, ps-7, sa-9.5]
#     iso_27001: [A.5.19, A.6.1]
#     ccm: [HRS-09, DSP-19]
#     gdpr: [Art. 28, Art. 44]
#     cis_m365: []
#     nis2: ["5.1", "11.1.1"]
#   unverified: [iso_27001, ccm, gdpr, nis2]
#   params:
#     country_names:
#       type: strings
#       default: []
#       description: What the MSP's directory calls countries, and their ISO 3166 codes, such as "Germany=DE".
#   remediation: >-
#     Take the person out of the group (Entra admin center of the MSP's tenant, Groups), or
#     write down where they are (Users, Properties, Country and Usage location). For a
#     traveller who was approved, write an exception with an end for this client.
#   limits: >-
#     What the directory says, not where anybody is. Only groups of delegated admin
#     relationships: not Azure Lighthouse, legacy delegated access and applications.
#     Microsoft lists who may activate a membership only of groups to which roles can be
#     assigned. From where service providers signed in is RF-G-11; whether that is blocked,
#     RF-G-08.
package ringfence.geofence.provider_people

import data.ringfence.lib.countries
import data.ringfence.lib.delegation
import data.ringfence.lib.directory

subjects contains access._subject if {
	some access in input.gdap.access_assignments
	_may(access)
	some tenant in _customers[access._scope]
	_allowed[tenant]
}

pass contains access._subject if {
	some access in input.gdap.access_assignments
	_may(access)
	access.accessContainer.accessContainerType == "securityGroup"
	group := directory.guid(access.accessContainer.accessContainerId)
	group in directory.groups
	not group in _unclear
	some tenant in _customers[access._scope]
	allowed := _allowed[tenant]
	every place in object.get(_places, group, set()) {
		place in allowed
	}
}

# Direct members, and whoever may become one.
fail contains _failure(access, name, allowed, [property, place, user]) if {
	some access in input.gdap.access_assignments
	access.status == "active"
	some [tenant, name] in _clients[access._scope]
	some id in _inside[directory.guid(access.accessContainer.accessContainerId)]
	some [property, place, user] in _said[id]
	allowed := _allowed[tenant]
	not place in allowed
}

# People of groups within the group.
fail contains _failure(access, name, allowed, [property, place, user]) if {
	some access in input.gdap.access_assignments
	access.status == "active"
	some [tenant, name] in _clients[access._scope]
	some inner in _within(directory.guid(access.accessContainer.accessContainerId))
	some id in _inside[inner]
	some [property, place, user] in _said[id]
	allowed := _allowed[tenant]
	not place in allowed
}

# _may holds unless the assignment is over: people may act by it.
_may(access) if {
	status := access.status
	not status in {"deleting", "deleted"}
}

# _allowed are the countries in which people may be who act on a client, by its tenant.
_allowed[client.tenant_id] := countries.of_people(client.fence) if some client in input.fleet.clients

# _customers are the tenants with which a relationship is, by its id, unless it is over.
_customers[relationship._id] contains tenant if {
	some relationship in input.gdap.relationships
	status := relationship.status
	not status in delegation.over
	tenant := directory.guid(relationship.customer.tenantId)
}

# _clients are the clients, [tenant, name], on which a relationship lets people act.
_clients[relationship._id] contains [tenant, name] if {
	names := _names # evaluated once, and not for each relationship
	some relationship in input.gdap.relationships
	relationship.status in delegation.may_act
	tenant := directory.guid(relationship.customer.tenantId)
	some name in names[tenant]
}

# _names are what clients are called, by tenant.
_names := object.union_n([{client.tenant_id: {client.name: client.name}} | some client in input.fleet.clients])

# _inside is who is in a group, or may activate a membership.
_inside[member._scope] contains directory.guid(member.id) if some member in input.entra.group_members

_inside[eligibility._scope] contains directory.guid(eligibility.principalId) if {
	some eligibility in input.entra.group_eligibility
	eligibility.accessId == "member"
}

# _within are the groups within a group, at any depth.
_within(group) := graph.reachable(_nested, _nested[group])

_nested := {group: inner |
	some group in directory.groups
	inner := object.get(_inside, group, set()) & directory.groups
}

# _said is what the directory says of somebody who can sign in: [property, country, who], and
# who is [id, subject, name].
_said[user._id] contains ["country", code, _who(user)] if {
	some user in input.entra.users
	user.accountEnabled == true
	code := countries.code(user.country, input.params.country_names)
}

_said[user._id] contains ["usageLocation", code, _who(user)] if {
	some user in input.entra.users
	user.accountEnabled == true
	code := countries.code(user.usageLocation, input.params.country_names)
}

_said[user._id] contains ["country", "nowhere", _who(user)] if {
	some user in input.entra.users
	user.accountEnabled == true
	user.country == null
	user.usageLocation == null
}

# _places are the countries of all that are in a group, and in the groups within it.
_places[group] contains place if {
	some group in delegation.groups
	some inner in ({group} | _within(group))
	some id in _inside[inner]
	some [_, place, _] in _said[id]
}

# _unclear are the groups in which somebody is of whom not all is understood.
_unclear contains group if {
	some group in delegation.groups
	some inner in ({group} | _within(group))
	some id in _inside[inner]
	not id in _understood
}

_understood contains user._id if {
	some user in input.entra.users
	user.accountEnabled == false
}

_understood contains user._id if {
	some user in input.entra.users
	user.accountEnabled == true
	_readable(user.country)
	_readable(user.usageLocation)
}

# The people of a group are understood one by one, if they are listed at all.
_understood contains group._id if {
	some group in input.entra.groups
	group.securityEnabled == true
}

_understood contains directory.guid(member.id) if {
	some member in input.entra.group_members
	member["@odata.type"] in {"#microsoft.graph.servicePrincipal", "#microsoft.graph.device"} # nobody
}

_readable(text) if text == null

_readable(text) if countries.code(text, input.params.country_names)

_who(user) := [user._id, user._subject, directory.name(user)]

_failure(access, client, allowed, [property, place, [id, subject, name]]) := {
	"subject": access._subject,
	"message": sprintf("%s may act on %s%s; people in %s may", [name, client, _where(place), concat(", ", allowed)]),
	"observed": {"user": id, "country": place, "client": client},
	"expected": {"countries": allowed},
	"evidence": [sprintf("%s#/%s", [subject, property])],
}

_where("nowhere") := ", and nobody wrote down in which country they are"

_where(place) := sprintf(" from %s", [place]) if place != "nowhere"
