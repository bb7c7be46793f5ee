package evaluator

import (
	"context"
	"errors"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
	"github.com/open-policy-agent/opa/v1/test/cases"
	"github.com/open-policy-agent/opa/v1/topdown"

	"ringfence/internal/effort"
)

// TestConformance: of every rule in OPA's own suite of policies, what is not declined is what
// topdown says. Documents of data are documents of the input here.
func TestConformance(t *testing.T) {
	effort.WithoutRace(t)
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/open-policy-agent/opa").Output()
	if err != nil {
		t.Fatal(err)
	}

	said, declined := 0, map[string]int{}
	suite := filepath.Join(strings.TrimSpace(string(dir)), "v1", "test", "cases", "testdata", "v1")
	for _, c := range cases.MustLoad(suite).Cases {
		compiler, input := compileCase(t, c)
		if compiler == nil {
			continue
		}

		program := New(compiler)
		for _, path := range pathsOf(compiler) {
			err := compare(t, program, path, input)
			switch {
			case err == nil:
				said++
			case errors.Is(err, ErrDeclined):
				declined[strings.TrimPrefix(err.Error(), ErrDeclined.Error()+": ")]++
			default:
				t.Errorf("%s: %v: %v", c.Note, path, err)
			}
		}
	}

	left := 0
	for why, n := range declined {
		t.Logf("%4d %s", n, why)
		left += n
	}
	t.Logf("%d rules are said as topdown says them, %d are left to it", said, left)
	if said < 1000 {
		t.Errorf("only %d rules are said", said)
	}
}

// compileCase compiles the modules of a case; nil where they are none that we can ask.
func compileCase(t *testing.T, c cases.TestCase) (*ast.Compiler, *ast.Term) {
	t.Helper()
	input := map[string]any{}
	if c.Input != nil {
		given, isObject := (*c.Input).(map[string]any)
		if !isObject {
			return nil, nil
		}
		input = given
	}
	if len(c.Modules) == 0 || c.InputTerm != nil || strings.Contains(strings.Join(c.Modules, ""), "http.send") {
		return nil, nil
	}

	modules := map[string]*ast.Module{}
	for _, text := range c.Modules {
		m, err := ast.ParseModule("", text)
		if err != nil || m == nil {
			return nil, nil
		}
		modules[string(rune('a'+len(modules)))] = m
	}
	if c.Data != nil {
		for name, value := range *c.Data {
			input[name] = value
			asInput(modules, name)
		}
	}

	compiler := ast.NewCompiler()
	if compiler.Compile(modules); compiler.Failed() {
		return nil, nil
	}
	return compiler, ast.NewTerm(ast.MustInterfaceToValue(input))
}

// asInput lets policies find a document of data in the input.
func asInput(modules map[string]*ast.Module, name string) {
	for _, m := range modules {
		if len(m.Package.Path) > 1 && m.Package.Path[1].Equal(ast.StringTerm(name)) {
			return // a package of the same name
		}
	}
	for _, m := range modules {
		for _, r := range m.Rules {
			ast.WalkRefs(r, func(ref ast.Ref) bool {
				if len(ref) > 1 && ref[0].Equal(ast.DefaultRootDocument) && ref[1].Equal(ast.StringTerm(name)) {
					ref[0] = ast.InputRootDocument
				}
				return false
			})
		}
	}
}

func pathsOf(compiler *ast.Compiler) (paths []ast.Ref) {
	for _, m := range compiler.Modules {
		for _, r := range m.Rules {
			path := r.Ref().GroundPrefix()
			if len(r.Head.Args) == 0 && !slices.ContainsFunc(paths, func(p ast.Ref) bool { return p.Equal(path) }) {
				paths = append(paths, path)
			}
		}
	}
	return paths
}

// compare asks both about one rule. nil: they say the same.
func compare(t *testing.T, p *Program, path ast.Ref, input *ast.Term) error {
	t.Helper()
	in := Input{Value: input, Cache: topdown.NewVirtualCache()}
	values, err := p.Values(t.Context(), []ast.Ref{path}, in)
	if err != nil {
		return err
	}

	want, err := byTopdown(p.compiler, path, input)
	switch {
	case err != nil:
		t.Errorf("%v: topdown fails: %v; here it is %v", path, err, values[0])
	case want == nil || want.Value.Compare(values[0].Value) != 0:
		t.Errorf("%v: topdown says %v; here it is %v", path, want, values[0])
	}

	compareEntries(t, p, path, in, values[0])
	return nil
}

