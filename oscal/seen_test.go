package oscal

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ringfence/collectors/snapshot"
	"ringfence/engine/finding"
	"ringfence/internal/runfolder/layout"
)

// TestUnseenIsNotOperational: a component is said to be in operation only if the
// snapshot holds a document of it that does not say otherwise.
func TestUnseenIsNotOperational(t *testing.T) {
	in := sample()
	clearSet(&in.Set)
	documents := sampleDocuments()
	documents["gdap.relationships"] = []snapshot.Document{
		{ID: "ended", Spec: map[string]any{"status": "terminated"}},
		{ID: "mute", Spec: map[string]any{}},
		{ID: "runs", Spec: map[string]any{"status": "active"}},
	}
	documents["entra.service_principals"] = []snapshot.Document{
		{ID: "off", Spec: map[string]any{"accountEnabled": false}},
		{ID: "on", Spec: map[string]any{"accountEnabled": true}},
	}
	setDocuments(&in, documents)

	want := map[string]string{
		"keyvault.vaults/subscriptions/dd/vaults/kv-1":        "operational",
		"keyvault.vaults/subscriptions/dd/vaults/kv-declared": "other", // named, and in no file
		"keyvault.vaults/dd/*":                                "other", // a hole
		"keyvault.managed_hsms/hsm-1":                         "other", // a dataset without a file
		"gdap.relationships/ended":                            "other",
		"gdap.relationships/mute":                             "other", // it does not say
		"gdap.relationships/runs":                             "operational",
		"entra.service_principals/off":                        "other",
		"entra.service_principals/on":                         "operational",
	}

	var fs []finding.Finding
	for _, s := range sortedKeys(want) {
		fs = append(fs, finding.Finding{Subject: s, Outcome: finding.Undetermined})
	}

	addControl(&in.Set, "RF-F-01", "x", "isolation", "low", finding.Undetermined, 0, fs...)

	got := map[string]string{}
	for _, c := range resultOf(t, in).LocalDefinitions.Components[1:] {
		subject := propOf(c.Props, "subject")
		got[subject] = c.Status.State
		if (c.Status.State == "other") != (c.Status.Remarks != "") {
			t.Errorf("%s: status %+v", subject, c.Status)
		}
	}

	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("statuses (-want +got):\n%s", diff)
	}
}

// TestUnseenTenant: without its own answer the tenant is no running system, in
// the results and in the plan.
func TestUnseenTenant(t *testing.T) {
	for want, seen := range map[string]bool{"operational": true, "other": false} {
		in := sample()
		if !seen {
			delete(in.Manifest.Datasets, "entra.organization")
		}

		var p planFile
		if err := json.Unmarshal(mustDocuments(t, in)[layout.Plan], &p); err != nil {
			t.Fatal(err)
		}

		assessed, planned := resultOf(t, in).LocalDefinitions, p.Plan.LocalDefinitions
		for _, c := range []component{assessed.Components[0], planned.Components[0]} {
			if c.Type != "this-system" || c.Status.State != want {
				t.Errorf("tenant seen: %v, component %+v", seen, c)
			}
		}
	}
}

// TestPointers: a policy's pointer into a document becomes one into its line, and
// stops where the document does.
func TestPointers(t *testing.T) {
	doc, err := snapshot.ParseObject([]byte(`{"id":"1","scope":"s","observed":{"lastSync":{"at":"t"}},
		"spec":{"a":{"b":[{"c":null},1]},"x/y":{"~":2},"":3,"a\u0001":{"b":4},"location":"eu"}}`))
	if err != nil {
		t.Fatal(err)
	}
	for in, want := range map[string]linePointer{
		"":               {"", ""},
		"/location":      {"/spec/location", ""},
		"/a/b/0/c":       {"/spec/a/b/0/c", ""},
		"/a/b/2/c":       {"/spec/a/b", "/2/c"},
		"/a/b/00":        {"/spec/a/b", "/00"},
		"/a/b/-":         {"/spec/a/b", "/-"},
		"/a/b/+1":        {"/spec/a/b", "/+1"},
		"/x~1y/~0":       {"/spec/x~1y/~0", ""},
		"/":              {"/spec/", ""},
		"/lastSync/at":   {"/observed/lastSync/at", ""},
		"/_id":           {"/id", ""},
		"/_scope":        {"/scope", ""},
		"/gone/x~1y":     {"/spec", "/gone/x~1y"},
		"location":       {"/spec/location", ""},
		"no pointer":     {"/spec", "/no pointer"},
		"/a\x01/b":       {"/spec", ""}, // cannot stand in OSCAL as it is
		"/location/more": {"/spec/location", "/more"},
	} {
		got := inLine(doc, in)
		if got != want {
			t.Errorf("%q: %+v, want %+v", in, got, want)
		}
		if _, ok := resolvePointer(doc, got.Pointer); !ok {
			t.Errorf("%q: %s leads nowhere", in, got.Pointer)
		}
	}
}

