# METADATA
# description: >-
#   Roles of Microsoft Entra ID by which somebody controls a tenant, or its applications.
# related_resources:
#   - ref: https://learn.microsoft.com/entra/identity/role-based-access-control/permissions-reference
#     description: Microsoft Entra built-in roles, with their template ids
#   - ref: https://learn.microsoft.com/graph/api/resources/unifiedroleassignment
#     description: unifiedRoleAssignment, directoryScopeId
package ringfence.lib.directoryroles

import data.ringfence.lib.nodes

# target is the node of a role: the control of the tenant itself, or of its applications. Other
# roles have none.
target(role) := nodes.own("tier0", tier0[_text(role)])

target(role) := nodes.own("role", role) if _text(role) in applications

# target_of is the same for another tenant's built-in roles.
target_of(tenant, role) := nodes.of(tenant, "tier0", tier0[_text(role)])

target_of(tenant, role) := nodes.of(tenant, "role", role) if _text(role) in _built_in

# tier0 are the roles that can give themselves all others, by their template ids.
tier0 := {
	"62e90394-69f5-4237-9190-012177145e10": "global-administrator",
	"e8611ab8-c189-46e8-94e1-60213ab1f814": "privileged-role-administrator",
	"7be44c8a-adaf-4e2a-84d6-ab2649e08a13": "privileged-authentication-administrator",
	"8ac3fc64-6eca-42ea-9e69-59f4c7b60eb2": "hybrid-identity-administrator",
	"8329153b-31d0-4727-b945-745eb3bc5f31": "domain-name-administrator",
}

# applications are the roles that add credentials to any application.
applications contains id if some id in _built_in

applications contains definition._id if {
	some definition in input.entra.role_definitions
	definition.isBuiltIn == false
	definition.isEnabled == true
	some permission in definition.rolePermissions
	some action in permission.allowedResourceActions
	action in _credentials
}

# Application Administrator, Cloud Application Administrator.
_built_in := {"9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3", "158c047a-c907-4556-b7ef-446551a6b5f7"}

_credentials := {
	"microsoft.directory/applications/credentials/update",
	"microsoft.directory/applications/allProperties/update",
	"microsoft.directory/servicePrincipals/credentials/update",
	"microsoft.directory/servicePrincipals/allProperties/update",
	"microsoft.directory/applications/owners/update",
	"microsoft.directory/servicePrincipals/owners/update",
}

_text(value) := lower(value) if is_string(value)
