package emulator

import "strings"

// fence is a set of regions that a client may use: the MSP's promise, and here
// only what keeps the generated resources where they belong.
type fence struct {
	name, country          string
	regions                []string
	geographies, countries []string
	outside                []string // regions to put a deviation in
	foreign                string   // a country outside
}

var fences = []fence{
	{"au", "AU", []string{"australiaeast", "australiasoutheast", "australiacentral"}, []string{"AUS"}, []string{"AU"}, []string{"southeastasia", "eastus"}, "NZ"},
	{"ch", "CH", []string{"switzerlandnorth", "switzerlandwest"}, []string{"CHE"}, []string{"CH"}, []string{"westeurope", "francecentral"}, "AT"},
	{"de", "DE", []string{"germanywestcentral", "germanynorth"}, []string{"DEU"}, []string{"DE"}, []string{"westeurope", "swedencentral"}, "AT"},
	{"eu", "NL", []string{"westeurope", "northeurope", "germanywestcentral", "francecentral", "swedencentral", "polandcentral"}, []string{"EUR", "DEU", "FRA", "SWE", "POL"}, []string{"NL", "IE", "DE", "FR", "SE", "PL"}, []string{"eastus", "uksouth", "switzerlandnorth"}, "US"},
	{"uk", "GB", []string{"uksouth", "ukwest"}, []string{"GBR"}, []string{"GB"}, []string{"westeurope", "northeurope"}, "IE"},
	{"us", "US", []string{"eastus", "eastus2", "centralus", "westus2", "westus3"}, []string{"NAM"}, []string{"US"}, []string{"canadacentral", "brazilsouth"}, "CA"},
}

func fenceOf(name string) fence {
	for _, f := range fences {
		if f.name == name {
			return f
		}
	}
	return fence{}
}

// region is one Azure region as GET /subscriptions/{id}/locations shows it.
type region struct{ name, display, group, geography, latitude, longitude, place, pair, category string }

