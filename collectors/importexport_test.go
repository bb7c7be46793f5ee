package collectors

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"ringfence/collectors/exports"
	"ringfence/collectors/snapshot"
	"ringfence/internal/effort"
)

// importExport imports files that another tool wrote, and returns what it ignored.
func importExport(t *testing.T, format string, files map[string]string) (snapshot.Snapshot, []string) {
	t.Helper()
	s, ignored, err := tryExport(format, files)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Verify(); err != nil {
		t.Fatal(err)
	}
	return s, ignored
}

func tryExport(format string, files map[string]string) (s snapshot.Snapshot, ignored []string, err error) {
	fsys := fstest.MapFS{}
	for name, data := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(data)}
	}

	s, err = Import(ImportConfig{
		Client: "fabrikam", TenantID: tenant, CollectedAt: savedAt, From: fsys, Format: format, Tool: "test 1",
		Azure:   &Azure{Subscriptions: []string{sub1}},
		Ignored: func(i Ignored) { ignored = append(ignored, i.String()) },
	})
	return s, ignored, err
}

// specs are a dataset's documents, by id.
func specs(t *testing.T, s snapshot.Snapshot, dataset string) map[string]map[string]any {
	t.Helper()
	docs, err := s.Documents(dataset)
	if err != nil {
		t.Fatal(err)
	}

	all := map[string]map[string]any{}
	for _, d := range docs {
		all[d.ID] = d.Spec
	}
	return all
}

// checkNeverComplete: whatever another tool exports, no dataset of it is complete.
func checkNeverComplete(t *testing.T, s snapshot.Snapshot) {
	t.Helper()
	for name, c := range s.Manifest.Datasets {
		if c.Count > 0 && c.Status == snapshot.Complete {
			t.Errorf("%s is complete, with %d documents", name, c.Count)
		}
		if c.Count > 0 && c.Evidence == nil {
			t.Errorf("%s is %s without a reason", name, c.Status)
		}
	}
}

func wantReason(t *testing.T, s snapshot.Snapshot, dataset string, want ...string) {
	t.Helper()
	c := s.Manifest.Datasets[dataset]
	said := fmt.Sprint(c.Evidence)
	for _, scope := range c.Scopes {
		said += fmt.Sprint(scope.Evidence)
	}
	for _, text := range want {
		if !strings.Contains(said, text) {
			t.Errorf("%s: %s, not because of %q", dataset, said, text)
		}
	}
}

func hasScope(c snapshot.Coverage, scope string) bool {
	return slices.ContainsFunc(c.Scopes, func(s snapshot.Scope) bool { return s.Scope == scope })
}

func upper(s string) string { return strings.ToUpper(s) }

// hound is a file of AzureHound with these entries, as its sink writes it.
func hound(entries ...object) string {
	lines := make([]string, len(entries))
	for i, e := range entries {
		lines[i] = "\t\t" + text(e)
	}
	return "{\n\t\"data\": [\n" + strings.Join(lines, ",\n") + "\n\t],\n\t\"meta\": " +
		fmt.Sprintf(`{"type":"azure","version":5,"count":%d}`, len(entries)) + "\n}\n"
}

func entry(kind string, data object) object { return object{"kind": kind, "data": data} }

const (
	user1, group1 = "11111111-aaaa-4000-8000-000000000001", "22222222-aaaa-4000-8000-000000000001"
	role1         = "62e90394-69f5-4237-9190-012177145e10"
	vault1        = "/subscriptions/" + sub1 + "/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/kv1"
)

