# METADATA
# title: No guest and no foreign principal holds a directory role
# description: >-
#   Whoever holds a directory role, directly, by eligibility or as a member of a
#   role-assignable group, is the tenant's own; or comes from a declared service
#   provider, as one of its principals or through a delegated admin relationship.
#   A principal that resolves nowhere is not judged.
# related_resources:
#   - ref: https://learn.microsoft.com/graph/api/resources/unifiedroleassignment
#     description: unifiedRoleAssignment, principalId
#   - ref: https://learn.microsoft.com/graph/api/resources/objectidentity
#     description: objectIdentity, the issuer of an identity
#   - ref: https://learn.microsoft.com/entra/identity/role-based-access-control/groups-concept
#     description: Use groups to manage role assignments
#   - ref: https://learn.microsoft.com/troubleshoot/entra/entra-id/governance/verify-first-party-apps-sign-in
#     description: Verify first-party Microsoft applications, with the tenants that own them
# custom:
#   id: RF-T-11
#   since: "0.1"
#   severity: critical
#   scope: client
#   maps:
#     nist_800_53: [ac-2.7, ac-6.5, ac-6.7, ia-8, ps-7]
#     iso_27001: [A.5.18, A.8.2]
#     ccm: [IAM-09, IAM-10]
#     gdpr: []
#     cis_m365: []
#     nis2: ["11.2", "11.3"]
#   unverified: [iso_27001, ccm, nis2]
#   params:
#     platform_tenants:
#       type: strings
#       default:
#         - 72f988bf-86f1-41af-91ab-2d7cd011db47
#         - f8cdef31-a31e-4b4a-93e4-5f571e91255a
#       description: Tenants that own Microsoft's own applications. Their service principals may hold roles.
#   remediation: >-
#     Take the role away, or the outsider out of the group. A service provider
#     works through a delegated admin relationship, not as a guest. Whoever really
#     needs a role gets an account of the tenant.
#   limits: >-
#     Directory roles of Microsoft Entra ID, not Azure roles, roles inside
#     applications, or API permissions. Who is in a service provider's group is
#     the provider's affair. Owners of a role-assignable group, who can add members
#     to it, are not looked at. An account of the tenant may be in a stranger's hands.
package ringfence.isolation.role_holders

import data.ringfence.lib.delegation
import data.ringfence.lib.directory

subjects contains assignment._subject if some assignment in input.entra.role_assignments

subjects contains instance._subject if some instance in input.entra.role_assignment_instances

subjects contains eligibility._subject if some eligibility in input.entra.role_eligibility

pass contains assignment._subject if {
	some assignment in input.entra.role_assignments
	_held_by_ours(assignment)
	_at_home(assignment)
}

pass contains assignment._subject if {
	some assignment in input.entra.role_assignments
	directory.guid(assignment.principalOrganizationId) in _providers
}

pass contains assignment._subject if {
	some assignment in input.entra.role_assignments
	_delegated(assignment)
	_at_home(assignment) # a group that says to be a third party's would be a contradiction
}

pass contains instance._subject if {
	some instance in input.entra.role_assignment_instances
	_held_by_ours(instance)
}

pass contains instance._subject if {
	some instance in input.entra.role_assignment_instances
	_delegated(instance)
}

pass contains eligibility._subject if {
	some eligibility in input.entra.role_eligibility
	_held_by_ours(eligibility)
}

pass contains eligibility._subject if {
	some eligibility in input.entra.role_eligibility
	_delegated(eligibility)
}

# There is a rule for each kind of outsider (visitor, stranger, foreign application, member
# of a group) and each of the three lists of roles. A rule of its own needs only what its
# kind follows from: a guest is a violation, whatever could be read of the applications.
fail contains _failure(assignment, "is held by", {found}) if {
	some assignment in input.entra.role_assignments
	_not_of_provider(assignment)
	found := directory.visitor(directory.guid(assignment.principalId))
}

fail contains _failure(instance, "is held by", {found}) if {
	some instance in input.entra.role_assignment_instances
	found := directory.visitor(directory.guid(instance.principalId))
}

fail contains _failure(eligibility, "may be activated by", {found}) if {
	some eligibility in input.entra.role_eligibility
	found := directory.visitor(directory.guid(eligibility.principalId))
}