// regions are facts: what the locations API returns for public-cloud regions.
// Columns: name, display name, geography group, geography, latitude,
// longitude, physical location, pair ("-": none), category (R recommended, O
// other).
var regions = parseRegions(`
eastus|East US|US|United States|37.3719|-79.8164|Virginia|westus|R
eastus2|East US 2|US|United States|36.6681|-78.3889|Virginia|centralus|R
southcentralus|South Central US|US|United States|29.4167|-98.5|Texas|northcentralus|R
westus2|West US 2|US|United States|47.233|-119.852|Washington|westcentralus|R
westus3|West US 3|US|United States|33.448376|-112.074036|Phoenix|eastus|R
centralus|Central US|US|United States|41.5908|-93.6208|Iowa|eastus2|R
northcentralus|North Central US|US|United States|41.8819|-87.6278|Illinois|southcentralus|O
westus|West US|US|United States|37.783|-122.417|California|eastus|O
westcentralus|West Central US|US|United States|40.89|-110.234|Wyoming|westus2|O
canadacentral|Canada Central|Canada|Canada|43.653|-79.383|Toronto|canadaeast|R
canadaeast|Canada East|Canada|Canada|46.817|-71.217|Quebec|canadacentral|O
brazilsouth|Brazil South|South America|Brazil|-23.55|-46.633|Sao Paulo State|southcentralus|R
brazilsoutheast|Brazil Southeast|South America|Brazil|-22.90278|-43.2075|Rio|brazilsouth|O
mexicocentral|Mexico Central|Mexico|Mexico|20.588818|-100.389888|Querétaro State|-|R
northeurope|North Europe|Europe|Europe|53.3478|-6.2597|Ireland|westeurope|R
westeurope|West Europe|Europe|Europe|52.3667|4.9|Netherlands|northeurope|R
uksouth|UK South|Europe|United Kingdom|50.941|-0.799|London|ukwest|R
ukwest|UK West|Europe|United Kingdom|53.427|-3.084|Cardiff|uksouth|O
francecentral|France Central|Europe|France|46.3772|2.373|Paris|francesouth|R
francesouth|France South|Europe|France|43.8345|2.1972|Marseille|francecentral|O
germanywestcentral|Germany West Central|Europe|Germany|50.110924|8.682127|Frankfurt|germanynorth|R
germanynorth|Germany North|Europe|Germany|53.073635|8.806422|Berlin|germanywestcentral|O
switzerlandnorth|Switzerland North|Europe|Switzerland|47.451542|8.564572|Zurich|switzerlandwest|R
switzerlandwest|Switzerland West|Europe|Switzerland|46.204391|6.143158|Geneva|switzerlandnorth|O
norwayeast|Norway East|Europe|Norway|59.913868|10.752245|Norway|norwaywest|R
norwaywest|Norway West|Europe|Norway|58.969975|5.733107|Norway|norwayeast|O
swedencentral|Sweden Central|Europe|Sweden|60.67488|17.14127|Gävle|swedensouth|R
polandcentral|Poland Central|Europe|Poland|52.23334|21.01666|Warsaw|-|R
italynorth|Italy North|Europe|Italy|45.46888|9.18109|Milan|-|R
spaincentral|Spain Central|Europe|Spain|40.4259|-3.4209|Madrid|-|R
australiaeast|Australia East|Asia Pacific|Australia|-33.86|151.2094|New South Wales|australiasoutheast|R
australiasoutheast|Australia Southeast|Asia Pacific|Australia|-37.8136|144.9631|Victoria|australiaeast|O
australiacentral|Australia Central|Asia Pacific|Australia|-35.3075|149.1244|Canberra|australiacentral2|O
australiacentral2|Australia Central 2|Asia Pacific|Australia|-35.3075|149.1244|Canberra|australiacentral|O
southeastasia|Southeast Asia|Asia Pacific|Asia Pacific|1.283|103.833|Singapore|eastasia|R
eastasia|East Asia|Asia Pacific|Asia Pacific|22.267|114.188|Hong Kong|southeastasia|R
japaneast|Japan East|Asia Pacific|Japan|35.68|139.77|Tokyo, Saitama|japanwest|R
japanwest|Japan West|Asia Pacific|Japan|34.6939|135.5022|Osaka|japaneast|O
koreacentral|Korea Central|Asia Pacific|Korea|37.5665|126.978|Seoul|koreasouth|R
koreasouth|Korea South|Asia Pacific|Korea|35.1796|129.0756|Busan|koreacentral|O
centralindia|Central India|Asia Pacific|India|18.5822|73.9197|Pune|southindia|R
southindia|South India|Asia Pacific|India|12.9822|80.1636|Chennai|centralindia|O
southafricanorth|South Africa North|Africa|South Africa|-25.73134|28.21837|Johannesburg|southafricawest|R
southafricawest|South Africa West|Africa|South Africa|-34.075691|18.843266|Cape Town|southafricanorth|O
uaenorth|UAE North|Middle East|UAE|25.266666|55.316666|Dubai|uaecentral|R
uaecentral|UAE Central|Middle East|UAE|24.466667|54.366669|Abu Dhabi|uaenorth|O
qatarcentral|Qatar Central|Middle East|Qatar|25.551462|51.439327|Doha|-|R
israelcentral|Israel Central|Middle East|Israel|31.2655698|33.4506633|Israel|-|R
`)

// logicalRegions are listed beside the physical ones, with next to no metadata.
var logicalRegions = []string{"Asia", "Asia Pacific", "Europe", "Global", "United Kingdom", "United States"}

func parseRegions(table string) []region {
	var all []region
	for line := range strings.Lines(strings.TrimSpace(table)) {
		f := strings.Split(strings.TrimSpace(line), "|")
		all = append(all, region{f[0], f[1], f[2], f[3], f[4], f[5], f[6], f[7], f[8]})
	}
	return all
}

// displayRegion is a region's display name ("West Europe").
func displayRegion(name string) string {
	for _, r := range regions {
		if r.name == name {
			return r.display
		}
	}
	return name
}

// sku is a product of Microsoft's licensing reference: part number, skuId and
// the service plans in it ("<name> <servicePlanId>").
type sku struct {
	part, id  string
	plans     []string
	suspended bool // lapsed: its plans license nothing
}

