package emulator

import (
	"maps"
	"slices"
	"strings"
)

// endpoint is one GET that the emulator answers. Its data lie in the tenant
// under the request's own path, "/graph" or "/arm" in front (see Tenant.put).
type endpoint struct {
	path string // template below /graph/<version> or /arm; {…} takes one segment
	form form

	// Graph
	entity string   // "microsoft.graph.organization"
	roles  []string // application permissions, of which one is needed
	extra  []string // properties that the entity has and the dataset's schema does not list
	usual  object   // what an answer without $select has, and what of it tenants leave empty; nil: everything
	filter string   // the property that $filter must compare with a value
	plan   string   // the service plan that the tenant needs
	top    int      // largest $top; maxTop if 0

	// both
	dataset string // of which it is the source, "" if none

	// ARM
	versions []string // supported api-versions, newest first
	action   string   // what the caller must be allowed at the subscription
	// item is the action that decides whether the caller sees an item, where a
	// role below the subscription shows a part of the list; nil: all or 403.
	item func(object) string
}

// form is how an answer is built from a collection.
type form string

const (
	list      form = "list"       // {"value": […]} in pages
	wholeList form = "whole list" // {"value": […]}, never paged
	single    form = "single"     // the collection's only object
	member    form = "member"     // the object of the parent collection whose id is the last segment
)

var directoryReaders = []string{"Directory.Read.All", "Directory.ReadWrite.All"}

var graphEndpoints = []endpoint{
	{path: "/organization", form: list, entity: "microsoft.graph.organization", dataset: "entra.organization",
		roles: append([]string{"Organization.Read.All"}, directoryReaders...)},
	{path: "/organization/{id}", form: member, entity: "microsoft.graph.organization", dataset: "entra.organization",
		roles: append([]string{"Organization.Read.All"}, directoryReaders...)},
	{path: "/subscribedSkus", form: list, entity: "microsoft.graph.subscribedSku", dataset: "entra.subscribed_skus",
		roles: append([]string{"LicenseAssignment.Read.All", "Organization.Read.All"}, directoryReaders...)},
	{path: "/policies/authorizationPolicy", form: single, entity: "microsoft.graph.authorizationPolicy", dataset: "entra.authorization_policy",
		roles: []string{"Policy.Read.All"}},
	{path: "/policies/crossTenantAccessPolicy/default", form: single, entity: "microsoft.graph.crossTenantAccessPolicyConfigurationDefault", dataset: "entra.cross_tenant_default",
		roles: []string{"Policy.Read.All"}},
	{path: "/users", form: list, entity: "microsoft.graph.user", dataset: "entra.users", extra: slices.Sorted(maps.Keys(usualUser)), usual: usualUser,
		roles: append([]string{"User.Read.All"}, directoryReaders...)},
	{path: "/servicePrincipals", form: list, entity: "microsoft.graph.servicePrincipal", dataset: "entra.service_principals",
		roles: append([]string{"Application.Read.All"}, directoryReaders...)},
	{path: "/groups", form: list, entity: "microsoft.graph.group", dataset: "entra.groups", extra: slices.Sorted(maps.Keys(usualGroup)), usual: usualGroup,
		roles: append([]string{"Group.Read.All"}, directoryReaders...)},
	{path: "/groups/{id}/members", form: list, entity: "microsoft.graph.directoryObject", dataset: "entra.group_members",
		extra: []string{"displayName", "userPrincipalName", "userType", "mail", "appId"}, roles: append([]string{"GroupMember.Read.All", "Group.Read.All"}, directoryReaders...)},
	{path: "/roleManagement/directory/roleDefinitions", form: list, entity: "microsoft.graph.unifiedRoleDefinition", dataset: "entra.role_definitions",
		roles: roleReaders("RoleManagement.Read.Directory")},
	{path: "/roleManagement/directory/roleAssignments", form: list, entity: "microsoft.graph.unifiedRoleAssignment", dataset: "entra.role_assignments",
		roles: roleReaders("RoleManagement.Read.Directory")},
	{path: "/roleManagement/directory/roleAssignmentScheduleInstances", form: list, entity: "microsoft.graph.unifiedRoleAssignmentScheduleInstance", dataset: "entra.role_assignment_instances",
		plan: planP2, roles: roleReaders("RoleAssignmentSchedule.Read.Directory")},
	{path: "/roleManagement/directory/roleEligibilityScheduleInstances", form: list, entity: "microsoft.graph.unifiedRoleEligibilityScheduleInstance", dataset: "entra.role_eligibility",
		plan: planP2, roles: roleReaders("RoleEligibilitySchedule.Read.Directory")},
	{path: "/identityGovernance/privilegedAccess/group/eligibilityScheduleInstances", form: list, entity: "microsoft.graph.privilegedAccessGroupEligibilityScheduleInstance", dataset: "entra.group_eligibility",
		plan: planP2, filter: "groupId", roles: []string{"PrivilegedEligibilitySchedule.Read.AzureADGroup", "PrivilegedAccess.Read.AzureADGroup"}},
	deletedItems("user", "User.Read.All"), deletedItems("group", "Group.Read.All"),
	deletedItems("servicePrincipal", "Application.Read.All"), deletedItems("application", "Application.Read.All"),
	{path: "/tenantRelationships/delegatedAdminRelationships", form: list, entity: "microsoft.graph.delegatedAdminRelationship", dataset: "gdap.relationships",
		top: 300, roles: []string{"DelegatedAdminRelationship.Read.All"}},
	{path: "/tenantRelationships/delegatedAdminRelationships/{id}/accessAssignments", form: list, entity: "microsoft.graph.delegatedAdminAccessAssignment", dataset: "gdap.access_assignments",
		top: 300, roles: []string{"DelegatedAdminRelationship.Read.All"}},
	{path: "/tenantRelationships/delegatedAdminCustomers", form: list, entity: "microsoft.graph.delegatedAdminCustomer",
		top: 300, roles: []string{"DelegatedAdminRelationship.Read.All"}},
	{path: "/contracts", form: list, entity: "microsoft.graph.contract", roles: directoryReaders},
}

