package official

import (
	"slices"

	"ringfence/collectors"
	"ringfence/collectors/snapshot"
	"ringfence/engine/intent"
)

// client is one tenant that is imported and judged. Everything that is not an
// official body is visible here: adapted says what was changed, hand is
// hand-written.
type client struct {
	name, tenant, about string
	organization        source
	rows                []string // subscriptions of a hand-written list, in the client's tenant
	proven              []string // where hand-written role assignments prove that lists show all
	empty               []string // "<dataset>" or "<dataset>/<parent>" as hand-written empty lists
	files               map[string]source
	providers           []string // declared service providers
	fence               []string // regions; nil: eastus, eastus2, westus, which the bodies name
	countries           []string // nil: NL, which the organization's body names
	fleet               []intent.FleetClient
}

// source is a body: an official one (changed as adapted says) or a hand-written one.
type source struct {
	official, hand string
	adapted        []adaptation
}

func verbatim(name string) source                   { return source{official: name} }
func adapted(name string, how ...adaptation) source { return source{official: name, adapted: how} }
func hand(name string) source                       { return source{hand: name} }

// adaptation is a named change of an official body.
type adaptation struct {
	what string
	do   func(body map[string]any)
}

// lastPage makes the page the last one.
var lastPage = adaptation{"the link to a next page is removed", func(body map[string]any) {
	delete(body, "nextLink")
	delete(body, "@odata.nextLink")
}}

// allRows makes the first page of a Resource Graph answer all of it.
var allRows = adaptation{"$skipToken is removed, totalRecords is the number of rows", func(body map[string]any) {
	delete(body, "$skipToken")
	body["totalRecords"] = body["count"]
}}

// telling leaves out accounts that say nothing of their encryption.
var telling = adaptation{"accounts without an encryption object are left out", func(body map[string]any) {
	body["value"] = slices.DeleteFunc(body["value"].([]any), func(account any) bool {
		return account.(map[string]any)["properties"].(map[string]any)["encryption"] == nil
	})
}}

// closed, strict and approved make what the bodies show open the opposite.
var (
	closed = adaptation{"b2bCollaborationInbound is the body's own b2bDirectConnectInbound, which blocks everybody", func(body map[string]any) {
		body["b2bCollaborationInbound"] = body["b2bDirectConnectInbound"]
	}}
	strict = adaptation{"allowInvitesFrom is adminsAndGuestInviters, allowEmailVerifiedUsersToJoinOrganization false", func(body map[string]any) {
		body["allowInvitesFrom"], body["allowEmailVerifiedUsersToJoinOrganization"] = "adminsAndGuestInviters", false
	}}
	approved = adaptation{"the proposed relationship has status active: the customer approved it", func(body map[string]any) {
		body["value"].([]any)[2].(map[string]any)["status"] = "active"
	}}
)

// of makes an organization another one, by its id only.
func of(tenant string) adaptation {
	return adaptation{"id is " + tenant, func(body map[string]any) { body["id"] = tenant }}
}

// Official bodies that several clients hold.
const (
	organizationGet   = "graph.organization.get.json"
	organizationList  = "graph.organization.list.json"
	subscriptionsList = "arm.subscriptions.list.json"
	vaultsList        = "arm.keyvault.vaults.listBySubscription.json"
	hsmsList          = "arm.keyvault.managedHSMs.listBySubscription.json"
	resourcesList     = "arm.keyvault.vaults.listResources.json"
	diskSets          = "arm.compute.diskEncryptionSets.listBySubscription.json"
	accounts          = "arm.storage.storageAccounts.list.json"
	protectors        = "arm.sql.encryptionProtector.list.json"
	graphPage         = "arm.resourcegraph.resources.firstPage.json"
	delegations       = "arm.lighthouse.registrationAssignments.json"
	relationships     = "graph.delegatedAdminRelationships.json"
)

// at is the import path of a dataset under a parent.
func at(dataset, parent string) string { return dataset + "/" + snapshot.ScopeFile(parent) }

// each is a dataset under several parents.
func each(dataset string, parents ...string) (paths []string) {
	for _, p := range parents {
		paths = append(paths, at(dataset, p))
	}
	return paths
}

func join(lists ...[]string) (all []string) {
	for _, l := range lists {
		all = append(all, l...)
	}
	return all
}

