package emulator

var keyVaultVersions = []string{"2025-05-01", "2024-11-01", "2023-07-01", "2023-02-01", "2022-07-01",
	"2021-10-01"}

// keyvaultEndpoints are what is asked about vaults and managed HSMs.
var keyvaultEndpoints = []endpoint{
	{path: "/subscriptions/{s}/providers/Microsoft.KeyVault/vaults",
		dataset: "keyvault.vaults", versions: keyVaultVersions},
	{path: "/subscriptions/{s}/providers/Microsoft.KeyVault/deletedVaults",
		dataset: "keyvault.deleted_vaults", versions: keyVaultVersions},
	{path: "/subscriptions/{s}/providers/Microsoft.KeyVault/managedHSMs",
		dataset: "keyvault.managed_hsms", versions: keyVaultVersions},
	{path: "/subscriptions/{s}/providers/Microsoft.KeyVault/deletedManagedHSMs",
		dataset: "keyvault.deleted_managed_hsms", versions: keyVaultVersions},
	{path: inGroup + "/providers/Microsoft.KeyVault/vaults/{n}/keys",
		dataset: "keyvault.keys", versions: keyVaultVersions},
	{path: inGroup + "/providers/Microsoft.KeyVault/managedHSMs/{n}/keys",
		dataset: "keyvault.keys", versions: keyVaultVersions},
}