// compareEntries asks for the rules of a set one by one.
func compareEntries(t *testing.T, p *Program, path ast.Ref, in Input, all *ast.Term) {
	t.Helper()
	rules := p.compiler.GetRulesExact(path)
	if rules[0].Head.RuleKind() != ast.MultiValue || len(rules[0].Ref()) > len(path) {
		return
	}

	entries := ast.NewSet()
	add := func(entry *ast.Term) error { entries.Add(entry); return nil }
	for _, r := range rules {
		if err := p.Entries(t.Context(), r, in, add); err != nil {
			t.Errorf("%v: a rule by itself: %v", path, err)
		}
	}
	if entries.Compare(all.Value) != 0 {
		t.Errorf("%v: %v, by rules %v", path, all, entries)
	}
}

// TestEntriesStop: what each says against an entry ends the query, and is its error.
func TestEntriesStop(t *testing.T) {
	p, path, in := asked(t, `s contains x if some x in [1, 2, 3]`)
	stop, n := errors.New("stop"), 0
	err := p.Entries(t.Context(), p.compiler.GetRulesExact(path)[0], in, func(*ast.Term) error { n++; return stop })
	if !errors.Is(err, stop) || n != 1 {
		t.Errorf("%v after %d entries", err, n)
	}
}

// TestErrors: what topdown calls an error is left to it, also where it comes after the first
// solution; where topdown is content with that one, so is this package.
func TestErrors(t *testing.T) {
	for rules, isError := range map[string]bool{
		`s if { some x in ["a", 1]; lower(x) == "a" }`:                                               false,
		`s if { some x in [1, "a"]; lower(x) == "a" }`:                                               true,
		`s := 1 if { some x in ["a", 1]; lower(x) == "a" }` + "\n\n" + `s := 2 if lower("b") == "a"`: true,
		`s if not t` + "\n\n" + `t if { some x in ["a", 1]; lower(x) == "b" }`:                       true,
		`s contains lower(x) if some x in ["a", 1]`:                                                  true,
		`s := [lower(x) | some x in ["a", 1]]`:                                                       true,
		`s := {x: y | some y, x in ["a", "a"]}`:                                                      true,
		`s := x if some x in [1, 2]`:                                                                 true,
		`s := x if some x in [1, 1]`:                                                                 false,
	} {
		p, path, in := asked(t, rules)
		in.Value = ast.ObjectTerm()
		said, err := p.Values(t.Context(), []ast.Ref{path}, in)
		want, failure := byTopdown(p.compiler, path, in.Value)
		switch {
		case (failure != nil) != isError:
			t.Errorf("%s: topdown says %v, %v", rules, want, failure)
		case errors.Is(err, ErrDeclined) != isError:
			t.Errorf("%s: %v, %v", rules, said, err)
		case !isError && !want.Equal(said[0]):
			t.Errorf("%s: %v, not %v", rules, said, want)
		}
	}
}

// TestCancelled: a query ends with its context, and says so.
func TestCancelled(t *testing.T) {
	p, path, in := asked(t, `s contains [x, y, z] if {
		some x in numbers.range(1, 1000)
		some y in numbers.range(1, 1000)
		some z in numbers.range(1, 1000)
	}`)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := p.Values(ctx, []ast.Ref{path}, in); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v", err)
	}
}

// TestKnown: what the cache has is not made again, and what is made is put there.
func TestKnown(t *testing.T) {
	p, path, in := asked(t, `s contains x if some x in other`+"\n\n"+`other contains 1`)
	other := ast.MustParseRef("data.p.other")
	in.Cache.Put(other, ast.MustParseTerm(`{7}`))
	values, err := p.Values(t.Context(), []ast.Ref{path}, in)
	if err != nil || !values[0].Equal(ast.MustParseTerm(`{7}`)) {
		t.Fatalf("%v, %v", values, err)
	}
	if kept, _ := in.Cache.Get(path); kept == nil || !kept.Equal(values[0]) {
		t.Errorf("kept: %v", kept)
	}
}

// asked is a program of a package p, and the path of its set s.
func asked(t *testing.T, rules string) (*Program, ast.Ref, Input) {
	t.Helper()
	compiler := ast.MustCompileModules(map[string]string{"p": "package p\n\n" + rules})
	in := Input{Value: ast.ObjectTerm(), Cache: topdown.NewVirtualCache()}
	return New(compiler), ast.MustParseRef("data.p.s"), in
}

// byTopdown is what topdown says of a rule, nil where it is not defined.
func byTopdown(compiler *ast.Compiler, path ast.Ref, input *ast.Term) (said *ast.Term, err error) {
	store := inmem.New()
	txn, err := store.NewTransaction(context.Background())
	if err != nil {
		return nil, err
	}
	defer store.Abort(context.Background(), txn)

	body := ast.NewBody(ast.Equality.Expr(ast.VarTerm("x"), ast.NewTerm(path)))
	err = topdown.NewQuery(body).WithCompiler(compiler).WithStore(store).WithTransaction(txn).
		WithInput(input).WithStrictBuiltinErrors(true).
		Iter(context.Background(), func(r topdown.QueryResult) error { said = r["x"]; return nil })
	return said, err
}
