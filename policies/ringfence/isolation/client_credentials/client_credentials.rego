# METADATA
# title: No credential of an application is another client's, too
# description: >-
#   No certificate or secret of an application or service principal of the tenant is installed in
#   the tenant of another client of the same service provider. Whoever holds it signs in to both.
# related_resources:
#   - ref: https://learn.microsoft.com/graph/api/resources/keycredential
#     description: keyCredential, customKeyIdentifier
#   - ref: https://learn.microsoft.com/graph/api/resources/passwordcredential
#     description: passwordCredential, keyId
# custom:
#   id: RF-F-05
#   since: "0.2"
#   severity: critical
#   scope: fleet
#   maps:
#     nist_800_53: [ia-5, ia-5.2, ia-9, sc-12, sc-17]
#     iso_27001: [A.5.17, A.8.24]
#     ccm: [CEK-11, IAM-14]
#     gdpr: []
#     cis_m365: []
#     nis2: ["9.2", "11.3"]
#   unverified: [iso_27001, ccm, nis2]
#   params: {}
#   remediation: >-
#     Make a new credential for each client's application, and remove the shared one from both:
#     Entra admin center, App registrations, the application, Certificates & secrets. Whose
#     application the other one is, only the service provider can tell.
#   limits: >-
#     Certificates are compared by their thumbprints and ids, secrets by their ids: a secret that
#     was copied by hand has another id. Credentials that ended do not count. One application that
#     two clients consented to is no shared credential.
package ringfence.isolation.client_credentials

import data.ringfence.lib.others

subjects contains subject if some subject in _carriers

pass contains subject if {
	some subject in _carriers
	not subject in _shared
}

fail contains _failure(subject, clients) if {
	some subject in _carriers
	some link in input.fleet.links["app-credential"]
	link.subject == subject
	clients := others.strangers(link, set())
	count(clients) > 0
}

_carriers contains application._subject if {
	some application in input.entra.applications
	_holds(application)
}

_carriers contains program._subject if {
	some program in input.entra.service_principals
	_holds(program)
}

_shared contains link.subject if {
	some link in input.fleet.links["app-credential"]
	count(others.strangers(link, set())) > 0
}

_failure(subject, clients) := {
	"subject": subject,
	"message": sprintf("has a credential that %s has, too", [others.named(clients)]),
	"observed": sort(clients),
	"expected": "a credential of this client alone",
	"evidence": [sprintf("%s#", [subject])],
}

_holds(holder) if some _ in holder.keyCredentials

_holds(holder) if some _ in holder.passwordCredentials
