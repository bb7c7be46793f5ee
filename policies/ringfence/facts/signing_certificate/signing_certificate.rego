# METADATA
# title: A certificate that vouches for people
# description: >-
#   Whoever has the key of a certificate that a federated domain trusts signs in as anybody of
#   the domain. Two tenants that trust the same one are one in this.
# related_resources:
#   - ref: https://learn.microsoft.com/graph/api/resources/internaldomainfederation
#     description: internalDomainFederation, signingCertificate and nextSigningCertificate
# custom:
#   fact: signing-certificate
#   rule: bridge
package ringfence.facts.signing_certificate

import data.ringfence.lib.nodes

link contains _link(federation, federation.signingCertificate) if some federation in input.entra.domain_federation

link contains _link(federation, federation.nextSigningCertificate) if {
	some federation in input.entra.domain_federation
}

_link(federation, certificate) := {
	"value": value,
	"subject": federation._subject,
	"role": "same",
	"node": nodes.own("identity-provider", federation._scope),
	"state": "live",
} if {
	is_string(certificate)
	value := regex.replace(certificate, `-----[A-Z ]+-----|\s`, "")
	value != ""
}
