package official

// body is one official example. With a dataset it is imported as that, under a
// parent where the dataset is read per parent; coverage is what the import must
// say about the body by itself, verbatim, with the caller's visibility proven:
// status, count, code. Without a dataset it is not imported, and why says why.
type body struct {
	file, dataset, parent, coverage, why string
}

// Parents, as the bodies name them. The ARM lists say in their ids which
// subscription they are of.
const (
	zero         = "00000000-0000-0000-0000-000000000000" // vaults, HSMs, resources: tenant and subscription
	first        = "291bba3f-e0a5-47bc-a099-3bdcb2a50a05" // subscriptions and locations: "Example Subscription"
	second       = "72ac930a-f34e-42d8-b06d-dc2a9e12ed71" // subscriptions: "Example Subscription2"
	delegated    = "0afefe50-734e-4610-8c82-a144aff49dea" // the registration assignment's scope
	storage      = "a7e99807-abbf-4642-bdec-2c809a96a8bc" // "{subscription-id}" in the body, whose network rule names this one with the same resource group, res9407
	databases    = "00000000-1111-2222-3333-444444444444" // the SQL server's
	graphed      = "cfbbd179-59d2-4052-aa06-9270a38aa9d6" // the rows of the Resource Graph answer
	sqlServer    = "/subscriptions/" + databases + "/resourceGroups/sqlcrudtest-7398/providers/Microsoft.Sql/servers/sqlcrudtest-4645"
	golfAssist   = "45b7d2e7-b882-4a80-ba97-10b7a63b8fa4" // first group of graph.groups.list.1; the members' body does not say whose they are
	contosoID    = "84841066-274d-4ec0-a5c1-276be684bdd3" // organization
	firstTenant  = "31c75423-32d6-4322-88b7-c478bdde4858" // tenantId of the first subscription
	secondTenant = "2a0ff0de-96b2-4859-bb7c-a430d07a3e0c" // tenantId of the second one
	managerOne   = "8f70baf1-1f6e-46a2-a1ff-238dac1ebfb7" // managedByTenants of both
	managerTwo   = "f7fb6af2-321d-47c8-9c0f-b0239eaad39a" // managedByTenants of the second one
	managee      = "01c0bcd5-4f47-4e4b-b492-418b7e2a8854" // manageeTenantId of the delegation
	contosoCorp  = "83abe5cd-bcc3-441a-bd86-e6a75360cecc" // managedByTenantId of the delegation
	microsoft    = "72f988bf-86f1-41af-91ab-2d7cd011db47" // tenant of the storage accounts' identities
	contosoInc   = "52eaad04-13a2-4a2f-9ce8-93a294fadf36" // customer of the active relationship, and of the proposed one
	subsidiary   = "4b827261-d21f-4aa9-b7db-7fa1f56fb163" // customer of the terminated one
)

// Reasons that several bodies share.
const (
	noDataset = "no dataset yet: no control of this set reads it"
	dataPlane = "a data plane body: ringfence reads the control plane only (the key's own address has :443, times are epoch seconds)"
	delta     = "a delta page: a change, not what is; datasets are read as whole lists"
	lone      = "one entity: the list that holds it is imported instead"
)

