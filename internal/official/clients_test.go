package official

import "ringfence/engine/intent"

// clients are the tenants that the official bodies make up.
var clients = []client{
	{
		name: "contoso", tenant: contosoID,
		about:        "all directory bodies, and the list of subscriptions, verbatim",
		organization: verbatim(organizationList), providers: []string{managerOne},
		proven: []string{first, second},
		files: map[string]source{
			"entra.applications":        verbatim("graph.applications.list.1.json"),
			"entra.devices":             verbatim("graph.devices.list.1.json"),
			"entra.cross_tenant_policy": verbatim("graph.crossTenantAccessPolicy.get.json"),
			at("entra.cross_tenant_identity_sync", syncPartner): verbatim(
				"graph.crossTenantAccessPolicy.partner.identitySynchronization.json"),
			at("entra.app_role_assignments", resourceOf): verbatim(
				"graph.servicePrincipal.appRoleAssignedTo.json"),
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
		about: "contoso with whole lists: its role holders can be judged, and so can the subscriptions, " +
			"which are another tenant's",
		organization: verbatim(organizationList), providers: []string{managerOne},
		proven: []string{first, second},
		empty: join([]string{"entra.role_assignment_instances", "entra.role_eligibility"},
			each("azure.lighthouse_assignments", first, second), each("azure.resource_groups", first,
				second)),
		files: map[string]source{
			"entra.users":                         hand("users_of_role_assignments"),
			"entra.groups":                        verbatim("graph.groups.list.1.json"),
			at("entra.group_members", golfAssist): adapted("graph.group.members.1.json", ofBeta),
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
		organization: adapted(organizationGet, of(firstTenant)), providers: []string{managerOne},
		proven: []string{first, second},
		empty: join(each("azure.lighthouse_assignments", first, second),
			each("azure.resource_groups", first, second)),
		files: map[string]source{
			"azure.subscriptions": adapted(subscriptionsList, lastPage),
		},
	},
	{
		name: "vaults", tenant: zero,
		about:        "vaults, HSMs and resources, verbatim: all three end with a next page",
		organization: adapted(organizationGet, of(zero)), subscriptions: []string{zero},
		proven: []string{zero},
		vaults: []string{vault},
		files: map[string]source{
			at("keyvault.vaults", zero):       verbatim(vaultsList),
			at("keyvault.managed_hsms", zero): verbatim(hsmsList),
			at("azure.resources", zero):       verbatim(resourcesList),
			at("azure.resource_groups", zero): hand("resource_group"),
			at("azure.locations", zero):       hand("location_westus"),
		},
	},
	{
		name: "vaults-unproven", tenant: zero,
		about: "vaults with whole lists, a region list and a resource group, without the caller's role " +
			"assignments: nothing proves that the lists show all",
		organization: adapted(organizationGet, of(zero)), subscriptions: []string{zero},
		empty: each("azure.lighthouse_assignments", zero),
		files: map[string]source{
			at("keyvault.vaults", zero):       adapted(vaultsList, lastPage),
			at("keyvault.managed_hsms", zero): adapted(hsmsList, lastPage),
			at("azure.resources", zero):       adapted(resourcesList, lastPage),
			at("azure.resource_groups", zero): hand("resource_group"),
			at("azure.locations", zero):       hand("location_westus"),
		},
	},
	{
		name: "vaults-whole", like: "vaults-unproven",
		about:  "the same with the caller's role assignments, and two declared vaults",
		proven: []string{zero}, vaults: []string{vault, hsm1},
		empty: join(each("azure.lighthouse_assignments", zero), each("keyvault.deleted_vaults", zero)),
	},
	{
		name: "vaults-missing", tenant: zero,
		about:        "whole lists of vaults and HSMs, where one declared vault is in no list",
		organization: adapted(organizationGet, of(zero)), subscriptions: []string{zero},
		proven: []string{zero},
		empty:  each("keyvault.deleted_vaults", zero), vaults: []string{gone, hsm1},
		files: map[string]source{
			at("keyvault.vaults", zero):       adapted(vaultsList, lastPage),
			at("keyvault.managed_hsms", zero): adapted(hsmsList, lastPage),
		},
	},
	{
		name: "vaults-moved", like: "vaults-whole", tenant: contosoID,
		about: "vaults-whole in Contoso's directory, as after a subscription moved: " +
			"the vaults still trust the old tenant",
		organization: verbatim(organizationList),
		empty: join(each("azure.lighthouse_assignments", zero), each("keyvault.deleted_vaults", zero),
			[]string{"entra.deleted_items"}),
		files: map[string]source{
			"entra.users":              verbatim("graph.users.list.1.json"),
			"entra.groups":             verbatim("graph.groups.list.1.json"),
			"entra.service_principals": hand("service_principal"),
		},
	},
	{
		name: "vaults-known", like: "vaults-whole",
		about: "vaults-whole where the all-zero principal of the access policy is a user of the directory, " +
			"and one declared vault is deleted",
		vaults: []string{vault, gone},
		files: map[string]source{
			at("keyvault.deleted_vaults", zero): hand("deleted_vaults"),
			"entra.users":                       hand("user_of_access_policy"),
			"entra.groups":                      verbatim("graph.groups.list.1.json"),
			"entra.service_principals":          hand("service_principal"),
		},
	},
	{
		name: "vaults-pair", like: "vaults-whole",
		about: "vaults-whole inside a fence of West US alone: the vault is copied to the region's pair",
		fence: []string{"westus"},
	},
	{
		name: "vaults-closed", like: "vaults-whole",
		about: "vaults-whole after somebody closed what the bodies leave open, with the list of Azure's tenants",
		files: map[string]source{
			"azure.tenants":                   hand("tenant"),
			at("keyvault.vaults", zero):       adapted(vaultsList, lastPage, shut),
			at("keyvault.managed_hsms", zero): adapted(hsmsList, lastPage, shut),
		},
	},
	{
		name: "vaults-outside", like: "vaults-whole",
		about: "vaults-whole of a client whose fence is in Europe",
		fence: []string{"northeurope"}, countries: []string{"DE"},
	},
	{
		name: "delegated", tenant: managee,
		about:        "the official delegation, to a declared service provider",
		organization: adapted(organizationGet, of(managee)), providers: []string{contosoCorp},
		subscriptions: []string{delegated}, proven: []string{delegated},
		empty: each("azure.resource_groups", delegated),
		files: map[string]source{at("azure.lighthouse_assignments", delegated): verbatim(delegations)},
	},
	{
		name: "delegated-undeclared", like: "delegated",
		about:     "the same delegation, to a tenant that was not declared",
		providers: []string{managerOne},
	},
	{
		name: "delegated-unproven", like: "delegated-undeclared",
		about:  "the same again, where nothing proves that the list shows all: that it may lack others undoes nothing",
		proven: []string{},
	},
	{
		name: "encrypted", tenant: microsoft,
		about:        "disk encryption sets, storage accounts, a SQL server and Resource Graph rows, verbatim",
		organization: adapted(organizationGet, of(microsoft)), subscriptions: encrypted, proven: encrypted,
		files: map[string]source{
			at("azure.disk_encryption_sets", storage):        verbatim(diskSets),
			at("azure.storage_accounts", storage):            verbatim(accounts),
			at("azure.sql_servers", databases):               hand("sql_server"),
			at("azure.sql_encryption_protectors", sqlServer): verbatim(protectors),
			at("azure.key_references", graphed):              verbatim(graphPage),
		},
	},
	{
		name: "encrypted-whole", like: "encrypted",
		about: "encrypted with whole lists, and no vault at all",
		empty: join(otherLists, each("keyvault.vaults", encrypted...)),
		files: map[string]source{
			at("azure.disk_encryption_sets", storage): adapted(diskSets, lastPage),
			at("azure.key_references", graphed):       adapted(graphPage, allRows),
			at("azure.key_references", databases):     hand("no_rows"),
			at("azure.key_references", storage):       hand("no_rows"),
		},
	},
	{
		name: "encrypted-owned", like: "encrypted-whole",
		about: "encrypted-whole with the vaults that the storage account and the SQL server name, " +
			"without the accounts that say nothing",
		empty: join(otherLists, each("keyvault.vaults", databases, graphed)),
		files: map[string]source{
			at("keyvault.vaults", storage):        hand("vaults_of_keys"),
			at("azure.storage_accounts", storage): adapted(accounts, telling),
		},
	},
	{
		name: "encrypted-copied", like: "encrypted-whole",
		about: "encrypted-whole inside a fence that holds the region to which most accounts are copied",
		fence: []string{"eastus", "eastus2", "westus", "centraluseuap"},
		empty: join(otherLists, each("keyvault.vaults", encrypted...), each("azure.sql_databases", sqlServer)),
		files: map[string]source{
			at("azure.backup_vaults", storage):   hand("no_rows"),
			at("azure.backup_vaults", databases): hand("no_rows"),
			at("azure.backup_vaults", graphed):   hand("no_rows"),
			at("azure.locations", storage):       hand("location_westus"),
			at("azure.locations", databases):     hand("location_westus"),
			at("azure.locations", graphed):       hand("location_westus"),
		},
	},
	{
		name: "encrypted-silent", like: "encrypted-owned",
		about: "encrypted-owned with the accounts that say nothing: whether they name a key is not known",
		files: map[string]source{at("azure.storage_accounts", storage): verbatim(accounts)},
	},
	{
		name: "named", tenant: contosoCorp,
		about:        "the home tenant of the list of tenants that Azure names, which names two more",
		organization: adapted(organizationGet, of(contosoCorp)),
		empty:        []string{"azure.subscriptions"},
		files:        map[string]source{"azure.tenants": adapted("arm.tenants.list.json", lastPage)},
	},
	{
		name: "named-others", like: "named", tenant: contosoID,
		about:        "the same list filed under a tenant that is not in it",
		organization: verbatim(organizationList),
	},
	{
		name: "assigned", tenant: zero,
		about:        "policy assignments, verbatim, of definitions that the subscription has of its own",
		organization: adapted(organizationGet, of(zero)), subscriptions: []string{assigned},
		proven: []string{assigned}, empty: each("azure.policy_exemptions", assigned),
		files: map[string]source{
			at("azure.policy_assignments", assigned): verbatim("arm.authorization.policyAssignments.list.json"),
		},
	},
	{
		name: "customer", tenant: contosoInc, providers: []string{managerOne},
		about: "the customer of the active relationship, which declares no Azure: only its own rows of " +
			"the MSP's list reach it",
		organization: adapted(organizationGet, of(contosoInc)),
		empty:        []string{"azure.subscriptions"},
		files:        map[string]source{"gdap.relationships": verbatim(relationships)},
	},
	{
		name: "customer-approved", like: "customer",
		about: "the same customer after it approved the proposed relationship too",
		files: map[string]source{"gdap.relationships": adapted(relationships, approved)},
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
		name: "msp-undeclared", like: "msp",
		about: "the same; the customer of the active relationship is not declared",
		fleet: []intent.FleetClient{{Name: "subsidiary", TenantID: subsidiary, State: "live",
			Domains: []string{}}},
	},
}
