# METADATA
# title: What Azure Lighthouse grants is least privilege and just in time
# description: >-
#   Each delegation of the client's subscriptions and resource groups has only agreed
#   roles. Roles that change something are eligible, to be activated with multifactor
#   authentication for a few hours, but for agreed principals such as the identity of a
#   backup; and nobody may assign roles that are as good as all.
# related_resources:
#   - ref: https://learn.microsoft.com/rest/api/managedservices/registration-assignments/list
#     description: Registration Assignments - List, authorizations and eligibleAuthorizations
#   - ref: https://learn.microsoft.com/azure/lighthouse/how-to/create-eligible-authorizations
#     description: Create eligible authorizations
#   - ref: https://learn.microsoft.com/azure/lighthouse/concepts/recommended-security-practices
#     description: Recommended security practices of Azure Lighthouse
# custom:
#   id: RF-M-08
#   since: "0.2"
#   severity: high
#   scope: client
#   maps:
#     nist_800_53: [ac-2.6, ac-6, ac-6.2, ia-2.1]
#     iso_27001: [A.8.2]
#     ccm: [IAM-10]
#     gdpr: []
#     cis_m365: []
#     nis2: ["11.3", "11.7"]
#   unverified: [iso_27001, ccm, nis2]
#   params:
#     reader_roles:
#       type: strings
#       default:
#         - acdd72a7-3385-48ef-bd42-f606fba81ae7
#         - 43d0d8ad-25c7-4714-9337-8ba259a9fe05
#         - 73c42c96-874c-492b-b04d-ab87d138a893
#         - 39bc4728-0917-49c7-9d2c-d95423bc2eb4
#         - 21090545-7ca7-4776-b22c-e363652d74d2
#         - 91c1777a-f3dc-4fae-b103-61d183457e46
#       description: Azure roles that change nothing, and the one that only ends a delegation. Anybody may hold them all the time.
#     activation_minutes:
#       type: integer
#       default: 480
#       description: How long an activation may last at most.
#   remediation: >-
#     Change the delegation's template: move roles that change something from
#     authorizations to eligibleAuthorizations, with multiFactorAuthProvider "Azure" and a
#     maximumActivationDuration of at most eight hours; and deploy it anew. The role
#     matrix is lighthouse.roles of the fleet file, and who may hold standing access
#     lighthouse.standing.
#   limits: >-
#     What was delegated, as the client's subscriptions show it. Whether a principal is a
#     group, a person or an application the client cannot see; who is in the group is the
#     MSP's. To whom may be delegated is RF-M-07's.
package ringfence.isolation.lighthouse_roles

import data.ringfence.lib.calendar

subjects contains delegation._subject if {
	_promised
	some delegation in input.azure.lighthouse_assignments
}

pass contains delegation._subject if {
	_promised
	some delegation in input.azure.lighthouse_assignments
	definition := delegation.properties.registrationDefinition.properties
	every grant in _list(definition.authorizations) {
		_agreed(grant)
		_may_stand(grant)
		_assigns_little(grant)
	}
	every grant in _list(definition.eligibleAuthorizations) {
		_agreed(grant)
		_just_in_time(grant)
	}
}

# A role that was not agreed.
fail contains _failure(delegation, message, kind) if {
	is_array(input.client.lighthouse.roles)
	some delegation in input.azure.lighthouse_assignments
	some kind in ["authorizations", "eligibleAuthorizations"]
	some grant in delegation.properties.registrationDefinition.properties[kind]
	role := _id(grant.roleDefinitionId)
	not role in _roles
	message := sprintf("%s has the role %s, which was not agreed", [_who(grant), role])
}

# Standing access.
fail contains _failure(delegation, message, "authorizations") if {
	some delegation in input.azure.lighthouse_assignments
	some grant in delegation.properties.registrationDefinition.properties.authorizations
	role := _id(grant.roleDefinitionId)
	not role in _reading
	principal := _id(grant.principalId)
	not principal in _standing
	message := sprintf("%s holds the role %s all the time", [_who(grant), role])
}

