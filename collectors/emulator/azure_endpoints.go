package emulator

import (
	"net/url"
	"slices"
	"strings"
)

// Supported api-versions of Azure's providers, newest first.
var (
	resourceVersions = []string{"2022-12-01", "2022-09-01", "2021-04-01", "2021-01-01",
		"2020-10-01", "2020-06-01", "2020-01-01", "2019-11-01"}
	authorizationVersions = []string{"2022-04-01", "2020-10-01-preview", "2018-07-01", "2015-07-01"}
	lighthouseVersions    = []string{"2022-10-01", "2020-02-01-preview", "2019-09-01"}
	policyVersions        = []string{"2023-04-01", "2022-06-01", "2021-06-01", "2020-09-01"}
	exemptionVersions     = []string{"2022-07-01-preview", "2020-07-01-preview"}
	eligibilityVersions   = []string{"2020-10-01", "2020-10-01-preview"}
	groupVersions         = []string{"2023-04-01", "2021-04-01", "2020-05-01"}
	tenantPolicyVersions  = []string{"2021-10-01"}
	settingVersions       = []string{"2021-05-01-preview", "2017-05-01-preview"}
	entraSettingVersions  = []string{"2017-04-01", "2017-04-01-preview"}
	networkVersions       = []string{"2024-05-01", "2023-11-01", "2023-09-01"}
	workspaceVersions     = []string{"2025-02-01", "2023-09-01", "2022-10-01"}
	diskVersions          = []string{"2025-01-02", "2024-03-02", "2023-10-02", "2023-04-02"}
	storageVersions       = []string{"2025-01-01", "2024-01-01", "2023-05-01", "2023-01-01"}
	sqlVersions           = []string{"2023-08-01", "2021-11-01"}
)

const (
	groupRead   = "Microsoft.Resources/subscriptions/resourceGroups/read"
	inGroup     = "/subscriptions/{s}/resourceGroups/{g}"
	groupAt     = "/providers/Microsoft.Management/managementGroups/{group}"
	settingRead = "Microsoft.Insights/diagnosticSettings/read"
	sqlServerAt = inGroup + "/providers/Microsoft.Sql/servers/{n}"
)

