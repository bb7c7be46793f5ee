# METADATA
# title: An application and where it is registered
# description: >-
#   Whoever can add a credential to an application in the tenant where it is registered signs in as
#   its service principal in every tenant that consented to it. Microsoft's own applications are
#   left out: they are in every tenant.
# related_resources:
#   - ref: https://learn.microsoft.com/entra/identity-platform/app-objects-and-service-principals
#     description: Application and service principal objects
#   - ref: https://learn.microsoft.com/graph/api/resources/serviceprincipal
#     description: servicePrincipal, appId and appOwnerOrganizationId
# custom:
#   fact: app-home
#   rule: to
package ringfence.facts.app_home

import data.ringfence.lib.nodes

edge contains {
	"from": nodes.of(owner, "application", program.appId),
	"to": nodes.program(program._id),
	"state": nodes.enabled(program),
	"evidence": [program._subject],
} if {
	some program in input.entra.service_principals
	is_string(program.appOwnerOrganizationId)
	owner := lower(program.appOwnerOrganizationId)
	every tenant in nodes.microsoft {
		tenant != owner
	}
}
