# METADATA
# title: The control of a tenant and all that is in it
# description: >-
#   Whoever can give themselves every role resets every user, joins every group, and adds
#   credentials to every application of the tenant; and so controls what these are elsewhere.
# related_resources:
#   - ref: https://learn.microsoft.com/entra/identity/role-based-access-control/permissions-reference
#     description: Microsoft Entra built-in roles
#   - ref: https://learn.microsoft.com/entra/identity/role-based-access-control/privileged-roles-permissions
#     description: Privileged roles and permissions
# custom:
#   fact: tenant-control
#   rule: to
package ringfence.facts.tenant_control

import data.ringfence.lib.directoryroles
import data.ringfence.lib.graphroles
import data.ringfence.lib.nodes

edge contains {
	"from": nodes.own("tier0", name),
	"to": _tenant,
	"state": "live",
	"evidence": [organization._subject],
} if {
	some organization in input.entra.organization
	some names in [{name | some name in directoryroles.tier0}, graphroles.tier0, {"federation"}]
	some name in names
}

edge contains _edge(nodes.person(user._id), user) if some user in input.entra.users

edge contains _edge(nodes.own("group", group._id), group) if some group in input.entra.groups

edge contains _edge(nodes.own("application", application.appId), application) if {
	some application in input.entra.applications
}

edge contains _edge(nodes.program(program._id), program) if {
	some program in input.entra.service_principals
	is_string(program.appOwnerOrganizationId)
	owner := lower(program.appOwnerOrganizationId)
	every tenant in nodes.microsoft {
		tenant != owner
	}
}

edge contains _edge(nodes.own("domain", domain.name), organization) if {
	some organization in input.entra.organization
	some domain in organization.verifiedDomains
}

_tenant := nodes.own("tenant", input.client.tenant_id)

_edge(node, document) := {
	"from": _tenant,
	"to": node,
	"state": "live",
	"evidence": [document._subject],
}
