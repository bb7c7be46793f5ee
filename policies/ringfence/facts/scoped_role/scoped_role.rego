# METADATA
# title: A role over a part of the tenant
# description: >-
#   A role over an administrative unit is no role over the tenant: it ends at a scope, whose
#   members are not read.
# related_resources:
#   - ref: https://learn.microsoft.com/entra/identity/role-based-access-control/admin-units-assign-roles
#     description: Assign Microsoft Entra roles with administrative unit scope
# custom:
#   fact: scoped-role
#   rule: to
package ringfence.facts.scoped_role

import data.ringfence.lib.nodes

edge contains _edge(assignment, "live") if some assignment in input.entra.role_assignments

edge contains _edge(eligibility, "jit") if some eligibility in input.entra.role_eligibility

_edge(holding, state) := {
	"from": nodes.holder(holding.principalId),
	"to": nodes.own("scope", sprintf("%s|%s", [substring(holding.directoryScopeId, 1, -1), holding.roleDefinitionId])),
	"state": state,
	"evidence": [holding._subject],
} if {
	is_string(holding.directoryScopeId)
	startswith(holding.directoryScopeId, "/administrativeUnits/")
	is_string(holding.roleDefinitionId)
}
