# METADATA
# title: A federated domain and the tenant that trusts it
# description: >-
#   The identity provider of a domain signs in as anybody of it, administrators too.
# related_resources:
#   - ref: https://learn.microsoft.com/graph/api/resources/internaldomainfederation
#     description: internalDomainFederation
# custom:
#   fact: federation
#   rule: to
package ringfence.facts.federation

import data.ringfence.lib.nodes

edge contains {
	"from": nodes.own("identity-provider", federation._scope),
	"to": nodes.own("tier0", "federation"),
	"state": "live",
	"evidence": [federation._subject],
} if {
	some federation in input.entra.domain_federation
}
