// Package azure says what is asked of Azure subscriptions, one row per dataset
// beside the schema of the same name in collectors/snapshot/schema, and judges
// whether the caller's roles prove that the answers are complete.
package azure

import (
	"ringfence/collectors/arm"
	"ringfence/collectors/snapshot"
)

// Datasets that the proof of visibility reads: the subscriptions that the caller
// sees, and in each the caller's own role assignments and what the roles allow.
const (
	Subscriptions   = snapshot.SubscriptionDataset
	CallerAccess    = "azure.caller_access"
	RoleDefinitions = "azure.role_definitions"
)

// Units are the datasets of Azure. Those that are not read once are read per
// subscription, or per document of a dataset that is.
var Units = []arm.Unit{
	{Dataset: "azure.tenants"},
	{Dataset: snapshot.GroupDataset},
	{Dataset: Subscriptions},
	{Dataset: "azure.subscription_policy"},
	{Dataset: CallerAccess, Check: OneCaller},
	{Dataset: RoleDefinitions},
	{Dataset: "azure.role_assignments"},
	{Dataset: "azure.role_eligibility"},
	{Dataset: "azure.policy_assignments"},
	{Dataset: "azure.policy_exemptions"},
	{Dataset: "azure.locations"},
	{Dataset: "azure.resource_groups"},
	{Dataset: "azure.resources"},
	{Dataset: "azure.lighthouse_assignments", Within: "azure.resource_groups"},
	{Dataset: "azure.lighthouse_definitions"},
	{Dataset: "azure.disk_encryption_sets"},
	{Dataset: "azure.storage_accounts"},
	{Dataset: "azure.sql_servers"},
	{Dataset: "azure.sql_databases"},
	{Dataset: "azure.sql_encryption_protectors"},
	{Dataset: "azure.key_references", Query: keyReferences},
	{Dataset: "azure.private_endpoints"},
	{Dataset: "azure.virtual_networks"},
	{Dataset: "azure.network_peerings"},
	{Dataset: "azure.log_workspaces"},
	{Dataset: "azure.backup_vaults", Query: backupVaults},
}

// Settings are the datasets that are read at resources of all areas, so that they come
// after those.
var Settings = []arm.Unit{
	{Dataset: "azure.diagnostic_settings"},
}

// keyReferences finds resources whose properties hold the address of a key. It
// is ordered by id: without an order, pages repeat rows and leave others out
// (https://learn.microsoft.com/azure/governance/resource-graph/concepts/work-with-data).
const keyReferences = `resources
| extend text = tostring(properties)
| where text contains "/keys/" and (text contains ".vault." or text contains ".managedhsm.")
| project id, type, location
| order by id asc`

// backupVaults are those of two providers, whose lists would be two requests. What is
// projected is what these lists have.
const backupVaults = `resources
| where type in~ ("microsoft.recoveryservices/vaults", "microsoft.dataprotection/backupvaults")
| project id, name, type, location, tags, sku, identity, properties
| order by id asc`
