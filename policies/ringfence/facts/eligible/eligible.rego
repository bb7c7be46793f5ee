# METADATA
# title: A role or a membership that somebody may activate
# description: >-
#   Whoever is eligible gets the role, or into the group, by an activation of their own.
# related_resources:
#   - ref: https://learn.microsoft.com/graph/api/resources/unifiedroleeligibilityscheduleinstance
#     description: unifiedRoleEligibilityScheduleInstance
#   - ref: https://learn.microsoft.com/graph/api/resources/privilegedaccessgroupeligibilityscheduleinstance
#     description: privilegedAccessGroupEligibilityScheduleInstance, accessId
# custom:
#   fact: eligible
#   rule: to
package ringfence.facts.eligible

import data.ringfence.lib.directoryroles
import data.ringfence.lib.nodes

edge contains {
	"from": nodes.holder(eligibility.principalId),
	"to": directoryroles.target(eligibility.roleDefinitionId),
	"state": "jit",
	"evidence": [eligibility._subject],
} if {
	some eligibility in input.entra.role_eligibility
	eligibility.directoryScopeId == "/"
}

# An owner adds members, so both may get what the group has.
edge contains {
	"from": nodes.holder(eligibility.principalId),
	"to": nodes.own("group", eligibility._scope),
	"state": "jit",
	"evidence": [eligibility._subject],
} if {
	some eligibility in input.entra.group_eligibility
	eligibility.accessId in {"member", "owner"}
}
