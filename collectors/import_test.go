package collectors

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"ringfence/collectors/snapshot"
	"ringfence/internal/effort"
)

var savedAt = time.Date(2026, 11, 22, 7, 0, 0, 500, time.UTC)

func text(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}

func value(items ...object) object {
	if items == nil {
		items = []object{}
	}
	return object{"value": items}
}

// savedFiles is a folder that proves everything about one subscription.
func savedFiles() map[string]string {
	return map[string]string{
		"entra.organization.json":                  text(value(organizationOf(tenant))),
		"entra.authorization_policy.json":          text(authorizationPolicy()),
		"entra.subscribed_skus.json":               text([]object{value(sku("one")), value(sku("two"))}),
		"azure.subscriptions.json":                 text(value(subscription(sub1))),
		"azure.caller_access/" + sub1 + ".json":    text(value(assignment(sub1, "/"))),
		"azure.role_definitions/" + sub1 + ".json": text(value(definition(sub1, []any{"*/read"}, nil))),
		"keyvault.vaults/" + sub1 + ".json":        text(value()),
	}
}

func importFiles(files map[string]string, azure *Azure) (snapshot.Snapshot, error) {
	fsys := fstest.MapFS{}
	for name, data := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(data)}
	}
	return Import(ImportConfig{Client: "fabrikam", TenantID: tenant, CollectedAt: savedAt, Azure: azure, From: fsys, Tool: "test 1"})
}

