# METADATA
# title: A role that Azure Lighthouse gives to a managing tenant
# description: >-
#   Who is named by a delegation of Azure Lighthouse has its role at what is delegated, at once
#   or by activation.
# related_resources:
#   - ref: https://learn.microsoft.com/rest/api/managedservices/registration-assignments/list
#     description: Registration Assignments, authorizations and eligibleAuthorizations
# custom:
#   fact: lighthouse
#   rule: to
package ringfence.facts.lighthouse

import data.ringfence.lib.azureholdings
import data.ringfence.lib.nodes

edge contains _edge(delegation, authorization, azureholdings.delegated(delegation, authorization), "live") if {
	some delegation in input.azure.lighthouse_assignments
	some authorization in delegation.properties.registrationDefinition.properties.authorizations
}

edge contains _edge(delegation, authorization, azureholdings.activated(delegation, authorization), "jit") if {
	some delegation in input.azure.lighthouse_assignments
	some authorization in delegation.properties.registrationDefinition.properties.eligibleAuthorizations
}

_edge(delegation, authorization, holding, state) := {
	"from": nodes.of(delegation.properties.registrationDefinition.properties.managedByTenantId, "object", authorization.principalId),
	"to": azureholdings.node(holding),
	"state": _until_done(delegation, state),
	"evidence": [delegation._subject],
}

# _until_done: a delegation that is not made yet is somebody else's to make.
_until_done(delegation, state) := state if {
	delegation.properties.provisioningState == "Succeeded"
} else := "potential"
