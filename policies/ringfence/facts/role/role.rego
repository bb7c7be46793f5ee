# METADATA
# title: A role over the whole tenant
# description: >-
#   Who holds a role that can give itself all others controls the tenant. Who administers
#   applications controls each of them (kind application). Other roles are not looked at.
# related_resources:
#   - ref: https://learn.microsoft.com/graph/api/resources/unifiedroleassignment
#     description: unifiedRoleAssignment, principalId and directoryScopeId
#   - ref: https://learn.microsoft.com/entra/identity/role-based-access-control/permissions-reference
#     description: Microsoft Entra built-in roles
# custom:
#   fact: role
#   rule: to
package ringfence.facts.role

import data.ringfence.lib.directoryroles
import data.ringfence.lib.nodes

edge contains {
	"from": nodes.holder(assignment.principalId),
	"to": directoryroles.target(assignment.roleDefinitionId),
	"state": "live",
	"evidence": [assignment._subject],
} if {
	some assignment in input.entra.role_assignments
	assignment.directoryScopeId == "/"
}
