package emulator

// directoryRole is a built-in role of Entra ID, with one of its permissions.
type directoryRole struct{ name, id, description, action string }

// directoryRoles are facts: Microsoft Entra built-in roles, Microsoft Learn.
var directoryRoles = []directoryRole{
	{"Global Administrator", "62e90394-69f5-4237-9190-012177145e10",
		"Can manage all aspects of Microsoft Entra ID and Microsoft services that use Microsoft Entra " +
			"identities.",
		"microsoft.directory/users/allProperties/allTasks"},
	{"Privileged Role Administrator", "e8611ab8-c189-46e8-94e1-60213ab1f814",
		"Can manage role assignments in Microsoft Entra ID, and all aspects of Privileged Identity " +
			"Management.",
		"microsoft.directory/roleAssignments/allProperties/allTasks"},
	{"Privileged Authentication Administrator", "7be44c8a-adaf-4e2a-84d6-ab2649e08a13",
		"Can access to view, set and reset authentication method information for any user (admin or " +
			"non-admin).",
		"microsoft.directory/users/password/update"},
	{"Global Reader", "f2ef992c-3afb-46b9-b7cf-a126ee74c451",
		"Can read everything that a Global Administrator can, but not update anything.",
		"microsoft.directory/users/allProperties/read"},
	{"User Administrator", "fe930be7-5e62-47db-91af-98c3a49a38b1",
		"Can manage all aspects of users and groups, including resetting passwords for limited admins.",
		"microsoft.directory/users/create"},
	{"Helpdesk Administrator", "729827e3-9c14-49f7-bb1b-9608f156bbb8",
		"Can reset passwords for non-administrators and Helpdesk Administrators.",
		"microsoft.directory/users/invalidateAllRefreshTokens"},
	{"Service Support Administrator", "f023fd81-a637-4b56-95fd-791ac0226033",
		"Can read service health information and manage support tickets.",
		"microsoft.azure.supportTickets/allEntities/allTasks"},
	{"Exchange Administrator", "29232cdf-9323-42fd-ade2-1d097af3e4de",
		"Can manage all aspects of the Exchange product.",
		"microsoft.office365.exchange/allEntities/basic/allTasks"},
	{"Intune Administrator", "3a2c62db-5318-420d-8d74-23affee5d9d5",
		"Can manage all aspects of the Intune product.",
		"microsoft.intune/allEntities/allTasks"},
	{"Security Reader", "5d6b6bb7-de71-4623-b4af-96380a352509",
		"Can read security information and reports in Microsoft Entra ID and Office 365.",
		"microsoft.directory/policies/standard/read"},
	{"Application Administrator", "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3",
		"Can create and manage all aspects of app registrations and enterprise apps.",
		"microsoft.directory/applications/create"},
	{"Reports Reader", "4a5d8f65-41da-4de4-8968-e035b65339cf",
		"Can read sign-in and audit reports.",
		"microsoft.directory/auditLogs/allProperties/read"},
	{"Directory Readers", "88d8e3e3-8f55-4a1e-953a-9b9898b8876b",
		"Can read basic directory information. Commonly used to grant directory read access to " +
			"applications and guests.",
		"microsoft.directory/users/standard/read"},
}

// application is one that Microsoft puts into every tenant.
type application struct{ name, appID, owner string }

// Tenants that own Microsoft's applications.
const (
	microsoftServices = "f8cdef31-a31e-4b4a-93e4-5f571e91255a"
	microsoftCorp     = "72f988bf-86f1-41af-91ab-2d7cd011db47"
)

// firstPartyApps are facts: Verify first-party Microsoft applications in
// sign-in reports, Microsoft Learn. Real tenants have hundreds.
var firstPartyApps = []application{
	{"Microsoft Graph", "00000003-0000-0000-c000-000000000000", microsoftServices},
	{"Azure Key Vault", "cfa8b339-82a2-471a-a3c9-0fc0be7a4093", microsoftServices},
	{"Azure Storage", "e406a681-f3d4-42a8-90b6-c2b029497af1", microsoftServices},
	{"Windows Azure Active Directory", "00000002-0000-0000-c000-000000000000", microsoftServices},
	{"Windows Azure Service Management API", "797f4846-ba00-4fd7-ba43-dac1f8f63013", microsoftServices},
	{"Office 365 Exchange Online", "00000002-0000-0ff1-ce00-000000000000", microsoftServices},
	{"Office 365 SharePoint Online", "00000003-0000-0ff1-ce00-000000000000", microsoftServices},
	{"Skype for Business Online", "00000004-0000-0ff1-ce00-000000000000", microsoftServices},
	{"Microsoft Intune", "0000000a-0000-0000-c000-000000000000", microsoftServices},
	{"Power BI Service", "00000009-0000-0000-c000-000000000000", microsoftServices},
	{"Microsoft Teams Services", "cc15fd57-2c6c-4117-a88c-83b1d56b4bbe", microsoftServices},
	{"Azure Portal", "c44b4083-3bb0-49c1-b47d-974e53cbdf3c", microsoftServices},
	{"Microsoft Azure App Service", "abfa0a7c-a6b6-4736-8310-5855508787cd", microsoftServices},
	{"Microsoft Azure CLI", "04b07795-8ddb-461a-bbee-02f9e1bf7b46", microsoftServices},
	{"Microsoft App Access Panel", "0000000c-0000-0000-c000-000000000000", microsoftCorp},
}
