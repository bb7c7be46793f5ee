package collectors

import (
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ringfence/collectors/snapshot"
	"ringfence/internal/effort"
)

// official is one of Microsoft's example bodies, and the dataset that it is a page of.
type official struct {
	file, dataset string

	scope string // where it is read; "": once
	isOne bool   // one object of the list
	add   string // a property that the example leaves out, for which we ask, and without which there is no document
	gap   string // why the page is not the whole list: the code of its evidence
}

const (
	exampleGroup     = "02bd9fd6-8f93-4758-87c3-1fb73740a315"
	exampleTenant    = "9c5d131d-b1c3-4fc4-9e3f-c6557947d551"
	exampleAPI       = "8e881353-1735-45af-af21-ee1344582a4d"
	exampleResources = "/subscriptions/" + sub1 + "/resourcegroups/"
	exampleVault     = exampleResources + "sample-group/providers/microsoft.keyvault/vaults/sample-vault-name"
)

// officials are the examples that have a place in a snapshot.
var officials = []official{
	{file: "arm.authorization.policyAssignments.list", dataset: "azure.policy_assignments", scope: sub1},
	{file: "arm.authorization.roleAssignments.listForSubscription", dataset: "azure.role_assignments", scope: sub1},
	{file: "arm.authorization.roleAssignments.listForSubscription", dataset: "azure.caller_access", scope: sub1},
	{file: "arm.compute.diskEncryptionSets.listBySubscription", dataset: "azure.disk_encryption_sets", scope: sub1, gap: codeLastPage},
	{file: "arm.insights.diagnosticSettings.list", dataset: "azure.diagnostic_settings",
		scope: exampleResources + "viruela1/providers/microsoft.logic/workflows/viruela6"},
	{file: "arm.keyvault.key.get", dataset: "keyvault.keys", scope: exampleVault, isOne: true},
	{file: "arm.keyvault.keys.list", dataset: "keyvault.keys", scope: exampleVault},
	{file: "arm.keyvault.managedHSMs.listBySubscription", dataset: "keyvault.managed_hsms", scope: sub1, gap: codeLastPage},
	{file: "arm.keyvault.vaults.listBySubscription", dataset: "keyvault.vaults", scope: sub1, gap: codeLastPage},
	{file: "arm.keyvault.vaults.listResources", dataset: "azure.resources", scope: sub1, gap: codeLastPage},
	{file: "arm.lighthouse.registrationAssignments", dataset: "azure.lighthouse_assignments", scope: sub1},
	{file: "arm.lighthouse.registrationDefinitions", dataset: "azure.lighthouse_definitions", scope: sub1},
	{file: "arm.resourcegraph.resources.firstPage", dataset: "azure.key_references", scope: sub1, gap: codeLastPage},
	{file: "arm.sql.encryptionProtector.get", dataset: "azure.sql_encryption_protectors", isOne: true,
		scope: exampleResources + "sqlcrudtest-7398/providers/microsoft.sql/servers/sqlcrudtest-4645"},
	{file: "arm.sql.encryptionProtector.list", dataset: "azure.sql_encryption_protectors",
		scope: exampleResources + "sqlcrudtest-7398/providers/microsoft.sql/servers/sqlcrudtest-4645"},
	{file: "arm.storage.storageAccount.cmk", dataset: "azure.storage_accounts", scope: sub1, isOne: true},
	{file: "arm.storage.storageAccounts.list", dataset: "azure.storage_accounts", scope: sub1},
	{file: "arm.subscriptions.list", dataset: "azure.subscriptions", gap: codeLastPage},
	{file: "arm.subscriptions.locations", dataset: "azure.locations", scope: sub1},
	{file: "arm.tenants.list", dataset: "azure.tenants", gap: codeLastPage},

	{file: "graph.application.get", dataset: "entra.applications", isOne: true},
	{file: "graph.applications.list.1", dataset: "entra.applications", add: "id"},
	{file: "graph.auditLogs.directoryAudits", dataset: "entra.directory_audits"},
	{file: "graph.authorizationPolicy", dataset: "entra.authorization_policy"},
	{file: "graph.conditionalAccess.namedLocations.1", dataset: "entra.named_locations"},
	{file: "graph.conditionalAccess.policy", dataset: "entra.conditional_access_policies", isOne: true},
	{file: "graph.crossTenantAccessPolicy.default", dataset: "entra.cross_tenant_default"},
	{file: "graph.crossTenantAccessPolicy.get", dataset: "entra.cross_tenant_policy"},
	{file: "graph.crossTenantAccessPolicy.partner.identitySynchronization", dataset: "entra.cross_tenant_identity_sync",
		scope: exampleTenant},
	{file: "graph.crossTenantAccessPolicy.partner", dataset: "entra.cross_tenant_partners", isOne: true},
	{file: "graph.crossTenantAccessPolicy.partners", dataset: "entra.cross_tenant_partners"},
	{file: "graph.delegatedAdminRelationships", dataset: "gdap.relationships"},
	{file: "graph.deviceManagement.deviceCompliancePolicies", dataset: "intune.compliance_policies"},
	{file: "graph.deviceManagement.deviceCompliancePolicies.windows10", dataset: "intune.compliance_policies"},
	{file: "graph.deviceManagement.deviceConfigurations", dataset: "intune.device_configurations"},
	{file: "graph.deviceManagement.managedDevices", dataset: "intune.managed_devices"},
	{file: "graph.deviceManagement.roleAssignments", dataset: "intune.role_assignments"},
	{file: "graph.deviceManagement.roleDefinitions", dataset: "intune.role_definitions"},
	{file: "graph.devices.list.1", dataset: "entra.devices", add: "id"},
	{file: "graph.domains.list", dataset: "entra.domains"},
	{file: "graph.group.members.1", dataset: "entra.group_members", scope: exampleGroup, gap: codeOtherVersion},
	{file: "graph.groups.list.1", dataset: "entra.groups"},
	{file: "graph.identitySecurityDefaults", dataset: "entra.security_defaults"},
	{file: "graph.oauth2PermissionGrants.list", dataset: "entra.oauth2_grants"},
	{file: "graph.organization.get", dataset: "entra.organization", isOne: true},
	{file: "graph.organization.list", dataset: "entra.organization"},
	{file: "graph.roleManagement.directory.roleAssignments.1", dataset: "entra.role_assignments"},
	{file: "graph.roleManagement.directory.roleDefinitions.1", dataset: "entra.role_definitions"},
	{file: "graph.security.secureScoreControlProfiles", dataset: "defender.control_profiles"},
	{file: "graph.security.secureScores", dataset: "defender.secure_scores"},
	{file: "graph.servicePrincipal.appRoleAssignedTo", dataset: "entra.app_role_assignments", scope: exampleAPI},
	{file: "graph.servicePrincipal.get", dataset: "entra.service_principals", isOne: true},
	{file: "graph.servicePrincipals.list.1", dataset: "entra.service_principals", add: "id"},
	{file: "graph.subscribedSkus", dataset: "entra.subscribed_skus"},
	{file: "graph.users.list.1", dataset: "entra.users"},
}