fail contains _failure(assignment, "is held by", {found}) if {
	some assignment in input.entra.role_assignments
	_not_of_provider(assignment)
	found := directory.stranger(directory.guid(assignment.principalId))
}

fail contains _failure(instance, "is held by", {found}) if {
	some instance in input.entra.role_assignment_instances
	found := directory.stranger(directory.guid(instance.principalId))
}

fail contains _failure(eligibility, "may be activated by", {found}) if {
	some eligibility in input.entra.role_eligibility
	found := directory.stranger(directory.guid(eligibility.principalId))
}

fail contains _failure(assignment, "is held by", {found}) if {
	some assignment in input.entra.role_assignments
	_not_of_provider(assignment)
	found := _foreign_applications[directory.guid(assignment.principalId)]
}

fail contains _failure(instance, "is held by", {found}) if {
	some instance in input.entra.role_assignment_instances
	found := _foreign_applications[directory.guid(instance.principalId)]
}

fail contains _failure(eligibility, "may be activated by", {found}) if {
	some eligibility in input.entra.role_eligibility
	found := _foreign_applications[directory.guid(eligibility.principalId)]
}

fail contains _failure(assignment, "is held by", found) if {
	some assignment in input.entra.role_assignments
	_not_of_provider(assignment)
	found := _through_group(assignment)
	count(found) > 0
}

fail contains _failure(instance, "is held by", found) if {
	some instance in input.entra.role_assignment_instances
	found := _through_group(instance)
	count(found) > 0
}

fail contains _failure(eligibility, "may be activated by", found) if {
	some eligibility in input.entra.role_eligibility
	found := _through_group(eligibility)
	count(found) > 0
}

# The assignment itself says that the principal's home is another tenant.
fail contains _failure(assignment, "is held by", {[pointer, who]}) if {
	some assignment in input.entra.role_assignments
	tenant := directory.guid(assignment.principalOrganizationId)
	own := input.client.tenant_id
	not tenant in {"", own}
	not tenant in _providers
	not _by_relationship(assignment)
	id := directory.guid(assignment.principalId)
	not _home_of_accepted(id, tenant)
	pointer := sprintf("%s#/principalOrganizationId", [assignment._subject])
	who := sprintf("a principal of tenant %s", [tenant])
}

# A group of the MSP holds the role without ground: the relationship (GDAP) has ended, the
# MSP was never declared, or the relationship gives other roles.
fail contains _failure(assignment, "is held by", {[sprintf("%s#/principalId", [assignment._subject]), _unfounded]}) if {
	some assignment in input.entra.role_assignments
	_not_of_provider(assignment)
	_without_ground(assignment)
}

fail contains _failure(instance, "is held by", {[sprintf("%s#/principalId", [instance._subject]), _unfounded]}) if {
	some instance in input.entra.role_assignment_instances
	_without_ground(instance)
}

fail contains _failure(eligibility, "may be activated by", {[sprintf("%s#/principalId", [eligibility._subject]), _unfounded]}) if {
	some eligibility in input.entra.role_eligibility
	_without_ground(eligibility)
}

_unfounded := "a group of the MSP, to which no declared relationship in force gives this role"

_without_ground(holding) if {
	directory.guid(holding.principalId) in delegation.groups
	provider := input.msp.tenant_id
	not provider in _providers
}

_without_ground(holding) if {
	id := directory.guid(holding.principalId)
	id in delegation.groups
	role := directory.guid(holding.roleDefinitionId)
	not [id, role] in delegation.possible
}

_providers contains tenant if some tenant in input.client.service_providers

_held_by_ours(holding) if {
	id := directory.guid(holding.principalId)
	_ours(id)
	not id in delegation.groups
}

# _delegated holds for a role that a relationship gives to a group of the MSP. If the
# directory knows the id as an outsider, or as a group with outsiders in it, the
# relationship does not excuse it.
_delegated(holding) if {
	_by_relationship(holding)
	id := directory.guid(holding.principalId)
	not _foreign(id)
	count(_through_group(holding)) == 0
}

_not_of_provider(assignment) if assignment.principalOrganizationId == null

_not_of_provider(assignment) if {
	tenant := directory.guid(assignment.principalOrganizationId)
	not tenant in _providers
}

# _by_relationship: the holder is a group of a declared MSP, and a relationship in force
# gives it this very role.
_by_relationship(holding) if {
	input.msp.tenant_id in _providers
	[directory.guid(holding.principalId), directory.guid(holding.roleDefinitionId)] in delegation.granted
}