func houndEntries() []object {
	return []object{
		entry("AZTenant", object{"collected": true, "displayName": "FABRIKAM", "domains": []string{"fabrikam.example"},
			"id": upper("/tenants/" + tenant), "tenantId": upper(tenant)}),
		entry("AZTenant", object{"displayName": "OTHER", "id": upper("/tenants/" + other), "tenantId": upper(other)}),
		entry("AZUser", object{"id": upper(user1), "displayName": "ADELE VANCE", "userType": "Guest", "employeeOrgData": object{},
			"userPrincipalName": "adele@fabrikam.example", "tenantId": upper(tenant), "tenantName": "FABRIKAM"}),
		entry("AZGroup", object{"id": upper(group1), "displayName": "ADMINS", "securityEnabled": true, "tenantId": upper(tenant)}),
		entry("AZGroupMember", object{"groupId": upper(group1), "members": []object{
			{"groupId": upper(group1), "member": object{"@odata.type": "#microsoft.graph.user", "id": upper(user1), "displayName": "Adele"}},
		}}),
		entry("AZRoleAssignment", object{"roleDefinitionId": upper(role1), "tenantId": upper(tenant), "roleAssignments": []object{
			{"id": "lAPpYvVpN0KRkAEhdxReEKsS", "roleDefinitionId": upper(role1), "principalId": upper(user1), "directoryScopeId": "/",
				"directoryScope": object{"id": "", "api": object{}}},
			{"id": "lAPpYvVpN0KRkAEhdxReEAuA", "roleDefinitionId": upper(role1), "principalId": upper(user1), "directoryScopeId": "/",
				"directoryScope": object{"id": group1, "api": object{}}},
		}}),
		entry("AZSubscription", object{"id": upper("/subscriptions/" + sub1), "subscriptionId": upper(sub1), "displayName": "PRODUCTION",
			"state": "Enabled", "tenantId": upper(tenant)}),
		entry("AZKeyVault", object{"id": upper(vault1), "name": "kv1", "location": "westeurope", "type": "Microsoft.KeyVault/vaults",
			"subscriptionId": upper(sub1), "resourceGroup": upper("/subscriptions/" + sub1 + "/resourceGroups/rg"), "tenantId": upper(tenant),
			"properties": object{"tenantId": upper(tenant), "vaultUri": "https://kv1.vault.azure.net/", "sku": object{"family": "A", "name": "standard"},
				"networkAcls": object{}}}),
		entry("AZVM", object{"id": "x"}), entry("AZVM", object{"id": "y"}),
	}
}

// TestAzureHoundOfTwo: a file that holds two tenants gives the client its own alone.
func TestAzureHoundOfTwo(t *testing.T) {
	stranger := entry("AZUser", object{"id": "33333333-AAAA-4000-8000-000000000001", "displayName": "X",
		"userPrincipalName": "x@other.example", "tenantId": upper(other)})
	s, ignored := importExport(t, exports.AzureHound, map[string]string{
		"output.json": hound(append(houndEntries(), stranger)...),
	})

	if users := specs(t, s, "entra.users"); len(users) != 1 || users[user1] == nil {
		t.Errorf("users: %v", users)
	}
	if text := strings.Join(ignored, "\n"); !strings.Contains(text, `1 entries are of another tenant, "`+other+`"`) {
		t.Error(text)
	}
}

func TestImportAzureHound(t *testing.T) {
	effort.WithoutRace(t)
	s, ignored := importExport(t, exports.AzureHound, map[string]string{"output.json": hound(houndEntries()...)})
	checkNeverComplete(t, s)

	want := map[string]map[string]any{user1: {"id": user1, "userType": "Guest", "userPrincipalName": "adele@fabrikam.example"}}
	if d := cmp.Diff(want, specs(t, s, "entra.users")); d != "" {
		t.Error(d)
	}
	wantReason(t, s, "entra.users", "azurehound exports objects without the page", "identities", "displayName", "leaves out what is false")
	wantReason(t, s, "entra.groups", "security-enabled groups only")
	wantReason(t, s, "entra.group_members", "service principals")

	members := specs(t, s, "entra.group_members")
	if len(members) != 1 || !hasScope(s.Manifest.Datasets["entra.group_members"], group1) {
		t.Errorf("%v", members)
	}

	// A role within an administrative unit is not one in the whole tenant.
	assignments := specs(t, s, "entra.role_assignments")
	if a := assignments["lAPpYvVpN0KRkAEhdxReEKsS"]; a["directoryScopeId"] != "/" || a["principalId"] != user1 {
		t.Errorf("%v", a)
	}
	if a := assignments["lAPpYvVpN0KRkAEhdxReEAuA"]; a["directoryScopeId"] != "/administrativeUnits/"+group1 {
		t.Errorf("%v", a)
	}

	// What AzureHound leaves out may be false: it lacks, and is no documented absence.
	schema, _ := snapshot.SchemaFor("keyvault.vaults")
	if p := schema.Properties["properties"].Properties["enableSoftDelete"]; p.Presence != snapshot.Absent {
		t.Fatal("the vault's schema documents no absence any more")
	}
	vault := specs(t, s, "keyvault.vaults")[strings.ToLower(vault1)]
	properties, _ := vault["properties"].(map[string]any)
	if _, has := properties["enableSoftDelete"]; has || properties["tenantId"] != tenant || vault["subscriptionId"] != nil {
		t.Errorf("%v", vault)
	}

	if !slices.ContainsFunc(ignored, func(i string) bool { return strings.Contains(i, `2 entries of the kind "AZVM"`) }) {
		t.Errorf("ignored %v", ignored)
	}
}

