# METADATA
# title: Before the gate, the MSP can only read
# description: >-
#   While the client is being on-boarded, no delegated admin relationship in force gives
#   the MSP's groups more than reader roles, no delegation of Azure Lighthouse more than
#   reading, and no application of the MSP holds a permission that changes something.
#   What is there before the gate was never agreed to.
# related_resources:
#   - ref: https://learn.microsoft.com/graph/api/resources/delegatedadminaccessassignment
#     description: delegatedAdminAccessAssignment
#   - ref: https://learn.microsoft.com/rest/api/managedservices/registration-assignments/list
#     description: Registration Assignments - List
#   - ref: https://learn.microsoft.com/entra/identity/role-based-access-control/permissions-reference
#     description: Microsoft Entra built-in roles and their template ids
# custom:
#   id: RF-P-03
#   since: "0.2"
#   severity: high
#   scope: client
#   maps:
#     nist_800_53: [ac-2, ac-6, ca-6]
#     iso_27001: [A.5.18]
#     ccm: [IAM-06]
#     gdpr: []
#     cis_m365: []
#     nis2: ["5.1", "11.2"]
#   unverified: [iso_27001, ccm, nis2]
#   params:
#     roles_before_gate:
#       type: strings
#       default:
#         - f2ef992c-3afb-46b9-b7cf-a126ee74c451
#         - 88d8e3e3-8f55-4a1e-953a-9b9898b8876b
#         - 5d6b6bb7-de71-4623-b4af-96380a352509
#         - 4a5d8f65-41da-4de4-8968-e035b65339cf
#       description: Directory roles that only read (Global Reader, Directory Readers, Security Reader, Reports Reader).
#     azure_roles_before_gate:
#       type: strings
#       default:
#         - acdd72a7-3385-48ef-bd42-f606fba81ae7
#         - 43d0d8ad-25c7-4714-9337-8ba259a9fe05
#         - 73c42c96-874c-492b-b04d-ab87d138a893
#         - 39bc4728-0917-49c7-9d2c-d95423bc2eb4
#         - 91c1777a-f3dc-4fae-b103-61d183457e46
#       description: Azure roles that only read, and the one that only ends a delegation.
#   remediation: >-
#     Take the role, the delegation or the permission away until the preflight is
#     attested and the client is live; or, in an emergency, put an exception with an
#     early end into the fleet file.
#   limits: >-
#     Delegated admin relationships, Azure Lighthouse and application permissions of
#     Microsoft's APIs. Delegated permissions, accounts of the MSP's people in the
#     client's tenant and Azure roles that they hold there are not looked at.
package ringfence.provisioning.access_before_gate

import data.ringfence.lib.delegation

subjects contains access._subject if {
	_before
	some access in input.gdap.access_assignments
	not _gone(access)
}

subjects contains grant._subject if {
	_before
	some grant in input.azure.lighthouse_assignments
}

subjects contains application._subject if {
	_before
	some application in input.entra.service_principals
	_id(application.appOwnerOrganizationId) == input.msp.tenant_id
}

pass contains access._subject if {
	_before
	some access in input.gdap.access_assignments
	not _gone(access)
	is_array(access.accessDetails.unifiedRoles)
	every role in access.accessDetails.unifiedRoles {
		_id(role.roleDefinitionId) in _readers
	}
}

pass contains grant._subject if {
	_before
	some grant in input.azure.lighthouse_assignments
	definition := grant.properties.registrationDefinition.properties
	every authorization in _list(definition.authorizations) {
		_id(authorization.roleDefinitionId) in _azure_readers
	}
	every authorization in _list(definition.eligibleAuthorizations) {
		_id(authorization.roleDefinitionId) in _azure_readers
	}
}

pass contains application._subject if {
	_before
	some application in input.entra.service_principals
	_id(application.appOwnerOrganizationId) == input.msp.tenant_id
	not application._id in _perhaps_writing
}

fail contains _failure(access._subject, message, "accessDetails/unifiedRoles") if {
	_before
	some access in input.gdap.access_assignments
	not _gone(access)
	some role in access.accessDetails.unifiedRoles
	id := _id(role.roleDefinitionId)
	not id in _readers
	message := sprintf("before the gate, a group of the MSP has the directory role %s", [id])
}

fail contains _failure(grant._subject, message, sprintf("properties/registrationDefinition/properties/%s", [kind])) if {
	_before
	some grant in input.azure.lighthouse_assignments
	some kind in ["authorizations", "eligibleAuthorizations"]
	some authorization in grant.properties.registrationDefinition.properties[kind]
	id := _id(authorization.roleDefinitionId)
	not id in _azure_readers
	message := sprintf("before the gate, the Azure role %s is delegated", [id])
}

fail contains _failure(application._subject, message, "appOwnerOrganizationId") if {
	_before
	some assignment in input.entra.app_role_assignments
	some value in _values[assignment.appRoleId]
	_writes(value)
	application := input.entra.service_principals[_position[_id(assignment.principalId)]]
	message := sprintf("before the gate, an application of the MSP holds %s", [value])
}

_before if input.client.state == "onboarding"

_gone(access) if access.status == "deleted"

_gone(access) if access._scope in _over

_over contains relationship._id if {
	some relationship in input.gdap.relationships
	relationship.status in delegation.over
}

_readers contains lower(id) if some id in input.params.roles_before_gate

_azure_readers contains lower(id) if some id in input.params.azure_roles_before_gate

_list(grants) := grants if is_array(grants)

_list(grants) := [] if grants == null

# _position is the place of each application of the MSP in the list, by id.
_position[application._id] := i if {
	some i, application in input.entra.service_principals
	_id(application.appOwnerOrganizationId) == input.msp.tenant_id
}

# _perhaps_writing are those who hold a permission that is not known to read only.
_perhaps_writing contains _id(assignment.principalId) if {
	some assignment in input.entra.app_role_assignments
	not _reads(assignment)
}

_reads(assignment) if assignment.appRoleId == "00000000-0000-0000-0000-000000000000" # no role

_reads(assignment) if {
	every value in _values[assignment.appRoleId] {
		regex.match(`(^|\.)Read(Basic)?(\.|$)`, value)
		not _writes(value)
	}
}

_writes(value) if regex.match(`(?i)write|manage|fullcontrol|full_access|send|create|delete|update`, value)

# _values are the names of Microsoft's permissions, by id.
_values[role.id] contains role.value if {
	some application in input.entra.service_principals
	some role in application.appRoles
	is_string(role.value)
}

_id(id) := lower(id) if is_string(id)

_failure(subject, message, property) := {
	"subject": subject,
	"message": message,
	"observed": {"state": input.client.state},
	"expected": "reader roles alone, until the client is live",
	"evidence": [sprintf("%s#/%s", [subject, property])],
}
