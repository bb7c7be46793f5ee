# METADATA
# title: An owner of a group or an application
# description: >-
#   An owner of a group adds members to it, and an owner of an application or a service
#   principal adds credentials to it.
# related_resources:
#   - ref: https://learn.microsoft.com/graph/api/application-list-owners
#     description: List owners of an application
#   - ref: https://learn.microsoft.com/graph/api/serviceprincipal-list-owners
#     description: List owners of a service principal
#   - ref: https://learn.microsoft.com/graph/api/group-list-owners
#     description: List owners of a group
# custom:
#   fact: owner
#   rule: to
package ringfence.facts.owner

import data.ringfence.lib.nodes

edge contains {
	"from": nodes.typed(owner),
	"to": nodes.own("group", owner._scope),
	"state": "live",
	"evidence": [owner._subject],
} if {
	some owner in input.entra.group_owners
}

edge contains {
	"from": nodes.typed(owner),
	"to": nodes.program(owner._scope),
	"state": "live",
	"evidence": [owner._subject],
} if {
	some owner in input.entra.service_principal_owners
}

edge contains {
	"from": nodes.typed(owner),
	"to": nodes.own("application", id),
	"state": "live",
	"evidence": [owner._subject],
} if {
	some owner in input.entra.application_owners
	some id in nodes.application_ids[owner._scope]
}
