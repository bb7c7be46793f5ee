# METADATA
# description: >-
#   Who in the client's directory belongs to a service provider: its applications, and
#   people whose address is at one of the MSP's domains. And of whom it is known that they
#   do not. A group counts with all who are in it, in the groups within it, and who may
#   become members.
# related_resources:
#   - ref: https://learn.microsoft.com/entra/external-id/user-properties
#     description: Properties of a B2B collaboration user, userPrincipalName with #EXT#
#   - ref: https://learn.microsoft.com/graph/api/group-list-members
#     description: List group members
package ringfence.lib.provider

import data.ringfence.lib.directory

# tenants are those of the MSP and of the declared service providers.
tenants contains directory.guid(input.msp.tenant_id)

tenants contains directory.guid(tenant) if some tenant in input.client.service_providers

# applications maps the id of a provider's application to [evidence, message].
applications[application._id] := [pointer, message] if {
	some application in input.entra.service_principals
	directory.guid(application.appOwnerOrganizationId) in tenants
	pointer := sprintf("%s#/appOwnerOrganizationId", [application._subject])
	message := sprintf("%s, an application of the service provider", [directory.name(application)])
}

# person is [evidence, message] of a user whose address says that it is somebody of the MSP.
person(id) := [pointer, message] if {
	user := input.entra.users[_position[id]]
	_home(user) in _domains
	pointer := sprintf("%s#/userPrincipalName", [user._subject])
	message := sprintf("%s, somebody of the service provider", [directory.name(user)])
}

# clear holds for the id of somebody who is known to be none of the provider's: a member of
# the tenant, a guest from elsewhere, or another's application.
clear(id) if {
	directory.member(id)
	not person(id)
}

clear(id) if {
	directory.outsider(id)
	home := _home(input.entra.users[_position[id]])
	not home in _domains
	is_array(input.msp.domains)
}

clear(id) if id in _other_applications

# clear_group holds for a group in which everybody is clear.
clear_group(id) if {
	id in _asked_groups
	not id in _doubtful
}

# within maps a group to [evidence, message] of each of the provider's who is in it.
within[group] contains found if {
	some group, ids in members
	some id in ids
	found := applications[id]
}

within[group] contains found if {
	some group, ids in members
	some id in ids
	found := person(id)
}

# members maps a group to all who are in it, or in a group within, or may become members.
members[group] contains id if {
	direct := _members # evaluated once, and not for each group
	nested := _nested
	some group in _asked_groups
	some inner in graph.reachable(nested, {group})
	some id, _ in direct[inner]
}

# _nested maps each group to the groups in it.
_nested := {group: within_it |
	direct := _members # evaluated once, and not for each group
	some group in _groups
	within_it := object.keys(object.get(direct, group, {})) & _groups
}

_doubtful contains group if {
	some group, ids in members
	some id in ids
	not _accounted(id)
}

_accounted(id) if clear(id)

_accounted(id) if id in _groups

_accounted(id) if id in _devices

_groups contains group._id if {
	some group in input.entra.groups
	group.securityEnabled == true
}

_devices contains directory.guid(member.id) if {
	some member in input.entra.group_members
	member["@odata.type"] in {"#microsoft.graph.device", "#microsoft.graph.orgContact"}
}

# _asked_groups are those that have an Azure role or an access policy, or administer a
# managed HSM. Only they are looked into.
_asked_groups contains id if {
	some assignment in input.azure.role_assignments
	id := directory.guid(assignment.properties.principalId)
	id in _groups
}

_asked_groups contains id if {
	some eligibility in input.azure.role_eligibility
	id := directory.guid(eligibility.properties.principalId)
	id in _groups
}

_asked_groups contains id if {
	some hsm in input.keyvault.managed_hsms
	some administrator in hsm.properties.initialAdminObjectIds
	id := directory.guid(administrator)
	id in _groups
}

_asked_groups contains id if {
	some vault in input.keyvault.vaults
	some policy in vault.properties.accessPolicies
	id := directory.guid(policy.objectId)
	id in _groups
}

# _members maps a group to who is in it, or may be, as the keys of an object: an object of sets by
# rules (members[group] contains …) takes a time that grows with the square of its size.
_members := object.union_n([{group: {id: true}} | some [group, id] in _memberships])

_memberships contains [member._scope, directory.guid(member.id)] if some member in input.entra.group_members

_memberships contains [eligibility._scope, directory.guid(eligibility.principalId)] if {
	some eligibility in input.entra.group_eligibility
}

_other_applications contains application._id if {
	some application in input.entra.service_principals
	application.appOwnerOrganizationId == null # a managed identity: no registration backs it
}

_other_applications contains application._id if {
	some application in input.entra.service_principals
	owner := directory.guid(application.appOwnerOrganizationId)
	not owner in tenants
}

# _home is the domain that a user comes from: that of a guest's own name ("ada_home.example
# #EXT#@tenant"), and else of the mail address.
_home(user) := domain if {
	is_string(user.userPrincipalName)
	name := lower(user.userPrincipalName)
	contains(name, "#ext#")
	parts := split(split(name, "#ext#")[0], "_")
	domain := parts[count(parts) - 1]
} else := domain if {
	is_string(user.mail)
	parts := split(lower(user.mail), "@")
	domain := parts[count(parts) - 1]
}

_domains contains lower(domain) if some domain in input.msp.domains

# _position is the place of each user in input.entra.users, by id.
_position := {id: i | id := input.entra.users[i]._id}