// TestEvidenceResolves opens what an auditor would: the resource's file, its
// line, the pointer in it.
func TestEvidenceResolves(t *testing.T) {
	in := sample()
	files := datasetFiles(in)

	e := observationOf(t, resultOf(t, in), "RF-K-02", "keyvault.vaults/subscriptions/dd/vaults/kv-2").Evidence[0]
	if propOf(e.Props, "line") != "2" || propOf(e.Props, "json-pointer") != "/spec/properties" ||
		propOf(e.Props, "json-pointer-absent") != "/enablePurgeProtection" {
		t.Errorf("a property that is missing: %+v", e.Props)
	}

	if e.Href != "#"+finding.UUID("resource", in.RunID, "snapshot/keyvault.vaults.ndjson") {
		t.Errorf("evidence is in %s", e.Href)
	}

	lines := bytes.Split(files["snapshot/keyvault.vaults.ndjson"], []byte("\n"))
	if !bytes.Contains(lines[1], []byte("kv-2")) {
		t.Error("line 2 is another vault's")
	}

	docs := mustDocuments(t, in)
	const line = `"name":"line","ns":"urn:ringfence:oscal","value":`
	for name, edit := range map[string]struct{ from, to string }{
		"another line":    {line + `"2"`, line + `"1"`},
		"no such line":    {line + `"2"`, line + `"7"`},
		"no such pointer": {`"value":"/spec/location"`, `"value":"/location"`},
	} {
		bad := map[string][]byte{layout.Catalog: docs[layout.Catalog], layout.Plan: docs[layout.Plan],
			layout.Results: []byte(strings.Replace(string(docs[layout.Results]), edit.from, edit.to, 1))}
		if bytes.Equal(bad[layout.Results], docs[layout.Results]) {
			t.Fatalf("%s: nothing replaced", name)
		}

		problems := folderProblems(in, bad)
		if len(problems) != 1 || problems[0].Rule != "file-pointer" {
			t.Errorf("%s: %v", name, problems)
		}
	}
}

// TestOneAnswer: what the engine judged is what the documents say, whatever the
// manifest's own word is.
func TestOneAnswer(t *testing.T) {
	for _, c := range []struct {
		name   string
		judged finding.Coverage
		kept   snapshot.Status
		want   string
	}{
		{
			"stale", finding.Coverage{Status: "stale", Reason: "read 22 days ago"},
			snapshot.Partial, "entra.users: stale (read 22 days ago)",
		},
		{
			"contradictory", finding.Coverage{Status: "error", Reason: "contradictory, it counts 3 and 4"},
			snapshot.Complete, "entra.users: error (contradictory, it counts 3 and 4)",
		},
		{
			"a hole", finding.Coverage{Status: "partial", Scopes: []finding.ScopeCoverage{
				{Scope: "a", Status: "complete"},
				{Scope: "b", Status: "denied", Reason: "HTTP 403"},
				{Scope: "c", Status: "denied"},
			}},
			snapshot.Complete, "entra.users: partial (in b: denied, HTTP 403; and 1 more scopes)",
		},
		{
			"no licence", finding.Coverage{Status: "complete"}, snapshot.NotLicensed,
			"entra.users: complete with nothing in it, because the tenant provably has no licence",
		},
		{"not judged", finding.Coverage{}, snapshot.Complete, "entra.users: skipped (not judged)"},
	} {
		in := sample()
		in.Set.Coverage["entra.users"] = c.judged

		if c.name == "not judged" {
			delete(in.Set.Coverage, "entra.users")
		}

		m := in.Manifest.Datasets["entra.users"]
		m.Status = c.kept
		in.Manifest.Datasets["entra.users"] = m
		r := resultOf(t, in)
		if !strings.Contains(r.Remarks, c.want) {
			t.Errorf("%s: remarks lack %q:\n%s", c.name, c.want, r.Remarks)
		}

		status := propOf(observationOf(t, r, "RF-T-08", "*").Evidence[1].Props, "dataset-status")
		if want, _, _ := strings.Cut(strings.TrimPrefix(c.want, "entra.users: "), " "); status != want {
			t.Errorf("%s: dataset-status is %q, want %q", c.name, status, want)
		}
	}
}

// TestLineID: the id of a line, wherever and however it is written.
func TestLineID(t *testing.T) {
	for line, want := range map[string]string{
		`{"id":"a","spec":{"id":"b"}}`:                     "a",
		`{"id":"/subscriptions/x","spec":{}}`:              "/subscriptions/x",
		`{"id":"a\\\"b","spec":{}}`:                        `a\"b`,
		`{"id":"\u0061","spec":{}}`:                        "a",
		`{ "spec" : {"id":"b"}, "scope":"s", "id" : "a" }`: "a",
		`{"spec":{"id":"b"}}`:                              "",
		`["id","a"]`:                                       "",
		`{"id":1}`:                                         "",
		`{"id":"a`:                                         "",
		``:                                                 "",
	} {
		got, err := lineID([]byte(line))
		if got != want || (err != nil) != (want == "") {
			t.Errorf("%s: %q, %v; want %q", line, got, err, want)
		}
	}
}