// TestImportAzureHoundCut: a file that ends early, or counts otherwise, is told of, and
// what it holds is read.
func TestImportAzureHoundCut(t *testing.T) {
	effort.WithoutRace(t)
	whole := hound(houndEntries()...)
	for name, tc := range map[string]struct{ file, want string }{
		"cut":         {whole[:strings.Index(whole, `{"data":{"id":"y"}`)], "it is cut, or no JSON"},
		"count":       {strings.Replace(whole, `"count":10`, `"count":12`, 1), "it says 12 entries, and holds 10"},
		"another one": {whole, ""},
	} {
		s, ignored := importExport(t, exports.AzureHound, map[string]string{"a.json": tc.file})
		if !strings.Contains(strings.Join(ignored, "\n"), tc.want) || s.Manifest.Datasets["entra.users"].Count != 1 {
			t.Errorf("%s: %v", name, ignored)
		}
	}

	for _, file := range []string{`[]`, `{"x":1}`, `{"data":{}}`, ``} {
		if _, _, err := tryExport(exports.AzureHound, map[string]string{"a.json": file}); err == nil {
			t.Errorf("%q: an organization, out of nothing", file)
		}
	}
}

func scubaExport() object {
	return object{
		"baseline_version": "1",
		"tenant_details": []object{{"DisplayName": "Fabrikam", "TenantId": tenant, "AADAdditionalData": object{
			"Id": tenant, "DisplayName": "Fabrikam", "CreatedDateTime": "/Date(1613679244000)/",
			"VerifiedDomains": object{"Name": "fabrikam.example", "IsDefault": true},
		}}},
		// ConvertTo-Json without -Depth cuts below two levels.
		"authorization_policies": []object{{"Id": "authorizationPolicy", "AllowInvitesFrom": "everyone", "AllowedToUseSSPR": nil,
			"DefaultUserRolePermissions": "@{AllowedToCreateApps=True; AllowedToReadOtherUsers=True}"}},
		"domain_settings":           object{"Id": "fabrikam.example", "IsVerified": true, "SupportedServices": object{"value": []string{"Email"}, "Count": 1}},
		"license_information":       []object{{"SkuId": "x"}},
		"aad_unsuccessful_commands": []string{"Get-PrivilegedRole"},
		"privileged_roles":          []object{},
	}
}

func TestImportScubaGear(t *testing.T) {
	effort.WithoutRace(t)
	for name, file := range map[string]string{
		"ProviderSettingsExport.json":       text(scubaExport()),
		"out/ScubaResults_0011-2233.json":   text(object{"MetaData": object{}, "Raw": scubaExport()}),
		"utf16/ProviderSettingsExport.json": string(inUTF16(text(scubaExport()), binary.LittleEndian, true)),
	} {
		s, ignored := importExport(t, exports.ScubaGear, map[string]string{name: file})
		checkNeverComplete(t, s)

		org := specs(t, s, "entra.organization")[tenant]
		domains, _ := org["verifiedDomains"].([]any)
		if org["createdDateTime"] != "2021-02-18T20:14:04Z" || len(domains) != 1 {
			t.Errorf("%s: organization %v", name, org)
		}

		policy := specs(t, s, "entra.authorization_policy")["default"]
		if _, has := policy["defaultUserRolePermissions"]; has || policy["allowInvitesFrom"] != "everyone" {
			t.Errorf("%s: policy %v", name, policy)
		}
		if v, has := policy["allowedToUseSSPR"]; v != nil || !has {
			t.Errorf("%s: null is the API's, where a tool passes it on: %v", name, policy)
		}
		wantReason(t, s, "entra.authorization_policy", "cut off were /defaultUserRolePermissions", "beta")

		if d := specs(t, s, "entra.domains")["fabrikam.example"]; !cmp.Equal(d["supportedServices"], []any{"Email"}) {
			t.Errorf("%s: domain %v", name, d)
		}
		if c := s.Manifest.Datasets["entra.role_assignment_instances"]; c.Status != snapshot.Failed || c.Holds() {
			t.Errorf("%s: what failed is no empty list: %+v", name, c)
		}
		if !strings.Contains(strings.Join(ignored, "\n"), "license_information") {
			t.Errorf("%s: ignored %v", name, ignored)
		}
	}
}