// deletedItems is the list of deleted objects of a type.
func deletedItems(typ, role string) endpoint {
	return endpoint{path: "/directory/deletedItems/microsoft.graph." + typ, form: list, entity: "microsoft.graph." + typ, dataset: "entra.deleted_items",
		roles: append([]string{role}, directoryReaders...)}
}

func roleReaders(least string) []string { return append([]string{least}, directoryReaders...) }

// usualUser: https://learn.microsoft.com/graph/api/user-list, "Optional query parameters".
var usualUser = object{"businessPhones": []any{}, "displayName": nil, "givenName": nil, "id": nil, "jobTitle": nil, "mail": nil,
	"mobilePhone": nil, "officeLocation": nil, "preferredLanguage": nil, "surname": nil, "userPrincipalName": nil}

// usualGroup: https://learn.microsoft.com/graph/api/group-list, its example.
var usualGroup = object{"id": nil, "deletedDateTime": nil, "classification": nil, "createdDateTime": nil, "description": nil, "displayName": nil,
	"expirationDateTime": nil, "groupTypes": []any{}, "isAssignableToRole": nil, "mail": nil, "mailEnabled": nil, "mailNickname": nil, "membershipRule": nil,
	"membershipRuleProcessingState": nil, "onPremisesLastSyncDateTime": nil, "onPremisesSecurityIdentifier": nil, "onPremisesSyncEnabled": nil,
	"preferredDataLocation": nil, "preferredLanguage": nil, "proxyAddresses": []any{}, "renewedDateTime": nil, "resourceBehaviorOptions": []any{},
	"resourceProvisioningOptions": []any{}, "securityEnabled": nil, "theme": nil, "visibility": nil, "onPremisesProvisioningErrors": []any{}}

const lighthouseRead = "Microsoft.ManagedServices/registrationAssignments/read"

const groupRead = "Microsoft.Resources/subscriptions/resourceGroups/read"

var (
	resourceVersions      = []string{"2022-12-01", "2022-09-01", "2021-04-01", "2021-01-01", "2020-10-01", "2020-06-01", "2020-01-01", "2019-11-01"}
	authorizationVersions = []string{"2022-04-01", "2020-10-01-preview", "2018-07-01", "2015-07-01"}
	lighthouseVersions    = []string{"2022-10-01", "2020-02-01-preview", "2019-09-01"}
	sqlVersions           = []string{"2023-08-01", "2021-11-01"}
	keyVaultVersions      = []string{"2025-05-01", "2024-11-01", "2023-07-01", "2023-02-01", "2022-07-01", "2021-10-01"}
)