func TestImport(t *testing.T) {
	declared := &Azure{Subscriptions: []string{sub1}}
	const skusFile, vaults = "entra.subscribed_skus.json", "keyvault.vaults"
	for _, tc := range []struct {
		name    string
		set     func(f map[string]string)
		azure   *Azure
		dataset string
		want    string // as inShort, then count and pages
		code    string
	}{
		{"pages", nil, declared, skus, "complete 2 2", ""},
		{"a list body", func(f map[string]string) { f[skusFile] = text(value(sku("one"))) }, declared, skus, "complete 1 1", ""},
		{"objects", func(f map[string]string) { f[skusFile] = text([]object{sku("one"), sku("two")}) }, declared, skus, "partial 2 1", "envelope_missing"},
		{"no page", func(f map[string]string) { f[skusFile] = `[]` }, declared, skus, "error 0 0", "envelope_missing"},
		{"a single object", func(f map[string]string) { f[skusFile] = text(sku("one")) }, declared, skus, "partial 1 1", "envelope_missing"},
		{"pages and objects", func(f map[string]string) { f[skusFile] = text([]object{value(), sku("one")}) }, declared, skus, "error 0 0", "malformed_answer"},
		{"not the last page", func(f map[string]string) {
			f[skusFile] = text(object{"value": []object{sku("one")}, "@odata.nextLink": "https://x/"})
		}, declared, skus, "partial 1 1", "last_page_missing"},
		{"a saved error", func(f map[string]string) {
			f[skusFile] = text(object{"error": object{"code": "Authorization_RequestDenied", "message": "no"}})
		}, declared, skus, "error 0 0", "Authorization_RequestDenied"},
		{"an error after a page", func(f map[string]string) {
			f[skusFile] = text([]object{value(sku("one")), {"error": object{"code": "Internal"}}})
		}, declared, skus, "partial 1 1", "Internal"},
		{"half a file", func(f map[string]string) { f[skusFile] = `{"value":[` }, declared, skus, "error 0 0", "malformed_answer"},
		{"duplicate keys", func(f map[string]string) { f[skusFile] = `{"value":[],"value":[]}` }, declared, skus, "error 0 0", "malformed_answer"},
		{"one object twice", func(f map[string]string) { f[skusFile] = text(value(sku("one"), sku("one"))) }, declared, skus, "complete 1 1", ""},
		{"one id, two contents", func(f map[string]string) { f[skusFile] = text(value(sku("one"), with(sku("one"), "x", 1))) }, declared, skus, "error 0 1", "duplicate_id"},
		{"a number", func(f map[string]string) { f[skusFile] = `7` }, declared, skus, "error 0 0", "malformed_answer"},
		{"no file", func(f map[string]string) { delete(f, skusFile) }, declared, skus, "skipped 0 0", "no_file"},
		{"a singleton", nil, declared, "entra.authorization_policy", "complete 1 1", ""},
		{"two singletons", func(f map[string]string) { f["entra.authorization_policy.json"] = `[{},{}]` }, declared, "entra.authorization_policy", "error 0 0", "malformed_answer"},
		{"proven", nil, declared, vaults, "complete 1=complete 0 1", ""},
		{"no dataset files", nil, declared, "azure.locations", "skipped 0 0", "no_file"},
		{"no caller_access", func(f map[string]string) { delete(f, "azure.caller_access/"+sub1+".json") }, declared, vaults,
			"denied 1=denied(visibility_unproven) 0 1", "visibility_unproven"},
		{"no role_definitions", func(f map[string]string) { delete(f, "azure.role_definitions/"+sub1+".json") }, declared, vaults,
			"denied 1=denied(visibility_unproven) 0 1", "visibility_unproven"},
		{"no subscriptions", func(f map[string]string) { delete(f, "azure.subscriptions.json") }, declared, vaults,
			"denied *=skipped(no_file) 1=denied(visibility_unproven) 0 1", "no_file"},
		{"a declared subscription without files", nil, &Azure{Subscriptions: []string{sub1, sub2}}, vaults,
			"partial 1=complete 2=denied(visibility_unproven) 0 1", "visibility_unproven"},
		{"a seen subscription without a file", func(f map[string]string) {
			f["azure.subscriptions.json"] = text(value(subscription(sub1), subscription(sub2)))
		}, &Azure{Subscriptions: []string{sub1, sub2}}, vaults, "partial 1=complete 2=skipped(no_file) 0 1", "no_file"},
		{"no azure block", nil, nil, vaults, "partial *=denied(visibility_unproven) 1=complete 0 1", "visibility_unproven"},
		{"none declared", func(f map[string]string) {
			for name := range f {
				if strings.Contains(name, sub1) {
					delete(f, name)
				}
			}
			f["azure.subscriptions.json"] = text(value())
		}, &Azure{None: true}, vaults, "complete 0 0", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			files := savedFiles()
			if tc.set != nil {
				tc.set(files)
			}

			s, err := importFiles(files, tc.azure)
			if err != nil {
				t.Fatal(err)
			}

			if err := s.Verify(); err != nil {
				t.Fatal(err)
			}

			c := s.Manifest.Datasets[tc.dataset]
			if got := fmt.Sprintf("%s %d %d", inShort(c), c.Count, c.Pages); got != tc.want {
				t.Errorf("%s, want %s (%v)", got, tc.want, c.Evidence)
			}

			if (c.Evidence == nil) != (tc.code == "") || c.Evidence != nil && c.Evidence.Code != tc.code {
				t.Errorf("evidence %v, want %q", c.Evidence, tc.code)
			}

			if s.Manifest.CollectedAt != "2026-11-22T07:00:01Z" || c.Requests != 0 {
				t.Errorf("collected_at %s, %d requests", s.Manifest.CollectedAt, c.Requests)
			}
		})
	}
}

func TestImportRefuses(t *testing.T) {
	for _, tc := range []struct {
		name  string
		set   func(f map[string]string)
		azure *Azure
		want  string
	}{
		{"no organization", func(f map[string]string) { delete(f, "entra.organization.json") }, nil, "there is no entra.organization.json"},
		{"another tenant's", func(f map[string]string) { f["entra.organization.json"] = text(value(organizationOf(other))) }, nil, "wrong tenant"},
		{"half an organization", func(f map[string]string) { f["entra.organization.json"] = `{` }, nil, "entra.organization"},
		{"one parent twice", func(f map[string]string) { f["keyvault.vaults/"+strings.ToUpper(sub1)+".json"] = "[]" }, nil, "same parent"},
		{"none declared, one saved", nil, &Azure{None: true}, sub1},
	} {
		files := savedFiles()
		if tc.set != nil {
			tc.set(files)
		}
		if s, err := importFiles(files, tc.azure); err == nil || !strings.Contains(err.Error(), tc.want) || s.Raw != nil {
			t.Errorf("%s: %v", tc.name, err)
		}
	}

	var wrong *WrongTenantError
	files := savedFiles()
	files["entra.organization.json"] = text(organizationOf(other))
	if _, err := importFiles(files, nil); !errors.As(err, &wrong) {
		t.Errorf("%v", err)
	}
}

