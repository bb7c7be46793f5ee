package access

// GraphAppID is Microsoft Graph's own application, the same in every tenant and cloud.
// https://learn.microsoft.com/troubleshoot/entra/entra-id/governance/verify-first-party-apps-sign-in
const GraphAppID = "00000003-0000-0000-c000-000000000000"

// appRoles are the ids of Microsoft Graph's application permissions that some dataset
// needs, which are the same in every tenant. Each is one that reads and cannot write.
// https://learn.microsoft.com/graph/permissions-reference
var appRoles = map[string]string{
	"Application.Read.All":                            "9a5d68dd-52b0-4cc2-bd40-abcf44ac3a30",
	"AuditLog.Read.All":                               "b0afded3-3588-46d8-8b3d-9842eff778da",
	"CrossTenantInformation.ReadBasic.All":            "cac88765-0581-4025-9725-5ebc13f729ee",
	"DelegatedAdminRelationship.Read.All":             "f6e9e124-4586-492f-adc0-c6f96e4823fd",
	"DelegatedPermissionGrant.Read.All":               "81b4724a-58aa-41c1-8a55-84ef97466587",
	"Device.Read.All":                                 "7438b122-aefc-4978-80ed-43db9fcc7715",
	"DeviceManagementApps.Read.All":                   "7a6ee1e7-141e-4cec-ae74-d9db155731ff",
	"DeviceManagementConfiguration.Read.All":          "dc377aa6-52d8-4e23-b271-2a7ae04cedf3",
	"DeviceManagementManagedDevices.Read.All":         "2f51be20-0bb4-4fed-bf7b-db946066c75e",
	"DeviceManagementRBAC.Read.All":                   "58ca0d9a-1575-47e1-a3cb-007ef2e4583b",
	"DeviceManagementServiceConfig.Read.All":          "06a5fe6d-c49d-46a7-b082-56b1b14103c7",
	"Directory.Read.All":                              "7ab1d382-f21e-4acd-a863-ba3e13f7da61",
	"Domain-InternalFederation.Read.All":              "c0e5a7b0-e8b7-40a7-b8e0-8249e6ea81d5",
	"Domain.Read.All":                                 "dbb9058a-0e50-45d7-ae91-66909b5d4664",
	"Group.Read.All":                                  "5b567255-7703-4780-807c-7be8301ae99b",
	"GroupMember.Read.All":                            "98830695-27a2-44f7-8c18-0c3ebc9698f6",
	"LicenseAssignment.Read.All":                      "e2f98668-2877-4f38-a2f4-8202e0717aa1",
	"Organization.Read.All":                           "498476ce-e0fe-48b0-b801-37ba7e2685c6",
	"Policy.Read.All":                                 "246dd0d5-5bd0-4def-940b-0421030a5b68",
	"Policy.Read.AuthenticationMethod":                "8e3bc81b-d2f3-4b7b-838c-32c88218d2f0",
	"Policy.Read.ConditionalAccess":                   "37730810-e9ba-4e46-b07e-8ca78d182097",
	"Policy.Read.PermissionGrant":                     "9e640839-a198-48fb-8b9a-013fd6f6cbcd",
	"PrivilegedAccess.Read.AzureADGroup":              "01e37dc9-c035-40bd-b438-b2879c4870a6",
	"PrivilegedAssignmentSchedule.Read.AzureADGroup":  "cd4161cb-f098-48f8-a884-1eda9a42434c",
	"PrivilegedEligibilitySchedule.Read.AzureADGroup": "edb419d6-7edc-42a3-9345-509bfdf5d87c",
	"PublicKeyInfrastructure.Read.All":                "214fda0c-514a-4650-b037-b562b1a66124",
	"RoleAssignmentSchedule.Read.Directory":           "d5fe8ce8-684c-4c83-a52c-46e882ce4be1",
	"RoleEligibilitySchedule.Read.Directory":          "ff278e11-4a33-4d0c-83d2-d01dc58929a5",
	"RoleManagement.Read.All":                         "c7fbd983-d9aa-4fa7-84b8-17382c103bc4",
	"RoleManagement.Read.Defender":                    "4d6e30d1-e64e-4ae7-bf9d-c706cc928cef",
	"RoleManagement.Read.Directory":                   "483bed4a-2ad3-4361-a73b-c83ccdbdc53c",
	"SecurityAlert.Read.All":                          "472e4a4d-bb4a-4026-98d1-0b0d74cb74a5",
	"SecurityEvents.Read.All":                         "bf394140-e372-4bf9-a898-299cfc7564e5",
	"SharePointTenantSettings.Read.All":               "83d4163d-a2d8-4d3b-9695-4ae3ca98f888",
	"TenantGovernance-Invitation.Read.All":            "3f4f98e9-6faf-4e5f-814b-ed2ed8a4ec9e",
	"TenantGovernance-PolicyTemplate.Read.All":        "eb9465d8-e7c0-4301-8e51-927f34ee3134",
	"TenantGovernance-RelatedTenant.Read.All":         "7ced9a83-8e7c-46df-b3e0-6b45a6ecedcd",
	"TenantGovernance-Relationship.Read.All":          "41c250d0-8793-44e1-a130-5fdbd5bccd0a",
	"TenantGovernance-Request.Read.All":               "294294d5-2b81-4cf1-837c-28fc22bc3290",
	"TenantGovernance-Setting.Read.All":               "e2d1cac5-0317-4ae3-aca9-59737eb75317",
	"User.Read.All":                                   "df021288-bdef-4463-88db-98f22de89214",
}

// AppRole is the id of an application permission of Microsoft Graph; ok is false for one
// that is not known here.
func AppRole(permission string) (id string, ok bool) {
	id, ok = appRoles[permission]
	return id, ok
}
