// Package entra says what is asked of Microsoft Entra ID: one row per dataset,
// beside the schema of the same name in collectors/snapshot/schema.
package entra

import "ringfence/collectors/graph"

// maxPage is the largest page of users, groups, members and service principals.
const maxPage = 999

// maxEvents is the largest page of a log.
const maxEvents = 1000

// Units are the datasets of the directory.
var Units = []graph.Unit{
	{Dataset: "entra.organization"},
	{Dataset: "entra.domains"},
	{Dataset: "entra.subscribed_skus"},
	{Dataset: "entra.authorization_policy"},
	{Dataset: "entra.cross_tenant_default"},
	{Dataset: "entra.cross_tenant_partners"},
	{Dataset: "entra.cross_tenant_identity_sync", Batch: true},
	{Dataset: "entra.domain_federation"},
	{Dataset: "entra.tenant_info"},
	{Dataset: "entra.cross_tenant_policy"},
	{Dataset: "entra.conditional_access_policies"},
	{Dataset: "entra.named_locations"},
	{Dataset: "entra.security_defaults"},
	{Dataset: "entra.permission_grant_policies"},
	{Dataset: "entra.invitation_policies"},
	{Dataset: "entra.certificate_auth"},
	{Dataset: "entra.directory_subscriptions"},
	{Dataset: "entra.directory_audits", Top: maxEvents},
	{Dataset: "entra.sign_ins", Top: maxEvents},
	{Dataset: "entra.users", Top: maxPage},
	{Dataset: "entra.groups", Top: maxPage},
	{Dataset: "entra.service_principals", Top: maxPage},
	{Dataset: "entra.role_definitions"},
	{Dataset: "entra.role_assignments"},
	{Dataset: "entra.role_assignment_instances"},
	{Dataset: "entra.role_eligibility"},
	{Dataset: "entra.deleted_items", Types: deletedTypes},
	{Dataset: "entra.group_members", Top: maxPage, Batch: true},
	{Dataset: "entra.group_owners", Top: maxPage, Batch: true},
	{Dataset: "entra.group_eligibility"},
	{Dataset: "entra.applications", Top: maxPage},
	{Dataset: "entra.application_owners", Top: maxPage, Batch: true},
	{Dataset: "entra.federated_credentials", Batch: true},
	{Dataset: "entra.service_principal_owners", Top: maxPage, Batch: true},
	{Dataset: "entra.app_role_assignments", Top: maxPage, Batch: true},
	{Dataset: "entra.oauth2_grants", Top: maxPage},
	{Dataset: "entra.devices", Top: maxPage},
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
