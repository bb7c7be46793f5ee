package emulator

import "slices"

// role is a built-in Azure role.
type role struct {
	name, id, description            string
	actions, notActions, dataActions []string
}

// azureRoles are facts: Azure built-in roles, Microsoft Learn.
var azureRoles = []role{
	{"Owner", "8e3af657-a8ff-443c-a75c-2fe8c4bcb635",
		"Grants full access to manage all resources, including the ability to assign roles in Azure RBAC.",
		[]string{"*"},
		nil,
		nil},
	{"Contributor", "b24988ac-6180-42a0-ab88-20f7382dd24c",
		"Grants full access to manage all resources, but does not allow you to assign roles in Azure " +
			"RBAC.",
		[]string{"*"},
		[]string{"Microsoft.Authorization/*/Delete", "Microsoft.Authorization/*/Write",
			"Microsoft.Authorization/elevateAccess/Action",
			"Microsoft.Blueprint/blueprintAssignments/write",
			"Microsoft.Blueprint/blueprintAssignments/delete", "Microsoft.Compute/galleries/share/action"},
		nil},
	{"Reader", "acdd72a7-3385-48ef-bd42-f606fba81ae7",
		"View all resources, but does not allow you to make any changes.",
		[]string{"*/read"},
		nil,
		nil},
	{"User Access Administrator", "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9",
		"Lets you manage user access to Azure resources.",
		[]string{"*/read", "Microsoft.Authorization/*", "Microsoft.Support/*"},
		nil,
		nil},
	{"Monitoring Reader", "43d0d8ad-25c7-4714-9337-8ba259a9fe05",
		"Can read all monitoring data.",
		[]string{"*/read", "Microsoft.OperationalInsights/workspaces/search/action", "Microsoft.Support/*"},
		nil,
		nil},
	{"Log Analytics Reader", "73c42c96-874c-492b-b04d-ab87d138a893",
		"Can view and search all monitoring data as well as view monitoring settings.",
		[]string{"*/read", "Microsoft.OperationalInsights/workspaces/analytics/query/action",
			"Microsoft.OperationalInsights/workspaces/search/action", "Microsoft.Support/*"},
		[]string{"Microsoft.OperationalInsights/workspaces/sharedKeys/read"},
		nil},
	{"Key Vault Reader", "21090545-7ca7-4776-b22c-e363652d74d2",
		"Read metadata of key vaults and its certificates, keys, and secrets.",
		[]string{"Microsoft.Authorization/*/read", "Microsoft.Insights/alertRules/*",
			"Microsoft.Resources/deployments/*", "Microsoft.Resources/subscriptions/resourceGroups/read",
			"Microsoft.Support/*", "Microsoft.KeyVault/checkNameAvailability/read",
			"Microsoft.KeyVault/deletedVaults/read", "Microsoft.KeyVault/locations/*/read",
			"Microsoft.KeyVault/vaults/*/read", "Microsoft.KeyVault/vaults/read",
			"Microsoft.KeyVault/operations/read"},
		nil,
		[]string{"Microsoft.KeyVault/vaults/*/read",
			"Microsoft.KeyVault/vaults/secrets/readMetadata/action"}},
	{"Key Vault Contributor", "f25e0fa2-a7c8-4377-a976-54943a77a395",
		"Lets you manage key vaults, but not access to them.",
		[]string{"Microsoft.Authorization/*/read", "Microsoft.Insights/alertRules/*",
			"Microsoft.KeyVault/*", "Microsoft.Resources/deployments/*",
			"Microsoft.Resources/subscriptions/resourceGroups/read", "Microsoft.Support/*"},
		[]string{"Microsoft.KeyVault/locations/deletedVaults/purge/action", "Microsoft.KeyVault/hsmPools/*",
			"Microsoft.KeyVault/managedHsms/*"},
		nil},
	{"Security Reader", "39bc4728-0917-49c7-9d2c-d95423bc2eb4",
		"Security Reader Role",
		[]string{"Microsoft.Authorization/*/read", "Microsoft.Insights/alertRules/read",
			"Microsoft.operationalInsights/workspaces/*/read", "Microsoft.Resources/deployments/*/read",
			"Microsoft.Resources/subscriptions/resourceGroups/read", "Microsoft.Security/*/read",
			"Microsoft.Support/*/read", "Microsoft.Management/managementGroups/read"},
		nil,
		nil},
	{"Billing Reader", "fa23ad8b-c56e-40d8-ac0c-ce449e1d2c64",
		"Allows read access to billing data",
		[]string{"Microsoft.Authorization/*/read", "Microsoft.Billing/*/read", "Microsoft.Commerce/*/read",
			"Microsoft.Consumption/*/read", "Microsoft.Management/managementGroups/read",
			"Microsoft.CostManagement/*/read", "Microsoft.Support/*"},
		nil,
		nil},
	{"Virtual Machine Contributor", "9980e02c-c2be-4d73-94e8-173b1dc7cf3c",
		"Lets you manage virtual machines, but not access to them, and not the virtual network or " +
			"storage account they're connected to.",
		[]string{"Microsoft.Authorization/*/read", "Microsoft.Compute/availabilitySets/*",
			"Microsoft.Compute/virtualMachines/*", "Microsoft.Resources/subscriptions/resourceGroups/read"},
		nil,
		nil},
	{"Storage Blob Data Reader", "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1",
		"Allows for read access to Azure Storage blob containers and data",
		[]string{"Microsoft.Storage/storageAccounts/blobServices/containers/read",
			"Microsoft.Storage/storageAccounts/blobServices/generateUserDelegationKey/action"},
		nil,
		[]string{"Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read"}},
	{"Key Vault Administrator", "00482a5a-887f-4fb3-b363-3b7fe8e74483",
		"Perform all data plane operations on a key vault and all objects in it, including certificates, " +
			"keys, and secrets.",
		[]string{"Microsoft.Authorization/*/read", "Microsoft.KeyVault/vaults/*/read",
			"Microsoft.KeyVault/vaults/read"},
		nil,
		[]string{"Microsoft.KeyVault/vaults/*"}},
	{"Key Vault Crypto Officer", "14b46e9e-c2b7-41b4-b07b-48a6ebf60603",
		"Perform any action on the keys of a key vault, except manage permissions.",
		[]string{"Microsoft.Authorization/*/read", "Microsoft.KeyVault/vaults/*/read",
			"Microsoft.KeyVault/vaults/read"},
		nil,
		[]string{"Microsoft.KeyVault/vaults/keys/*", "Microsoft.KeyVault/vaults/keyrotationpolicies/*"}},
	{"Key Vault Crypto User", "12338af0-0e69-4776-bea7-57ae8d297424",
		"Perform cryptographic operations using keys.",
		nil,
		nil,
		[]string{"Microsoft.KeyVault/vaults/keys/read", "Microsoft.KeyVault/vaults/keys/decrypt/action",
			"Microsoft.KeyVault/vaults/keys/encrypt/action", "Microsoft.KeyVault/vaults/keys/unwrap/action",
			"Microsoft.KeyVault/vaults/keys/wrap/action", "Microsoft.KeyVault/vaults/keys/verify/action",
			"Microsoft.KeyVault/vaults/keys/sign/action"}},
}

func azureRole(name string) role {
	i := slices.IndexFunc(azureRoles, func(r role) bool { return r.name == name })
	if i < 0 {
		panic("no built-in role " + name)
	}
	return azureRoles[i]
}
