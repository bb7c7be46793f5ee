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

// Units are the datasets of Azure. All but Subscriptions are read per
// subscription, or per document of a dataset that is.
var Units = []arm.Unit{
	{Dataset: Subscriptions},
	{Dataset: CallerAccess, Check: OneCaller},
	{Dataset: RoleDefinitions},
	{Dataset: "azure.locations"},
	{Dataset: "azure.resource_groups"},
	{Dataset: "azure.resources"},
	{Dataset: "azure.lighthouse_assignments", Within: "azure.resource_groups"},
	{Dataset: "azure.disk_encryption_sets"},
	{Dataset: "azure.storage_accounts"},
	{Dataset: "azure.sql_servers"},
	{Dataset: "azure.sql_encryption_protectors"},
	{Dataset: "azure.key_references", Query: keyReferences},
}

// keyReferences finds resources whose properties hold the address of a key. It
// is ordered by id: without an order, pages repeat rows and leave others out
// (https://learn.microsoft.com/azure/governance/resource-graph/concepts/work-with-data).
const keyReferences = `resources
| extend text = tostring(properties)
| where text contains "/keys/" and (text contains ".vault." or text contains ".managedhsm.")
| project id, type, location
| order by id asc`