# Somebody who may assign any role, or one that is as good as any.
fail contains _failure(delegation, message, "authorizations") if {
	some delegation in input.azure.lighthouse_assignments
	some grant in delegation.properties.registrationDefinition.properties.authorizations
	some role in grant.delegatedRoleDefinitionIds
	_id(role) in _broad
	message := sprintf("%s may assign the role %s", [_who(grant), _id(role)])
}

fail contains _failure(delegation, message, "authorizations") if {
	some delegation in input.azure.lighthouse_assignments
	some grant in delegation.properties.registrationDefinition.properties.authorizations
	_id(grant.roleDefinitionId) in _assigners
	grant.delegatedRoleDefinitionIds == []
	message := sprintf("%s may assign roles, and none is named", [_who(grant)])
}

# Activated without multifactor authentication, or for too long.
fail contains _failure(delegation, message, "eligibleAuthorizations") if {
	some delegation in input.azure.lighthouse_assignments
	some grant in delegation.properties.registrationDefinition.properties.eligibleAuthorizations
	grant.justInTimeAccessPolicy.multiFactorAuthProvider == "None"
	message := sprintf("%s can activate a role without multifactor authentication", [_who(grant)])
}

fail contains _failure(delegation, message, "eligibleAuthorizations") if {
	some delegation in input.azure.lighthouse_assignments
	some grant in delegation.properties.registrationDefinition.properties.eligibleAuthorizations
	length := grant.justInTimeAccessPolicy.maximumActivationDuration
	calendar.minutes(length) > input.params.activation_minutes
	message := sprintf("%s can activate a role for %s", [_who(grant), length])
}

_promised if is_object(input.client.lighthouse)

_list(grants) := grants if is_array(grants)

_list(grants) := [] if grants == null

_roles contains lower(id) if some id in input.client.lighthouse.roles

_standing contains lower(id) if some id in input.client.lighthouse.standing

_reading contains lower(id) if some id in input.params.reader_roles

_agreed(_) if input.client.lighthouse.roles == null

_agreed(grant) if _id(grant.roleDefinitionId) in _roles

_may_stand(grant) if _id(grant.roleDefinitionId) in _reading

_may_stand(grant) if _id(grant.principalId) in _standing

# _assigners are roles that can assign others: User Access Administrator, and Role Based
# Access Control Administrator.
_assigners := {"18d7d88d-d35e-4fb5-a5c3-7773c20a72d9", "f58310d9-a9f6-439a-9e8d-f62e7b41a168"}

# _broad are those, Owner and Contributor.
_broad := _assigners | {"8e3af657-a8ff-443c-a75c-2fe8c4bcb635", "b24988ac-6180-42a0-ab88-20f7382dd24c"}

_assigns_little(grant) if {
	role := _id(grant.roleDefinitionId)
	not role in _assigners
}

_assigns_little(grant) if {
	is_array(grant.delegatedRoleDefinitionIds)
	count(grant.delegatedRoleDefinitionIds) > 0
	every role in grant.delegatedRoleDefinitionIds {
		_narrow(role)
	}
}

_narrow(role) if {
	id := _id(role)
	not id in _broad
}

_id(id) := lower(id) if is_string(id)

_just_in_time(grant) if {
	grant.justInTimeAccessPolicy.multiFactorAuthProvider == "Azure"
	calendar.minutes(grant.justInTimeAccessPolicy.maximumActivationDuration) <= input.params.activation_minutes
}

_who(grant) := grant.principalIdDisplayName if {
	is_string(grant.principalIdDisplayName)
} else := grant.principalId

# _failure is undefined where nothing was promised.
_failure(delegation, message, kind) := {
	"subject": delegation._subject,
	"message": message,
	"observed": {"managedByTenantId": delegation.properties.registrationDefinition.properties.managedByTenantId},
	"expected": {"roles": input.client.lighthouse.roles, "standing": input.client.lighthouse.standing},
	"evidence": [sprintf("%s#/properties/registrationDefinition/properties/%s", [delegation._subject, kind])],
}
