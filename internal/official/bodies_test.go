package official

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"ringfence/collectors/snapshot"
)

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
	zero      = "00000000-0000-0000-0000-000000000000" // vaults, HSMs, resources: tenant and subscription
	first     = "291bba3f-e0a5-47bc-a099-3bdcb2a50a05" // subscriptions and locations: "Example Subscription"
	second    = "72ac930a-f34e-42d8-b06d-dc2a9e12ed71" // subscriptions: "Example Subscription2"
	delegated = "0afefe50-734e-4610-8c82-a144aff49dea" // the registration assignment's scope
	assigned  = "ae640e6b-ba3e-4256-9d62-2993eecfa6f2" // the policy assignments' scope
	// "{subscription-id}" in the body, whose network rule names this one with the same resource group, res9407
	storage   = "a7e99807-abbf-4642-bdec-2c809a96a8bc"
	databases = "00000000-1111-2222-3333-444444444444" // the SQL server's
	graphed   = "cfbbd179-59d2-4052-aa06-9270a38aa9d6" // the rows of the Resource Graph answer
	sqlServer = "/subscriptions/" + databases + "/resourceGroups/sqlcrudtest-7398/providers/Microsoft.Sql/" +
		"servers/sqlcrudtest-4645"
	// first group of graph.groups.list.1; the members' body does not say whose they are
	golfAssist   = "45b7d2e7-b882-4a80-ba97-10b7a63b8fa4"
	syncPartner  = "9c5d131d-b1c3-4fc4-9e3f-c6557947d551" // tenantId of the identity synchronization
	resourceOf   = "8e881353-1735-45af-af21-ee1344582a4d" // resourceId of the app role assignment
	contosoID    = "84841066-274d-4ec0-a5c1-276be684bdd3" // organization
	firstTenant  = "31c75423-32d6-4322-88b7-c478bdde4858" // tenantId of the first subscription
	secondTenant = "2a0ff0de-96b2-4859-bb7c-a430d07a3e0c" // tenantId of the second one
	managerOne   = "8f70baf1-1f6e-46a2-a1ff-238dac1ebfb7" // managedByTenants of both
	managerTwo   = "f7fb6af2-321d-47c8-9c0f-b0239eaad39a" // managedByTenants of the second one
	managee      = "01c0bcd5-4f47-4e4b-b492-418b7e2a8854" // manageeTenantId of the delegation
	contosoCorp  = "83abe5cd-bcc3-441a-bd86-e6a75360cecc" // managedByTenantId of the delegation
	microsoft    = "72f988bf-86f1-41af-91ab-2d7cd011db47" // tenant of the storage accounts' identities
	// customer of the active relationship, and of the proposed one
	contosoInc = "52eaad04-13a2-4a2f-9ce8-93a294fadf36"
	subsidiary = "4b827261-d21f-4aa9-b7db-7fa1f56fb163" // customer of the terminated one
)

// Reasons that several bodies share.
const (
	noDataset = "no dataset yet, or none of a client here that holds its parent"
	dataPlane = "a data plane body: ringfence reads the control plane only (the key's own address has :443, " +
		"times are epoch seconds)"
	delta = "a delta page: a change, not what is; datasets are read as whole lists"
	noID  = "the object has no id: it cannot be told from another one"
	lone  = "one entity: the list that holds it is imported instead"
)