var clients = []client{
	{
		name: "contoso", tenant: contosoID,
		about:        "all directory bodies, and the list of subscriptions, verbatim",
		organization: verbatim(organizationList), providers: []string{managerOne}, proven: []string{first, second},
		files: map[string]source{
			"entra.subscribed_skus":               verbatim("graph.subscribedSkus.json"),
			"entra.authorization_policy":          verbatim("graph.authorizationPolicy.json"),
			"entra.cross_tenant_default":          verbatim("graph.crossTenantAccessPolicy.default.json"),
			"entra.users":                         verbatim("graph.users.list.1.json"),
			"entra.groups":                        verbatim("graph.groups.list.1.json"),
			at("entra.group_members", golfAssist): verbatim("graph.group.members.1.json"),
			"entra.service_principals":            verbatim("graph.servicePrincipals.list.1.json"),
			"entra.role_definitions":              verbatim("graph.roleManagement.directory.roleDefinitions.1.json"),
			"entra.role_assignments":              verbatim("graph.roleManagement.directory.roleAssignments.1.json"),
			"gdap.relationships":                  verbatim(relationships),
			"azure.subscriptions":                 verbatim(subscriptionsList),
			at("azure.locations", first):          verbatim("arm.subscriptions.locations.json"),
		},
	},
	{
		name: "contoso-whole", tenant: contosoID,
		about:        "contoso with whole lists: its role holders can be judged, and so can the subscriptions, which are another tenant's",
		organization: verbatim(organizationList), providers: []string{managerOne}, proven: []string{first, second},
		empty: join([]string{"entra.role_assignment_instances", "entra.role_eligibility"},
			each("azure.lighthouse_assignments", first, second), each("azure.resource_groups", first, second)),
		files: map[string]source{
			"entra.users":                         hand("users_of_role_assignments"),
			"entra.groups":                        verbatim("graph.groups.list.1.json"),
			at("entra.group_members", golfAssist): verbatim("graph.group.members.1.json"),
			"entra.service_principals":            hand("service_principal"),
			"entra.role_definitions":              verbatim("graph.roleManagement.directory.roleDefinitions.1.json"),
			"entra.role_assignments":              verbatim("graph.roleManagement.directory.roleAssignments.1.json"),
			"gdap.relationships":                  verbatim(relationships),
			"azure.subscriptions":                 adapted(subscriptionsList, lastPage),
		},
	},
	{
		name: "contoso-closed", tenant: contosoID,
		about:        "contoso after somebody closed what the two policies leave open",
		organization: verbatim(organizationList), countries: []string{"DE"},
		empty: []string{"azure.subscriptions"},
		files: map[string]source{
			"entra.authorization_policy": adapted("graph.authorizationPolicy.json", strict),
			"entra.cross_tenant_default": adapted("graph.crossTenantAccessPolicy.default.json", closed),
		},
	},
	{
		name: "first-subscription", tenant: firstTenant,
		about:        "the tenant of the first official subscription, which declared the tenant that manages it",
		organization: adapted(organizationGet, of(firstTenant)), providers: []string{managerOne}, proven: []string{first, second},
		empty: join(each("azure.lighthouse_assignments", first, second), each("azure.resource_groups", first, second)),
		files: map[string]source{
			"azure.subscriptions": adapted(subscriptionsList, lastPage),
		},
	},
	{
		name: "vaults", tenant: zero,
		about:        "vaults, HSMs and resources, verbatim: all three end with a next page",
		organization: adapted(organizationGet, of(zero)), rows: []string{zero}, proven: []string{zero},
		files: map[string]source{
			at("keyvault.vaults", zero):       verbatim(vaultsList),
			at("keyvault.managed_hsms", zero): verbatim(hsmsList),
			at("azure.resources", zero):       verbatim(resourcesList),
			at("azure.resource_groups", zero): hand("resource_group"),
			at("azure.locations", zero):       hand("location_westus"),
		},
	},
	{
		name: "vaults-whole", tenant: zero,
		about:        "vaults with whole lists, a region list and a resource group",
		organization: adapted(organizationGet, of(zero)), rows: []string{zero}, proven: []string{zero},
		empty: each("azure.lighthouse_assignments", zero),
		files: wholeVaults(),
	},
	{
		name: "vaults-unproven", tenant: zero,
		about:        "vaults-whole without the caller's role assignments: nothing proves that the lists show all",
		organization: adapted(organizationGet, of(zero)), rows: []string{zero},
		empty: each("azure.lighthouse_assignments", zero),
		files: wholeVaults(),
	},
	{
		name: "vaults-moved", tenant: contosoID,
		about:        "vaults-whole in Contoso's directory, as after a subscription moved: the vaults still trust the old tenant",
		organization: verbatim(organizationList), rows: []string{zero}, proven: []string{zero},
		empty: join(each("azure.lighthouse_assignments", zero), []string{"entra.deleted_items"}),
		files: with(wholeVaults(), map[string]source{
			"entra.users":              verbatim("graph.users.list.1.json"),
			"entra.groups":             verbatim("graph.groups.list.1.json"),
			"entra.service_principals": hand("service_principal"),
		}),
	},
	{
		name: "vaults-known", tenant: zero,
		about:        "vaults-whole where the all-zero principal of the access policy is a user of the directory",
		organization: adapted(organizationGet, of(zero)), rows: []string{zero}, proven: []string{zero},
		files: with(wholeVaults(), map[string]source{
			"entra.users":              hand("user_of_access_policy"),
			"entra.groups":             verbatim("graph.groups.list.1.json"),
			"entra.service_principals": hand("service_principal"),
		}),
	},
	{
		name: "vaults-pair", tenant: zero,
		about:        "vaults-whole inside a fence of West US alone: the vault is copied to the region's pair",
		organization: adapted(organizationGet, of(zero)), rows: []string{zero}, proven: []string{zero},
		fence: []string{"westus"}, files: wholeVaults(),
	},
	{
		name: "vaults-outside", tenant: zero,
		about:        "vaults-whole of a client whose fence is in Europe",
		organization: adapted(organizationGet, of(zero)), rows: []string{zero}, proven: []string{zero},
		fence: []string{"northeurope"}, countries: []string{"DE"}, files: wholeVaults(),
	},
	{
		name: "delegated", tenant: managee,
		about:        "the official delegation, to a declared service provider",
		organization: adapted(organizationGet, of(managee)), providers: []string{contosoCorp}, rows: []string{delegated}, proven: []string{delegated},
		empty: each("azure.resource_groups", delegated),
		files: map[string]source{at("azure.lighthouse_assignments", delegated): verbatim(delegations)},
	},
	{
		name: "delegated-undeclared", tenant: managee,
		about:        "the same delegation, to a tenant that was not declared",
		organization: adapted(organizationGet, of(managee)), providers: []string{managerOne}, rows: []string{delegated}, proven: []string{delegated},
		empty: each("azure.resource_groups", delegated),
		files: map[string]source{at("azure.lighthouse_assignments", delegated): verbatim(delegations)},
	},
	{
		name: "delegated-unproven", tenant: managee,
		about:        "the same again, where nothing proves that the list shows all",
		organization: adapted(organizationGet, of(managee)), providers: []string{managerOne}, rows: []string{delegated},
		empty: each("azure.resource_groups", delegated),
		files: map[string]source{at("azure.lighthouse_assignments", delegated): verbatim(delegations)},
	},
	{
		name: "encrypted", tenant: microsoft,
		about:        "disk encryption sets, storage accounts, a SQL server and Resource Graph rows, verbatim",
		organization: adapted(organizationGet, of(microsoft)), rows: encrypted, proven: encrypted,
		files: map[string]source{
			at("azure.disk_encryption_sets", storage):        verbatim(diskSets),
			at("azure.storage_accounts", storage):            verbatim(accounts),
			at("azure.sql_servers", databases):               hand("sql_server"),
			at("azure.sql_encryption_protectors", sqlServer): verbatim(protectors),
			at("azure.key_references", graphed):              verbatim(graphPage),
		},
	},
	{
		name: "encrypted-whole", tenant: microsoft,
		about:        "encrypted with whole lists, and no vault at all",
		organization: adapted(organizationGet, of(microsoft)), rows: encrypted, proven: encrypted,
		empty: join(otherLists, each("keyvault.vaults", encrypted...)),
		files: wholeEncrypted(),
	},
	{
		name: "encrypted-owned", tenant: microsoft,
		about:        "encrypted-whole with the vaults that the storage account and the SQL server name, without the accounts that say nothing",
		organization: adapted(organizationGet, of(microsoft)), rows: encrypted, proven: encrypted,
		empty: join(otherLists, each("keyvault.vaults", databases, graphed)),
		files: with(wholeEncrypted(), map[string]source{
			at("keyvault.vaults", storage):        hand("vaults_of_keys"),
			at("azure.storage_accounts", storage): adapted(accounts, telling),
		}),
	},
	{
		name: "encrypted-silent", tenant: microsoft,
		about:        "encrypted-owned with the accounts that say nothing: whether they name a key is not known",
		organization: adapted(organizationGet, of(microsoft)), rows: encrypted, proven: encrypted,
		empty: join(otherLists, each("keyvault.vaults", databases, graphed)),
		files: with(wholeEncrypted(), map[string]source{at("keyvault.vaults", storage): hand("vaults_of_keys")}),
	},
	{
		name: "customer", tenant: contosoInc, providers: []string{managerOne},
		about:        "the customer of the active relationship, which declares no Azure: only its own rows of the MSP's list reach it",
		organization: adapted(organizationGet, of(contosoInc)),
		empty:        []string{"azure.subscriptions"},
		files:        map[string]source{"gdap.relationships": verbatim(relationships)},
	},
	{
		name: "customer-approved", tenant: contosoInc,
		about:        "the same customer after it approved the proposed relationship too",
		organization: adapted(organizationGet, of(contosoInc)),
		empty:        []string{"azure.subscriptions"},
		files:        map[string]source{"gdap.relationships": adapted(relationships, approved)},
	},
	{
		name: "msp", tenant: contosoID,
		about:        "the MSP's own tenant; both customers are declared clients",
		organization: verbatim(organizationList),
		files:        map[string]source{"gdap.relationships": verbatim(relationships)},
		fleet: []intent.FleetClient{
			{Name: "contoso-inc", TenantID: contosoInc, State: "live", Domains: []string{}},
			{Name: "subsidiary", TenantID: subsidiary, State: "live", Domains: []string{}},
		},
	},
	{
		name: "msp-undeclared", tenant: contosoID,
		about:        "the same; the customer of the active relationship is not declared",
		organization: verbatim(organizationList),
		files:        map[string]source{"gdap.relationships": verbatim(relationships)},
		fleet:        []intent.FleetClient{{Name: "subsidiary", TenantID: subsidiary, State: "live", Domains: []string{}}},
	},
}

