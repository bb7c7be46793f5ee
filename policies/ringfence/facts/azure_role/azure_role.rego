# METADATA
# title: A role in Azure
# description: >-
#   Who holds a role at a place in Azure, or may activate it.
# related_resources:
#   - ref: https://learn.microsoft.com/rest/api/authorization/role-assignments/list-for-subscription
#     description: Role Assignments
#   - ref: https://learn.microsoft.com/rest/api/authorization/role-eligibility-schedule-instances/list-for-scope
#     description: Role Eligibility Schedule Instances
# custom:
#   fact: azure-role
#   rule: to
package ringfence.facts.azure_role

import data.ringfence.lib.azureholdings
import data.ringfence.lib.nodes

edge contains {
	"from": nodes.held(assignment.properties),
	"to": azureholdings.node(azureholdings.at(assignment)),
	"state": "live",
	"evidence": [assignment._subject],
} if {
	some assignment in input.azure.role_assignments
}

edge contains {
	"from": nodes.held(eligibility.properties),
	"to": azureholdings.node(azureholdings.at(eligibility)),
	"state": "jit",
	"evidence": [eligibility._subject],
} if {
	some eligibility in input.azure.role_eligibility
}
