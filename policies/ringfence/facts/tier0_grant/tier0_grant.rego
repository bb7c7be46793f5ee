# METADATA
# title: An application permission that controls the tenant
# description: >-
#   A service principal with one of these application permissions of Microsoft Graph can give
#   itself any other, or any role.
# related_resources:
#   - ref: https://learn.microsoft.com/graph/permissions-reference
#     description: Microsoft Graph permissions reference
#   - ref: https://learn.microsoft.com/graph/api/resources/approleassignment
#     description: appRoleAssignment, appRoleId and resourceId
# custom:
#   fact: tier0-grant
#   rule: to
package ringfence.facts.tier0_grant

import data.ringfence.lib.graphroles
import data.ringfence.lib.nodes

edge contains {
	"from": nodes.program(grant.principalId),
	"to": nodes.own("tier0", value),
	"state": "live",
	"evidence": [grant._subject],
} if {
	some [grant, value] in graphroles.grants
	value in graphroles.tier0
}
