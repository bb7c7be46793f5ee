# METADATA
# title: A role that a partner's group has
# description: >-
#   Who is in a group of a service provider has the roles that a relationship gives to it in the
#   customer's tenant. Also a role that a group of another tenant holds, whatever gave it.
# related_resources:
#   - ref: https://learn.microsoft.com/graph/api/resources/delegatedadminrelationship
#     description: delegatedAdminRelationship, status and customer
#   - ref: https://learn.microsoft.com/graph/api/resources/delegatedadminaccessassignment
#     description: delegatedAdminAccessAssignment, accessContainer and accessDetails
#   - ref: https://learn.microsoft.com/graph/api/resources/unifiedroleassignment
#     description: unifiedRoleAssignment, principalOrganizationId
# custom:
#   fact: gdap
#   rule: to
package ringfence.facts.gdap

import data.ringfence.lib.directoryroles
import data.ringfence.lib.nodes

edge contains {
	"from": nodes.of(input.msp.tenant_id, "group", access.accessContainer.accessContainerId),
	"to": directoryroles.target_of(relationship.customer.tenantId, role.roleDefinitionId),
	"state": _state(relationship, access),
	"evidence": [relationship._subject, access._subject],
} if {
	some access in input.gdap.access_assignments
	access.accessContainer.accessContainerType == "securityGroup"
	some relationship in input.gdap.relationships
	relationship._id == access._scope
	some role in access.accessDetails.unifiedRoles
}

edge contains {
	"from": nodes.of(assignment.principalOrganizationId, "group", assignment.principalId),
	"to": directoryroles.target(assignment.roleDefinitionId),
	"state": "live",
	"evidence": [assignment._subject],
} if {
	some assignment in input.entra.role_assignments
	assignment.directoryScopeId == "/"
	is_string(assignment.principalOrganizationId)
	lower(assignment.principalOrganizationId) != input.client.tenant_id
}

# _state: what is ending may still act, what nobody approved may not yet. What is over is nothing.
_state(relationship, access) := "live" if {
	relationship.status in {"active", "expiring", "terminating", "terminationRequested"}
	nodes.lasting(relationship.endDateTime)
	access.status in {"active", "deleting"}
} else := "potential" if {
	relationship.status in {"created", "approvalPending", "approved", "activating", "active", "expiring"}
	nodes.lasting(relationship.endDateTime)
	access.status in {"pending", "active"}
}
