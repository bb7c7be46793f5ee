# METADATA
# title: The MSP's groups that unlock clients are protected
# description: >-
#   In the MSP's own tenant: each security group to which a delegated admin relationship
#   gives roles is one that only privileged administrators can change (roles can be
#   assigned to it, or it is in a restricted management administrative unit), has no
#   owner and no dynamic rule, its people activate their membership for a while, and
#   may sign in only with what cannot be phished. Whoever gets into such a group is
#   administrator of every client that trusts it.
# related_resources:
#   - ref: https://learn.microsoft.com/graph/api/resources/group
#     description: group, isAssignableToRole, isManagementRestricted and membershipRule
#   - ref: https://learn.microsoft.com/entra/identity/role-based-access-control/groups-concept
#     description: Use groups to manage role assignments, and how they are protected
#   - ref: https://learn.microsoft.com/entra/id-governance/privileged-identity-management/concept-pim-for-groups
#     description: Privileged Identity Management for Groups
#   - ref: https://learn.microsoft.com/entra/identity/authentication/concept-authentication-strengths
#     description: Authentication strengths
# custom:
#   id: RF-M-11
#   since: "0.2"
#   severity: high
#   scope: msp
#   maps:
#     nist_800_53: [ac-2.7, ac-6.5, cm-5, ia-2.1]
#     iso_27001: [A.8.2, A.8.5]
#     ccm: [IAM-10]
#     gdpr: []
#     cis_m365: []
#     nis2: ["11.3", "11.7"]
#   unverified: [iso_27001, ccm, nis2]
#   params:
#     standing_members:
#       type: boolean
#       default: false
#       description: People may be in such a group for good, without having to activate it.
#   remediation: >-
#     Entra admin center of the MSP's tenant: make a new security group to which roles
#     can be assigned, with no owner; Privileged Identity Management, Groups: bring it
#     in and make people eligible; give it the relationships' roles in Partner Center,
#     and delete the old one. Require phishing-resistant authentication of everybody
#     in conditional access.
#   limits: >-
#     Direct members and owners, and the groups that delegated admin relationships name;
#     principals of Azure Lighthouse are not in the MSP's own evidence. Of synchronised and
#     mail-enabled security groups Microsoft shows no owners; while the MSP's tenant has
#     one, no group passes. Somebody who is
#     both a member for good and eligible is taken for one who has activated it. Who
#     approves an activation, and on which device it happens, is not looked at.
package ringfence.isolation.partner_groups

import data.ringfence.lib.authentication
import data.ringfence.lib.delegation
import data.ringfence.lib.directory

subjects contains group._subject if {
	some group in input.entra.groups
	group._id in _unlocking
}

subjects contains access._subject if {
	some access in input.gdap.access_assignments
	_lost(access)
}

pass contains group._subject if {
	some group in input.entra.groups
	group._id in _unlocking
	_guarded(group)
	group.membershipRule == null
	not group._id in _owned
	not _stood_in(group)
	authentication.covered(group._id)
}

fail contains _failure(group, "was synchronised from an on-premises directory, so that no role can be assigned to it", "onPremisesSyncEnabled") if {
	some group in input.entra.groups
	group._id in _unlocking
	group.onPremisesSyncEnabled == true
	_unguarded(group)
}

fail contains _failure(group, "can be changed by whoever manages groups", "isAssignableToRole") if {
	some group in input.entra.groups
	group._id in _unlocking
	group.onPremisesSyncEnabled in {null, false}
	_unguarded(group)
}

fail contains _failure(group, "fills itself by a rule", "membershipRule") if {
	some group in input.entra.groups
	group._id in _unlocking
	is_string(group.membershipRule)
}

fail contains object.union(_failure(group, "has an owner, who can let anybody in", "id"), {"evidence": [sprintf("%s#/id", [owner._subject])]}) if {
	some owner in input.entra.group_owners
	group := input.entra.groups[_position[owner._scope]]
}

fail contains object.union(_failure(group, "has a member for good", "id"), {"evidence": [pointer]}) if {
	input.params.standing_members == false
	some member in input.entra.group_members
	group := input.entra.groups[_position[member._scope]]
	group.isAssignableToRole == true # of others nobody lists who may activate it
	key := [member._scope, directory.guid(member.id)]
	not key in _eligible
	pointer := sprintf("%s#/id", [member._subject])
}

fail contains _failure(group, "opens with a sign-in that can be phished: no policy asks for more", "id") if {
	authentication.nothing_asks
	some group in input.entra.groups
	group._id in _unlocking
}

fail contains {
	"subject": access._subject,
	"message": sprintf("a relationship gives roles to group %s, which the MSP's tenant does not have", [access.accessContainer.accessContainerId]),
	"observed": {"accessContainerId": access.accessContainer.accessContainerId, "status": access.status},
	"expected": "a group of the MSP's tenant",
	"evidence": [sprintf("%s#/accessContainer/accessContainerId", [access._subject])],
} if {
	some access in input.gdap.access_assignments
	_lost(access)
}

_unlocking contains id if some [id, _] in delegation.possible

# _position is the place of each group that unlocks clients in the list, by id.
_position[id] := i if {
	id := input.entra.groups[i]._id
	id in _unlocking
}

# _lost: the assignment is to a group that is not there.
_lost(access) if {
	access.status == "active"
	id := directory.guid(access.accessContainer.accessContainerId)
	id in _unlocking
	not id in directory.groups
}

_guarded(group) if group.isAssignableToRole == true

_guarded(group) if group.isManagementRestricted == true

_unguarded(group) if {
	group.isAssignableToRole in {null, false}
	group.isManagementRestricted in {null, false}
}

_owned contains owner._scope if some owner in input.entra.group_owners

# _stood_in: somebody is in the group who is not known to have activated it.
_stood_in(group) if {
	group._id in _with_standing
	not _allowed
}

_allowed if input.params.standing_members == true

_with_standing contains member._scope if {
	some member in input.entra.group_members
	not _activated(member)
}

_activated(member) if [member._scope, directory.guid(member.id)] in _eligible

_eligible contains [eligibility._scope, directory.guid(eligibility.principalId)] if {
	some eligibility in input.entra.group_eligibility
	eligibility.accessId == "member"
}

_failure(group, what, property) := {
	"subject": group._subject,
	"message": sprintf("group %s, which unlocks clients, %s", [directory.name(group), what]),
	"observed": {name: object.get(group, name, null) | some name in ["isAssignableToRole", "isManagementRestricted", "membershipRule", "onPremisesSyncEnabled"]},
	"expected": "a group that only privileged administrators change, whose people activate it",
	"evidence": [sprintf("%s#/%s", [group._subject, property])],
}
