# METADATA
# title: A program elsewhere that signs in as an application
# description: >-
#   One that several tenants trust by the same issuer and subject is one program, which has what
#   each of its applications has.
# related_resources:
#   - ref: https://learn.microsoft.com/graph/api/resources/federatedidentitycredential
#     description: federatedIdentityCredential, issuer and subject
# custom:
#   fact: workload
#   rule: bridge
package ringfence.facts.workload

import data.ringfence.lib.workloads

link contains {
	"value": workloads.name(credential),
	"subject": credential._subject,
	"role": "same",
	"node": sprintf("%s/workload/%s", [input.client.tenant_id, workloads.name(credential)]),
	"state": "live",
} if {
	some credential in input.entra.federated_credentials
}
