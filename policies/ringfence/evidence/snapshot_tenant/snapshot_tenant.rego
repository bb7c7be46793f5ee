# METADATA
# title: The snapshot belongs to the tenant that it is filed under
# description: >-
#   The organization that the snapshot shows, the tenant that Azure names, and the tenant
#   of every subscription are the client's. A scanner that reuses the token of the client
#   before, or an answer that was saved in the wrong folder, would else be judged as this
#   client's. There is no exception to this: tenants that the caller is a guest in may be
#   on Azure's list beside the client's, and nothing of them is in the snapshot.
# related_resources:
#   - ref: https://learn.microsoft.com/graph/api/organization-list
#     description: "List organizations: id is the tenant's"
#   - ref: https://learn.microsoft.com/rest/api/resources/tenants/list
#     description: "Tenants - List: those of the caller's account"
#   - ref: https://learn.microsoft.com/rest/api/resources/subscriptions/list
#     description: "Subscriptions - List: tenantId"
# custom:
#   id: RF-E-01
#   since: "0.2"
#   severity: critical
#   scope: client
#   maps:
#     nist_800_53: [au-10, au-12, ca-7, si-10]
#     iso_27001: [A.5.33, A.8.15]
#     ccm: [LOG-07]
#     gdpr: []
#     cis_m365: []
#     nis2: []
#   unverified: [iso_27001, ccm]
#   params: {}
#   remediation: >-
#     Do not use the snapshot. Look whose token was used and from where the answers come,
#     compare tenant_id in the fleet file with the contract, and collect again. For a
#     subscription of another tenant: it is delegated to the application, or was moved;
#     remove the role, or file it under its own client.
#   limits: >-
#     What the documents say of themselves. An answer that names no tenant (a list of users)
#     is this tenant's if it came with this tenant's token, which the collector checks when
#     it signs in, and of saved answers nobody can know.
package ringfence.evidence.snapshot_tenant

subjects contains organization._subject if some organization in input.entra.organization

subjects contains tenant._subject if {
	some tenant in input.azure.tenants
	_is_ours(tenant.tenantId)
}

subjects contains tenant._subject if {
	not _is_listed
	some tenant in input.azure.tenants
}

subjects contains subscription._subject if some subscription in input.azure.subscriptions

pass contains organization._subject if {
	some organization in input.entra.organization
	_is_ours(organization.id)
}

pass contains tenant._subject if {
	some tenant in input.azure.tenants
	_is_ours(tenant.tenantId)
}

pass contains subscription._subject if {
	some subscription in input.azure.subscriptions
	_is_ours(subscription.tenantId)
}

fail contains _foreign(organization, organization.id, "/id", "the organization") if {
	some organization in input.entra.organization
}

fail contains _foreign(tenant, tenant.tenantId, "/tenantId", "what Azure names in place of the client's tenant") if {
	not _is_listed
	some tenant in input.azure.tenants
}

fail contains _foreign(subscription, subscription.tenantId, "/tenantId", sprintf("subscription %s", [subscription.displayName])) if {
	some subscription in input.azure.subscriptions
}

# _is_listed: Azure names the client's tenant. Others beside it are the caller's.
_is_listed if {
	some tenant in input.azure.tenants
	_is_ours(tenant.tenantId)
}

_is_ours(id) if {
	is_string(id)
	lower(id) == input.client.tenant_id
}

_foreign(document, id, pointer, what) := {
	"subject": document._subject,
	"message": sprintf("%s is of tenant %s, and the snapshot is filed under %s", [what, lower(id), input.client.tenant_id]),
	"observed": {"tenantId": lower(id)},
	"expected": {"tenantId": input.client.tenant_id},
	"evidence": [sprintf("%s#%s", [document._subject, pointer])],
} if {
	is_string(id)
	lower(id) != input.client.tenant_id
}
