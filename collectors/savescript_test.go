package collectors

import (
	"slices"
	"strings"
	"testing"

	"ringfence/collectors/snapshot"
	"ringfence/internal/effort"
)

// TestSaveScripts: each script saves every file that is expected, in both tenants, and
// sends nothing but GETs and queries.
func TestSaveScripts(t *testing.T) {
	effort.WithoutRace(t)
	var all []string
	for _, u := range All() {
		all = append(all, u.Schema.Dataset)
	}

	for _, language := range []string{Bash, PowerShell} {
		for _, isMSP := range []bool{false, true} {
			script, err := SaveScript(Saving{
				Language: language, Datasets: all, MSP: isMSP, Cloud: Cloud{Name: "usgov"},
				Promise: snapshot.Promise{
					Domains: []string{"fabrikam.example"}, Azure: &snapshot.Azure{ManagementGroup: "mg-fabrikam"},
				},
			})
			if err != nil {
				t.Fatal(err)
			}

			files, queries := ExpectedFiles(all, isMSP), 0
			for _, f := range files {
				saved := []string{f.Dataset + ".json'", f.Dataset + "/$", f.Dataset + "/fabrikam.example.json",
					f.Dataset + "/" + snapshot.ScopeFile(snapshot.GroupScope("mg-fabrikam")) + ".json"}
				if !slices.ContainsFunc(saved, func(text string) bool { return strings.Contains(script, text) }) {
					t.Errorf("%s does not save %s", language, f.Dataset)
				}
				if u := All()[index(All(), f.Dataset)]; u.query != "" {
					queries++
				}
			}
			if len(files) < 3 || files[0].Dataset != organization || !files[0].Required {
				t.Errorf("%d files, %+v", len(files), files[0])
			}

			calls := strings.Count(script, "\n  query \"") + strings.Count(script, "    Save-Query \"")
			if calls != queries {
				t.Errorf("%s: %d queries, %d are expected", language, calls, queries)
			}
			if strings.Contains(script, "graph.microsoft.com") || !strings.Contains(script, "graph.microsoft.us") {
				t.Errorf("%s: another cloud", language)
			}
		}
	}

	none, err := SaveScript(Saving{Language: Bash, Datasets: all})
	if err != nil || !strings.Contains(none, "It is not saved: it is read at the management group") {
		t.Error(err)
	}
	if _, err := SaveScript(Saving{Language: "perl"}); err == nil {
		t.Error("perl")
	}

	script, err := SaveScript(Saving{Language: Bash, Datasets: []string{"entra.tenant_info"}})
	if err != nil || !strings.Contains(script, "# It is not saved: it is read at each of promise.domains") {
		t.Error("what cannot be saved without the fleet file is named:", err)
	}
}

// TestExpectedFiles: a dataset brings what it is read by, and what proves it.
func TestExpectedFiles(t *testing.T) {
	names := func(datasets ...string) (all []string) {
		for _, f := range ExpectedFiles(datasets, false) {
			all = append(all, f.Dataset)
		}
		return all
	}

	if got := names("entra.users"); slices.Contains(got, "azure.subscriptions") || !slices.Contains(got, organization) ||
		!slices.Contains(got, "entra.subscribed_skus") {
		t.Errorf("users: %v", got)
	}
	got := names("azure.sql_encryption_protectors")
	for _, want := range append([]string{"azure.sql_servers"}, snapshot.Guards(snapshot.GuardSubscriptions)...) {
		if !slices.Contains(got, want) {
			t.Errorf("encryption protectors without %s: %v", want, got)
		}
	}
	if slices.Index(got, "azure.sql_servers") > slices.Index(got, "azure.sql_encryption_protectors") {
		t.Errorf("a parent comes later: %v", got)
	}
}