var bodies = []body{
	{"arm.authorization.policyAssignments.list.json", "", "", "", noDataset},
	{"arm.authorization.roleAssignments.listForSubscription.json", "", "", "", "no dataset yet. azure.caller_access is the same endpoint with $filter=assignedTo: other people's assignments read as the caller's would prove what is not"},
	{"arm.compute.diskEncryptionSets.listBySubscription.json", "azure.disk_encryption_sets", storage, "partial 2 last_page_missing", "ids hold the placeholder {subscriptionId}: any parent is as good"},
	{"arm.insights.diagnosticSettings.list.json", "", "", "", noDataset},
	{"arm.keyvault.dataplane.key.get.json", "", "", "", dataPlane},
	{"arm.keyvault.dataplane.key.rotationPolicy.json", "", "", "", dataPlane},
	{"arm.keyvault.dataplane.keys.list.json", "", "", "", dataPlane},
	{"arm.keyvault.key.get.json", "", "", "", noDataset},
	{"arm.keyvault.keys.list.json", "", "", "", noDataset},
	{"arm.keyvault.managedHSMs.listBySubscription.json", "keyvault.managed_hsms", zero, "partial 2 last_page_missing", ""},
	{"arm.keyvault.vaults.listBySubscription.json", "keyvault.vaults", zero, "partial 1 last_page_missing", ""},
	{"arm.keyvault.vaults.listResources.json", "azure.resources", zero, "partial 1 last_page_missing", "the list of resources, filtered to vaults"},
	{"arm.lighthouse.registrationAssignments.json", "azure.lighthouse_assignments", delegated, "partial 1 no_file", "with the definition expanded; the resource groups, which are asked too, have no official body"},
	{"arm.lighthouse.registrationDefinitions.json", "", "", "", "no dataset yet: assignments carry their definition"},
	{"arm.resourcegraph.resources.firstPage.json", "azure.key_references", graphed, "partial 3 last_page_missing", "the answer to another query of the same shape; $skipToken leads to 383 more rows"},
	{"arm.resourcegraph.resources.properties.json", "", "", "", "the answer to an aggregation: its rows have no id"},
	{"arm.sql.encryptionProtector.get.json", "", "", "", lone},
	{"arm.sql.encryptionProtector.list.json", "azure.sql_encryption_protectors", sqlServer, "complete 1", ""},
	{"arm.storage.storageAccount.cmk.json", "", "", "", lone},
	{"arm.storage.storageAccounts.list.json", "azure.storage_accounts", storage, "complete 6", "ids hold the placeholder {subscription-id}"},
	{"arm.subscriptions.list.json", "azure.subscriptions", "", "partial 2 last_page_missing", ""},
	{"arm.subscriptions.locations.json", "azure.locations", first, "partial 2 envelope_missing", "a bare array of objects"},
	{"arm.tenants.list.json", "", "", "", noDataset},
	{"graph.adminConsentRequestPolicy.json", "", "", "", noDataset},
	{"graph.application.get.json", "", "", "", noDataset},
	{"graph.applications.list.1.json", "", "", "", noDataset},
	{"graph.auditLogs.directoryAudits.json", "", "", "", noDataset},
	{"graph.authorizationPolicy.json", "entra.authorization_policy", "", "complete 1", ""},
	{"graph.conditionalAccess.namedLocations.1.json", "", "", "", noDataset},
	{"graph.conditionalAccess.policy.json", "", "", "", noDataset},
	{"graph.crossTenantAccessPolicy.default.json", "entra.cross_tenant_default", "", "complete 1", ""},
	{"graph.crossTenantAccessPolicy.get.json", "", "", "", noDataset},
	{"graph.crossTenantAccessPolicy.partner.identitySynchronization.json", "", "", "", noDataset},
	{"graph.crossTenantAccessPolicy.partner.json", "", "", "", noDataset},
	{"graph.crossTenantAccessPolicy.partners.json", "", "", "", noDataset},
	{"graph.delegatedAdminRelationships.json", "gdap.relationships", "", "complete 0", "of the MSP's tenant: this client is nobody's customer in it, so none of the three rows is its own"},
	{"graph.deviceManagement.deviceCompliancePolicies.json", "", "", "", noDataset},
	{"graph.deviceManagement.deviceCompliancePolicies.windows10.json", "", "", "", noDataset},
	{"graph.deviceManagement.deviceCompliancePolicy.assignments.json", "", "", "", noDataset},
	{"graph.deviceManagement.deviceConfigurations.json", "", "", "", noDataset},
	{"graph.deviceManagement.managedDevices.json", "", "", "", noDataset},
	{"graph.deviceManagement.roleAssignments.json", "", "", "", noDataset},
	{"graph.deviceManagement.roleDefinitions.json", "", "", "", noDataset},
	{"graph.devices.list.1.json", "", "", "", noDataset},
	{"graph.domains.list.json", "", "", "", noDataset},
	{"graph.group.members.1.json", "entra.group_members", golfAssist, "partial 1 other_version", "of v1.0, which leaves service principals out; ringfence asks for ids alone, so that the member does not say of what type it is takes nothing away"},
	{"graph.groups.delta.1.json", "", "", "", delta},
	{"graph.groups.list.1.json", "entra.groups", "", "complete 2", ""},
	{"graph.identitySecurityDefaults.json", "", "", "", noDataset},
	{"graph.oauth2PermissionGrants.list.json", "", "", "", noDataset},
	{"graph.organization.get.json", "entra.organization", "", "complete 1", "one object: the other form that an import takes; used, adapted, for the other tenants"},
	{"graph.organization.list.json", "entra.organization", "", "complete 1", ""},
	{"graph.roleManagement.directory.roleAssignments.1.json", "entra.role_assignments", "", "complete 3", "with $expand=principal, which ringfence does not ask for"},
	{"graph.roleManagement.directory.roleDefinitions.1.json", "entra.role_definitions", "", "complete 3", ""},
	{"graph.security.alerts.legacy.json", "", "", "", noDataset},
	{"graph.security.secureScoreControlProfiles.json", "", "", "", noDataset},
	{"graph.security.secureScores.json", "", "", "", noDataset},
	{"graph.servicePrincipal.appRoleAssignedTo.json", "", "", "", noDataset},
	{"graph.servicePrincipal.appRoleAssignments.json", "", "", "", noDataset},
	{"graph.servicePrincipal.get.json", "entra.service_principals", "", "partial 1 envelope_missing", "one object; servicePrincipalType is null in it, which says nothing of what it is"},
	{"graph.servicePrincipals.list.1.json", "entra.service_principals", "", "error 0 malformed_answer", "the object has no id: it cannot be told from another one"},
	{"graph.subscribedSkus.json", "entra.subscribed_skus", "", "complete 2", ""},
	{"graph.users.delta.1.json", "", "", "", delta},
	{"graph.users.list.1.json", "entra.users", "", "complete 2", "the default properties: neither userType nor identities, so nothing follows from it about anybody"},
}