// Product names and service plan identifiers for licensing, Microsoft Learn.
var (
	businessPremium = sku{part: "SPB", id: "cbdc14ab-d96c-4c30-b9f4-6ada7cdc1d46", plans: []string{
		"AAD_PREMIUM 41781fb2-bc02-4b7c-bd55-b576c07bb09d", "INTUNE_A c1ec4a95-1f05-45b3-a911-aa3fa01094f5",
		"MFA_PREMIUM 8a256a2b-b617-496d-b51b-e76466e88db0", "EXCHANGE_S_STANDARD 9aaf7827-d63c-4b61-89c3-182f06f82e5c",
		"TEAMS1 57ff2da0-773e-42df-b2af-ffb7a2317929", "SHAREPOINTSTANDARD c7699d2e-19aa-44de-8edf-1736da088ca1",
		"OFFICE_BUSINESS 094e7854-93fc-4d55-b2c0-3ab5369ebdc1", "ATP_ENTERPRISE f20fedf3-f3c3-43c3-8267-2bfdd51c0939",
		"RMS_S_PREMIUM 6c57d4b6-3b23-47a5-9bc9-69f17b4947b3", "MDE_SMB bfc1bbd9-981b-4f71-9b82-17c35fd0e2a4"}}
	microsoft365E3 = sku{part: "SPE_E3", id: "05e9a617-0261-4cee-bb44-138d3ef5d965", plans: []string{
		"AAD_PREMIUM 41781fb2-bc02-4b7c-bd55-b576c07bb09d", "INTUNE_A c1ec4a95-1f05-45b3-a911-aa3fa01094f5",
		"MFA_PREMIUM 8a256a2b-b617-496d-b51b-e76466e88db0", "EXCHANGE_S_ENTERPRISE efb87545-963c-4e0d-99df-69c6916d9eb0",
		"TEAMS1 57ff2da0-773e-42df-b2af-ffb7a2317929", "SHAREPOINTENTERPRISE 5dbe027f-2339-4123-9542-606e4d348a72",
		"OFFICESUBSCRIPTION 43de0ff5-c92c-492b-9116-175376d08c38", "RMS_S_PREMIUM 6c57d4b6-3b23-47a5-9bc9-69f17b4947b3",
		"WIN10_PRO_ENT_SUB 21b439ba-a0ca-424f-a6cc-52f954a5b111"}}
	microsoft365E5 = sku{part: "SPE_E5", id: "06ebc4ee-1bb5-47dd-8120-11324bc54e06", plans: append([]string{
		"AAD_PREMIUM_P2 eec0eb4f-6444-4f95-aba0-50c24d67f998", "RMS_S_PREMIUM2 5689bec4-755d-4753-8b61-40975025187c",
		"ADALLOM_S_STANDALONE 2e2ddb96-6af9-4b1d-a3f0-d6ecfd22edb2", "ATA 14ab5db5-e6c4-4b20-b4bc-13e36fd2227f",
		"WINDEFATP 871d91ec-ec1a-452b-a83f-bd76c7d770ef", "THREAT_INTELLIGENCE 8e0c0a52-6a6c-4d40-8370-dd62790dcd70",
		"LOCKBOX_ENTERPRISE 9f431833-0334-42de-a7dc-70aa40db46db", "M365_ADVANCED_AUDITING 2f442157-a11c-46b9-ae5b-6e39ff4e5849"},
		microsoft365E3.plans...)}
	entraP2 = sku{part: "AAD_PREMIUM_P2", id: "84a661c4-e949-4bd2-a560-ed7766fcaf2b", plans: []string{
		"AAD_PREMIUM_P2 eec0eb4f-6444-4f95-aba0-50c24d67f998", "AAD_PREMIUM 41781fb2-bc02-4b7c-bd55-b576c07bb09d",
		"MFA_PREMIUM 8a256a2b-b617-496d-b51b-e76466e88db0"}, suspended: true}
	powerAutomateFree = sku{part: "FLOW_FREE", id: "f30db892-07e9-47e9-837c-80727f46fd3d", plans: []string{
		"EXCHANGE_S_FOUNDATION 113feb6c-3fe4-4440-bddc-54d774bf0318", "FLOW_P2_VIRAL 50e68c76-46c6-4674-81f9-75456511b170"}}
)

// role is a built-in Azure role.
type role struct {
	name, id, description            string
	actions, notActions, dataActions []string
}