// azureEndpoints are what is asked of subscriptions, without key vaults.
var azureEndpoints = []endpoint{
	{path: "/subscriptions", dataset: "azure.subscriptions", versions: resourceVersions, total: true,
		sees: func(t *Tenant, o object) bool { return t.seesSubscription(o["subscriptionId"].(string)) }},
	{path: "/subscriptions/{s}", form: single, dataset: "azure.subscriptions", versions: resourceVersions,
		action: "Microsoft.Resources/subscriptions/read"},
	{path: "/subscriptions/{s}/locations", form: wholeList, dataset: "azure.locations",
		versions: resourceVersions,
		action:   "Microsoft.Resources/subscriptions/locations/read", base: locations},
	{path: "/subscriptions/{s}/resourcegroups", dataset: "azure.resource_groups", versions: resourceVersions,
		action: groupRead,
		sees:   func(t *Tenant, o object) bool { return t.mayRead(groupRead, o["id"].(string)) }},
	{path: "/subscriptions/{s}/resources", dataset: "azure.resources", versions: resourceVersions,
		action: "Microsoft.Resources/subscriptions/resources/read",
		sees:   func(t *Tenant, o object) bool { return t.mayRead(readActionOf(o), o["id"].(string)) },
		trim:   hideUnlessExpanded},

	{path: "/subscriptions/{s}/providers/Microsoft.Authorization/roleAssignments",
		dataset:  "azure.caller_access",
		versions: authorizationVersions, filtered: (*Tenant).filterAssignments},
	{path: "/subscriptions/{s}/providers/Microsoft.Authorization/roleDefinitions",
		dataset:  "azure.role_definitions",
		versions: authorizationVersions, base: azureRoleDefinitions},
	{path: "/subscriptions/{s}/providers/Microsoft.ManagedServices/registrationAssignments",
		dataset: "azure.lighthouse_assignments", versions: lighthouseVersions, trim: hideDefinition},
	{path: inGroup + "/providers/Microsoft.ManagedServices/registrationAssignments",
		dataset: "azure.lighthouse_assignments", versions: lighthouseVersions, trim: hideDefinition},

	{path: "/subscriptions/{s}/providers/Microsoft.ManagedServices/registrationDefinitions",
		dataset: "azure.lighthouse_definitions", versions: lighthouseVersions},

	{path: "/subscriptions/{s}/providers/Microsoft.Authorization/roleEligibilityScheduleInstances",
		dataset: "azure.role_eligibility", versions: eligibilityVersions, plan: planP2,
		action: "Microsoft.Authorization/roleAssignments/read"},
	{path: "/subscriptions/{s}/providers/Microsoft.Authorization/policyAssignments",
		dataset: "azure.policy_assignments", versions: policyVersions},
	{path: "/subscriptions/{s}/providers/Microsoft.Authorization/policyExemptions",
		dataset: "azure.policy_exemptions", versions: exemptionVersions},

	{path: "/subscriptions/{s}/providers/Microsoft.Network/virtualNetworks",
		dataset: "azure.virtual_networks", versions: networkVersions},
	{path: "/subscriptions/{s}/providers/Microsoft.Network/privateEndpoints",
		dataset: "azure.private_endpoints", versions: networkVersions},
	{path: "/subscriptions/{s}/providers/Microsoft.OperationalInsights/workspaces", form: wholeList,
		dataset: "azure.log_workspaces", versions: workspaceVersions},
	{path: "/subscriptions/{s}" + settingsAt, form: wholeList,
		dataset: "azure.diagnostic_settings", versions: settingVersions, action: settingRead},
	{path: inGroup + "/providers/{provider}/{type}/{n}" + settingsAt, form: wholeList,
		dataset: "azure.diagnostic_settings", versions: settingVersions, action: settingRead},

	{path: "/subscriptions/{s}/providers/Microsoft.Compute/diskEncryptionSets",
		dataset: "azure.disk_encryption_sets", versions: diskVersions},
	{path: "/subscriptions/{s}/providers/Microsoft.Storage/storageAccounts",
		dataset: "azure.storage_accounts", versions: storageVersions},
	{path: "/subscriptions/{s}/providers/Microsoft.Sql/servers", dataset: "azure.sql_servers",
		versions: sqlVersions},
	{path: sqlServerAt + "/databases", dataset: "azure.sql_databases", versions: sqlVersions},
	{path: sqlServerAt + "/encryptionProtector", dataset: "azure.sql_encryption_protectors",
		versions: sqlVersions},
	{path: sqlServerAt + "/encryptionProtector/{id}", form: member,
		dataset: "azure.sql_encryption_protectors", versions: sqlVersions},
}

// tenantEndpoints are what is asked of the tenant as a whole.
var tenantEndpoints = []endpoint{
	{path: "/tenants", dataset: "azure.tenants", versions: resourceVersions},
	{path: "/providers/Microsoft.Subscription/policies/default", form: single,
		dataset: "azure.subscription_policy", versions: tenantPolicyVersions},
	{path: entraLogsAt, form: wholeList, dataset: "azure.diagnostic_settings", versions: entraSettingVersions,
		action: "microsoft.aadiam/diagnosticSettings/read",
		may:    func(t *Tenant, _ string) bool { return t.access != "none" }},
	{path: groupAt + "/descendants", dataset: "azure.management_groups", versions: groupVersions,
		action: "Microsoft.Management/managementGroups/descendants/read", may: (*Tenant).mayReadGroup},
	{path: groupAt + authorizationAt + "/roleAssignments", dataset: "azure.caller_access",
		versions: authorizationVersions, action: "Microsoft.Authorization/roleAssignments/read",
		may: (*Tenant).mayReadGroup, filtered: (*Tenant).filterAssignments},
	{path: groupAt + authorizationAt + "/roleDefinitions", dataset: "azure.role_definitions",
		versions: authorizationVersions, action: "Microsoft.Authorization/roleDefinitions/read",
		may: (*Tenant).mayReadGroup},
}

// hideUnlessExpanded takes away the properties of a resource that $expand did
// not ask for.
func hideUnlessExpanded(query url.Values, o object) {
	expanded := strings.Split(query.Get("$expand"), ",")
	for _, name := range []string{"createdTime", "changedTime", "provisioningState"} {
		if !slices.Contains(expanded, name) {
			delete(o, name)
		}
	}
}

// hideDefinition takes away a delegation's definition unless it was asked for.
func hideDefinition(query url.Values, o object) {
	if query.Get("$expandRegistrationDefinition") != "true" {
		properties := clone(o["properties"].(object))
		delete(properties, "registrationDefinition")
		o["properties"] = properties
	}
}
