# METADATA
# title: An object of the directory, whatever it is
# description: >-
#   Azure Lighthouse and federated credentials name an object of another tenant by its id alone.
#   Users, groups and service principals are that object.
# related_resources:
#   - ref: https://learn.microsoft.com/azure/lighthouse/concepts/architecture
#     description: Azure Lighthouse architecture, principalId
# custom:
#   fact: principal
#   rule: to
package ringfence.facts.principal

import data.ringfence.lib.nodes

edge contains _edge("user", user) if some user in input.entra.users

edge contains _edge("group", group) if some group in input.entra.groups

edge contains _edge("service-principal", program) if some program in input.entra.service_principals

_edge(kind, object_) := {
	"from": nodes.own(kind, object_._id),
	"to": nodes.own("object", object_._id),
	"state": "live",
	"evidence": [object_._subject],
}
