package soundness

import (
	"bytes"
	"context"
	"encoding/json"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"

	"ringfence/collectors/emulator"
	"ringfence/collectors/snapshot"
	"ringfence/engine"
	"ringfence/engine/finding"
	"ringfence/internal/effort"
	"ringfence/policies"
)

// TestVerdictInRego: stock OPA, with the policies and the exported document, gives the
// engine's verdicts of every control. Where evidence is missing, that of a violation may
// be undetermined instead; nothing is ever better.
func TestVerdictInRego(t *testing.T) {
	effort.WithoutRace(t)
	f := sharedFleet(t)
	rego := &inRego{compiler: stockCompiler(t), engine: builtin(t)}
	for _, label := range append(emulator.Labels(effort.Of(2, 3, 12)), snapshot.FleetClient) {
		rego.compare(t, f, label, f.snapshot(t, label), "")
	}

	// The same without one of the datasets.
	label := emulator.Labels(1)[0]
	whole := f.snapshot(t, label)
	names := slices.Sorted(maps.Keys(whole.Manifest.Datasets))
	for _, name := range pickFrom(names, effort.Of(2, 3, len(names)), "denied") {
		rego.compare(t, f, label, denied(t, whole, name), name)
	}

	t.Logf("%d verdicts compared, %d undetermined without the engine", rego.compared, rego.weaker)
	if rego.compared < 200 || rego.weaker > rego.compared/20 {
		t.Errorf("%d verdicts compared, %d of them undetermined without the engine", rego.compared, rego.weaker)
	}
}

// inRego compares verdicts of the engine with those of stock OPA.
type inRego struct {
	compiler         *ast.Compiler
	engine           *engine.Engine
	compared, weaker int
}

// compare compares those of one snapshot: of all controls or, with the name of a
// dataset, of those that read it.
func (r *inRego) compare(t *testing.T, f *fleet, label string, snap snapshot.Snapshot, dataset string) {
	t.Helper()
	promise, err := f.file.Promise(label)
	if err != nil {
		t.Fatal(err)
	}

	hearing := r.engine.Surveying(f.surveyed(t, snap))
	if label != snapshot.FleetClient {
		hearing = r.engine.Hearing(f.hears(t, snap)[label])
	}
	set, err := hearing.Evaluate(context.Background(), snap, promise, now)
	if err != nil {
		t.Fatal(err)
	}

	for _, c := range set.Metadata {
		if dataset != "" && !slices.Contains(set.Reads[c.ID], dataset) {
			continue
		}

		var doc bytes.Buffer
		if err := hearing.AsInput(&doc, snap, promise, now, c.ID); err != nil {
			t.Fatal(err)
		}

		said := verdictsInRego(t, r.compiler, c, doc.Bytes())
		want := map[string]string{}
		for _, v := range set.Verdicts {
			if v.Control != c.ID {
				continue
			}

			r.compared++
			want[v.Subject] = string(v.Outcome)
			unproven := said[v.Subject] == "undetermined" && v.Outcome != finding.Undetermined
			if unproven && !completeFor(set, c.ID) {
				r.weaker++
				said[v.Subject] = string(v.Outcome)
			}
		}

		if diff := cmp.Diff(want, said); diff != "" {
			t.Errorf("%s without %q, %s: the engine's verdicts, and those of Rego (-engine +rego):\n%s",
				label, dataset, c.ID, diff)
		}
	}
}

// denied is a snapshot of which one dataset was denied.
func denied(t *testing.T, whole snapshot.Snapshot, without string) snapshot.Snapshot {
	t.Helper()
	var all []snapshot.Dataset
	for name, c := range whole.Manifest.Datasets {
		d := snapshot.Dataset{Name: name, Coverage: c}
		switch {
		case name == without:
			d.Coverage = snapshot.Coverage{Status: snapshot.Denied, StartedAt: c.StartedAt, EndedAt: c.EndedAt}
		case c.Holds():
			documents, err := whole.Documents(name)
			if err != nil {
				t.Fatal(err)
			}
			d.Documents = append([]snapshot.Document{}, documents...)
		}
		all = append(all, d)
	}

	sealed, err := snapshot.Seal(whole.Manifest, all)
	if err != nil {
		t.Fatal(err)
	}
	return sealed
}

// completeFor reports whether nothing is missing that a control reads.
func completeFor(set finding.Set, id string) bool {
	for _, name := range set.Reads[id] {
		if c := set.Coverage[name]; !c.Complete() {
			return false
		}
	}
	return true
}

// stockCompiler compiles the policies as "opa eval -d policies" does.
func stockCompiler(t *testing.T) *ast.Compiler {
	t.Helper()
	modules := map[string]*ast.Module{}
	err := fs.WalkDir(policies.FS, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(name, ".rego") {
			return err
		}
		source, err := fs.ReadFile(policies.FS, name)
		if err != nil {
			return err
		}
		modules[name], err = ast.ParseModule(name, string(source))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}

	compiler := ast.NewCompiler()
	if compiler.Compile(modules); compiler.Failed() {
		t.Fatal(compiler.Errors)
	}
	return compiler
}

// verdictsInRego asks stock OPA.
func verdictsInRego(t *testing.T, compiler *ast.Compiler, c finding.Control, doc []byte) map[string]string {
	t.Helper()
	var input any
	d := json.NewDecoder(bytes.NewReader(doc))
	d.UseNumber()
	if err := d.Decode(&input); err != nil {
		t.Fatal(err)
	}

	query := `data.ringfence.lib.verdict.of("` + c.ID + `", data.` + c.Package + `)`
	results, err := rego.New(rego.Compiler(compiler), rego.Query(query), rego.Input(input)).Eval(context.Background())
	if err != nil || len(results) != 1 {
		t.Fatalf("%s: %d results, %v", query, len(results), err)
	}

	said := map[string]string{}
	for subject, outcome := range results[0].Expressions[0].Value.(map[string]any) {
		said[subject] = outcome.(string)
	}
	return said
}
