# METADATA
# title: A tenant whose people come in without an account
# description: >-
#   A tenant from which people reach shared channels, by an entry that lets some of them in.
#   They have no guest account.
# related_resources:
#   - ref: https://learn.microsoft.com/entra/external-id/b2b-direct-connect-overview
#     description: B2B direct connect
# custom:
#   fact: direct-connect
#   rule: share
package ringfence.facts.direct_connect

import data.ringfence.lib.crosstenant
import data.ringfence.lib.tenants

link contains tenants.own(organization) if some organization in input.entra.organization

link contains tenants.naming(entry, entry.tenantId, "live") if {
	some entry in input.entra.cross_tenant_partners
	crosstenant.ajar(entry.b2bDirectConnectInbound)
}