func TestImportEntraExporter(t *testing.T) {
	effort.WithoutRace(t)
	utf16 := func(o object) string { return string(inUTF16(text(o), binary.LittleEndian, true)) }
	s, ignored := importExport(t, exports.EntraExporter, map[string]string{
		"Organization/Organization.json":                                            utf16(object{"id": tenant, "displayName": "Fabrikam"}),
		"Users/" + user1 + "/" + user1 + ".json":                                    text(object{"id": user1, "userType": nil, "userPrincipalName": "a@x", "extensions": []any{}}),
		"Groups/" + group1 + "/" + group1 + ".json":                                 text(object{"id": group1, "securityEnabled": true}),
		"Groups/" + group1 + "/Members/" + user1 + "/" + user1 + ".json":            text(object{"id": user1, "@odata.type": "#microsoft.graph.user"}),
		"RoleManagement/Exchange/RoleDefinitions/x/x.json":                          text(object{"id": "x"}),
		"Policies/AuthorizationPolicy/authorizationPolicy/authorizationPolicy.json": text(object{"id": "authorizationPolicy", "allowInvitesFrom": "none"}),
		"README.md": "hello",
	})
	checkNeverComplete(t, s)

	if u := specs(t, s, "entra.users")[user1]; u["userPrincipalName"] != "a@x" || u["extensions"] != nil {
		t.Errorf("%v", u)
	}
	wantReason(t, s, "entra.users", "beta", "CloudUsersAndGroupsOnly")
	wantReason(t, s, "entra.group_members", "service principals", "userPrincipalName and displayName")
	if c := s.Manifest.Datasets["entra.group_members"]; c.Count != 1 || !hasScope(c, group1) {
		t.Errorf("%+v", c)
	}
	if all := strings.Join(ignored, "\n"); !strings.Contains(all, "RoleManagement/*/RoleDefinitions") || !strings.Contains(all, "README.md") {
		t.Errorf("ignored %s", all)
	}
}

func TestImportAzCLI(t *testing.T) {
	effort.WithoutRace(t)
	account := "/subscriptions/" + sub1 + "/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/sa1"
	s, ignored := importExport(t, exports.AzCLI, map[string]string{
		"entra.organization.json": text(value(organizationOf(tenant))), // az rest
		"account-list.json": text([]object{
			{"cloudName": "AzureCloud", "homeTenantId": tenant, "id": sub1, "isDefault": true, "managedByTenants": []any{},
				"name": "Production", "state": "Enabled", "tenantId": tenant, "user": object{"name": "a@x", "type": "user"}},
			{"id": sub2, "name": "Not ours", "state": "Enabled", "tenantId": other},
		}),
		// Flat, where the API has properties.
		"storage-account-list.json": text([]object{{"id": account, "name": "sa1", "location": "westeurope", "kind": "StorageV2",
			"resourceGroup": "rg", "allowBlobPublicAccess": false, "minimumTlsVersion": nil, "tags": object{},
			"encryption": object{"keySource": "Microsoft.Keyvault", "requireInfrastructureEncryption": nil}, "type": "Microsoft.Storage/storageAccounts"}}),
		// Without a resource group, no properties.
		"keyvault-list.json":                text([]object{{"id": vault1, "name": "kv1", "location": "westeurope", "resourceGroup": "rg", "tags": object{}, "type": "Microsoft.KeyVault/vaults"}}),
		"azure.locations/" + sub1 + ".json": text(value()), // az rest
		"disk-encryption-set-list.json":     `[]`,
		"vm-list.json":                      `[]`,
	})

	if c := s.Manifest.Datasets["entra.organization"]; c.Status != snapshot.Complete {
		t.Errorf("what az rest passed on is an answer: %+v", c)
	}
	if c := s.Manifest.Datasets["azure.subscriptions"]; c.Count != 1 || c.Status != snapshot.Partial {
		t.Errorf("%+v", c)
	}
	if sub := specs(t, s, "azure.subscriptions")[sub1]; sub["displayName"] != "Production" || sub["id"] != "/subscriptions/"+sub1 {
		t.Errorf("%v", sub)
	}

	got := specs(t, s, "azure.storage_accounts")[strings.ToLower(account)]
	properties, _ := got["properties"].(map[string]any)
	if properties["allowBlobPublicAccess"] != false || got["allowBlobPublicAccess"] != nil || got["resourceGroup"] != nil {
		t.Errorf("%v", got)
	}
	if _, has := properties["minimumTlsVersion"]; has {
		t.Errorf("null of the Azure CLI says nothing: %v", got)
	}

	if v := specs(t, s, "keyvault.vaults")[strings.ToLower(vault1)]; v == nil || v["properties"] != nil {
		t.Errorf("%v", v)
	}
	wantReason(t, s, "azure.subscriptions", "last sign-in")

	all := strings.Join(ignored, "\n")
	for _, want := range []string{"1 subscriptions are of other tenants", "vm-list.json", "disk-encryption-set-list.json"} {
		if !strings.Contains(all, want) {
			t.Errorf("ignored %s, without %q", all, want)
		}
	}
}

