// Package entra says what is asked of Microsoft Entra ID: one row per dataset,
// beside the schema of the same name in collectors/snapshot/schema.
package entra

import "ringfence/collectors/graph"

// maxPage is the largest page of users, groups, members and service principals.
const maxPage = 999

// Units are the datasets of the directory.
var Units = []graph.Unit{
	{Dataset: "entra.organization"},
	{Dataset: "entra.domains"},
	{Dataset: "entra.subscribed_skus"},
	{Dataset: "entra.authorization_policy"},
	{Dataset: "entra.cross_tenant_default"},
	{Dataset: "entra.users", Top: maxPage},
	{Dataset: "entra.groups", Top: maxPage},
	{Dataset: "entra.service_principals", Top: maxPage},
	{Dataset: "entra.role_definitions"},
	{Dataset: "entra.role_assignments"},
	{Dataset: "entra.role_assignment_instances"},
	{Dataset: "entra.role_eligibility"},
	{Dataset: "entra.deleted_items", Types: deletedTypes},
	{Dataset: "entra.group_members", Top: maxPage, Batch: true},
	{Dataset: "entra.group_eligibility"},
	{Dataset: "entra.contracts"},
	{Dataset: "entra.governance_relationships"},
	{Dataset: "entra.governance_requests"},
	{Dataset: "entra.governance_policy_templates"},
	{Dataset: "entra.governance_settings"},
}

// deletedTypes are the kinds of deleted objects that are listed, each by itself:
// https://learn.microsoft.com/graph/api/directory-deleteditems-list
var deletedTypes = []string{
	"microsoft.graph.user",
	"microsoft.graph.group",
	"microsoft.graph.servicePrincipal",
}
