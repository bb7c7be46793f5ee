# METADATA
# title: The MSP cannot use the client's keys, nor read its secrets
# description: >-
#   No application, guest or group of the service provider, and no delegation of
#   Azure Lighthouse, holds an Azure role, or may activate one, that uses what the
#   client's vaults hold or gives roles away; in a vault that asks its access policies,
#   nor one that may write the vault. No access policy lets them use keys, through a
#   group either. Vaults that the MSP operates by contract (keys.operated_vaults) do
#   not count, and nothing does where the MSP owns the keys.
# related_resources:
#   - ref: https://learn.microsoft.com/azure/key-vault/general/rbac-guide
#     description: Provide access to Key Vault with Azure RBAC, built-in roles
#   - ref: https://learn.microsoft.com/azure/key-vault/general/security-features
#     description: A Contributor may let himself in by an access policy
#   - ref: https://learn.microsoft.com/azure/lighthouse/concepts/tenants-users-roles
#     description: Azure Lighthouse, roles that can be given
#   - ref: https://learn.microsoft.com/azure/azure-resource-manager/templates/key-vault-parameter
#     description: Secrets that a deployment reads, Microsoft.KeyVault/vaults/deploy/action
# custom:
#   id: RF-K-06
#   since: "0.2"
#   severity: critical
#   scope: client
#   maps:
#     nist_800_53: [ac-6, sa-9.6, sc-12]
#     iso_27001: [A.5.19, A.8.24]
#     ccm: [CEK-08]
#     gdpr: [Art. 28, Art. 32]
#     cis_m365: []
#     nis2: ["9.2", "11.2.2"]
#   unverified: [iso_27001, ccm, gdpr, nis2]
#   params: {}
#   remediation: >-
#     Delete the role assignment or eligibility, or give a role that only manages
#     (Key Vault Contributor, in a vault that Azure RBAC governs, or Reader). Take the MSP's
#     people out of the group. Change the offer of Azure Lighthouse. A vault that
#     the MSP operates by contract goes into keys.operated_vaults.
#   limits: >-
#     Roles of Azure RBAC and access policies. The local roles of managed HSMs are
#     not read. Somebody of the MSP is known by the domain of the address, so one with
#     an account of the client's tenant is not found. Nor are ways around: code that
#     runs as an identity of the client's, owners of groups and applications, or an
#     administrator of the directory who elevates himself.
package ringfence.keyownership.key_users

import data.ringfence.lib.azureroles
import data.ringfence.lib.directory
import data.ringfence.lib.provider
import data.ringfence.lib.vaultpolicies

subjects contains assignment._subject if {
	some assignment in input.azure.role_assignments
	_place(assignment) in _places
}

subjects contains eligibility._subject if {
	some eligibility in input.azure.role_eligibility
	_place(eligibility) in _places
}

subjects contains delegation._subject if {
	some delegation in input.azure.lighthouse_assignments
	_delegated_place(delegation) in _places
}

subjects contains vault._subject if {
	some vault in input.keyvault.vaults
	_counts(vault._id)
	some _ in vault.properties.accessPolicies
}

pass contains assignment._subject if {
	some assignment in input.azure.role_assignments
	_place(assignment) in _places
	_idle(_role(assignment), _place(assignment))
}

pass contains assignment._subject if {
	some assignment in input.azure.role_assignments
	_place(assignment) in _places
	_clear(assignment.properties.principalId)
}

pass contains eligibility._subject if {
	some eligibility in input.azure.role_eligibility
	_place(eligibility) in _places
	_idle(_role(eligibility), _place(eligibility))
}

pass contains eligibility._subject if {
	some eligibility in input.azure.role_eligibility
	_place(eligibility) in _places
	_clear(eligibility.properties.principalId)
}

pass contains delegation._subject if {
	some delegation in input.azure.lighthouse_assignments
	place := _delegated_place(delegation)
	place in _places
	definition := delegation.properties.registrationDefinition.properties
	every authorization in definition.authorizations {
		_idle_by_delegation(authorization, place)
	}
	_idle_by_activation(definition.eligibleAuthorizations, place)
}

pass contains vault._subject if {
	some vault in input.keyvault.vaults
	_counts(vault._id)
	some _ in vault.properties.accessPolicies
	every policy in vault.properties.accessPolicies {
		_idle_policy(policy)
	}
}

# Each kind of violation has a rule of its own, which needs only what its kind follows from.
fail contains _failure(assignment, "holds", "", found) if {
	some assignment in input.azure.role_assignments
	_effective(assignment)
	found := provider.applications[directory.guid(assignment.properties.principalId)]
}