// bodies are those of which something is to be said. What is said of the others
// follows from their names, see everyBody.
var bodies = []body{
	{file: "arm.authorization.roleAssignments.listForSubscription.json",
		why: "held by no client here. azure.caller_access is the same endpoint with $filter=assignedTo: other people's " +
			"assignments read as the caller's would prove what is not"},
	{"arm.authorization.policyAssignments.list.json", "azure.policy_assignments", assigned, "complete 2",
		"two definitions of the subscription's own"},
	{"arm.tenants.list.json", "azure.tenants", "", "partial 3 last_page_missing", "a nextLink of three dots"},
	{"arm.compute.diskEncryptionSets.listBySubscription.json", "azure.disk_encryption_sets", storage,
		"partial 2 last_page_missing", "ids hold the placeholder {subscriptionId}: any parent is as good"},
	{file: "arm.keyvault.dataplane.key.get.json", why: dataPlane},
	{file: "arm.keyvault.dataplane.key.rotationPolicy.json", why: dataPlane},
	{file: "arm.keyvault.dataplane.keys.list.json", why: dataPlane},
	{"arm.keyvault.managedHSMs.listBySubscription.json", "keyvault.managed_hsms", zero,
		"partial 2 last_page_missing", ""},
	{"arm.keyvault.vaults.listBySubscription.json", "keyvault.vaults", zero, "partial 1 last_page_missing",
		""},
	{"arm.keyvault.vaults.listResources.json", "azure.resources", zero,
		"partial 1 last_page_missing", "the list of resources, filtered to vaults"},
	{"arm.lighthouse.registrationAssignments.json", "azure.lighthouse_assignments", delegated,
		"partial 1 no_file",
		"with the definition expanded; the resource groups, which are asked too, have no official body"},
	{file: "arm.lighthouse.registrationDefinitions.json",
		why: "no dataset yet: assignments carry their definition"},
	{"arm.resourcegraph.resources.firstPage.json", "azure.key_references", graphed,
		"partial 3 last_page_missing",
		"the answer to another query of the same shape; $skipToken leads to 383 more rows"},
	{file: "arm.resourcegraph.resources.properties.json",
		why: "the answer to an aggregation: its rows have no id"},
	{file: "arm.sql.encryptionProtector.get.json", why: lone},
	{"arm.sql.encryptionProtector.list.json", "azure.sql_encryption_protectors", sqlServer, "complete 1", ""},
	{file: "arm.storage.storageAccount.cmk.json", why: lone},
	{"arm.storage.storageAccounts.list.json", "azure.storage_accounts", storage, "complete 6",
		"ids hold the placeholder {subscription-id}"},
	{file: "arm.subscriptions.list.json", dataset: "azure.subscriptions",
		coverage: "partial 2 last_page_missing"},
	{"arm.subscriptions.locations.json", "azure.locations", first, "partial 2 envelope_missing",
		"a bare array of objects"},
	{"graph.delegatedAdminRelationships.json", "gdap.relationships", "", "complete 0",
		"of the MSP's tenant: this client is nobody's customer in it, so none of the three rows is its own"},
	{"graph.group.members.1.json", "entra.group_members", golfAssist, "partial 1 other_version",
		"of v1.0, which leaves service principals out; ringfence asks for ids alone, so that the member does not " +
			"say of what type it is takes nothing away"},
	{"graph.application.get.json", "entra.applications", "", "partial 1 envelope_missing", "one object"},
	{"graph.applications.list.1.json", "entra.applications", "", "error 0 malformed_answer", noID},
	{"graph.conditionalAccess.policy.json", "entra.conditional_access_policies", "", "partial 1 envelope_missing",
		"one object"},
	{"graph.crossTenantAccessPolicy.partner.json", "entra.cross_tenant_partners", "",
		"partial 1 envelope_missing", "one object"},
	{"graph.crossTenantAccessPolicy.partner.identitySynchronization.json", "entra.cross_tenant_identity_sync",
		syncPartner, "complete 1", ""},
	{"graph.devices.list.1.json", "entra.devices", "", "error 0 malformed_answer", noID},
	{"graph.servicePrincipal.appRoleAssignedTo.json", "entra.app_role_assignments", resourceOf,
		"complete 1", ""},
	{file: "graph.groups.delta.1.json", why: delta},
	{"graph.servicePrincipal.get.json", "entra.service_principals", "", "partial 1 envelope_missing",
		"one object; servicePrincipalType is null in it, which says nothing of what it is"},
	{"graph.servicePrincipals.list.1.json", "entra.service_principals", "", "error 0 malformed_answer", noID},
	{file: "graph.users.delta.1.json", why: delta},
}

// endings of the names of bodies: a verb, and which of several it is.
var endings = regexp.MustCompile(`(\.list|\.get)?(\.[0-9]+)?\.json$`)

// everyBody is every official body: as bodies has it, else as its name says.
// "graph.users.list.1.json" is an answer of the endpoint that ends with /users,
// so it is of the dataset that is read there. Then it has to be imported whole,
// but for objects from which the documentation took what the schema calls always
// there.
func everyBody(t *testing.T) (all []body) {
	t.Helper()
	entries, err := os.ReadDir(examples(t))
	if err != nil {
		t.Fatal(err)
	}

	for _, entry := range entries {
		if entry.Name() == "CONTRACT.v1.0-types.json" { // property types, not a body
			continue
		}

		b := body{file: entry.Name(), why: noDataset}
		if i := slices.IndexFunc(bodies, func(b body) bool { return b.file == entry.Name() }); i >= 0 {
			b = bodies[i]
		} else if schema := schemaOf(b.file); schema != nil {
			b = body{file: b.file, dataset: schema.Dataset, coverage: imported(t, b.file, schema)}
		}

		all = append(all, b)
	}

	return all
}

// schemaOf is the one of the Graph endpoint that a file is named after.
func schemaOf(file string) *snapshot.Schema {
	at, isGraph := strings.CutPrefix(endings.ReplaceAllString(file, ""), "graph.")
	for _, s := range snapshot.Schemas() {
		endpoint, _, _ := strings.Cut(s.Source.Endpoint, "?")
		isThere := strings.HasSuffix(endpoint, "/"+strings.ReplaceAll(at, ".", "/"))
		if isGraph && isThere && s.Source.API == "graph" && s.Parent == "" {
			return s
		}
	}
	return nil
}

// imported is the coverage of a body that ends its list.
func imported(t *testing.T, file string, schema *snapshot.Schema) string {
	t.Helper()
	found := objects(parse(t, official(t, file)))
	for _, o := range found {
		for name, property := range schema.Properties {
			if _, has := o[name]; property.Presence == snapshot.Always && !has {
				return fmt.Sprintf("partial %d incomplete_objects", len(found))
			}
		}
	}
	return fmt.Sprintf("complete %d", len(found))
}
