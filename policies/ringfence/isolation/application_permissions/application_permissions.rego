# METADATA
# title: Applications of the MSP hold no permission beyond the manifest that the client approved
# description: >-
#   Each application of the MSP or of a declared service provider, and each that a manifest
#   names, ringfence's own among them, holds only the application permissions and the
#   delegated permissions for all users that its manifest lists. An application without a
#   manifest holds none. What is listed and not held is no deviation.
# related_resources:
#   - ref: https://learn.microsoft.com/graph/api/resources/approleassignment
#     description: appRoleAssignment
#   - ref: https://learn.microsoft.com/graph/api/resources/oauth2permissiongrant
#     description: oAuth2PermissionGrant
#   - ref: https://learn.microsoft.com/entra/identity-platform/scopes-oidc
#     description: Scopes and permissions, with those that every sign-in asks for
# custom:
#   id: RF-M-10
#   since: "0.2"
#   severity: high
#   scope: client
#   maps:
#     nist_800_53: [ac-6, cm-5, cm-7, ia-9]
#     iso_27001: [A.5.21, A.8.2]
#     ccm: [IAM-05]
#     gdpr: []
#     cis_m365: []
#     nis2: ["5.1", "11.2"]
#   unverified: [iso_27001, ccm, nis2]
#   params:
#     sign_in_scopes:
#       type: strings
#       default: [email, offline_access, openid, profile]
#       description: Delegated permissions that only sign somebody in, which no manifest has to list.
#   remediation: >-
#     Take the permission away (Entra admin center, Enterprise applications, Permissions),
#     or have the client approve it: the application's block in the fleet file lists it by
#     its value, or by its role's id where Microsoft renames it. Look first at what the
#     application did with a permission to write.
#   limits: >-
#     Application permissions of the APIs that entra.app_role_assignments is read from, and
#     delegated ones for all users. What single users consented to, directory roles and
#     Azure roles of an application (RF-M-05, RF-M-08), and roles of other APIs are not
#     looked at. Nor is whether the application needs what was approved.
package ringfence.isolation.application_permissions

import data.ringfence.lib.directory
import data.ringfence.lib.provider

subjects contains application._subject if {
	is_array(input.client.applications)
	some application in input.entra.service_principals
	_theirs(application)
}

pass contains application._subject if {
	is_array(input.client.applications)
	some application in input.entra.service_principals
	_theirs(application)
	_registered_as_said(application)
	not application._id in _perhaps_more
}

fail contains _failure(application, message, sprintf("%s#/appRoleId", [assignment._subject])) if {
	some assignment in input.entra.app_role_assignments
	application := input.entra.service_principals[_position[directory.guid(assignment.principalId)]]
	id := directory.guid(application.appId)
	id in _named
	resource := input.entra.service_principals[_position[directory.guid(assignment.resourceId)]]
	some role in resource.appRoles
	directory.guid(role.id) == _role(assignment)
	permission := directory.guid(role.value)
	not [id, _role(assignment)] in _permissions
	not [id, permission] in _permissions
	message := sprintf("%s holds %s beyond its manifest", [directory.name(application), _words(role.value)])
}

# An application that no manifest names may hold nothing, whatever its roles are called.
fail contains _failure(application, message, sprintf("%s#/appRoleId", [assignment._subject])) if {
	is_array(input.client.applications)
	some assignment in input.entra.app_role_assignments
	application := input.entra.service_principals[_position[directory.guid(assignment.principalId)]]
	directory.guid(application.appOwnerOrganizationId) in provider.tenants
	id := directory.guid(application.appId)
	not id in _named
	role := _role(assignment)
	message := sprintf("%s holds %s without an approved manifest", [directory.name(application), _called(assignment, role)])
}

fail contains _failure(application, message, sprintf("%s#/scope", [grant._subject])) if {
	is_array(input.client.applications)
	some grant in input.entra.oauth2_grants
	grant.consentType == "AllPrincipals"
	application := input.entra.service_principals[_position[directory.guid(grant.clientId)]]
	_theirs(application)
	id := directory.guid(application.appId)
	is_string(grant.scope)
	some scope in split(grant.scope, " ")
	not _settled(id, lower(scope))
	message := sprintf("%s holds %s for all users beyond its manifest", [directory.name(application), _words(scope)])
}

