# METADATA
# title: Every organization with an entry in cross-tenant access settings is declared
# description: >-
#   Each organization that has settings of its own is one of the partners or service
#   providers of the fleet file; one that is marked as a service provider is one of
#   the service providers, and one that is a member of the client's multitenant
#   organization is a partner with "mto".
# related_resources:
#   - ref: https://learn.microsoft.com/graph/api/crosstenantaccesspolicy-list-partners
#     description: List partners
#   - ref: https://learn.microsoft.com/graph/api/resources/crosstenantaccesspolicyconfigurationpartner
#     description: crossTenantAccessPolicyConfigurationPartner, isServiceProvider and isInMultiTenantOrganization
# custom:
#   id: RF-T-07
#   since: "0.2"
#   severity: high
#   scope: client
#   maps:
#     nist_800_53: [ac-20, ca-3, sa-9]
#     iso_27001: [A.5.19, A.5.22]
#     ccm: [STA-07]
#     gdpr: []
#     cis_m365: []
#     nis2: ["5.1.4", "5.2"]
#   unverified: [iso_27001, ccm, gdpr, cis_m365, nis2]
#   params:
#     support_tenants:
#       type: strings
#       default: []
#       description: Tenants of Microsoft's support, which leave an entry behind after a session. Their entries are accepted.
#   remediation: >-
#     Ask the client who the organization is. If the client works with it, declare it
#     in the fleet file (partners or service_providers, with what was agreed). Else
#     remove the entry: Entra admin center, External Identities, Cross-tenant access
#     settings, Organizational settings. A session with Microsoft's support may have
#     left one.
#   limits: >-
#     That an entry is explained, not what it allows. An organization without an
#     entry has the default settings, and may have guests and applications.
package ringfence.isolation.cross_tenant_entries

import data.ringfence.lib.crosstenant

subjects contains partner._subject if {
	_promised
	some partner in input.entra.cross_tenant_partners
}

pass contains partner._subject if {
	_promised
	some partner in input.entra.cross_tenant_partners
	crosstenant.tenant(partner) in _providers
	_mto_agreed(partner)
}

# No mark means that the entry is none of a service provider.
pass contains partner._subject if {
	_promised
	some partner in input.entra.cross_tenant_partners
	crosstenant.tenant(partner) in (_partners | _support)
	partner.isServiceProvider in {false, null}
	_mto_agreed(partner)
}

fail contains _failure(partner, "tenantId", partner.tenantId, message) if {
	_promised
	some partner in input.entra.cross_tenant_partners
	tenant := crosstenant.tenant(partner)
	not tenant in _declared
	message := sprintf("tenant %s has settings of its own and is neither a partner nor a service provider", [tenant])
}

fail contains _failure(partner, "isServiceProvider", true, message) if {
	_promised
	some partner in input.entra.cross_tenant_partners
	partner.isServiceProvider == true
	tenant := crosstenant.tenant(partner)
	not tenant in _providers
	message := sprintf("tenant %s is marked as a service provider and is none of the declared ones", [tenant])
}

fail contains _failure(partner, "isInMultiTenantOrganization", true, message) if {
	_promised
	some partner in input.entra.cross_tenant_partners
	partner.isInMultiTenantOrganization == true
	tenant := crosstenant.tenant(partner)
	not [tenant, "mto"] in crosstenant.agreed
	message := sprintf("tenant %s is in the client's multitenant organization, which was not agreed", [tenant])
}

_promised if {
	crosstenant.promised
	is_array(input.client.service_providers)
}

_mto_agreed(partner) if partner.isInMultiTenantOrganization in {false, null}

_mto_agreed(partner) if [crosstenant.tenant(partner), "mto"] in crosstenant.agreed

_partners contains lower(partner.tenant_id) if some partner in input.client.partners

_providers contains lower(tenant) if some tenant in input.client.service_providers

_support contains lower(tenant) if some tenant in input.params.support_tenants

_declared := (_partners | _providers) | _support

_failure(partner, property, observed, message) := {
	"subject": partner._subject,
	"message": message,
	"observed": {property: observed},
	"expected": "a partner or service provider of the fleet file",
	"evidence": [sprintf("%s#/%s", [partner._subject, property])],
}
