# METADATA
# title: The control of a subscription, and what is in it
# description: >-
#   A role that gives roles, at a subscription or above, is the control of all that is in it.
#   Where a delegation of Azure Lighthouse gives roles, it names those that it gives, and is no
#   such control.
# related_resources:
#   - ref: https://learn.microsoft.com/azure/role-based-access-control/built-in-roles/privileged
#     description: Owner, User Access Administrator, Role Based Access Control Administrator
#   - ref: https://learn.microsoft.com/azure/role-based-access-control/elevate-access-global-admin
#     description: Elevate access to manage all Azure subscriptions
# custom:
#   fact: azure-control
#   rule: to
package ringfence.facts.azure_control

import data.ringfence.lib.azureholdings
import data.ringfence.lib.azureroles
import data.ringfence.lib.nodes

edge contains {
	"from": azureholdings.node([place, role]),
	"to": _control(subscription),
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

edge contains {
	"from": nodes.own("tenant", input.client.tenant_id),
	"to": _control(subscription._id),
	"state": "jit",
	"evidence": [subscription._subject],
} if {
	some subscription in input.azure.subscriptions
}

edge contains {
	"from": _control(subscription._id),
	"to": nodes.own("subscription", subscription._id),
	"state": "live",
	"evidence": [subscription._subject],
} if {
	some subscription in input.azure.subscriptions
}

edge contains _keys(vault) if some vault in input.keyvault.vaults

edge contains _keys(hsm) if some hsm in input.keyvault.managed_hsms

_keys(store) := {
	"from": _control(nodes.subscription(store._id)),
	"to": nodes.own("key", store._id),
	"state": "live",
	"evidence": [store._subject],
}

_control(subscription) := nodes.own("tier0", sprintf("azure|%s", [subscription]))