fail contains _failure(application, message, sprintf("%s#/appOwnerOrganizationId", [application._subject])) if {
	some application in input.entra.service_principals
	id := directory.guid(application.appId)
	id in _named
	owner := directory.guid(application.appOwnerOrganizationId)
	not [id, owner] in _registered
	message := sprintf("%s is registered in tenant %s, which is not its manifest's", [directory.name(application), owner])
}

_theirs(application) if directory.guid(application.appOwnerOrganizationId) in provider.tenants

_theirs(application) if directory.guid(application.appId) in _named

_named contains lower(manifest.app_id) if some manifest in input.client.applications

_registered contains [lower(manifest.app_id), directory.guid(manifest.tenant_id)] if some manifest in input.client.applications

_registered contains [lower(manifest.app_id), lower(input.msp.tenant_id)] if {
	some manifest in input.client.applications
	manifest.tenant_id == null
}

# _permissions are the values of app roles, or their ids, with the application's id.
_permissions contains [lower(manifest.app_id), lower(permission)] if {
	some manifest in input.client.applications
	some permission in manifest.permissions
}

_delegated contains [lower(manifest.app_id), lower(scope)] if {
	some manifest in input.client.applications
	some scope in manifest.delegated
}

_registered_as_said(application) if [directory.guid(application.appId), directory.guid(application.appOwnerOrganizationId)] in _registered

_registered_as_said(application) if {
	id := directory.guid(application.appId)
	not id in _named
}

# _perhaps_more are those of whom something is not known to be in their manifest.
_perhaps_more contains directory.guid(assignment.principalId) if {
	some assignment in input.entra.app_role_assignments
	_theirs(input.entra.service_principals[_position[directory.guid(assignment.principalId)]])
	not _approved(assignment)
}

_perhaps_more contains directory.guid(grant.clientId) if {
	some grant in input.entra.oauth2_grants
	_theirs(input.entra.service_principals[_position[directory.guid(grant.clientId)]])
	not _granted(grant)
}

# _role is the id of an assigned role. The id of zeros is none.
_role(assignment) := id if {
	id := directory.guid(assignment.appRoleId)
	id != "00000000-0000-0000-0000-000000000000"
}

_approved(assignment) if assignment.appRoleId == "00000000-0000-0000-0000-000000000000"

_approved(assignment) if {
	application := input.entra.service_principals[_position[directory.guid(assignment.principalId)]]
	[directory.guid(application.appId), _role(assignment)] in _permissions
}

_approved(assignment) if {
	application := input.entra.service_principals[_position[directory.guid(assignment.principalId)]]
	resource := input.entra.service_principals[_position[directory.guid(assignment.resourceId)]]
	some role in resource.appRoles
	directory.guid(role.id) == _role(assignment)
	[directory.guid(application.appId), directory.guid(role.value)] in _permissions
}

_granted(grant) if grant.consentType == "Principal"

_granted(grant) if {
	grant.consentType == "AllPrincipals"
	application := input.entra.service_principals[_position[directory.guid(grant.clientId)]]
	is_string(grant.scope)
	every scope in split(grant.scope, " ") {
		_settled(directory.guid(application.appId), lower(scope))
	}
}

_settled(_, "")

_settled(_, scope) if scope in _sign_in

_settled(id, scope) if [id, scope] in _delegated

_sign_in contains lower(scope) if some scope in input.params.sign_in_scopes

# _called is the value of a role, or its id where nobody tells the value.
_called(assignment, role_id) := _words(concat(" or ", values)) if {
	resource := input.entra.service_principals[_position[directory.guid(assignment.resourceId)]]
	values := {role.value |
		some role in resource.appRoles
		directory.guid(role.id) == role_id
		is_string(role.value)
	}
	count(values) > 0
} else := role_id

_words(permission) := sprintf("%s, a permission to write,", [permission]) if {
	contains(lower(permission), ".readwrite")
} else := permission

# _position is the place of each service principal in the list, by id.
_position := {id: i | id := input.entra.service_principals[i]._id}

_failure(application, message, evidence) := {
	"subject": application._subject,
	"message": message,
	"observed": {"appId": application.appId},
	"expected": {"permissions": _listed(application, _permissions), "delegated": _listed(application, _delegated)},
	"evidence": [evidence],
}

_listed(application, of) := {permission | some [id, permission] in of; id == directory.guid(application.appId)}
