# METADATA
# title: An application of others with much power
# description: >-
#   An application that others own, with application permissions of the first or second tier. It
#   is a finding where several clients have the same one, and no path: app-home is.
# related_resources:
#   - ref: https://learn.microsoft.com/graph/permissions-reference
#     description: Microsoft Graph permissions reference
# custom:
#   fact: vendor-app
#   rule: share
package ringfence.facts.vendor_app

import data.ringfence.lib.graphroles
import data.ringfence.lib.nodes

link contains {
	"value": lower(program.appId),
	"subject": program._subject,
	"role": "same",
	"node": null,
	"state": nodes.enabled(program),
} if {
	some [grant, value] in graphroles.grants
	value in (graphroles.tier0 | graphroles.tier1)
	some program in input.entra.service_principals
	program._id == grant.principalId
	is_string(program.appId)
	is_string(program.appOwnerOrganizationId)
	owner := lower(program.appOwnerOrganizationId)
	every tenant in nodes.microsoft | {input.client.tenant_id} {
		tenant != owner
	}
}
