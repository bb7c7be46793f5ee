# METADATA
# description: >-
#   Whose a user, an application or a group of the directory is. A group counts with all
#   who are in it, and in the groups within it. What the directory does not tell is neither
#   ours nor an outsider's.
# related_resources:
#   - ref: https://learn.microsoft.com/graph/api/group-list-members
#     description: List group members
#   - ref: https://learn.microsoft.com/troubleshoot/entra/entra-id/governance/verify-first-party-apps-sign-in
#     description: Verify first-party Microsoft applications, with the tenants that own them
package ringfence.lib.principals

import data.ringfence.lib.directory

# ours holds for the id of a member of the tenant, or of an application of its own, of a
# declared service provider, or of Microsoft.
ours(id) if directory.member(id)

ours(id) if id in directory.own_applications

ours(id) if id in _accepted

# our_group holds for the id of a group in which everybody is ours.
our_group(id) if {
	id in groups
	not id in _doubtful
}

# foreign_applications maps the id of an application of another tenant to
# [evidence, message].
foreign_applications := {application._id: [pointer, message] |
	some application in input.entra.service_principals
	owner := directory.guid(application.appOwnerOrganizationId)
	owner != input.client.tenant_id
	not owner in _owners
	pointer := sprintf("%s#/appOwnerOrganizationId", [application._subject])
	message := sprintf("application %s of tenant %s", [directory.name(application), owner])
}

# groups are the ids of groups whose members are read.
groups contains group._id if {
	some group in input.entra.groups
	group.securityEnabled == true
}

# guests maps the id of a group to the outsiders in it: evidence to message. (An object by
# rules, guests[group] contains …, would be copied for each entry.)
guests := object.union_n([{group: {pointer: who}} | some [group, pointer, who] in _outsiders_in])

_outsiders_in contains [member._scope, sprintf("%s#/id", [member._subject]), who] if {
	some member in input.entra.group_members
	[_, who] := directory.outsider(directory.guid(member.id))
}

_outsiders_in contains [member._scope, sprintf("%s#/id", [member._subject]), who] if {
	some member in input.entra.group_members
	[_, who] := foreign_applications[directory.guid(member.id)]
}

# with_guests are the groups in which an outsider is, or in a group within.
with_guests := graph.reachable(_up, object.keys(guests))

# _doubtful are the groups in which somebody is not known to be ours, or in a group within.
_doubtful := graph.reachable(_up, _unclear)

_unclear contains member._scope if {
	some member in input.entra.group_members
	not _is_clear(member)
}

_is_clear(member) if directory.guid(member.id) in _clear

# _clear are the ids of all who are ours, and of groups, of which what is in them says it.
_clear := ((directory.members | directory.own_applications) | _accepted) | groups

# _up maps each group to the groups that it is in, none for most.
_up := {id: object.keys(object.get(parents, id, {})) |
	parents := _parents # evaluated once, and not for each group
	some id in groups
}

_parents := object.union_n([{id: {member._scope: true}} |
	some member in input.entra.group_members
	id := directory.guid(member.id)
	id in groups
])

_accepted contains application._id if {
	some application in input.entra.service_principals
	directory.guid(application.appOwnerOrganizationId) in _owners
}

# _owners are tenants whose applications may hold something: those of declared service
# providers, and the two that own Microsoft's.
_owners contains lower(tenant) if some tenant in input.client.service_providers

_owners contains tenant if some tenant in ["72f988bf-86f1-41af-91ab-2d7cd011db47", "f8cdef31-a31e-4b4a-93e4-5f571e91255a"]