// roles are facts: Azure built-in roles, Microsoft Learn.
var roles = []role{
	{"Owner", "8e3af657-a8ff-443c-a75c-2fe8c4bcb635", "Grants full access to manage all resources, including the ability to assign roles in Azure RBAC.", []string{"*"}, nil, nil},
	{"Contributor", "b24988ac-6180-42a0-ab88-20f7382dd24c", "Grants full access to manage all resources, but does not allow you to assign roles in Azure RBAC.", []string{"*"},
		[]string{"Microsoft.Authorization/*/Delete", "Microsoft.Authorization/*/Write", "Microsoft.Authorization/elevateAccess/Action", "Microsoft.Blueprint/blueprintAssignments/write", "Microsoft.Blueprint/blueprintAssignments/delete", "Microsoft.Compute/galleries/share/action"}, nil},
	{"Reader", "acdd72a7-3385-48ef-bd42-f606fba81ae7", "View all resources, but does not allow you to make any changes.", []string{"*/read"}, nil, nil},
	{"User Access Administrator", "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9", "Lets you manage user access to Azure resources.", []string{"*/read", "Microsoft.Authorization/*", "Microsoft.Support/*"}, nil, nil},
	{"Monitoring Reader", "43d0d8ad-25c7-4714-9337-8ba259a9fe05", "Can read all monitoring data.", []string{"*/read", "Microsoft.OperationalInsights/workspaces/search/action", "Microsoft.Support/*"}, nil, nil},
	{"Log Analytics Reader", "73c42c96-874c-492b-b04d-ab87d138a893", "Can view and search all monitoring data as well as view monitoring settings.", []string{"*/read", "Microsoft.OperationalInsights/workspaces/analytics/query/action", "Microsoft.OperationalInsights/workspaces/search/action", "Microsoft.Support/*"}, []string{"Microsoft.OperationalInsights/workspaces/sharedKeys/read"}, nil},
	{"Key Vault Reader", "21090545-7ca7-4776-b22c-e363652d74d2", "Read metadata of key vaults and its certificates, keys, and secrets.",
		[]string{"Microsoft.Authorization/*/read", "Microsoft.Insights/alertRules/*", "Microsoft.Resources/deployments/*", "Microsoft.Resources/subscriptions/resourceGroups/read", "Microsoft.Support/*", "Microsoft.KeyVault/checkNameAvailability/read", "Microsoft.KeyVault/deletedVaults/read", "Microsoft.KeyVault/locations/*/read", "Microsoft.KeyVault/vaults/*/read", "Microsoft.KeyVault/vaults/read", "Microsoft.KeyVault/operations/read"},
		nil, []string{"Microsoft.KeyVault/vaults/*/read", "Microsoft.KeyVault/vaults/secrets/readMetadata/action"}},
	{"Key Vault Contributor", "f25e0fa2-a7c8-4377-a976-54943a77a395", "Lets you manage key vaults, but not access to them.",
		[]string{"Microsoft.Authorization/*/read", "Microsoft.Insights/alertRules/*", "Microsoft.KeyVault/*", "Microsoft.Resources/deployments/*", "Microsoft.Resources/subscriptions/resourceGroups/read", "Microsoft.Support/*"},
		[]string{"Microsoft.KeyVault/locations/deletedVaults/purge/action", "Microsoft.KeyVault/hsmPools/*", "Microsoft.KeyVault/managedHsms/*"}, nil},
	{"Security Reader", "39bc4728-0917-49c7-9d2c-d95423bc2eb4", "Security Reader Role", []string{"Microsoft.Authorization/*/read", "Microsoft.Insights/alertRules/read", "Microsoft.operationalInsights/workspaces/*/read", "Microsoft.Resources/deployments/*/read", "Microsoft.Resources/subscriptions/resourceGroups/read", "Microsoft.Security/*/read", "Microsoft.Support/*/read", "Microsoft.Management/managementGroups/read"}, nil, nil},
	{"Billing Reader", "fa23ad8b-c56e-40d8-ac0c-ce449e1d2c64", "Allows read access to billing data", []string{"Microsoft.Authorization/*/read", "Microsoft.Billing/*/read", "Microsoft.Commerce/*/read", "Microsoft.Consumption/*/read", "Microsoft.Management/managementGroups/read", "Microsoft.CostManagement/*/read", "Microsoft.Support/*"}, nil, nil},
	{"Virtual Machine Contributor", "9980e02c-c2be-4d73-94e8-173b1dc7cf3c", "Lets you manage virtual machines, but not access to them, and not the virtual network or storage account they're connected to.", []string{"Microsoft.Authorization/*/read", "Microsoft.Compute/availabilitySets/*", "Microsoft.Compute/virtualMachines/*", "Microsoft.Resources/subscriptions/resourceGroups/read"}, nil, nil},
	{"Storage Blob Data Reader", "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1", "Allows for read access to Azure Storage blob containers and data", []string{"Microsoft.Storage/storageAccounts/blobServices/containers/read", "Microsoft.Storage/storageAccounts/blobServices/generateUserDelegationKey/action"}, nil, []string{"Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read"}},
}