// placeless are the others, and why nothing of ours is asked for what they answer.
var placeless = map[string]string{
	"CONTRACT.v1.0-types":                                       "Graph's types, no body",
	"arm.keyvault.dataplane.key.get":                            "the data plane is not read: docs/datasets.md",
	"arm.keyvault.dataplane.key.rotationPolicy":                 "the data plane is not read",
	"arm.keyvault.dataplane.keys.list":                          "the data plane is not read",
	"arm.resourcegraph.resources.properties":                    "the rows of a count, no resources",
	"graph.adminConsentRequestPolicy":                           "not asked: no promise is about who is told of a request",
	"graph.deviceManagement.deviceCompliancePolicy.assignments": "not asked: policies count, not whom they are for",
	"graph.groups.delta.1":                                      "changes tell which ids to read anew, and are no documents: TestChanges",
	"graph.users.delta.1":                                       "as above",
	"graph.security.alerts.legacy":                              "the API before alerts_v2, which was retired",
	"graph.servicePrincipal.appRoleAssignments":                 "asked from the other end, at the API: appRoleAssignedTo",
}

// TestOfficialFields: every document of every example has, field by field, what Microsoft's
// page shows, but for what only the answer says and for secrets; each object becomes a
// document, and a page that names a next one is never all.
func TestOfficialFields(t *testing.T) {
	effort.WithoutRace(t)
	dir := filepath.Join("..", "..", "shared", "data", "graph-examples")
	files, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil || len(files) == 0 {
		t.Skipf("Microsoft's example bodies are not here (%v): nothing is compared with them", err)
	}

	placed := map[string]bool{}
	for _, o := range officials {
		placed[o.file] = true
		t.Run(o.file, func(t *testing.T) { o.compare(t, filepath.Join(dir, o.file+".json")) })
	}
	for _, file := range files {
		if name := strings.TrimSuffix(filepath.Base(file), ".json"); placed[name] == (placeless[name] != "") {
			t.Errorf("%s needs a dataset, or a reason for having none", name)
		}
	}
}

// compare reads an example as a page of its dataset, and holds the documents to its objects.
func (o official) compare(t *testing.T, file string) {
	u, page := unitOf(t, o.dataset), o.page(t, file)
	r := u.newReading(o.scope, snapshot.NewSpool(nil, 0))
	objects, wrong := r.objects(page)
	if wrong != nil {
		t.Fatal(wrong)
	}
	if o.add != "" {
		for _, object := range objects {
			object[o.add] = other
		}
	}

	r.begin()
	r.take(page)
	r.end()
	r.finish()
	gap := ""
	if r.evidence != nil {
		gap = r.evidence.Code
	}
	if r.wrong != nil || gap != o.gap || r.pile.Len() != len(objects) || len(objects) == 0 {
		t.Fatalf("%d documents of %d objects, %v, %v; want the gap %q", r.pile.Len(), len(objects), r.wrong, r.evidence, o.gap)
	}

	n := 0
	for doc := range r.pile.All() {
		whole := maps.Clone(doc.Spec)
		maps.Copy(whole, doc.Observed)
		want, got := plainText(&u.Schema.Property, objects[n]), plainText(&u.Schema.Property, whole)
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s: %s", doc.ID, d)
		}
		n++
	}
}

// page is an example as the answer to what we ask.
func (o official) page(t *testing.T, file string) page {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}

	// The examples are of several subscriptions, also within one page.
	v, err := snapshot.Parse([]byte(subscriptionOf.ReplaceAllString(string(data), `"/subscriptions/`+sub1+`/`)))
	if err != nil {
		t.Fatal(err)
	}
	if list, isList := v.([]any); isList { // without its envelope
		return page{"value": list}
	}
	if o.isOne {
		return page{"value": []any{v}}
	}
	return v.(page)
}

func unitOf(t *testing.T, dataset string) Unit {
	t.Helper()
	for _, u := range All() {
		if u.Schema.Dataset == dataset {
			return u
		}
	}
	t.Fatalf("no unit reads %s", dataset)
	return Unit{}
}