// TestImportIsRun: the same answers make the same documents on both ways.
func TestImportIsRun(t *testing.T) {
	f := full(t, sub1)
	f.answers["/graph/v1.0/subscribedSkus"] = listOf(sku("one"), sku("two"))
	run := mustRun(t, f.config(sub1))

	files, err := importFiles(savedFiles(), &Azure{Subscriptions: []string{sub1}})
	if err != nil {
		t.Fatal(err)
	}

	for _, d := range []string{"entra.organization", skus, "entra.authorization_policy", "azure.subscriptions", "keyvault.vaults"} {
		a, b := run.Manifest.Datasets[d], files.Manifest.Datasets[d]
		if a.Digest != b.Digest || a.Status != b.Status || a.Proof != b.Proof {
			t.Errorf("%s: %+v, %+v", d, a, b)
		}
	}
}

var subscriptionOf = regexp.MustCompile(`"/subscriptions/[^/"]+/`)

// TestOfficialExamples imports response bodies of Microsoft's reference.
func TestOfficialExamples(t *testing.T) {
	effort.WithoutRace(t)
	const from = "testdata/examples/"
	files := savedFiles()
	for name, example := range map[string]string{
		"entra.subscribed_skus.json":              "graph.subscribedSkus.json",
		"entra.authorization_policy.json":         "graph.authorizationPolicy.json",
		"azure.locations/" + sub1 + ".json":       "arm.subscriptions.locations.json",
		"keyvault.vaults/" + sub1 + ".json":       "arm.keyvault.vaults.listBySubscription.json",
		"keyvault.managed_hsms/" + sub1 + ".json": "arm.keyvault.managedHSMs.listBySubscription.json",
	} {
		b, err := os.ReadFile(from + example)
		if err != nil {
			t.Fatal(err)
		}
		files[name] = string(b)
	}

	for name, body := range files { // the examples are of several subscriptions
		files[name] = subscriptionOf.ReplaceAllString(body, `"/subscriptions/`+sub1+`/`)
	}

	s, err := importFiles(files, &Azure{Subscriptions: []string{sub1}})
	if err != nil {
		t.Fatal(err)
	}

	got := map[string]string{}
	for name, c := range s.Manifest.Datasets {
		if c.Pages > 0 {
			got[name] = fmt.Sprintf("%s %d", c.Status, c.Count)
		}
	}

	want := map[string]string{
		"entra.organization": "complete 1", "entra.subscribed_skus": "complete 2", "entra.authorization_policy": "complete 1",
		"azure.subscriptions": "complete 1", "azure.caller_access": "complete 1", "azure.role_definitions": "complete 1",
		"azure.locations": "partial 2", "keyvault.vaults": "partial 1", "keyvault.managed_hsms": "partial 2", // an array without its page; these two name a next page
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("%s: %v", d, s.Manifest.Datasets["azure.locations"])
	}
}

// TestNoPageIsNoList: an answer without a page and without a reason proves nothing.
func TestNoPageIsNoList(t *testing.T) {
	for _, u := range All() {
		if p := u.judge(answer{}); p.status != snapshot.Failed || p.evidence == nil {
			t.Errorf("%s: %+v", u.Schema.Dataset, p)
		}
	}
}