var armEndpoints = []endpoint{
	{path: "/subscriptions", form: list, dataset: "azure.subscriptions", versions: resourceVersions},
	{path: "/subscriptions/{s}", form: single, dataset: "azure.subscriptions", versions: resourceVersions, action: "Microsoft.Resources/subscriptions/read"},
	{path: "/subscriptions/{s}/locations", form: wholeList, dataset: "azure.locations", versions: resourceVersions, action: "Microsoft.Resources/subscriptions/locations/read"},
	{path: "/subscriptions/{s}/resourcegroups", form: list, dataset: "azure.resource_groups", versions: resourceVersions, action: groupRead, item: func(object) string { return groupRead }},
	{path: "/subscriptions/{s}/resources", form: list, dataset: "azure.resources", versions: resourceVersions, action: "Microsoft.Resources/subscriptions/resources/read", item: actionOf},
	{path: "/subscriptions/{s}/providers/Microsoft.Authorization/roleAssignments", form: list, dataset: "azure.caller_access", versions: authorizationVersions, action: "Microsoft.Authorization/roleAssignments/read"},
	{path: "/subscriptions/{s}/providers/Microsoft.Authorization/roleDefinitions", form: list, dataset: "azure.role_definitions", versions: authorizationVersions, action: "Microsoft.Authorization/roleDefinitions/read"},
	{path: "/subscriptions/{s}/providers/Microsoft.KeyVault/vaults", form: list, dataset: "keyvault.vaults", versions: keyVaultVersions, action: "Microsoft.KeyVault/vaults/read"},
	{path: "/subscriptions/{s}/providers/Microsoft.KeyVault/deletedVaults", form: list, dataset: "keyvault.deleted_vaults", versions: keyVaultVersions, action: "Microsoft.KeyVault/deletedVaults/read"},
	{path: "/subscriptions/{s}/providers/Microsoft.ManagedServices/registrationAssignments", form: list, dataset: "azure.lighthouse_assignments", versions: lighthouseVersions, action: lighthouseRead},
	{path: "/subscriptions/{s}/resourceGroups/{g}/providers/Microsoft.ManagedServices/registrationAssignments", form: list, dataset: "azure.lighthouse_assignments", versions: lighthouseVersions, action: lighthouseRead},
	{path: "/subscriptions/{s}/providers/Microsoft.Compute/diskEncryptionSets", form: list, dataset: "azure.disk_encryption_sets", versions: []string{"2025-01-02", "2024-03-02", "2023-10-02", "2023-04-02"}, action: "Microsoft.Compute/diskEncryptionSets/read"},
	{path: "/subscriptions/{s}/providers/Microsoft.Storage/storageAccounts", form: list, dataset: "azure.storage_accounts", versions: []string{"2025-01-01", "2024-01-01", "2023-05-01", "2023-01-01"}, action: "Microsoft.Storage/storageAccounts/read"},
	{path: "/subscriptions/{s}/providers/Microsoft.Sql/servers", form: list, dataset: "azure.sql_servers", versions: sqlVersions, action: "Microsoft.Sql/servers/read"},
	{path: "/subscriptions/{s}/resourceGroups/{g}/providers/Microsoft.Sql/servers/{n}/encryptionProtector", form: list, dataset: "azure.sql_encryption_protectors", versions: sqlVersions, action: "Microsoft.Sql/servers/encryptionProtector/read"},
	{path: "/subscriptions/{s}/resourceGroups/{g}/providers/Microsoft.Sql/servers/{n}/encryptionProtector/{id}", form: member, dataset: "azure.sql_encryption_protectors", versions: sqlVersions, action: "Microsoft.Sql/servers/encryptionProtector/read"},
	{path: "/subscriptions/{s}/providers/Microsoft.KeyVault/managedHSMs", form: list, dataset: "keyvault.managed_hsms", versions: keyVaultVersions, action: "Microsoft.KeyVault/managedHSMs/read"},
}

// find returns the endpoint of a path; segments compare without case.
func find(in []endpoint, path string) (endpoint, bool) {
	for _, e := range in {
		if e.matches(path) {
			return e, true
		}
	}
	return endpoint{}, false
}

func (e endpoint) matches(path string) bool {
	want, got, more := e.path, path, true
	for more {
		var w, g string
		var also bool
		w, want, more = strings.Cut(want, "/")
		g, got, also = strings.Cut(got, "/")
		if more != also || !strings.EqualFold(w, g) && (w == "" || w[0] != '{' || g == "") {
			return false
		}
	}

	return true
}