fail contains _failure(assignment, "holds", "", found) if {
	some assignment in input.azure.role_assignments
	_effective(assignment)
	found := provider.person(directory.guid(assignment.properties.principalId))
}

fail contains _failure(assignment, "holds", " by a group", found) if {
	some assignment in input.azure.role_assignments
	_effective(assignment)
	some found in provider.within[directory.guid(assignment.properties.principalId)]
}

# A partner's group (of a cloud solution provider) says so itself.
fail contains _failure(assignment, "holds", "", found) if {
	some assignment in input.azure.role_assignments
	_effective(assignment)
	assignment.properties.principalType == "ForeignGroup"
	found := [sprintf("%s#/properties/principalType", [assignment._subject]), "a group of the partner who sold the subscription"]
}

fail contains _failure(eligibility, "may activate", "", found) if {
	some eligibility in input.azure.role_eligibility
	_effective(eligibility)
	found := provider.applications[directory.guid(eligibility.properties.principalId)]
}

fail contains _failure(eligibility, "may activate", "", found) if {
	some eligibility in input.azure.role_eligibility
	_effective(eligibility)
	found := provider.person(directory.guid(eligibility.properties.principalId))
}

fail contains _failure(eligibility, "may activate", " by a group", found) if {
	some eligibility in input.azure.role_eligibility
	_effective(eligibility)
	some found in provider.within[directory.guid(eligibility.properties.principalId)]
}

fail contains _delegation_failure(delegation, "gives", role, pointer) if {
	some delegation in input.azure.lighthouse_assignments
	some i, authorization in delegation.properties.registrationDefinition.properties.authorizations
	role := azureroles.id(authorization.roleDefinitionId)
	_powerful_by_delegation(role, _delegated_place(delegation))
	pointer := sprintf("authorizations/%d/roleDefinitionId", [i])
}

fail contains _delegation_failure(delegation, "lets managed identities be given", role, pointer) if {
	some delegation in input.azure.lighthouse_assignments
	some i, authorization in delegation.properties.registrationDefinition.properties.authorizations
	some j, delegated in authorization.delegatedRoleDefinitionIds
	role := azureroles.id(delegated)
	_powerful(role, _delegated_place(delegation))
	pointer := sprintf("authorizations/%d/delegatedRoleDefinitionIds/%d", [i, j])
}

fail contains _delegation_failure(delegation, "lets be activated", role, pointer) if {
	some delegation in input.azure.lighthouse_assignments
	some i, authorization in delegation.properties.registrationDefinition.properties.eligibleAuthorizations
	role := azureroles.id(authorization.roleDefinitionId)
	_powerful_by_delegation(role, _delegated_place(delegation))
	pointer := sprintf("eligibleAuthorizations/%d/roleDefinitionId", [i])
}

fail contains _policy_failure(vault, i, policy, who) if {
	some vault in input.keyvault.vaults
	_counts(vault._id)
	some i, policy in vault.properties.accessPolicies
	[_, who] := provider.applications[directory.guid(policy.objectId)]
}

fail contains _policy_failure(vault, i, policy, who) if {
	some vault in input.keyvault.vaults
	_counts(vault._id)
	some i, policy in vault.properties.accessPolicies
	[_, who] := provider.person(directory.guid(policy.objectId))
}

fail contains _policy_failure(vault, i, policy, sprintf("%s, by a group", [who])) if {
	some vault in input.keyvault.vaults
	_counts(vault._id)
	some i, policy in vault.properties.accessPolicies
	some [_, who] in provider.within[directory.guid(policy.objectId)]
}

# _counts holds for the client's vaults, without those that the MSP operates by contract; for
# none if it was promised that the MSP owns the keys.
_counts(id) if {
	not _operated(id)
	not _keys_of_the_msp
}

_operated(id) if id in input.client.keys.operated_vaults

_keys_of_the_msp if input.client.keys.owner == "msp"

# _places are the scopes at which an assignment covers a vault. At some of them there is one
# that asks its access policies, or one whose secrets deployments may read.
_places contains place if {
	some vault in input.keyvault.vaults
	_counts(vault._id)
	some place in azureroles.places(vault._id)
}

_with_policies contains place if {
	some vault in input.keyvault.vaults
	_counts(vault._id)
	vault.properties.enableRbacAuthorization in {false, null} # null: left out, which means policies
	some place in azureroles.places(vault._id)
}

