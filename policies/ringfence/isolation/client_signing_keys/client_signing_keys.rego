# METADATA
# title: No signing key or workload that the tenant trusts is trusted by another client
# description: >-
#   No certificate of a federated domain, no SAML signing key and no identity of a workload outside
#   (issuer and subject) that the tenant trusts is trusted by another client of the same service
#   provider. Whoever controls it signs in to both.
# related_resources:
#   - ref: https://learn.microsoft.com/graph/api/resources/federatedidentitycredential
#     description: federatedIdentityCredential, issuer and subject
#   - ref: https://learn.microsoft.com/graph/api/resources/internaldomainfederation
#     description: internalDomainFederation, signingCertificate
#   - ref: https://learn.microsoft.com/graph/api/resources/serviceprincipal
#     description: servicePrincipal, preferredTokenSigningKeyThumbprint
# custom:
#   id: RF-F-06
#   since: "0.2"
#   severity: critical
#   scope: fleet
#   maps:
#     nist_800_53: [ia-5.2, ia-9, sc-12, sc-17]
#     iso_27001: [A.8.24]
#     ccm: [CEK-11]
#     gdpr: []
#     cis_m365: []
#     nis2: ["9.2", "11.3"]
#   unverified: [iso_27001, ccm, nis2]
#   params: {}
#   remediation: >-
#     Give each client a key or a pipeline of its own: of a federated domain, a signing certificate;
#     of an application, Entra admin center, Enterprise applications, the application, Single sign-
#     on, SAML certificates; of a workload, App registrations, the application, Certificates &
#     secrets, Federated credentials, with a subject that is this client's alone. A pipeline of the
#     service provider that must reach several clients is accepted by an exception; RF-F-16 still
#     counts it.
#   limits: >-
#     Values are compared as they are written. A certificate under another name is another value,
#     and so is a subject that a pattern matches.
package ringfence.isolation.client_signing_keys

import data.ringfence.lib.others

subjects contains subject if some subject in _carriers

pass contains subject if {
	some subject in _carriers
	not subject in _shared
}

fail contains _failure(subject, clients) if {
	some subject in _carriers
	some link in input.fleet.links.workload
	link.subject == subject
	clients := others.strangers(link, set())
	count(clients) > 0
}

fail contains _failure(subject, clients) if {
	some subject in _carriers
	some link in input.fleet.links["signing-certificate"]
	link.subject == subject
	clients := others.strangers(link, set())
	count(clients) > 0
}

fail contains _failure(subject, clients) if {
	some subject in _carriers
	some link in input.fleet.links["signing-key"]
	link.subject == subject
	clients := others.strangers(link, set())
	count(clients) > 0
}

_carriers contains credential._subject if some credential in input.entra.federated_credentials

_carriers contains federation._subject if some federation in input.entra.domain_federation

_carriers contains program._subject if {
	some program in input.entra.service_principals
	is_string(program.preferredTokenSigningKeyThumbprint)
}

_shared contains link.subject if {
	some link in input.fleet.links.workload
	count(others.strangers(link, set())) > 0
}

_shared contains link.subject if {
	some link in input.fleet.links["signing-certificate"]
	count(others.strangers(link, set())) > 0
}

_shared contains link.subject if {
	some link in input.fleet.links["signing-key"]
	count(others.strangers(link, set())) > 0
}

_failure(subject, clients) := {
	"subject": subject,
	"message": sprintf("is trusted by %s, too", [others.named(clients)]),
	"observed": sort(clients),
	"expected": "a key or workload of this client alone",
	"evidence": [sprintf("%s#", [subject])],
}