// encrypted are the subscriptions of the resources that name keys.
var encrypted = []string{databases, storage, graphed}

// otherLists are what the official bodies about keys do not cover.
var otherLists = join(
	each("azure.disk_encryption_sets", databases, graphed),
	each("azure.storage_accounts", databases, graphed),
	each("azure.sql_servers", storage, graphed),
	each("keyvault.managed_hsms", encrypted...),
	each("keyvault.deleted_vaults", encrypted...),
)

func wholeEncrypted() map[string]source {
	return map[string]source{
		at("azure.disk_encryption_sets", storage):        adapted(diskSets, lastPage),
		at("azure.storage_accounts", storage):            verbatim(accounts),
		at("azure.sql_servers", databases):               hand("sql_server"),
		at("azure.sql_encryption_protectors", sqlServer): verbatim(protectors),
		at("azure.key_references", graphed):              adapted(graphPage, allRows),
		at("azure.key_references", databases):            hand("no_rows"),
		at("azure.key_references", storage):              hand("no_rows"),
	}
}

func wholeVaults() map[string]source {
	return map[string]source{
		at("keyvault.vaults", zero):       adapted(vaultsList, lastPage),
		at("keyvault.managed_hsms", zero): adapted(hsmsList, lastPage),
		at("azure.resources", zero):       adapted(resourcesList, lastPage),
		at("azure.resource_groups", zero): hand("resource_group"),
		at("azure.locations", zero):       hand("location_westus"),
	}
}

func with(files, more map[string]source) map[string]source {
	for path, s := range more {
		files[path] = s
	}
	return files
}

// declared is what the fleet file says about the client's Azure: the
// subscriptions of the hand-written list or the official one; else none.
func (c client) declared() *collectors.Azure {
	switch _, official := c.files["azure.subscriptions"]; {
	case official:
		return &collectors.Azure{Subscriptions: []string{first, second}}
	case c.rows != nil:
		return &collectors.Azure{Subscriptions: c.rows}
	}
	return &collectors.Azure{None: true}
}
