# METADATA
# title: Roles of Intune and Defender are held by the tenant's own principals
# description: >-
#   Whoever holds a role of Microsoft Intune or Microsoft Defender XDR, as a member of
#   a group or by himself, is the tenant's own, or an application of a declared service
#   provider or of Microsoft. These roles are no directory roles: whoever has one can
#   run programs on the client's devices.
# related_resources:
#   - ref: https://learn.microsoft.com/graph/api/intune-rbac-deviceandappmanagementroleassignment-list
#     description: List deviceAndAppManagementRoleAssignments
#   - ref: https://learn.microsoft.com/graph/api/rbacapplicationmultiple-list-roleassignments?view=graph-rest-beta
#     description: List unifiedRoleAssignmentMultiple (beta)
#   - ref: https://learn.microsoft.com/intune/intune-service/fundamentals/role-based-access-control
#     description: Role-based access control (RBAC) with Microsoft Intune
# custom:
#   id: RF-T-15
#   since: "0.2"
#   severity: high
#   scope: client
#   maps:
#     nist_800_53: [ac-2.7, ac-6, ac-6.5, cm-5]
#     iso_27001: [A.5.18, A.8.2]
#     ccm: [IAM-09, IAM-10]
#     gdpr: []
#     cis_m365: []
#     nis2: ["11.2.2", "11.3.1"]
#   unverified: [iso_27001, ccm, gdpr, cis_m365, nis2]
#   params: {}
#   remediation: >-
#     Take the outsider out of the group, or the group out of the assignment: Intune
#     admin center, Tenant administration, Roles; Microsoft Defender portal, Settings,
#     Permissions and roles. A service provider works through a delegated admin
#     relationship, not as a guest.
#   limits: >-
#     Roles of Intune and of Defender XDR's unified role-based access control, not
#     directory roles, which open both as well (RF-T-11), nor the older roles of
#     Defender for Endpoint. Who may activate a membership is not looked at.
package ringfence.isolation.service_roles

import data.ringfence.lib.directory
import data.ringfence.lib.principals

subjects contains assignment._subject if some assignment in input.intune.role_assignments

subjects contains assignment._subject if some assignment in input.defender.role_assignments

pass contains assignment._subject if {
	some assignment in input.intune.role_assignments
	is_array(assignment.members)
	every id in assignment.members {
		_ours(directory.guid(id))
	}
}

pass contains assignment._subject if {
	some assignment in input.defender.role_assignments
	is_array(assignment.principalIds)
	every id in assignment.principalIds {
		_ours(directory.guid(id))
	}
}

# There is a rule for each kind of outsider and each of the two lists. A rule of its own
# needs only what its kind follows from.
fail contains _failure(assignment, "members", "Intune", found) if {
	some assignment in input.intune.role_assignments
	some id in assignment.members
	found := directory.visitor(directory.guid(id))
}

fail contains _failure(assignment, "members", "Intune", found) if {
	some assignment in input.intune.role_assignments
	some id in assignment.members
	found := directory.stranger(directory.guid(id))
}

fail contains _failure(assignment, "members", "Intune", found) if {
	some assignment in input.intune.role_assignments
	some id in assignment.members
	found := principals.foreign_applications[directory.guid(id)]
}

fail contains _failure(assignment, "members", "Intune", [pointer, sprintf("a group with %s in it", [who])]) if {
	guests := principals.guests # evaluated once, and not for each assignment
	some assignment in input.intune.role_assignments
	some id in assignment.members
	some pointer, who in guests[directory.guid(id)]
}

fail contains _failure(assignment, "members", "Intune", found) if {
	some assignment in input.intune.role_assignments
	some id in assignment.members
	found := _nested(assignment, "members", directory.guid(id))
}

fail contains _failure(assignment, "principalIds", "Defender", found) if {
	some assignment in input.defender.role_assignments
	some id in assignment.principalIds
	found := directory.visitor(directory.guid(id))
}

fail contains _failure(assignment, "principalIds", "Defender", found) if {
	some assignment in input.defender.role_assignments
	some id in assignment.principalIds
	found := directory.stranger(directory.guid(id))
}

fail contains _failure(assignment, "principalIds", "Defender", found) if {
	some assignment in input.defender.role_assignments
	some id in assignment.principalIds
	found := principals.foreign_applications[directory.guid(id)]
}

fail contains _failure(assignment, "principalIds", "Defender", [pointer, sprintf("a group with %s in it", [who])]) if {
	guests := principals.guests
	some assignment in input.defender.role_assignments
	some id in assignment.principalIds
	some pointer, who in guests[directory.guid(id)]
}

fail contains _failure(assignment, "principalIds", "Defender", found) if {
	some assignment in input.defender.role_assignments
	some id in assignment.principalIds
	found := _nested(assignment, "principalIds", directory.guid(id))
}

_ours(id) if principals.ours(id)

_ours(id) if principals.our_group(id)

_nested(assignment, property, id) := [pointer, "a group that has a group with outsiders in it"] if {
	id in principals.with_guests
	not id in _hosts
	pointer := sprintf("%s#/%s", [assignment._subject, property])
}

_hosts := object.keys(principals.guests)

_failure(assignment, property, service, [pointer, who]) := {
	"subject": assignment._subject,
	"message": sprintf("a role of %s (%s) is held by %s", [service, directory.name(assignment), who]),
	"observed": {property: assignment[property]},
	"expected": "the tenant's own principals, or those of a declared service provider",
	"evidence": [sprintf("%s#/%s", [assignment._subject, property]), pointer],
}
