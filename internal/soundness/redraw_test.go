package soundness

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"ringfence/collectors/emulator"
	"ringfence/collectors/snapshot"
	"ringfence/engine"
	"ringfence/engine/finding"
	"ringfence/engine/intent"
	"ringfence/engine/policyset"
	"ringfence/internal/effort"
	"ringfence/internal/keyledger"
	"ringfence/internal/report"
	"ringfence/internal/run"
	"ringfence/internal/runfolder"
	"ringfence/internal/runfolder/layout"
	"ringfence/oscal"
)

// TestFilesAreWhole: the OSCAL documents and the report follow from the other
// files of a run folder alone, without judging anything again, byte for byte.
// Every line and every JSON pointer that the documents name is there, literally.
func TestFilesAreWhole(t *testing.T) {
	effort.WithoutRace(t)
	f := serve(t, small())
	labels := pickFrom(everyone(f.file), effort.Of(2, 4, 12), "clients whose files are whole")
	dirs := f.audit(t, nil, labels...)
	if len(dirs) != len(labels)+1 {
		t.Fatalf("%d folders, want %d clients and the fleet", len(dirs), len(labels))
	}

	for label, dir := range dirs {
		t.Run(label, func(t *testing.T) { checkRegenerated(t, dir) })
	}
}

// TestBrokenPolicyIsInTheFiles: what a policy's error was is in the files, too.
func TestBrokenPolicyIsInTheFiles(t *testing.T) {
	effort.WithoutRace(t)
	f := serve(t, emulator.GenerateClients(1, []string{"fabrikam"}))
	in, err := f.file.Intent("fabrikam")
	if err != nil {
		t.Fatal(err)
	}

	e, err := engine.Load(os.DirFS("testdata/broken"))
	if err != nil {
		t.Fatal(err)
	}

	inputs := run.Inputs{Snapshot: f.collect(t, "fabrikam"), Promise: in, Engine: e, AsOf: now}
	out := filepath.Join(t.TempDir(), "out")
	options := run.Options{Floors: floors, Out: out, Start: now, Now: time.Now}
	o, err := run.Evaluate(t.Context(), inputs, options)
	if err != nil {
		t.Fatal(err)
	}

	if len(o.Set.Errors) == 0 {
		t.Fatal("the policy did not break")
	}

	checkRegenerated(t, o.Dir)
}

func checkRegenerated(t *testing.T, dir string) {
	files := map[string][]byte{}
	for name, data := range contents(t, dir) {
		files[name] = []byte(data)
	}

	for name, data := range regenerate(t, dir, files) {
		if string(data) != string(files[name]) {
			t.Errorf("%s, made from the files, is another one: %d bytes, in the folder %d",
				name, len(data), len(files[name]))
		}
	}

	for _, p := range oscal.ValidateFolder(files) {
		t.Error(p)
	}

	followEvidence(t, files)
}

// followEvidence opens what an auditor would, without any code of ours: the resource
// that the evidence names, its file, the line, the JSON pointer.
func followEvidence(t *testing.T, files map[string][]byte) {
	t.Helper()
	var doc struct {
		AR struct {
			Results []struct {
				Observations []struct {
					Title    string
					Evidence []struct {
						Href  string
						Props []struct{ Name, Value string }
					} `json:"relevant-evidence"`
				}
			}
			BackMatter struct {
				Resources []struct {
					UUID   string
					Rlinks []struct{ Href string }
				}
			} `json:"back-matter"`
		} `json:"assessment-results"`
	}

	must(t, json.Unmarshal(files[layout.Results], &doc))
	paths := map[string]string{}
	for _, r := range doc.AR.BackMatter.Resources {
		paths["#"+r.UUID] = r.Rlinks[0].Href
	}

	followed := 0
	for _, o := range doc.AR.Results[0].Observations {
		for _, e := range o.Evidence {
			data, props := files[paths[e.Href]], map[string]string{}
			if data == nil {
				t.Fatalf("%s: evidence in %q, which is not there", o.Title, paths[e.Href])
			}

			for _, p := range e.Props {
				props[p.Name] = p.Value
			}

			if n, err := strconv.Atoi(props["line"]); err == nil {
				data = bytes.Split(data, []byte("\n"))[n-1]
			}

			at, pointed := props["json-pointer"]
			if pointed && !leadsSomewhere(t, data, jsontext.Pointer(at)) {
				t.Errorf("%s: %s leads nowhere in line %q of %s", o.Title, at, props["line"], paths[e.Href])
			}

			if pointed {
				followed++
			}
		}
	}

	if followed == 0 {
		t.Error("no pointer to follow")
	}
}

