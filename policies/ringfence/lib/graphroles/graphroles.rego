# METADATA
# description: >-
#   Application permissions of Microsoft Graph that were granted, by the names that Microsoft
#   Graph's own service principal gives them, and which of them control a tenant.
# related_resources:
#   - ref: https://learn.microsoft.com/graph/permissions-reference
#     description: Microsoft Graph permissions reference
package ringfence.lib.graphroles

# grants are [assignment, permission] of all that was granted.
grants contains [assignment, role.value] if {
	some graph in input.entra.service_principals
	graph.appId == "00000003-0000-0000-c000-000000000000"
	some assignment in input.entra.app_role_assignments
	assignment._scope == graph._id
	some role in graph.appRoles
	role.id == assignment.appRoleId
	is_string(role.value)
}

# tier0 are the permissions by which an application gives itself all others, or any role.
tier0 := {
	"RoleManagement.ReadWrite.Directory",
	"AppRoleAssignment.ReadWrite.All",
	"Application.ReadWrite.All",
	"Policy.ReadWrite.PermissionGrant",
	"UserAuthenticationMethod.ReadWrite.All",
	"PrivilegedEligibilitySchedule.ReadWrite.AzureADGroup",
	"Domain.ReadWrite.All",
	"Organization.ReadWrite.All",
	"DeviceManagementConfiguration.ReadWrite.All",
	"DeviceManagementRBAC.ReadWrite.All",
}

# tier1 are those that reach much of a tenant's data or its people.
tier1 := {
	"Directory.ReadWrite.All",
	"Group.ReadWrite.All",
	"GroupMember.ReadWrite.All",
	"User.ReadWrite.All",
	"Policy.ReadWrite.CrossTenantAccess",
	"Policy.ReadWrite.ConditionalAccess",
	"Synchronization.ReadWrite.All",
	"EntitlementManagement.ReadWrite.All",
	"Sites.FullControl.All",
	"Files.ReadWrite.All",
	"Mail.ReadWrite",
	"Mail.Read",
	"DelegatedAdminRelationship.ReadWrite.All",
}
