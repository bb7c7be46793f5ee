# METADATA
# title: A key that signs tokens of an application
# description: >-
#   The thumbprint of the certificate by which tokens (SAML) are signed. Two tenants with the
#   same one can make each other's.
# related_resources:
#   - ref: https://learn.microsoft.com/graph/api/resources/serviceprincipal
#     description: servicePrincipal, preferredTokenSigningKeyThumbprint
# custom:
#   fact: signing-key
#   rule: share
package ringfence.facts.signing_key

link contains {
	"value": lower(program.preferredTokenSigningKeyThumbprint),
	"subject": program._subject,
	"role": "same",
	"node": null,
	"state": "live",
} if {
	some program in input.entra.service_principals
	is_string(program.preferredTokenSigningKeyThumbprint)
	program.preferredTokenSigningKeyThumbprint != ""
}
