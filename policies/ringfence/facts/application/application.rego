# METADATA
# title: Who administers applications
# description: >-
#   Administrators of applications add credentials to every application and service principal of
#   the tenant, but to Microsoft's and managed identities. A role at one application does so
#   with that one.
# related_resources:
#   - ref: https://learn.microsoft.com/entra/identity/role-based-access-control/permissions-reference#application-administrator
#     description: Application Administrator
#   - ref: https://learn.microsoft.com/entra/identity/role-based-access-control/custom-enterprise-app-permissions
#     description: Permissions to manage applications in custom roles
# custom:
#   fact: application
#   rule: to
package ringfence.facts.application

import data.ringfence.lib.directoryroles
import data.ringfence.lib.nodes

edge contains {
	"from": nodes.own("role", role),
	"to": nodes.own("application", application.appId),
	"state": "live",
	"evidence": [application._subject],
} if {
	some application in input.entra.applications
	some role in directoryroles.applications
}

edge contains {
	"from": nodes.own("role", role),
	"to": nodes.program(program._id),
	"state": "live",
	"evidence": [program._subject],
} if {
	some program in input.entra.service_principals
	program.servicePrincipalType == "Application"
	is_string(program.appOwnerOrganizationId)
	owner := lower(program.appOwnerOrganizationId)
	every tenant in nodes.microsoft {
		tenant != owner
	}
	some role in directoryroles.applications
}

edge contains {
	"from": nodes.holder(assignment.principalId),
	"to": nodes.own("application", id),
	"state": "live",
	"evidence": [assignment._subject],
} if {
	some assignment in input.entra.role_assignments
	is_string(assignment.roleDefinitionId)
	lower(assignment.roleDefinitionId) in directoryroles.applications
	is_string(assignment.directoryScopeId)
	some id in nodes.application_ids[lower(substring(assignment.directoryScopeId, 1, -1))]
}

edge contains {
	"from": nodes.holder(assignment.principalId),
	"to": nodes.program(program._id),
	"state": "live",
	"evidence": [assignment._subject],
} if {
	some assignment in input.entra.role_assignments
	is_string(assignment.roleDefinitionId)
	lower(assignment.roleDefinitionId) in directoryroles.applications
	is_string(assignment.directoryScopeId)
	some program in input.entra.service_principals
	lower(substring(assignment.directoryScopeId, 1, -1)) == program._id
}
