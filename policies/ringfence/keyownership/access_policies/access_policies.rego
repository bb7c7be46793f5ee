# METADATA
# title: No access policy of a vault names a stranger
# description: >-
#   Each access policy of each key vault is for the client's own tenant and names
#   a user, group or service principal of its directory. Guests, and applications
#   of the MSP unless it was agreed that the MSP owns the keys, have no permission
#   that uses, reads, changes or destroys what the vault holds. Policies count even
#   where Azure RBAC is on: one switch makes them work again.
# related_resources:
#   - ref: https://learn.microsoft.com/azure/key-vault/general/assign-access-policy
#     description: Assign a Key Vault access policy (legacy)
#   - ref: https://learn.microsoft.com/rest/api/keyvault/keyvault/vaults/list-by-subscription
#     description: AccessPolicyEntry and Permissions
#   - ref: https://learn.microsoft.com/graph/api/directory-deleteditems-list
#     description: List deletedItems
# custom:
#   id: RF-K-02
#   since: "0.1"
#   severity: critical
#   scope: client
#   maps:
#     nist_800_53: [ac-3, ac-6, sa-9.6, sc-12]
#     iso_27001: [A.8.2, A.8.24]
#     ccm: [CEK-08, CEK-21]
#     gdpr: []
#     cis_m365: []
#     nis2: ["9.2", "11.2"]
#   unverified: [iso_27001, ccm, nis2]
#   params: {}
#   remediation: >-
#     Delete the access policy (`az keyvault delete-policy --object-id`), or take
#     the permissions named here away. Better: move the vault to Azure RBAC.
#   limits: >-
#     Access policies, not Azure roles. Who is a member of a group that a policy
#     names is not looked at, nor is the application (applicationId) that a policy
#     is narrowed to. Applications of other vendors that exist in the directory
#     count as known.
package ringfence.keyownership.access_policies

import data.ringfence.lib.directory
import data.ringfence.lib.vaultpolicies

subjects contains vault._subject if some vault in input.keyvault.vaults

pass contains vault._subject if {
	some vault in input.keyvault.vaults
	vault.properties.accessPolicies in {null, []} # null: left out, nobody
}

pass contains vault._subject if {
	some vault in input.keyvault.vaults
	_clean(vault.properties)
}

# Each kind of violation has a rule of its own, so that a verdict needs only what its kind
# follows from: a policy for another tenant is one, whatever could be read of the users.
fail contains _failure(vault, i, message) if {
	some vault in input.keyvault.vaults
	some i, policy in vault.properties.accessPolicies
	tenant := directory.guid(policy.tenantId)
	tenant != input.client.tenant_id
	message := sprintf("a policy is for tenant %s", [tenant])
}

fail contains _failure(vault, i, _holder(who, policy)) if {
	some vault in input.keyvault.vaults
	some i, policy in vault.properties.accessPolicies
	[_, who] := directory.visitor(directory.guid(policy.objectId))
}

fail contains _failure(vault, i, _holder(who, policy)) if {
	some vault in input.keyvault.vaults
	some i, policy in vault.properties.accessPolicies
	[_, who] := directory.stranger(directory.guid(policy.objectId))
}

fail contains _failure(vault, i, _holder(who, policy)) if {
	some vault in input.keyvault.vaults
	some i, policy in vault.properties.accessPolicies
	who := _msp_applications[directory.guid(policy.objectId)]
}

fail contains _failure(vault, i, message) if {
	some vault in input.keyvault.vaults
	some i, policy in vault.properties.accessPolicies
	name := _deleted[directory.guid(policy.objectId)]
	message := sprintf("a policy is for %s, which was deleted from the directory", [name])
}

_clean(properties) if {
	every policy in properties.accessPolicies {
		directory.guid(policy.tenantId) == input.client.tenant_id
		_welcome(directory.guid(policy.objectId), policy.permissions)
	}
}

_welcome(id, _) if directory.member(id)

_welcome(id, _) if id in directory.groups

_welcome(id, _) if id in _known_applications

_welcome(id, permissions) if {
	_watched(id)
	vaultpolicies.harmless(permissions)
}

# _holder says what a watched holder may do. It is undefined if that is only to look.
_holder(who, policy) := sprintf("%s, has %s", [who, concat(", ", may)]) if {
	may := vaultpolicies.harmful(policy.permissions)
	count(may) > 0
}

_failure(vault, i, message) := {
	"subject": vault._subject,
	"message": message,
	"observed": {"accessPolicy": i},
	"expected": "the client's own principals alone",
	"evidence": [sprintf("%s#/properties/accessPolicies/%d", [vault._subject, i])],
}

# _watched says who it is whose permissions are limited: an outsider, or an application of
# the MSP.
_watched(id) := message if [_, message] := directory.outsider(id)

else := _msp_applications[id]

_msp_applications := {application._id: message |
	some application in input.entra.service_principals
	directory.guid(application.appOwnerOrganizationId) in _msp
	message := sprintf("%s, an application of the MSP", [directory.name(application)])
}

_known_applications contains application._id if {
	some application in input.entra.service_principals
	application.appOwnerOrganizationId == null # a managed identity: no registration backs it
}

_known_applications contains application._id if {
	some application in input.entra.service_principals
	owner := directory.guid(application.appOwnerOrganizationId)
	not owner in _msp
}

# _msp are the tenants whose applications must not use the keys. There are none if it was
# promised that the MSP owns the keys.
_msp contains tenant if {
	some tenant in input.client.service_providers
	not _keys_of_the_msp
}

_msp contains input.msp.tenant_id if not _keys_of_the_msp

_keys_of_the_msp if input.client.keys.owner == "msp"

# _deleted maps the ids of deleted objects to their names. One that is also in the list of
# users or applications was deleted or restored while the two lists were read, and is left
# out.
_deleted := {item._id: directory.name(item) |
	some item in input.entra.deleted_items
	not directory.member(item._id)
	not item._id in _known_applications
	not _watched(item._id)
}
