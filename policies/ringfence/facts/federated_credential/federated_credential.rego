# METADATA
# title: A program elsewhere and the application that trusts it
# description: >-
#   Whoever controls the program signs in as the application. A managed identity or an
#   application of another tenant is that tenant's object.
# related_resources:
#   - ref: https://learn.microsoft.com/graph/api/resources/federatedidentitycredential
#     description: federatedIdentityCredential, issuer and subject
# custom:
#   fact: federated-credential
#   rule: to
package ringfence.facts.federated_credential

import data.ringfence.lib.nodes
import data.ringfence.lib.workloads

edge contains _edge(credential, sprintf("%s/workload/%s", [input.client.tenant_id, workloads.name(credential)]), id) if {
	some credential in input.entra.federated_credentials
	some id in nodes.application_ids[credential._scope]
}

edge contains _edge(credential, nodes.of(tenant, "object", subject), id) if {
	some credential in input.entra.federated_credentials
	some id in nodes.application_ids[credential._scope]
	[tenant, subject] := workloads.object_of(credential)
}

_edge(credential, node, id) := {
	"from": node,
	"to": nodes.own("application", id),
	"state": "live",
	"evidence": [credential._subject],
}