// TestImportOfSeveralParents: what is read at documents of several datasets is put to the
// one that its id names, and not to the first kind of them.
func TestImportOfSeveralParents(t *testing.T) {
	inSub := "/subscriptions/" + sub1
	hsm := inSub + "/resourceGroups/rg/providers/Microsoft.KeyVault/managedHSMs/hsm1"
	const setting = "/providers/Microsoft.Insights/diagnosticSettings/all"
	s, ignored := importExport(t, exports.AzCLI, map[string]string{
		"entra.organization.json": text(value(organizationOf(tenant))),
		"keyvault.keys.json": text([]object{
			{"id": vault1 + "/keys/k1", "name": "k1"}, {"id": hsm + "/keys/k2", "name": "k2"}, {"id": inSub, "name": "no key"}}),
		"azure.diagnostic_settings.json": text([]object{
			{"id": inSub + setting, "name": "all"}, {"id": vault1 + setting, "name": "all"}}),
		"azure.diagnostic_settings/%2Fproviders%2Fmicrosoft.aadiam.json": text([]object{}),
	})

	for dataset, want := range map[string][]string{
		"keyvault.keys":             {strings.ToLower(vault1), strings.ToLower(hsm)},
		"azure.diagnostic_settings": {sub1, "/providers/microsoft.aadiam", strings.ToLower(vault1)},
	} {
		var read []string
		for _, c := range s.Manifest.Datasets[dataset].Scopes {
			if c.Status != snapshot.Skipped {
				read = append(read, c.Scope)
			}
		}
		if slices.Sort(read); !slices.Equal(read, slices.Sorted(slices.Values(want))) {
			t.Errorf("%s is read at %v, want %v", dataset, read, want)
		}
	}
	const want = "1 objects do not say which of keyvault.vaults or keyvault.managed_hsms they are of"
	if all := strings.Join(ignored, "\n"); !strings.Contains(all, want) {
		t.Error(all)
	}
}