// leadsSomewhere resolves a JSON pointer (RFC 6901).
func leadsSomewhere(t *testing.T, data []byte, p jsontext.Pointer) bool {
	t.Helper()
	var v any
	must(t, json.Unmarshal(data, &v))

	for token := range p.Tokens() {
		switch at := v.(type) {
		case map[string]any:
			next, ok := at[token]
			if !ok {
				return false
			}
			v = next

		case []any:
			i, err := strconv.Atoi(token)
			if err != nil || i < 0 || i >= len(at) {
				return false
			}
			v = at[i]

		default:
			return false
		}
	}

	return p.IsValid()
}

// regenerate makes the OSCAL documents and the report of a run folder again, from the
// other files in it.
func regenerate(t *testing.T, dir string, files map[string][]byte) map[string][]byte {
	t.Helper()
	var rec runfolder.Record
	must(t, json.Unmarshal(files[layout.Run], &rec))
	asOf, err := time.Parse(time.RFC3339, rec.AsOf)
	must(t, err)
	set, err := finding.Parse(files[layout.Findings], files[layout.Verdicts])
	must(t, err)
	addFromPolicies(t, &set, files[layout.Policies])
	snap, err := snapshot.OpenFolder(filepath.Join(dir, layout.SnapshotDir))
	must(t, err)

	page := report.Input{
		Set: set, Manifest: snap.Manifest, Digests: digestsOf(files),
		RunID: rec.Run, EngineVersion: rec.Engine,
	}
	promise, err := intent.ParsePromise(files[layout.Intent])
	must(t, err)
	page.Intent, page.Kind, page.Clients = promise.Tenant(), promise.Kind(), promise.Joined()
	page.Ledger = ledgerOf(t, files[layout.Policies], snap, promise, asOf)

	docs, err := oscal.Documents(oscal.Input{
		Set: set, Intent: page.Intent, Manifest: snap.Manifest, Lines: snap.Lines,
		RunID: rec.Run, AsOf: asOf, EngineVersion: rec.Engine,
		Files: digestsOf(files, layout.Catalog, layout.Plan, layout.Results),
	})
	must(t, err)
	docs[layout.Report], err = report.HTML(page)
	must(t, err)

	return docs
}

// ledgerOf is the key ledger, which the folder's own policies make of its own snapshot.
func ledgerOf(
	t *testing.T, bundle []byte, snap snapshot.Snapshot, promise intent.Promise, asOf time.Time,
) *keyledger.Ledger {
	t.Helper()
	e, _ := bundled(t, bundle)
	if promise.Kind() != intent.ClientKind || !keyledger.Has(e) {
		return nil
	}

	ledger, err := keyledger.Read(t.Context(), e, snap, promise, asOf)
	must(t, err)
	return ledger
}

// lastBundle is what the policies of the last folder came to: most folders have the same, and
// loading all controls takes longer than all else here.
var lastBundle struct {
	bundle   []byte
	engine   *engine.Engine
	families []finding.Family
}

// bundled is the engine of a folder's policies, and their families.
func bundled(t *testing.T, bundle []byte) (*engine.Engine, []finding.Family) {
	t.Helper()
	if lastBundle.engine == nil || !bytes.Equal(lastBundle.bundle, bundle) {
		files, err := policyset.OpenBundle(bundle)
		must(t, err)
		compiler, err := files.Compile()
		must(t, err)
		lastBundle.families, err = policyset.Families(compiler)
		must(t, err)
		lastBundle.engine, err = engine.LoadFiles(files)
		must(t, err)
		lastBundle.bundle = bundle
	}
	return lastBundle.engine, lastBundle.families
}

// addFromPolicies adds to a set what is in the policies: METADATA of controls and families,
// and what is read.
func addFromPolicies(t *testing.T, set *finding.Set, bundle []byte) {
	t.Helper()
	e, families := bundled(t, bundle)
	set.Families = families

	set.Reads = map[string][]string{}
	for _, s := range set.Controls {
		p, _ := e.Plan(s.ID)
		set.Reads[s.ID] = p.Datasets()
		i := slices.IndexFunc(e.Controls(), func(c finding.Control) bool { return c.ID == s.ID })
		set.Metadata = append(set.Metadata, e.Controls()[i])
	}
}

// digestsOf are those of the files that were there before the documents.
func digestsOf(files map[string][]byte, later ...string) map[string]string {
	later = append(later, layout.Run, layout.Report, layout.Bundle, layout.Key)
	all := map[string]string{}
	for name, data := range files {
		if !slices.Contains(later, name) {
			all[name] = snapshot.Digest(data)
		}
	}

	return all
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