func FuzzImport(f *testing.F) {
	for name, data := range savedFiles() {
		f.Add(name, []byte(data))
	}

	f.Add("entra.subscribed_skus.json", []byte(`[{"value":[]},{"id":"x"}]`))
	f.Add("azure.resources/%2e%2e.json", []byte(`{"value":[{"id":null}]}`))

	page := `{"value":[` + text(sku("one")) + `]`
	for _, e := range envelopes {
		f.Add(skus+".json", []byte(page+","+e.member+"}"))
	}

	f.Add(skus+".json", []byte("\xef\xbb\xbf"+page+"}"))
	f.Add(skus+".json", inUTF16(page+"}", binary.LittleEndian, true))
	f.Add(skus+".json", inUTF16(page+"}", binary.BigEndian, false))
	f.Add("azure.lighthouse_assignments/%2Fsubscriptions%2F"+sub1+"%2FresourceGroups%2FRG.json", []byte(`{"value":[]}`))
	f.Add("azure.caller_access/"+strings.ToUpper(sub1)+".json", []byte(`{"value":[]}`))

	f.Fuzz(func(t *testing.T, name string, data []byte) {
		files := savedFiles()
		files[name] = string(data)
		if !fsValid(files) {
			t.Skip()
		}

		s, err := importFiles(files, &Azure{Subscriptions: []string{sub1, sub2}})
		if err != nil {
			return
		}

		if err := s.Verify(); err != nil {
			t.Error(err)
		}

		if _, err := snapshot.ParseManifest(s.Raw); err != nil {
			t.Error(err)
		}

		checkCoverage(t, s, files)

		if c := s.Manifest.Datasets["keyvault.vaults"]; slices.Contains(c.CompleteScopes(), sub2) || c.CompleteEverywhere() {
			t.Errorf("complete for a subscription that nobody saw: %+v", c)
		}
	})
}

// checkCoverage: whatever was imported, the coverage agrees with itself and with
// the documents, and a file that says that it is not whole is not complete.
func checkCoverage(t *testing.T, s snapshot.Snapshot, files map[string]string) {
	for name, c := range s.Manifest.Datasets {
		schema := snapshot.Schemas()[name]
		docs, err := s.Documents(name)
		if err != nil {
			t.Error(err)
		}

		var scopes, parents []string
		for _, d := range docs {
			scopes = append(scopes, d.Scope)
			if schema.Parent != "" && schema.CheckPlace(d.ID, d.Scope) != nil || schema.CheckKind(d) != nil {
				t.Errorf("%s: %s in %s", name, d.ID, d.Scope)
			}
		}

		above, _ := s.Documents(schema.Parent)
		for _, d := range above {
			if asks, known := schema.Asks(d); asks || !known {
				parents = append(parents, d.ID)
			}
		}

		if problem := c.Contradiction(schema, parents); problem != "" || c.CheckScopes(schema, scopes) != nil {
			t.Errorf("%s: %s, %v: %+v", name, problem, c.CheckScopes(schema, scopes), c)
		}
	}

	p, err := snapshot.ParseObject([]byte(files[skus+".json"]))
	if err != nil || s.Manifest.Datasets[skus].Status != snapshot.Complete {
		return
	}

	for name, v := range p {
		kind := memberKinds[snapshot.Spelling(name)]
		if isBad := kind == nextMember || kind == errorMember; isBad && v != nil && v != "" && !nothing(v) {
			t.Errorf("complete, and it says %s: %v", name, v)
		}
	}
}

// fsValid: valid paths, and no file that is also a folder.
func fsValid(files map[string]string) bool {
	for name := range files {
		if !fs.ValidPath(name) || name == "." {
			return false
		}
		for other := range files {
			if strings.HasPrefix(other, name+"/") {
				return false
			}
		}
	}

	return true
}

// TestIgnored: files that nothing reads are named, with what may have been
// meant; a strict import refuses them.
func TestIgnored(t *testing.T) {
	for _, tc := range []struct{ file, nearest string }{
		{"entra.user.json", "entra.users.json"},
		{"Entra.Users.json", "entra.users.json"},
		{"users.json", "entra.users.json"},
		{"notes.txt", ""},
		{"entra.users", "entra.users.json"},
		{"azure.resources.json", "azure.resources/<id of azure.subscriptions>.json"},
		{"entra.organization/x.json", "entra.organization.json"},
		{"keyvault.vault/" + sub1 + ".json", "keyvault.vaults/<id of azure.subscriptions>.json"},
		{"azure.resources/%61.json", "azure.resources/<id of azure.subscriptions>.json"},
		{"azure.resources/a/b.json", "azure.resources/<id of azure.subscriptions>.json"},
		{"azure.resources/" + sub1 + ".txt", "azure.resources/<id of azure.subscriptions>.json"},
		{"azure.resources/" + sub2 + ".json", ""}, // of a parent that is not listed
	} {
		fsys := fstest.MapFS{}
		for name, data := range savedFiles() {
			fsys[name] = &fstest.MapFile{Data: []byte(data)}
		}

		fsys[tc.file] = &fstest.MapFile{Data: []byte(`{"value":[]}`)}
		var got []Ignored
		cfg := ImportConfig{Client: "fabrikam", TenantID: tenant, CollectedAt: savedAt, From: fsys, Ignored: func(i Ignored) { got = append(got, i) }}
		if _, err := Import(cfg); err != nil {
			t.Fatal(err)
		}

		if len(got) != 1 || !strings.HasPrefix(tc.file, got[0].File) || got[0].Nearest != tc.nearest || got[0].Why == "" {
			t.Errorf("%s: %+v", tc.file, got)
		}

		cfg.Strict = true
		var wrong *ConfigError
		if _, err := Import(cfg); !errors.As(err, &wrong) || !strings.Contains(err.Error(), got[0].File) {
			t.Errorf("%s, strict: %v", tc.file, err)
		}
	}
}

