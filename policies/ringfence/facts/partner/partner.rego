# METADATA
# title: An organization that settings of cross-tenant access name
# description: >-
#   An entry for another tenant, whatever it lets through.
# related_resources:
#   - ref: https://learn.microsoft.com/graph/api/resources/crosstenantaccesspolicyconfigurationpartner
#     description: crossTenantAccessPolicyConfigurationPartner
# custom:
#   fact: partner
#   rule: share
package ringfence.facts.partner

import data.ringfence.lib.tenants

link contains tenants.own(organization) if some organization in input.entra.organization

link contains tenants.naming(entry, entry.tenantId, "live") if some entry in input.entra.cross_tenant_partners
