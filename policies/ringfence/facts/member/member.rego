# METADATA
# title: A member of a group
# description: >-
#   Whoever controls a member has what the group has, also where the group is in another one.
# related_resources:
#   - ref: https://learn.microsoft.com/graph/api/group-list-members
#     description: List group members
# custom:
#   fact: member
#   rule: to
package ringfence.facts.member

import data.ringfence.lib.nodes

edge contains {
	"from": nodes.typed(member),
	"to": nodes.own("group", member._scope),
	"state": "live",
	"evidence": [member._subject],
} if {
	some member in input.entra.group_members
}