// TestFileNames: GUIDs and ARM ids name a parent in any case, and in any escapes.
func TestFileNames(t *testing.T) {
	const server, dataset = "/subscriptions/" + sub1 + "/resourceGroups/RG-Core/providers/Microsoft.Sql/servers/S1", "azure.sql_encryption_protectors"
	for _, name := range []string{snapshot.ScopeFile(server), strings.ToUpper(snapshot.ScopeFile(server)), strings.ToLower(snapshot.ScopeFile(server))} {
		files := savedFiles()
		files["azure.sql_servers/"+strings.ToUpper(sub1)+".json"] = text(value(object{"id": server, "name": "S1"}))
		files[dataset+"/"+name+".json"] = text(value(object{"id": server + "/encryptionProtector/current", "properties": object{}}))
		s, err := importFiles(files, &Azure{Subscriptions: []string{sub1}})
		if err != nil {
			t.Fatal(err)
		}

		c := s.Manifest.Datasets[dataset]
		if c.Status != snapshot.Complete || c.Count != 1 || len(c.Scopes) != 1 || c.Scopes[0].Scope != strings.ToLower(server) {
			t.Errorf("%s: %+v", name, c)
		}
	}
}

// TestDelegationsInSeveralFiles: the lists of resource groups may lie beside
// that of their subscription; then each must be there.
func TestDelegationsInSeveralFiles(t *testing.T) {
	const dataset, group = "azure.lighthouse_assignments", "/subscriptions/" + sub1 + "/resourceGroups/RG"
	id := func(at string, n int) object {
		return object{"id": fmt.Sprintf("%s/providers/Microsoft.ManagedServices/registrationAssignments/%d", at, n), "properties": object{}}
	}
	of := func(at string) string { return dataset + "/" + snapshot.ScopeFile(at) + ".json" }
	own, sub := of(sub1), "/subscriptions/"+sub1
	for _, tc := range []struct {
		name  string
		files map[string]string
		want  string
		n     int
	}{
		{"one file", map[string]string{own: text(value(id(sub, 1)))}, "complete 1=complete", 1},
		{"a file by the ARM id", map[string]string{of(sub): text(value(id(sub, 1)))}, "complete 1=complete", 1},
		{"a file each", map[string]string{own: text(value(id(sub, 1))), of(group): text(value(id(group, 2)))}, "complete 1=complete", 2},
		{"the group's alone", map[string]string{of(group): text(value(id(group, 2)))}, "partial 1=partial(no_file)", 1},
		{"another group's", map[string]string{own: text(value()), of(group + "2"): text(value())}, "partial 1=partial(no_file)", 0},
		{"the group's is cut", map[string]string{own: text(value()), of(group): text(with(value(), "nextLink", "x"))}, "partial 1=partial(last_page_missing)", 0},
	} {
		files := savedFiles()
		files["azure.resource_groups/"+sub1+".json"] = text(value(object{"id": group, "name": "RG", "location": "x"}))
		for name, data := range tc.files {
			files[name] = data
		}

		s, err := importFiles(files, &Azure{Subscriptions: []string{sub1}})
		if err != nil {
			t.Fatal(err)
		}

		if c := s.Manifest.Datasets[dataset]; inShort(c) != tc.want || c.Count != tc.n {
			t.Errorf("%s: %s, %d", tc.name, inShort(c), c.Count)
		}
	}
}