func TestImportPowerShell(t *testing.T) {
	effort.WithoutRace(t)
	s, _ := importExport(t, exports.PowerShell, map[string]string{
		// One object, unrolled.
		"Get-MgOrganization.json": string(inUTF16(text(object{"Id": tenant, "DisplayName": "Fabrikam", "City": nil,
			"VerifiedDomains": "System.Object[]", "AdditionalProperties": object{}}), binary.LittleEndian, true)),
		// An array of Windows PowerShell.
		"Get-MgUser.json": text(object{"value": []object{
			{"Id": user1, "UserPrincipalName": "a@x", "UserType": nil, "AccountEnabled": true, "Identities": object{"Issuer": "x"},
				"CreatedDateTime": "/Date(1613679244500+0100)/", "AuthorizationInfo": object{"CertificateUserIds": nil},
				"Manager": "Microsoft.Graph.PowerShell.Models.MicrosoftGraphDirectoryObject", "AdditionalProperties": object{"newProperty": true}},
		}, "Count": 1}),
		"Get-MgGroupMember/" + group1 + ".json": text([]object{{"Id": user1, "DeletedDateTime": nil,
			"AdditionalProperties": object{"@odata.type": "#microsoft.graph.user", "displayName": "Adele"}}}),
		"get-mgbetasubscribedsku.json": text(value(sku("one"))), // Invoke-MgGraphRequest
	})

	users := specs(t, s, "entra.users")
	want := map[string]map[string]any{user1: {
		"id": user1, "userPrincipalName": "a@x", "accountEnabled": true, "identities": []any{map[string]any{"issuer": "x"}},
		"createdDateTime": "2021-02-18T20:14:04.500Z", "newProperty": true,
	}}
	if d := cmp.Diff(want, users); d != "" {
		t.Error(d)
	}
	wantReason(t, s, "entra.users", "/manager", "none has", "userType", "null says nothing")
	wantReason(t, s, "entra.organization", "cut off were /verifiedDomains")

	if m := specs(t, s, "entra.group_members")[group1+"/"+user1]; m["@odata.type"] != "#microsoft.graph.user" {
		t.Errorf("%v", m)
	}
	if c := s.Manifest.Datasets[skus]; c.Status != snapshot.Complete {
		t.Errorf("a page as the API answered it: %+v", c)
	}
}

// TestFormats: each is one that Import knows, and an unknown one is refused.
func TestFormats(t *testing.T) {
	effort.WithoutRace(t)
	if _, _, err := tryExport("excel", nil); err == nil || !strings.Contains(err.Error(), "azurehound") {
		t.Error(err)
	}
	if got := Formats(); got[0] != FormatSaved || len(got) != 6 {
		t.Error(got)
	}
}

// FuzzExport: whatever a file of another tool holds, nothing of its bare objects is
// complete, and what is in the snapshot verifies.
func FuzzExport(f *testing.F) {
	names := map[string]string{
		exports.AzureHound: "a.json", exports.ScubaGear: "ProviderSettingsExport.json", exports.AzCLI: "storage-account-list.json",
		exports.EntraExporter: "Users/x/x.json", exports.PowerShell: "Get-MgUser.json",
	}
	formats := slices.Sorted(maps.Keys(names))
	f.Add(0, hound(houndEntries()...))
	f.Add(1, hound(houndEntries()...))
	f.Add(2, text(object{"id": user1}))
	f.Add(3, text(object{"value": []object{{"Id": user1, "Identities": "System.Object[]"}}, "Count": 1}))
	f.Add(4, text(scubaExport()))
	f.Add(1, `[{"id":"/subscriptions/x/y","encryption":{"a":null}}]`)

	f.Fuzz(func(t *testing.T, n int, data string) {
		format := formats[uint(n)%uint(len(formats))]
		files := map[string]string{names[format]: data}
		for name, file := range map[string]string{ // an organization, so that there is a snapshot
			exports.AzureHound:    hound(houndEntries()[0]),
			exports.ScubaGear:     text(scubaExport()),
			exports.EntraExporter: text(object{"id": tenant}),
			exports.PowerShell:    text(object{"Id": tenant}),
			exports.AzCLI:         text([]object{{"id": tenant}}),
		} {
			if name == format {
				files[map[string]string{
					exports.AzureHound: "org.json", exports.ScubaGear: "o/ProviderSettingsExport.json",
					exports.EntraExporter: "Organization/Organization.json", exports.PowerShell: "Get-MgOrganization.json",
					exports.AzCLI: "entra.organization.json",
				}[format]] = file
			}
		}

		s, _, err := tryExport(format, files)
		if err != nil {
			return
		}
		if err := s.Verify(); err != nil {
			t.Error(err)
		}
		var v any
		isPage := json.Unmarshal([]byte(data), &v) == nil && strings.Contains(data, `"value"`)
		for name, c := range s.Manifest.Datasets {
			if c.Status == snapshot.Complete && c.Count > 0 && !isPage {
				t.Errorf("%s is complete: %s", name, data)
			}
		}
	})
}
