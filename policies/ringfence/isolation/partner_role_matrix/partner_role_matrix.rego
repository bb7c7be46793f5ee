# METADATA
# title: Roles that are assigned to the MSP's groups are those of the agreed role matrix
# description: >-
#   Each access assignment of a delegated admin relationship in force gives a security
#   group of the MSP only roles that the client agreed to, and has not failed half-way.
#   What a relationship could give and nobody holds is RF-M-02's.
# related_resources:
#   - ref: https://learn.microsoft.com/graph/api/resources/delegatedadminaccessassignment
#     description: delegatedAdminAccessAssignment, status, accessContainer and accessDetails
#   - ref: https://learn.microsoft.com/partner-center/customers/gdap-least-privileged-roles-by-task
#     description: Least-privileged roles by task
#   - ref: https://learn.microsoft.com/entra/identity/role-based-access-control/permissions-reference
#     description: Microsoft Entra built-in roles and their template ids
# custom:
#   id: RF-M-04
#   since: "0.2"
#   severity: high
#   scope: client
#   maps:
#     nist_800_53: [ac-3, ac-6, cm-6]
#     iso_27001: [A.5.18]
#     ccm: [IAM-05]
#     gdpr: []
#     cis_m365: []
#     nis2: ["11.2", "11.3"]
#   unverified: [iso_27001, ccm, nis2]
#   params: {}
#   remediation: >-
#     Partner Center, Customers, Admin relationships, the relationship, Security groups:
#     take the role from the group; or have the client sign the larger role matrix and
#     put it into gdap.roles of the fleet file. Delete an assignment that failed, and make
#     it again.
#   limits: >-
#     Roles by their ids and, where the matrix has names, by those of built-in roles. Who
#     is in the group, and whether the MSP's tenant has it, is RF-M-11's.
package ringfence.isolation.partner_role_matrix

import data.ringfence.lib.delegation

subjects contains access._subject if {
	_promised
	some access in input.gdap.access_assignments
	not _gone(access)
}

pass contains access._subject if {
	_promised
	some access in input.gdap.access_assignments
	access.status in {"active", "pending"}
	access._scope in _in_force
	access.accessContainer.accessContainerType == "securityGroup"
	every role in access.accessDetails.unifiedRoles {
		_id(role.roleDefinitionId) in _allowed
	}
}

# A matrix of ids alone needs no list of roles.
fail contains _failure(access, roles) if {
	_promised
	not _has_names
	some access in input.gdap.access_assignments
	not _gone(access)
	roles := {id | some id in _ids(access); not id in _allowed_ids}
	count(roles) > 0
}

fail contains _failure(access, roles) if {
	_has_names
	some access in input.gdap.access_assignments
	not _gone(access)
	roles := {id | some id in _ids(access); not id in _allowed}
	count(roles) > 0
}

fail contains {
	"subject": access._subject,
	"message": "assigning roles to the group failed, so that nobody knows what it holds",
	"observed": {"status": access.status},
	"expected": {"status": "active"},
	"evidence": [sprintf("%s#/status", [access._subject])],
} if {
	_promised
	some access in input.gdap.access_assignments
	access.status == "error"
	not _gone(access)
}

_promised if is_array(input.client.gdap.roles)

# _gone: the assignment was deleted, or its relationship is over.
_gone(access) if access.status == "deleted"

_gone(access) if access._scope in _over

_over contains relationship._id if {
	some relationship in input.gdap.relationships
	relationship.status in delegation.over
}

_in_force contains relationship._id if {
	some relationship in input.gdap.relationships
	relationship.status in delegation.in_force
}

_ids(access) := {_id(role.roleDefinitionId) | some role in access.accessDetails.unifiedRoles}

_id(id) := lower(id) if is_string(id)

_guid := `^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`

_allowed_ids contains lower(role) if {
	some role in input.client.gdap.roles
	regex.match(_guid, lower(role))
}

_names contains lower(role) if {
	some role in input.client.gdap.roles
	not regex.match(_guid, lower(role))
}

_has_names if count(_names) > 0

_allowed contains id if some id in _allowed_ids

_allowed contains definition._id if {
	some definition in input.entra.role_definitions
	definition.isBuiltIn == true
	is_string(definition.displayName)
	lower(definition.displayName) in _names
}

_role_names := {definition._id: definition.displayName |
	some definition in input.entra.role_definitions
	is_string(definition.displayName)
}

_failure(access, roles) := {
	"subject": access._subject,
	"message": sprintf("the group holds %s, which the role matrix does not have", [concat(", ", names)]),
	"observed": {"roles": names},
	"expected": {"roles": input.client.gdap.roles},
	"evidence": [sprintf("%s#/accessDetails/unifiedRoles", [access._subject])],
} if {
	names := {object.get(_role_names, id, id) | some id in roles}
}