_ours(id) if _our_principal(id)

_ours(id) if {
	id in _role_groups
	not id in _mixed_groups
}

_our_principal(id) if directory.member(id)

_our_principal(id) if id in directory.own_applications

_our_principal(id) if id in _accepted_applications

_accepted_applications contains application._id if {
	some application in input.entra.service_principals
	directory.guid(application.appOwnerOrganizationId) in _accepted_owners
}

# _at_home: the assignment does not say that the principal is at home in another tenant. (A
# user of this tenant of whom it says so would be a contradiction, and no pass.) The home of
# an application may be the tenant of its accepted owner.
_at_home(assignment) if assignment.principalOrganizationId == null

_at_home(assignment) if directory.guid(assignment.principalOrganizationId) == input.client.tenant_id

_at_home(assignment) if {
	_home_of_accepted(directory.guid(assignment.principalId), directory.guid(assignment.principalOrganizationId))
}

_home_of_accepted(id, tenant) if {
	id in _accepted_applications
	tenant in _accepted_owners
}

_accepted_owners contains tenant if some tenant in _providers

_accepted_owners contains lower(tenant) if some tenant in input.params.platform_tenants

# _role_groups are the groups that can hold a role. Only direct members get the role,
# because such groups cannot be nested.
_role_groups contains group._id if {
	some group in input.entra.groups
	group.securityEnabled == true
	group.isAssignableToRole == true
}

# _people are those who are in such a group, or may get into it, as
# [group, evidence, how, id of the person].
_people contains [member._scope, sprintf("%s#/id", [member._subject]), "the group's member %s", object.get(member, "id", null)] if {
	groups := _role_groups # evaluated once, and not for each member
	input.entra.group_members[i]._scope in groups
	member := input.entra.group_members[i]
}

_people contains [eligibility._scope, sprintf("%s#/principalId", [eligibility._subject]), "%s, who is eligible for the group", object.get(eligibility, "principalId", null)] if {
	some eligibility in input.entra.group_eligibility
	eligibility._scope in _role_groups
}

# _mixed_groups are the groups with somebody who is not known to be of this tenant.
_mixed_groups contains group if {
	some [group, _, _, id] in _people
	not _our_person(id)
}

_our_person(id) if _our_principal(directory.guid(id))

# _foreign_applications maps the id of an application of another tenant to
# [evidence, message].
_foreign_applications := {application._id: [pointer, message] |
	some application in input.entra.service_principals
	owner := directory.guid(application.appOwnerOrganizationId)
	owner != input.client.tenant_id
	not owner in _accepted_owners
	pointer := sprintf("%s#/appOwnerOrganizationId", [application._subject])
	message := sprintf("application %s of tenant %s", [directory.name(application), owner])
}

_foreign(id) := found if {
	found := directory.outsider(id)
} else := _foreign_applications[id]

# _strangers_in_groups are [group, evidence, message] of each outsider in a group.
_strangers_in_groups contains [group, pointer, sprintf(how, [who])] if {
	some [group, pointer, how, id] in _people
	[_, who] := _foreign(directory.guid(id))
}

# _strangers_of maps a group and the evidence to the message: the same, to look up by group.
_strangers_of := object.union_n([{group: {pointer: who}} | some [group, pointer, who] in _strangers_in_groups])

# _through_group are the [evidence, message] of outsiders who hold a role by a group.
_through_group(holding) := {[pointer, who] |
	some pointer, who in _strangers_of[directory.guid(holding.principalId)]
}

_failure(holding, verb, found) := {
	"subject": holding._subject,
	"message": sprintf("%s %s %s", [_role(holding), verb, concat("; ", names)]),
	"observed": {"principalId": holding.principalId, "principals": names},
	"expected": "the tenant's own principals, or those of a declared service provider",
	"evidence": array.concat([sprintf("%s#/principalId", [holding._subject])], [pointer | some [pointer, _] in found]),
} if {
	names := {who | some [_, who] in found}
}

_role_names := {definition._id: definition.displayName | some definition in input.entra.role_definitions}

_role(holding) := name if {
	name := _role_names[directory.guid(holding.roleDefinitionId)]
} else := sprintf("the role %s", [object.get(holding, "roleDefinitionId", "of no name")])
