# METADATA
# title: Every verified domain of the tenant is one of the contract's
# description: >-
#   Each domain that is verified in the client's tenant is declared in the fleet
#   file, lies below one that is, or is one that Microsoft gave the tenant. Who
#   controls a domain can receive the mail of its users and make new ones: a
#   domain that nobody declared is a stranger's way in, or another client's.
# related_resources:
#   - ref: https://learn.microsoft.com/graph/api/resources/domain
#     description: domain, isVerified and isInitial
#   - ref: https://learn.microsoft.com/entra/fundamentals/add-custom-domain
#     description: Add your custom domain name to your tenant
#   - ref: https://learn.microsoft.com/microsoft-365/admin/setup/add-or-replace-your-onmicrosoftcom-domain
#     description: Add or replace your onmicrosoft.com fallback domain
# custom:
#   id: RF-T-16
#   since: "0.1"
#   severity: medium
#   scope: client
#   maps:
#     nist_800_53: [cm-8, ia-4, ia-8]
#     iso_27001: [A.5.9, A.5.16]
#     ccm: [IAM-06]
#     gdpr: []
#     cis_m365: []
#     nis2: ["11.5", "12.4"]
#   unverified: [iso_27001, ccm, nis2]
#   params: {}
#   remediation: >-
#     Ask the client whose domain it is. If it is the client's, declare it in the
#     fleet file (domains). Else move its users to another domain and remove it:
#     Entra admin center, Settings, Domain names.
#   limits: >-
#     Says that the tenant holds a domain, not who owns it in DNS, nor whether it
#     is federated. Domains that are not verified are not judged: nobody can sign
#     in with one.
package ringfence.isolation.tenant_domains

subjects contains domain._subject if {
	_promised
	some domain in input.entra.domains
	domain.isVerified == true
}

pass contains domain._subject if {
	_promised
	some domain in input.entra.domains
	domain.isVerified == true
	_known(domain)
}

fail contains {
	"subject": domain._subject,
	"message": sprintf("%s is verified in the tenant, and the contract does not name it", [domain.id]),
	"observed": {"id": domain.id, "isVerified": true},
	"expected": {"domains": _declared},
	"evidence": [sprintf("%s#/isVerified", [domain._subject])],
} if {
	_promised
	some domain in input.entra.domains
	domain.isVerified == true
	domain.isInitial == false
	is_string(domain.id)
	not _known(domain)
}

# An empty list is a promise, too: the tenant has only what Microsoft gave it.
_promised if is_array(input.client.domains)

_declared contains lower(name) if some name in input.client.domains

_known(domain) if domain.isInitial == true

_known(domain) if {
	is_string(domain.id)
	lower(domain.id) in _declared
}

# Whoever owns a domain owns those below it.
_known(domain) if {
	is_string(domain.id)
	some name in _declared
	endswith(lower(domain.id), concat("", [".", name]))
}

# Only Microsoft hands out names below these, each to one tenant.
_known(domain) if {
	is_string(domain.id)
	some suffix in [".onmicrosoft.com", ".onmicrosoft.us", ".partner.onmschina.cn"]
	endswith(lower(domain.id), suffix)
}
