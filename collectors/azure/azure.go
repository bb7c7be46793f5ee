// Package azure says what is asked of Azure subscriptions, and judges whether
// the caller's roles prove that the answers are whole.
package azure

import "ringfence/collectors/arm"

// Units are the datasets of Azure. All but Subscriptions are read per
// subscription; CallerAccess and RoleDefinitions prove the others.
var Units = []arm.Unit{
	{Dataset: Subscriptions},
	{Dataset: CallerAccess},
	{Dataset: RoleDefinitions},
	{Dataset: "azure.locations"},
	{Dataset: "azure.resource_groups"},
	{Dataset: "azure.resources"},
}

// Datasets that the proof of visibility reads.
const (
	Subscriptions   = "azure.subscriptions"
	CallerAccess    = "azure.caller_access"
	RoleDefinitions = "azure.role_definitions"
)
