// Package policies_test holds every policy to the form that the engine and
// stock tools rely on, and runs the policies' own tests.
package policies_test

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/format"
	"github.com/open-policy-agent/opa/v1/tester"

	"ringfence/internal/effort"
	"ringfence/policies"
)

var update = flag.Bool("update", false, "format the policies in place")

// modules are the tree, tests included, as the engine and stock OPA would parse it. They are
// parsed once; who compiles them changes them, so everybody has copies.
func modules(t *testing.T) map[string]*ast.Module {
	t.Helper()
	parsed, err := parseOnce()
	if err != nil {
		t.Fatal(err)
	}

	copies := map[string]*ast.Module{}
	for name, m := range parsed {
		copies[name] = m.Copy()
	}
	return copies
}

var parseOnce = sync.OnceValues(func() (map[string]*ast.Module, error) {
	all := map[string]*ast.Module{}
	err := fs.WalkDir(policies.FS, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path.Ext(name) != ".rego" {
			return err
		}

		src, err := fs.ReadFile(policies.FS, name)
		if err != nil {
			return err
		}

		options := ast.ParserOptions{ProcessAnnotation: true, RegoVersion: ast.RegoV1}
		m, err := ast.ParseModuleWithOpts(name, string(src), options)
		all[name] = m
		return err
	})

	if err == nil && len(all) == 0 {
		err = errors.New("no policies")
	}
	return all, err
})

func isTest(file string) bool { return strings.HasSuffix(file, "_test.rego") }

// capabilities are OPA's without whatever may answer differently next time.
func capabilities() *ast.Capabilities {
	c := ast.CapabilitiesForThisVersion()
	c.Builtins = slices.DeleteFunc(c.Builtins, func(b *ast.Builtin) bool {
		return b.Nondeterministic || b.Name == "http.send"
	})
	return c
}

func compiler() *ast.Compiler {
	return ast.NewCompiler().WithStrict(true).WithCapabilities(capabilities())
}

// TestCompilesStrictly also holds every property that a policy reads against the
// datasets' schemas, which are closed: a misspelt one is an error.
func TestCompilesStrictly(t *testing.T) {
	set := ast.NewSchemaSet()
	set.Put(ast.SchemaRootRef, inputSchema(t))

	c := compiler().WithSchemas(set)
	if c.Compile(withoutTests(modules(t))); c.Failed() {
		t.Fatal(c.Errors)
	}
}

func TestMisspeltPropertyIsRefused(t *testing.T) {
	const src = "package p\n\n" +
		"s contains d._id if { some d in input.keyvault.vaults; d.properties.enablePurgeProtektion }\n"
	set := ast.NewSchemaSet()
	set.Put(ast.SchemaRootRef, inputSchema(t))

	c := compiler().WithSchemas(set)
	if c.Compile(map[string]*ast.Module{"p.rego": ast.MustParseModule(src)}); !c.Failed() {
		t.Fatal("compiled")
	}
}

func withoutTests(all map[string]*ast.Module) map[string]*ast.Module {
	maps.DeleteFunc(all, func(file string, _ *ast.Module) bool { return isTest(file) })
	return all
}

// inputSchema is what a policy sees, as one closed JSON Schema: an array of
// documents per dataset, each with the keys that the engine adds.
func inputSchema(t *testing.T) map[string]any {
	t.Helper()
	free := map[string]any{}
	root := map[string]any{}
	for _, name := range []string{"client", "params", "msp", "fleet", "as_of", "collected_at", "snapshot", "records", "reach"} {
		root[name] = free
	}

	files, err := filepath.Glob("../collectors/snapshot/schema/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no schemas: %v", err)
	}

	for _, file := range files {
		area, name, document := documentSchema(t, file)
		if root[area] == nil {
			root[area] = closed(map[string]any{})
		}
		datasets := root[area].(map[string]any)["properties"].(map[string]any)
		datasets[name] = map[string]any{"type": "array", "items": document}
	}

	return closed(root)
}

func documentSchema(t *testing.T, file string) (area, name string, document map[string]any) {
	t.Helper()
	b, err := os.ReadFile(file)
	if err == nil {
		err = json.Unmarshal(b, &document)
	}

	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}

	properties := document["properties"].(map[string]any)
	for _, added := range []string{"_id", "_scope", "_subject"} {
		properties[added] = map[string]any{"type": "string"}
	}

	area, name, _ = strings.Cut(strings.TrimSuffix(filepath.Base(file), ".json"), ".")
	return area, name, anyOfTypes(closed(properties)).(map[string]any)
}

// anyOfTypes rewrites "type": ["string", "null"] as "anyOf": OPA takes one name
// of such a list and forgets the others.
func anyOfTypes(node any) any {
	switch n := node.(type) {
	case []any:
		for i := range n {
			n[i] = anyOfTypes(n[i])
		}
	case map[string]any:
		for k, v := range n {
			n[k] = anyOfTypes(v)
		}

		kinds, ok := n["type"].([]any)
		if !ok {
			return n
		}

		var options []any
		for _, kind := range kinds {
			option := maps.Clone(n)
			option["type"] = kind
			options = append(options, option)
		}

		return map[string]any{"anyOf": options}
	}

	return node
}

func closed(properties map[string]any) map[string]any {
	return map[string]any{"type": "object", "additionalProperties": false, "properties": properties}
}

func TestPolicies(t *testing.T) {
	effort.WithoutRace(t)
	all := modules(t)
	runner := tester.NewRunner().SetCompiler(compiler()).SetModules(all).
		RaiseBuiltinErrors(true).SetTimeout(time.Minute)
	results, err := runner.RunTests(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}

	tested := map[string]int{}
	for r := range results {
		tested[strings.TrimSuffix(strings.TrimPrefix(r.Package, "data."), "_test")]++
		if !r.Pass() {
			t.Errorf("%s: %s.%s: %v", r.Location, r.Package, r.Name, r.Error)
			reportCases(t, r.SubResults)
		}
	}

	for file, m := range all {
		if !isTest(file) && !isFamily(file) && tested[pkg(m)] == 0 {
			t.Errorf("%s: no test in package %s_test ran", file, pkg(m))
		}
	}
}

func reportCases(t *testing.T, cases tester.SubResultMap) {
	t.Helper()
	for _, name := range slices.Sorted(maps.Keys(cases)) {
		if cases[name].Fail {
			t.Errorf("  case %q", name)
		}
		reportCases(t, cases[name].SubResults)
	}
}

func TestFormatted(t *testing.T) {
	for _, name := range slices.Sorted(maps.Keys(modules(t))) {
		src, err := fs.ReadFile(policies.FS, name)
		if err != nil {
			t.Fatal(err)
		}

		want, err := format.SourceWithOpts(name, src, format.Opts{RegoVersion: ast.RegoV1})
		if err != nil {
			t.Fatal(err)
		}

		if *update {
			err = os.WriteFile(filepath.FromSlash(name), want, 0o644)
		} else if diff := cmp.Diff(string(want), string(src)); diff != "" {
			t.Errorf("%s (go test -update formats it): -want +got\n%s", name, diff)
		}

		if err != nil {
			t.Fatal(err)
		}
	}
}

func pkg(m *ast.Module) string { return strings.TrimPrefix(m.Package.Path.String(), "data.") }
