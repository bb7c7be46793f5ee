# METADATA
# title: Subscriptions are the client's own and delegated to declared tenants only
# description: >-
#   Each Azure subscription belongs to the client's tenant, and whoever manages it
#   from outside, by Azure Lighthouse on the subscription or on one of its
#   resource groups, is a declared service provider. A managed-service offer of
#   the Marketplace is a delegation like any other: its publisher's tenant is
#   declared, or it is an exception.
# related_resources:
#   - ref: https://learn.microsoft.com/azure/lighthouse/concepts/architecture
#     description: Azure Lighthouse architecture
#   - ref: https://learn.microsoft.com/rest/api/managedservices/registration-assignments/list
#     description: Registration Assignments - List
#   - ref: https://learn.microsoft.com/rest/api/resources/subscriptions/list
#     description: Subscriptions - List, tenantId and managedByTenants
# custom:
#   id: RF-M-07
#   since: "0.1"
#   severity: critical
#   scope: client
#   maps:
#     nist_800_53: [ac-17, ac-20, ca-3, ma-4]
#     iso_27001: [A.5.19]
#     ccm: [IVS-06, STA-07]
#     gdpr: []
#     cis_m365: []
#     nis2: ["5.1", "11.3"]
#   unverified: [iso_27001, ccm, nis2]
#   params: {}
#   remediation: >-
#     Azure portal, Service providers, Service provider offers, Delegations:
#     remove the delegation. A subscription of another tenant is moved back by
#     its owner, or taken out of the fleet file.
#   limits: >-
#     Who may be delegated to, not which roles they hold. Only subscriptions that
#     were seen. Guests and other foreign principals with Azure roles are no
#     delegation and not looked at here.
package ringfence.isolation.lighthouse_delegations

subjects contains subscription._subject if {
	_promised
	some subscription in input.azure.subscriptions
}

pass contains subscription._subject if {
	_promised
	some subscription in input.azure.subscriptions
	_guid(subscription.tenantId) == input.client.tenant_id
	_managers_declared(subscription)
	not subscription._id in _doubtful
}

fail contains _failure(subscription, message, tenant, pointer) if {
	_promised
	some subscription in input.azure.subscriptions
	tenant := _guid(subscription.tenantId)
	tenant != input.client.tenant_id
	pointer := sprintf("%s#/tenantId", [subscription._subject])
	message := sprintf("the subscription belongs to tenant %s", [tenant])
}

fail contains _failure(subscription, message, tenant, pointer) if {
	_promised
	some subscription in input.azure.subscriptions
	some i, manager in subscription.managedByTenants
	tenant := _guid(manager.tenantId)
	not tenant in _declared
	pointer := sprintf("%s#/managedByTenants/%d/tenantId", [subscription._subject, i])
	message := sprintf("undeclared tenant %s manages the subscription", [tenant])
}

fail contains _failure(subscription, message, tenant, pointer) if {
	_promised
	some delegation in input.azure.lighthouse_assignments
	tenant := _guid(delegation.properties.registrationDefinition.properties.managedByTenantId)
	not tenant in _declared
	some subscription in input.azure.subscriptions
	subscription._id == delegation._scope
	pointer := sprintf("%s#/properties/registrationDefinition/properties/managedByTenantId", [delegation._subject])
	message := sprintf("delegation %s names undeclared tenant %s", [delegation._id, tenant])
}

_promised if is_array(input.client.service_providers)

_declared contains tenant if some tenant in input.client.service_providers

_declared contains input.client.tenant_id

_managers_declared(subscription) if subscription.managedByTenants == null # left out: nobody

_managers_declared(subscription) if {
	every manager in subscription.managedByTenants {
		_guid(manager.tenantId) in _declared
	}
}

# _doubtful are the subscriptions with a delegation that is not to a declared tenant. One
# that does not say to whom it is counts, too: the subscription does not pass, but fails
# only if an undeclared tenant is named.
_doubtful contains delegation._scope if {
	some delegation in input.azure.lighthouse_assignments
	not _to_declared(delegation)
}

_to_declared(delegation) if {
	_guid(delegation.properties.registrationDefinition.properties.managedByTenantId) in _declared
}

_guid(id) := lower(id) if is_string(id)

_failure(subscription, message, tenant, pointer) := {
	"subject": subscription._subject,
	"message": message,
	"observed": {"tenant": tenant},
	"expected": {"tenantId": input.client.tenant_id, "managedBy": _declared},
	"evidence": [pointer],
}
