package emulator

import "strings"

// endpoint is one GET that the emulator answers. Its data lie in the tenant
// under the request's own path, "/graph" or "/arm" in front (see Tenant.put).
type endpoint struct {
	path string // template below /graph/<version> or /arm; {…} takes one segment
	form form

	// Graph
	entity string   // "microsoft.graph.organization"
	roles  []string // application permissions, of which one is needed
	extra  []string // properties that the entity has and the dataset's schema does not list

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
}

const groupRead = "Microsoft.Resources/subscriptions/resourceGroups/read"

var (
	resourceVersions      = []string{"2022-12-01", "2022-09-01", "2021-04-01", "2021-01-01", "2020-10-01", "2020-06-01", "2020-01-01", "2019-11-01"}
	authorizationVersions = []string{"2022-04-01", "2020-10-01-preview", "2018-07-01", "2015-07-01"}
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
	want, got := strings.Split(e.path, "/"), strings.Split(path, "/")
	if len(want) != len(got) {
		return false
	}
	for i, w := range want {
		if w != "" && w[0] == '{' && got[i] != "" {
			continue
		}
		if !strings.EqualFold(w, got[i]) {
			return false
		}
	}
	return true
}
