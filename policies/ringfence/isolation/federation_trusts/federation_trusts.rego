# METADATA
# title: Whose tokens and certificates the tenant believes was agreed
# description: >-
#   The provider at which a federated domain signs in and the certificates of its
#   tokens, the issuers whose tokens an application registration takes for its own,
#   and the certificate authorities by which users sign in are those of the fleet
#   file. Whoever holds one of these keys can be any user, without a password.
# related_resources:
#   - ref: https://learn.microsoft.com/graph/api/resources/internaldomainfederation
#     description: internalDomainFederation, issuerUri, signingCertificate and nextSigningCertificate
#   - ref: https://learn.microsoft.com/graph/api/resources/federatedidentitycredential
#     description: federatedIdentityCredential, issuer
#   - ref: https://learn.microsoft.com/graph/api/resources/certificateauthority
#     description: certificateAuthority
# custom:
#   id: RF-T-13
#   since: "0.2"
#   severity: high
#   scope: client
#   maps:
#     nist_800_53: [ia-5.2, ia-8, ia-9, sc-12, sc-17]
#     iso_27001: [A.5.17, A.8.24]
#     ccm: [CEK-10]
#     gdpr: []
#     cis_m365: []
#     nis2: ["11.6.1", "9.1"]
#   unverified: [iso_27001, ccm, gdpr, cis_m365, nis2]
#   params: {}
#   remediation: >-
#     Ask the client whose key it is. If it is the client's, declare it in the fleet
#     file (federation). Else treat it as a break-in: remove the trust (domain back to
#     managed, credential of the application, certificate authority), and look through
#     the sign-ins since it was added.
#   limits: >-
#     Whether a private key is in the right hands, nobody here can see. Federated
#     credentials of managed identities are resources of Azure and not read. A next
#     certificate that the service itself fetched within the last 30 days is a
#     planned change, and not judged until then.
package ringfence.isolation.federation_trusts

import data.ringfence.lib.calendar

subjects contains trust._subject if {
	_promised_domains
	some trust in input.entra.domain_federation
}

subjects contains credential._subject if {
	_promised_workloads
	some credential in input.entra.federated_credentials
}

subjects contains authorities._subject if {
	_promised_authorities
	some authorities in input.entra.certificate_auth
}

pass contains trust._subject if {
	some trust in input.entra.domain_federation
	trust.issuerUri in _issuers
	_digest(trust.signingCertificate) in _certificates
	_next_declared(trust)
}

pass contains credential._subject if {
	_promised_workloads
	some credential in input.entra.federated_credentials
	_believed(credential.issuer)
}

pass contains authorities._subject if {
	_promised_authorities
	some authorities in input.entra.certificate_auth
	is_array(authorities.certificateAuthorities)
	every authority in authorities.certificateAuthorities {
		_digest(authority.certificate) in _authorities
	}
}

fail contains _failure(trust, "issuerUri", trust.issuerUri, message) if {
	_promised_domains
	some trust in input.entra.domain_federation
	is_string(trust.issuerUri)
	issuer := trust.issuerUri
	not issuer in _issuers
	message := sprintf("the domain signs in at %s, which was not agreed%s", [issuer, _factors(trust)])
}

fail contains _failure(trust, "signingCertificate", digest, message) if {
	_promised_domains
	some trust in input.entra.domain_federation
	digest := _digest(trust.signingCertificate)
	not digest in _certificates
	message := sprintf("tokens are believed by certificate %s, which was not agreed", [digest])
}

fail contains _failure(trust, "nextSigningCertificate", digest, message) if {
	_promised_domains
	some trust in input.entra.domain_federation
	digest := _digest(trust.nextSigningCertificate)
	not digest in _certificates
	_settled(trust)
	message := sprintf("tokens are believed by the next certificate %s, which was not agreed", [digest])
}

fail contains _failure(credential, "issuer", credential.issuer, message) if {
	_promised_workloads
	some credential in input.entra.federated_credentials
	is_string(credential.issuer)
	issuer := credential.issuer
	not _believed(issuer)
	message := sprintf("an application takes tokens of %s, which was not agreed", [issuer])
}

fail contains _failure(authorities, pointer, digest, message) if {
	_promised_authorities
	some authorities in input.entra.certificate_auth
	some i, authority in authorities.certificateAuthorities
	digest := _digest(authority.certificate)
	not digest in _authorities
	pointer := sprintf("certificateAuthorities/%d/certificate", [i])
	message := sprintf("users sign in by certificate authority %s, which was not agreed", [digest])
}

_promised_domains if {
	is_array(input.client.federation.issuers)
	is_array(input.client.federation.certificates)
}

_promised_workloads if is_array(input.client.federation.workload_issuers)

_promised_authorities if is_array(input.client.federation.authorities)

_issuers contains issuer if some issuer in input.client.federation.issuers

_certificates contains lower(digest) if some digest in input.client.federation.certificates

_authorities contains lower(digest) if some digest in input.client.federation.authorities

_workloads contains _bare(issuer) if some issuer in input.client.federation.workload_issuers

# _home are the tenants whose own applications may sign in for the client's.
_home contains input.client.tenant_id

_home contains lower(tenant) if some tenant in input.client.service_providers

_believed(issuer) if _bare(issuer) in _workloads

_believed(issuer) if {
	some host in ["login.microsoftonline.com", "login.microsoftonline.us", "login.partner.microsoftonline.cn"]
	some tenant in _home
	lower(_bare(issuer)) == sprintf("https://%s/%s/v2.0", [host, tenant])
}

# An issuer with a slash at its end and one without are written for the same.
_bare(issuer) := trim_suffix(issuer, "/") if is_string(issuer)

_next_declared(trust) if trust.nextSigningCertificate == null # there is none

_next_declared(trust) if _digest(trust.nextSigningCertificate) in _certificates

# _settled holds if the service did not fetch a certificate in the last 30 days.
_settled(trust) if {
	calendar.instant(trust.signingCertificateUpdateStatus.lastRunDateTime) < calendar.in_days(-30)
}

_factors(trust) := ", and which may vouch for a second factor" if {
	trust.federatedIdpMfaBehavior == "acceptIfMfaDoneByFederatedIdp"
} else := ""

# _digest is the SHA-256 of a certificate, of the bytes that its base64 stands for.
_digest(certificate) := crypto.sha256(base64.decode(bare)) if {
	is_string(certificate)
	bare := regex.replace(certificate, `\s`, "")
	bare != ""
	base64.is_valid(bare)
}

_failure(doc, property, observed, message) := {
	"subject": doc._subject,
	"message": message,
	"observed": {property: observed},
	"expected": "what the fleet file declares (federation)",
	"evidence": [sprintf("%s#/%s", [doc._subject, property])],
}
