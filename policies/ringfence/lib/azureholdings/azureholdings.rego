# METADATA
# description: >-
#   Roles in Azure that somebody holds or may activate, as nodes: who holds a role at a place
#   controls the node, and the node what the role reaches there.
# related_resources:
#   - ref: https://learn.microsoft.com/azure/role-based-access-control/scope-overview
#     description: Understand scope for Azure RBAC
package ringfence.lib.azureholdings

import data.ringfence.lib.azureroles
import data.ringfence.lib.nodes

# node is that of a role at a place.
node([place, role]) := nodes.own("azure-role", sprintf("%s|%s", [place, role]))

# at is [place, role] of an assignment or an eligibility: what is above a subscription counts as
# each subscription that inherits it.
at(holding) := [place, role] if {
	place := azureroles.place(holding.properties.scope, holding._scope)
	role := azureroles.id(holding.properties.roleDefinitionId)
}

# delegated is [place, role] of an authorization of Azure Lighthouse. One that names the roles which
# it may give (to managed identities alone) is a role of its own, which controls nothing.
delegated(delegation, authorization) := [place, role] if {
	place := _delegated(delegation)
	role := _role(azureroles.id(authorization.roleDefinitionId), authorization)
}

# activated is the same of one that has to be activated, and never gives roles.
activated(delegation, authorization) := [place, role] if {
	place := _delegated(delegation)
	role := azureroles.id(authorization.roleDefinitionId)
}

_delegated(delegation) := split(lower(delegation.id), "/providers/microsoft.managedservices/")[0] if {
	is_string(delegation.id)
}

_role(role, authorization) := sprintf("%s|limited", [role]) if {
	is_array(authorization.delegatedRoleDefinitionIds)
	count(authorization.delegatedRoleDefinitionIds) > 0
} else := role

# roles maps a place to the roles that somebody has there.
roles[place] contains role if {
	some holding in input.azure.role_assignments
	[place, role] := at(holding)
}

roles[place] contains role if {
	some holding in input.azure.role_eligibility
	[place, role] := at(holding)
}

roles[place] contains role if {
	some delegation in input.azure.lighthouse_assignments
	some authorization in delegation.properties.registrationDefinition.properties.authorizations
	[place, role] := delegated(delegation, authorization)
}

roles[place] contains role if {
	some delegation in input.azure.lighthouse_assignments
	some authorization in delegation.properties.registrationDefinition.properties.eligibleAuthorizations
	[place, role] := activated(delegation, authorization)
}
