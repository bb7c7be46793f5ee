package plan_test

import (
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/open-policy-agent/opa/v1/ast"

	"ringfence/engine/plan"
)

var known = []string{"azure.resources", "azure.resource_groups", "entra.users", "entra.groups"}

// questions are what the files in testdata ask of a plan: each file begins with a
// sentence that says what.
var questions = map[string]func(plan.Plan) string{
	"datasets": func(p plan.Plan) string { return datasetsOf(p.Pass) },
	"paths":    func(p plan.Plan) string { return pathsOf(p.Pass.Datasets["entra.users"].Document) },
	"joined":   func(p plan.Plan) string { return yes(p.Pass.Datasets["entra.users"].Joined) },
	"local":    func(p plan.Plan) string { return yes(p.Local) },
	"needs":    func(p plan.Plan) string { return yes(p.Subjects.Promises["client.keys"]) },
	"params":   func(p plan.Plan) string { return list(p.Params(), " ") },
	"tested": func(p plan.Plan) string {
		return yes(p.Pass.Datasets["entra.users"].Document.Names["a"].Tested.Gates())
	},
}

// TestPlans: what the plans of written policies say.
func TestPlans(t *testing.T) {
	for file, answer := range questions {
		for _, b := range blocks(t, file) {
			rules, want, found := strings.Cut(b, "\n=> ")
			if !found {
				t.Fatalf("%s: no answer: %s", file, b)
			}
			if got := answer(planOf(t, rules)); got != want {
				t.Errorf("%s: %s\ngot  %s\nwant %s", file, rules, got, want)
			}
		}
	}
}

// blocks are the parts of a file in testdata that blank lines separate, without the
// first one, which says what they are.
func blocks(t *testing.T, file string) []string {
	t.Helper()
	data, err := os.ReadFile("testdata/" + file + ".txt")
	if err != nil {
		t.Fatal(err)
	}

	all := strings.Split(strings.TrimSpace(string(data)), "\n\n")
	if len(all) < 2 {
		t.Fatalf("%s is empty", file)
	}
	return all[1:]
}

// planOf plans a control of these rules.
func planOf(t *testing.T, rules string) plan.Plan {
	t.Helper()
	return analysed(compiled(t, rules))
}

func analysed(c *ast.Compiler) plan.Plan {
	return plan.Analyse(c, ast.MustParseRef("data.p"), known, []string{"fence", "keys"})
}

// compiled compiles rules of a control, which need not have subjects.
func compiled(t *testing.T, rules string) *ast.Compiler {
	t.Helper()
	src := "package p\n\n" + rules
	if !strings.Contains(rules, "subjects contains") {
		src += "\n\nsubjects contains \"x\""
	}

	c := ast.NewCompiler()
	c.Compile(map[string]*ast.Module{"p.rego": ast.MustParseModule(src)})
	if c.Failed() {
		t.Fatalf("%s: %v", rules, c.Errors)
	}
	return c
}

func yes(b bool) string { return map[bool]string{true: "yes", false: "no"}[b] }

func list(words []string, separator string) string {
	if len(words) == 0 {
		return "nothing"
	}
	return strings.Join(words, separator)
}

func datasetsOf(r plan.Reads) string {
	var all []string
	for _, name := range slices.Sorted(maps.Keys(r.Datasets)) {
		if r.Datasets[name].Kind.Gates() {
			name += " gates"
		}
		all = append(all, name)
	}
	return list(all, ", ")
}

func pathsOf(f *plan.Field) string {
	var all []string
	for _, p := range f.Paths() {
		text := p.Path + " " + p.Read.String()
		if p.Path == "" {
			text = "." + text
		}
		if p.Whole != 0 {
			text += "+"
		}
		if p.Typed {
			text += "!"
		}
		all = append(all, text)
	}
	return list(all, "; ")
}

func TestPromises(t *testing.T) {
	p := planOf(t, `subjects contains "x" if input.client.fence.regions

pass contains "x" if { c := input.client; c.keys }`)
	if diff := cmp.Diff(map[string]bool{"client.fence": true}, p.Subjects.Promises); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"client.fence", "client.keys"}, p.Promises()); diff != "" {
		t.Error(diff)
	}
}

// TestFiles: the files of all rules behind a control, and of no other.
func TestFiles(t *testing.T) {
	c, err := compile(map[string]string{
		"p.rego": `package p

subjects contains "x" if data.lib.a.ok

pass contains "x" if data.lib.b.f(1)

fail contains "x" if false`,
		"a.rego":     "package lib.a\n\nok if not data.lib.c.bad",
		"b.rego":     "package lib.b\n\nf(x) if x == 1",
		"c.rego":     "package lib.c\n\nbad if input.entra.users[_].bad",
		"other.rego": "package other\n\nok := true",
	})
	if err != nil {
		t.Fatal(err)
	}

	c.analyse()

	if diff := cmp.Diff([]string{"a.rego", "b.rego", "c.rego", "p.rego"}, c.plan.Files); diff != "" {
		t.Error(diff)
	}
}
