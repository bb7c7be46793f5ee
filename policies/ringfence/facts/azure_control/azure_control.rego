# METADATA
# title: A role in Azure that gives roles
# description: >-
#   A role that gives roles, at a subscription or above, is the control of all that is in it.
#   Where a delegation of Azure Lighthouse gives roles, it names those that it gives, and is no
#   such control.
# related_resources:
#   - ref: https://learn.microsoft.com/azure/role-based-access-control/built-in-roles/privileged
#     description: Owner, User Access Administrator, Role Based Access Control Administrator
# custom:
#   fact: azure-control
#   rule: to
package ringfence.facts.azure_control

import data.ringfence.lib.azureholdings
import data.ringfence.lib.azureroles
import data.ringfence.lib.nodes

edge contains {
	"from": azureholdings.node([place, role]),
	"to": nodes.own("tier0", sprintf("azure|%s", [subscription])),
	"state": "live",
	"evidence": [definition._subject],
} if {
	some holdings in [input.azure.role_assignments, input.azure.role_eligibility]
	some holding in holdings
	[place, role] := azureholdings.at(holding)
	parts := split(place, "/")
	count(parts) == 3
	subscription := parts[2]
	role in azureroles.granting
	some definition in input.azure.role_definitions
	azureroles.id(definition.name) == role
}