func roleNamed(name string) role {
	for _, r := range roles {
		if r.name == name {
			return r
		}
	}
	panic("no built-in role " + name)
}

// hostileNames are display names and tag values that a tenant may well have:
// markup, template syntax, right-to-left overrides, control characters.
var hostileNames = []string{
	`<script>alert("x")</script>`,
	`{{ printf "%s" .Secret }} ${jndi:ldap://x} %[1]s`,
	"\u202egnp.exe \u05e9\u05dc\u05d5\u05dd \u0645\u0631\u062d\u0628\u0627",
	"line one\nline two\r\n| a | b |\n---",
	"🏦🔐 Société Générâle \u200b\ufeff e\u0301",
	`=HYPERLINK("https://x.example","click")`,
	"nul\u0000bell\u0007 \u2028 '; DROP TABLE clients; --",
}

// directoryRole is a built-in role of Entra ID, with one of its permissions.
type directoryRole struct{ name, id, description, action string }

// directoryRoles are facts: Microsoft Entra built-in roles, Microsoft Learn.
var directoryRoles = []directoryRole{
	{"Global Administrator", "62e90394-69f5-4237-9190-012177145e10", "Can manage all aspects of Microsoft Entra ID and Microsoft services that use Microsoft Entra identities.", "microsoft.directory/users/allProperties/allTasks"},
	{"Privileged Role Administrator", "e8611ab8-c189-46e8-94e1-60213ab1f814", "Can manage role assignments in Microsoft Entra ID, and all aspects of Privileged Identity Management.", "microsoft.directory/roleAssignments/allProperties/allTasks"},
	{"Privileged Authentication Administrator", "7be44c8a-adaf-4e2a-84d6-ab2649e08a13", "Can access to view, set and reset authentication method information for any user (admin or non-admin).", "microsoft.directory/users/password/update"},
	{"Global Reader", "f2ef992c-3afb-46b9-b7cf-a126ee74c451", "Can read everything that a Global Administrator can, but not update anything.", "microsoft.directory/users/allProperties/read"},
	{"User Administrator", "fe930be7-5e62-47db-91af-98c3a49a38b1", "Can manage all aspects of users and groups, including resetting passwords for limited admins.", "microsoft.directory/users/create"},
	{"Helpdesk Administrator", "729827e3-9c14-49f7-bb1b-9608f156bbb8", "Can reset passwords for non-administrators and Helpdesk Administrators.", "microsoft.directory/users/invalidateAllRefreshTokens"},
	{"Service Support Administrator", "f023fd81-a637-4b56-95fd-791ac0226033", "Can read service health information and manage support tickets.", "microsoft.azure.supportTickets/allEntities/allTasks"},
	{"Exchange Administrator", "29232cdf-9323-42fd-ade2-1d097af3e4de", "Can manage all aspects of the Exchange product.", "microsoft.office365.exchange/allEntities/basic/allTasks"},
	{"Intune Administrator", "3a2c62db-5318-420d-8d74-23affee5d9d5", "Can manage all aspects of the Intune product.", "microsoft.intune/allEntities/allTasks"},
	{"Security Reader", "5d6b6bb7-de71-4623-b4af-96380a352509", "Can read security information and reports in Microsoft Entra ID and Office 365.", "microsoft.directory/policies/standard/read"},
	{"Application Administrator", "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3", "Can create and manage all aspects of app registrations and enterprise apps.", "microsoft.directory/applications/create"},
	{"Reports Reader", "4a5d8f65-41da-4de4-8968-e035b65339cf", "Can read sign-in and audit reports.", "microsoft.directory/auditLogs/allProperties/read"},
	{"Directory Readers", "88d8e3e3-8f55-4a1e-953a-9b9898b8876b", "Can read basic directory information. Commonly used to grant directory read access to applications and guests.", "microsoft.directory/users/standard/read"},
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
