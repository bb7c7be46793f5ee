# METADATA
# title: Foreign principals with directory roles are those of declared service providers
# description: >-
#   Seen from the client's own tenant: whoever holds a directory role is an object of
#   this directory, a group of the MSP to which a relationship in force gives this
#   very role, or a principal of another declared service provider. Somebody from an
#   undeclared organisation, a principal of the MSP that no relationship explains
#   (as legacy delegated access leaves), and one that resolves nowhere are not.
# related_resources:
#   - ref: https://learn.microsoft.com/graph/api/resources/unifiedroleassignment?view=graph-rest-beta
#     description: unifiedRoleAssignment, principalOrganizationId
#   - ref: https://learn.microsoft.com/partner-center/customers/gdap-introduction
#     description: Introduction to granular delegated admin privileges
#   - ref: https://learn.microsoft.com/graph/api/directory-deleteditems-list
#     description: List deletedItems
# custom:
#   id: RF-M-05
#   since: "0.2"
#   severity: critical
#   scope: client
#   maps:
#     nist_800_53: [ac-2, ac-6.6, ac-20, ia-8]
#     iso_27001: [A.5.19]
#     ccm: [IAM-08]
#     gdpr: []
#     cis_m365: []
#     nis2: ["5.1", "11.3"]
#   unverified: [iso_27001, ccm, nis2]
#   params: {}
#   remediation: >-
#     Entra admin center, Roles and administrators, the role, Assignments: remove the
#     assignment. For a partner's access, Microsoft 365 admin center, Settings, Partner
#     relationships: remove the roles of a partner that nobody declared. A distributor
#     that the client agreed to belongs into service_providers of the fleet file.
#   limits: >-
#     Active assignments of directory roles. Guests and foreign applications are objects
#     of this directory and RF-T-11's affair. Which groups another provider than the
#     MSP uses, and whether its own relationships allow them, only that provider sees. A
#     principal that was deleted counts as this directory's own for 30 days.
package ringfence.isolation.foreign_principals

import data.ringfence.lib.delegation
import data.ringfence.lib.directory

subjects contains assignment._subject if {
	_promised
	some assignment in input.entra.role_assignments
}

pass contains assignment._subject if {
	_promised
	some assignment in input.entra.role_assignments
	_at_home(assignment)
	directory.known(directory.guid(assignment.principalId))
}

pass contains assignment._subject if {
	some assignment in input.entra.role_assignments
	_at_home_or_msp(assignment)
	_ours
	_key(assignment) in delegation.granted
}

# Another provider: its relationships are not ours to see.
pass contains assignment._subject if {
	some assignment in input.entra.role_assignments
	tenant := directory.guid(assignment.principalOrganizationId)
	tenant in _other_providers
}

# The assignment itself says that the principal is at home in an undeclared tenant.
fail contains _failure(assignment, who, "principalOrganizationId") if {
	_promised
	some assignment in input.entra.role_assignments
	own := input.client.tenant_id
	tenant := directory.guid(assignment.principalOrganizationId)
	not tenant in {"", own}
	not tenant in _providers
	who := sprintf("a principal of undeclared tenant %s", [tenant])
}

# A principal of the MSP that no relationship explains.
fail contains _failure(assignment, _unexplained, "principalOrganizationId") if {
	some assignment in input.entra.role_assignments
	directory.guid(assignment.principalOrganizationId) == input.msp.tenant_id
	_ours
	_not_possible(assignment)
}

# A group of the MSP, of which the assignment does not say that it is one.
fail contains _failure(assignment, _unexplained, "principalId") if {
	some assignment in input.entra.role_assignments
	_at_home(assignment)
	directory.guid(assignment.principalId) in delegation.groups
	_ours
	_not_possible(assignment)
}

fail contains _failure(assignment, "a group of the MSP, which is no declared service provider", "principalId") if {
	_promised
	some assignment in input.entra.role_assignments
	_at_home(assignment)
	directory.guid(assignment.principalId) in delegation.groups
	not _ours
}

fail contains _failure(assignment, "a principal that is no object of this directory and no declared provider's", "principalId") if {
	_promised
	some assignment in input.entra.role_assignments
	_at_home(assignment)
	id := directory.guid(assignment.principalId)
	not id in delegation.groups
	not directory.known(id)
}

_unexplained := "a principal of the MSP, to which no relationship in force gives this role"

_promised if is_array(input.client.service_providers)

_providers contains tenant if some tenant in input.client.service_providers

_other_providers := _providers - {input.msp.tenant_id, input.client.tenant_id}

_ours if input.msp.tenant_id in _providers

# _at_home: the assignment does not say that the principal is another tenant's.
_at_home(assignment) if assignment.principalOrganizationId == null

_at_home(assignment) if directory.guid(assignment.principalOrganizationId) == input.client.tenant_id

_at_home_or_msp(assignment) if _at_home(assignment)

_at_home_or_msp(assignment) if directory.guid(assignment.principalOrganizationId) == input.msp.tenant_id

_key(assignment) := [directory.guid(assignment.principalId), directory.guid(assignment.roleDefinitionId)]

_not_possible(assignment) if {
	key := _key(assignment)
	not key in delegation.possible
}

_role_names := {definition._id: definition.displayName | some definition in input.entra.role_definitions}

_role(assignment) := name if {
	name := _role_names[directory.guid(assignment.roleDefinitionId)]
} else := sprintf("the role %s", [object.get(assignment, "roleDefinitionId", "of no name")])

_failure(assignment, who, property) := {
	"subject": assignment._subject,
	"message": sprintf("%s is held by %s", [_role(assignment), who]),
	"observed": {"principalId": object.get(assignment, "principalId", null), "principalOrganizationId": object.get(assignment, "principalOrganizationId", null)},
	"expected": "an object of this directory, or a group of a declared service provider by a relationship in force",
	"evidence": [sprintf("%s#/%s", [assignment._subject, property])],
}
