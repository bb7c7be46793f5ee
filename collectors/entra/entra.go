// Package entra says what is asked of Microsoft Entra ID.
package entra

import "ringfence/collectors/graph"

// page is the largest page of users, groups, members and service principals.
const page = 999

// Units are the datasets of the directory.
var Units = []graph.Unit{
	{Dataset: "entra.organization"},
	{Dataset: "entra.subscribed_skus"},
	{Dataset: "entra.authorization_policy"},
	{Dataset: "entra.cross_tenant_default"},
	{Dataset: "entra.users", Top: page},
	{Dataset: "entra.groups", Top: page},
	{Dataset: "entra.service_principals", Top: page},
	{Dataset: "entra.role_definitions"},
	{Dataset: "entra.role_assignments"},
	{Dataset: "entra.role_assignment_instances"},
	{Dataset: "entra.role_eligibility"},
	{Dataset: "entra.deleted_items", Types: []string{"microsoft.graph.user", "microsoft.graph.group", "microsoft.graph.servicePrincipal"}},
	{Dataset: "entra.group_members", Top: page, Batch: true},
	{Dataset: "entra.group_eligibility"},
}
