# METADATA
# title: A role that a governing tenant has
# description: >-
#   Who is in a group of a governing tenant has the roles that the relationship gives to it in
#   the governed one.
# related_resources:
#   - ref: https://learn.microsoft.com/graph/api/resources/tenantgovernanceservices-governancerelationship?view=graph-rest-beta
#     description: governanceRelationship
#   - ref: https://learn.microsoft.com/graph/api/resources/tenantgovernanceservices-relationshippolicy?view=graph-rest-beta
#     description: relationshipPolicy
# custom:
#   fact: governance
#   rule: to
package ringfence.facts.governance

import data.ringfence.lib.directoryroles
import data.ringfence.lib.nodes

edge contains {
	"from": nodes.of(relationship.governingTenantId, "group", assignment.groupId),
	"to": directoryroles.target_of(relationship.governedTenantId, role.id),
	"state": _state(relationship.status),
	"evidence": [relationship._subject],
} if {
	some relationship in input.entra.governance_relationships
	some assignment in relationship.policySnapshot.delegatedAdministrationRoleAssignments
	some role in assignment.roleTemplates
}

# _state: what is not over, and not in force yet or no longer, somebody else may put in force.
_state("active") := "live"

_state(status) := "potential" if {
	is_string(status)
	every ended in {"active", "terminated", "expired"} {
		ended != status
	}
}