_with_templates contains place if {
	some vault in input.keyvault.vaults
	_counts(vault._id)
	vault.properties.enabledForTemplateDeployment == true
	some place in azureroles.places(vault._id)
}

# _writable and _readable are the scopes where a vault may be one of these, because nothing
# says that it is not.
_writable contains place if {
	some vault in input.keyvault.vaults
	_counts(vault._id)
	not _by_roles(vault)
	some place in azureroles.places(vault._id)
}

_readable contains place if {
	some vault in input.keyvault.vaults
	_counts(vault._id)
	not _without_templates(vault)
	some place in azureroles.places(vault._id)
}

_by_roles(vault) if vault.properties.enableRbacAuthorization == true

_without_templates(vault) if vault.properties.enabledForTemplateDeployment == false

_place(holding) := azureroles.place(holding.properties.scope, holding._scope)

_role(holding) := azureroles.id(holding.properties.roleDefinitionId)

# A delegation is at the scope that its own id begins with.
_delegated_place(delegation) := split(delegation._id, "/providers/microsoft.managedservices/")[0]

_effective(holding) if {
	place := _place(holding)
	place in _places
	_powerful(_role(holding), place)
}

# A condition may take away what a role gives of other roles.
_effective(holding) if {
	_place(holding) in _places
	_role(holding) in azureroles.granting
	holding.properties.condition == null # left out: none
}

# _powerful holds for a role that opens some vault at a scope.
_powerful(role, place) if {
	role in azureroles.using
	place in _places
}

_powerful(role, place) if {
	role in azureroles.writing
	place in _with_policies
}

_powerful(role, place) if {
	role in azureroles.deploying
	place in _with_templates
}

# Azure Lighthouse limits who gives roles (User Access Administrator) to those that the
# delegation names.
_powerful_by_delegation(role, place) if _powerful(role, place)

_powerful_by_delegation(role, place) if {
	role in azureroles.granting
	role != _user_access_administrator
	place in _places
}

_user_access_administrator := "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9"

# _idle holds for a role that opens no vault at a scope.
_idle(role, place) if {
	role in azureroles.idle
	_no_writer(role, place)
	_no_deployer(role, place)
}

_no_writer(role, _) if not role in azureroles.writing

_no_writer(_, place) if not place in _writable

_no_deployer(role, _) if not role in azureroles.deploying

_no_deployer(_, place) if not place in _readable

_idle_by_delegation(authorization, place) if _idle(azureroles.id(authorization.roleDefinitionId), place)

_idle_by_delegation(authorization, place) if {
	azureroles.id(authorization.roleDefinitionId) == _user_access_administrator
	every delegated in authorization.delegatedRoleDefinitionIds {
		_idle(azureroles.id(delegated), place)
	}
}

_idle_by_activation(authorizations, _) if authorizations == null # left out: none

_idle_by_activation(authorizations, place) if {
	every authorization in authorizations {
		_idle(azureroles.id(authorization.roleDefinitionId), place)
	}
}

_clear(principal) if provider.clear(directory.guid(principal))

_clear(principal) if provider.clear_group(directory.guid(principal))

_idle_policy(policy) if vaultpolicies.harmless(policy.permissions)

_idle_policy(policy) if _clear(policy.objectId)

_failure(holding, verb, how, [pointer, who]) := {
	"subject": holding._subject,
	"message": sprintf("%s, %s %s at %s%s", [who, verb, azureroles.title(_role(holding)), _place(holding), how]),
	"observed": {"principalId": holding.properties.principalId, "roleDefinitionId": holding.properties.roleDefinitionId},
	"expected": "no role for the service provider that opens a vault",
	"evidence": [sprintf("%s#/properties/principalId", [holding._subject]), pointer],
}

_delegation_failure(delegation, verb, role, pointer) := {
	"subject": delegation._subject,
	"message": sprintf("the delegation %s %s at %s", [verb, azureroles.title(role), _delegated_place(delegation)]),
	"observed": {"roleDefinitionId": role},
	"expected": "no role that opens a vault",
	"evidence": [sprintf("%s#/properties/registrationDefinition/properties/%s", [delegation._subject, pointer])],
}

_policy_failure(vault, i, policy, who) := {
	"subject": vault._subject,
	"message": sprintf("an access policy is for %s, and lets %s", [who, concat(", ", may)]),
	"observed": {"accessPolicy": i},
	"expected": "no access policy that lets the service provider use keys",
	"evidence": [sprintf("%s#/properties/accessPolicies/%d", [vault._subject, i])],
} if {
	may := vaultpolicies.harmful(policy.permissions)
	count(may) > 0
}
