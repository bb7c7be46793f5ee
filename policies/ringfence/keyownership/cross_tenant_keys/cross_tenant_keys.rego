# METADATA
# title: Keys of another tenant are used only as declared
# description: >-
#   A disk encryption set, storage account or SQL server that reaches its key in
#   another tenant, by an application that both tenants know, does so by an application
#   that the fleet file declares (keys.cross_tenant), and that belongs to the client or to
#   a declared service provider or vendor.
# related_resources:
#   - ref: https://learn.microsoft.com/azure/storage/common/customer-managed-keys-configure-cross-tenant-existing-account
#     description: Cross-tenant customer-managed keys for an existing storage account
#   - ref: https://learn.microsoft.com/azure/virtual-machines/disks-cross-tenant-customer-managed-keys
#     description: Cross-tenant customer-managed keys for managed disks
#   - ref: https://learn.microsoft.com/azure/azure-sql/database/transparent-data-encryption-byok-cross-tenant
#     description: Cross-tenant customer-managed keys with transparent data encryption
# custom:
#   id: RF-K-11
#   since: "0.2"
#   severity: critical
#   scope: client
#   maps:
#     nist_800_53: [ac-20, sa-9.6, sc-12]
#     iso_27001: [A.5.23, A.8.24]
#     ccm: [CEK-08]
#     gdpr: []
#     cis_m365: []
#     nis2: ["5.1.4", "9.2"]
#   unverified: [iso_27001, ccm, nis2]
#   params: {}
#   remediation: >-
#     Point the resource to a key of the client's own, and clear the federated client
#     id. If it was agreed that the key is elsewhere, declare the application in
#     keys.cross_tenant, and its owner as service provider or vendor.
#   limits: >-
#     Disk encryption sets, storage accounts and SQL servers. Whose the vault with
#     the key is says RF-K-10. The other side, where a client's key protects what a
#     provider hosts, is in the provider's tenant.
package ringfence.keyownership.cross_tenant_keys

import data.ringfence.lib.directory

subjects contains set._subject if {
	_promised
	some set in input.azure.disk_encryption_sets
	not _own_set(set)
}

subjects contains account._subject if {
	_promised
	some account in input.azure.storage_accounts
	not _own_account(account)
}

subjects contains server._subject if {
	_promised
	some server in input.azure.sql_servers
	not _own_server(server)
}

pass contains set._subject if {
	some set in input.azure.disk_encryption_sets
	_agreed(set.properties.federatedClientId)
}

pass contains account._subject if {
	some account in input.azure.storage_accounts
	_agreed(account.properties.encryption.identity.federatedIdentityClientId)
}

pass contains server._subject if {
	some server in input.azure.sql_servers
	_agreed(server.properties.federatedClientId)
}

# That an application was not declared is a violation whosever it is; and so is an owner that
# was not, whatever was declared.
fail contains _failure(set, "/properties/federatedClientId", id, _undeclared) if {
	some set in input.azure.disk_encryption_sets
	id := set.properties.federatedClientId
	_is_undeclared(id)
}

fail contains _failure(account, "/properties/encryption/identity/federatedIdentityClientId", id, _undeclared) if {
	some account in input.azure.storage_accounts
	id := account.properties.encryption.identity.federatedIdentityClientId
	_is_undeclared(id)
}

fail contains _failure(server, "/properties/federatedClientId", id, _undeclared) if {
	some server in input.azure.sql_servers
	id := server.properties.federatedClientId
	_is_undeclared(id)
}

fail contains _failure(set, "/properties/federatedClientId", id, message) if {
	some set in input.azure.disk_encryption_sets
	id := set.properties.federatedClientId
	message := _strange(id)
}

fail contains _failure(account, "/properties/encryption/identity/federatedIdentityClientId", id, message) if {
	some account in input.azure.storage_accounts
	id := account.properties.encryption.identity.federatedIdentityClientId
	message := _strange(id)
}

fail contains _failure(server, "/properties/federatedClientId", id, message) if {
	some server in input.azure.sql_servers
	id := server.properties.federatedClientId
	message := _strange(id)
}

_promised if is_object(input.client.keys)

# _own_… hold for what has its key in the client's own tenant.
_own_set(set) if _nobody(set.properties.federatedClientId)

_own_server(server) if _nobody(server.properties.federatedClientId)

_own_account(account) if account.properties.encryption.identity == null # left out: none is named

_own_account(account) if _nobody(account.properties.encryption.identity.federatedIdentityClientId)

_nobody(id) if id == null # left out

_nobody(id) if directory.guid(id) in {"", "none", "00000000-0000-0000-0000-000000000000"}

_agreed(id) if {
	app_id := directory.guid(id)
	app_id in _declared
	some _ in _owners[app_id]
	not _strange(id)
}

_is_undeclared(id) if {
	_promised
	app_id := directory.guid(id)
	not _nobody(id)
	not app_id in _declared
}

_undeclared := "it reaches its key in another tenant by an application that was not declared"

# _strange says whose an application is that belongs to nobody who was declared.
_strange(id) := sprintf("it reaches its key by an application of tenant %s, which was not declared", [owner]) if {
	_promised
	some owner in _owners[directory.guid(id)]
	not owner in _accepted
}

_declared contains lower(id) if some id in input.client.keys.cross_tenant

# _owners maps an application's (client) id to the tenants that own it: one.
_owners[app_id] contains owner if {
	some application in input.entra.service_principals
	app_id := directory.guid(application.appId)
	owner := directory.guid(application.appOwnerOrganizationId)
}

_accepted contains input.client.tenant_id

_accepted contains lower(tenant) if some tenant in input.client.service_providers

_accepted contains lower(vendor.tenant_id) if some vendor in input.client.vendors

_failure(resource, pointer, id, message) := {
	"subject": resource._subject,
	"message": message,
	"observed": {"federatedClientId": id},
	"expected": {"applications": _declared, "owners": _accepted},
	"evidence": [concat("#", [resource._subject, pointer])],
}
