// Package keyvault says what is asked about key vaults and managed HSMs, all of
// it from the control plane: one row per dataset, beside the schema of the same
// name in collectors/snapshot/schema.
package keyvault

import "ringfence/collectors/arm"

// Units are the datasets of Azure Key Vault.
var Units = []arm.Unit{
	{Dataset: "keyvault.vaults"},
	{Dataset: "keyvault.deleted_vaults"},
	{Dataset: "keyvault.managed_hsms"},
	{Dataset: "keyvault.deleted_managed_hsms"},
	{Dataset: "keyvault.keys"},
}
