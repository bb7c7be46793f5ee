package soundness

import (
	"bytes"
	"context"
	"encoding/json"
	"io/fs"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"

	"ringfence/collectors/emulator"
	"ringfence/collectors/snapshot"
	"ringfence/engine/finding"
	"ringfence/internal/effort"
	"ringfence/policies"
)

// TestVerdictInRego: stock OPA, with the policies and the exported document, gives the
// engine's verdicts of every control. Where evidence is missing, that of a violation may
// be undetermined instead; nothing is ever better.
func TestVerdictInRego(t *testing.T) {
	effort.WithoutRace(t)
	f, e := sharedFleet(t), builtin(t)
	compiler := stockCompiler(t)
	weaker, compared := 0, 0
	for _, label := range append(emulator.Labels(effort.Of(2, 4, 12)), snapshot.FleetClient) {
		promise, err := f.file.Promise(label)
		if err != nil {
			t.Fatal(err)
		}

		snap := f.snapshot(t, label)
		set, err := e.Evaluate(context.Background(), snap, promise, now)
		if err != nil {
			t.Fatal(err)
		}

		for _, c := range set.Metadata {
			var doc bytes.Buffer
			if err := e.AsInput(&doc, snap, promise, now, c.ID); err != nil {
				t.Fatal(err)
			}

			said := verdictsInRego(t, compiler, c, doc.Bytes())
			want := map[string]string{}
			for _, v := range set.Verdicts {
				if v.Control != c.ID {
					continue
				}

				compared++
				want[v.Subject] = string(v.Outcome)
				unproven := said[v.Subject] == "undetermined" && v.Outcome != finding.Undetermined
				if unproven && !completeFor(set, c.ID) {
					weaker++
					said[v.Subject] = string(v.Outcome)
				}
			}

			if diff := cmp.Diff(want, said); diff != "" {
				t.Errorf("%s, %s: the engine's verdicts, and those of Rego (-engine +rego):\n%s", label, c.ID, diff)
			}
		}
	}

	t.Logf("%d verdicts compared, %d undetermined without the engine", compared, weaker)
	if compared < 200 || weaker > compared/20 {
		t.Errorf("%d verdicts compared, %d of them undetermined without the engine", compared, weaker)
	}
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
