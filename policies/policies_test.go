// Package policies_test holds every policy to the form that the engine and
// stock tools rely on, and runs the policies' own tests.
package policies_test

import (
	"context"
	"encoding/json"
	"flag"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/format"
	"github.com/open-policy-agent/opa/v1/tester"

	"ringfence/policies"
)

var update = flag.Bool("update", false, "format the policies in place")

// modules parses a tree, tests included, as the engine and stock OPA would.
func modules(t *testing.T, tree fs.FS) map[string]*ast.Module {
	t.Helper()
	all := map[string]*ast.Module{}
	err := fs.WalkDir(tree, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path.Ext(name) != ".rego" {
			return err
		}
		src, err := fs.ReadFile(tree, name)
		if err != nil {
			return err
		}
		m, err := ast.ParseModuleWithOpts(name, string(src), ast.ParserOptions{ProcessAnnotation: true, RegoVersion: ast.RegoV1})
		all[name] = m
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(all) == 0 {
		t.Fatal("no policies")
	}
	return all
}

func isTest(file string) bool { return strings.HasSuffix(file, "_test.rego") }

// capabilities are OPA's without whatever may answer differently next time.
func capabilities() *ast.Capabilities {
	c := ast.CapabilitiesForThisVersion()
	c.Builtins = slices.DeleteFunc(c.Builtins, func(b *ast.Builtin) bool { return b.Nondeterministic || b.Name == "http.send" })
	return c
}

func compiler() *ast.Compiler {
	return ast.NewCompiler().WithStrict(true).WithCapabilities(capabilities())
}

func TestCompilesStrictly(t *testing.T) {
	policy := modules(t, policies.FS)
	maps.DeleteFunc(policy, func(file string, _ *ast.Module) bool { return isTest(file) })
	c := compiler()
	if c.Compile(policy); c.Failed() {
		t.Fatal(c.Errors)
	}
}

func TestPolicies(t *testing.T) {
	all := modules(t, policies.FS)
	runner := tester.NewRunner().SetCompiler(compiler()).SetModules(all).RaiseBuiltinErrors(true)
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
		if !isTest(file) && tested[pkg(m)] == 0 {
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
	}
}

func TestFormatted(t *testing.T) {
	for _, name := range slices.Sorted(maps.Keys(modules(t, policies.FS))) {
		src, err := fs.ReadFile(policies.FS, name)
		if err != nil {
			t.Fatal(err)
		}
		want, err := format.SourceWithOpts(name, src, format.Opts{RegoVersion: ast.RegoV1})
		if err != nil {
			t.Fatal(err)
		}
		if *update {
			if err := os.WriteFile(filepath.FromSlash(name), want, 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if diff := cmp.Diff(string(want), string(src)); diff != "" {
			t.Errorf("%s (go test -update formats it): -want +got\n%s", name, diff)
		}
	}
}

func pkg(m *ast.Module) string { return strings.TrimPrefix(m.Package.Path.String(), "data.") }

func TestFolderIsPackage(t *testing.T) {
	for file, m := range modules(t, policies.FS) {
		want := strings.ReplaceAll(path.Dir(file), "/", ".")
		base := path.Base(path.Dir(file)) + ".rego"
		if isTest(file) {
			want += "_test"
			base = strings.TrimSuffix(base, ".rego") + "_test.rego"
		}
		if got := pkg(m); got != want {
			t.Errorf("%s: package %s, want %s", file, got, want)
		}
		if got := path.Base(file); got != base {
			t.Errorf("%s: file should be %s", file, base)
		}
	}
}

// TestPublicDocuments: a control answers with three partial sets; whatever else
// it defines starts with "_".
func TestPublicDocuments(t *testing.T) {
	for file, m := range controls(t) {
		public := map[string]bool{}
		for _, r := range m.Rules {
			name := r.Head.Ref().String()
			if strings.HasPrefix(name, "_") {
				continue
			}
			public[name] = true
			if r.Head.RuleKind() != ast.MultiValue {
				t.Errorf("%s:%d: %s is no partial set", file, r.Location.Row, name)
			}
		}
		want := []string{"fail", "pass", "subjects"}
		if diff := cmp.Diff(want, slices.Sorted(maps.Keys(public))); diff != "" {
			t.Errorf("%s: public documents: -want +got\n%s", file, diff)
		}
	}
}

// controls are the policies that are not tests.
func controls(t *testing.T) map[string]*ast.Module {
	t.Helper()
	all := modules(t, policies.FS)
	maps.DeleteFunc(all, func(file string, _ *ast.Module) bool { return isTest(file) })
	return all
}

// metadata is what a control says about itself.
type metadata struct {
	ID, Since, Severity, Scope, Remediation, Limits string
	Maps                                            map[string][]string
	Params                                          map[string]struct {
		Type, Description string
		Default           any
	}
}

var (
	controlID   = regexp.MustCompile(`^RF-[TMFKGPX]-[0-9]{2}$`)
	paramName   = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)
	since       = regexp.MustCompile(`^[0-9]+\.[0-9]+$`)
	severities  = []string{"critical", "high", "medium", "low"}
	frameworks  = []string{"ccm", "cis_m365", "gdpr", "iso_27001", "nist_800_53"}
	idsByFamily = map[string]string{"isolation": "TMF", "keyownership": "K", "geofence": "G", "provisioning": "P", "mapping": "X"}
)

func TestMetadata(t *testing.T) {
	nist := nistIDs(t)
	seen := map[string]string{}
	for file, m := range controls(t) {
		var about *ast.Annotations
		for _, a := range m.Annotations {
			if a.Scope == "package" {
				about = a
			}
		}
		if about == nil {
			t.Errorf("%s: no METADATA on the package", file)
			continue
		}
		md := checkMetadata(t, file, about)
		if other, taken := seen[md.ID]; taken {
			t.Errorf("%s and %s are both %s", file, other, md.ID)
		}
		seen[md.ID] = file
		for _, id := range md.Maps["nist_800_53"] {
			if len(nist) > 0 && !nist[id] {
				t.Errorf("%s: NIST 800-53 rev 5 has no control %q", file, id)
			}
		}
	}
}

func checkMetadata(t *testing.T, file string, a *ast.Annotations) metadata {
	t.Helper()
	raw, err := json.Marshal(a.Custom)
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	var md metadata
	dec := json.NewDecoder(strings.NewReader(string(raw)))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&md); err != nil {
		t.Errorf("%s: custom: %v", file, err)
	}
	need := func(ok bool, what string) {
		t.Helper()
		if !ok {
			t.Errorf("%s: %s", file, what)
		}
	}
	family := strings.Split(file, "/")[1]
	need(a.Title != "" && !strings.HasSuffix(a.Title, "."), "title")
	need(a.Description != "", "description")
	need(len(a.RelatedResources) > 0, "related_resources")
	for _, r := range a.RelatedResources {
		need(r.Ref.Host == "learn.microsoft.com" && r.Ref.Scheme == "https" && r.Description != "", "related resource "+r.Ref.String())
	}
	need(controlID.MatchString(md.ID) && strings.Contains(idsByFamily[family], md.ID[3:4]), "id "+md.ID)
	need(since.MatchString(md.Since), "since "+md.Since)
	need(slices.Contains(severities, md.Severity), "severity "+md.Severity)
	need(slices.Contains([]string{"client", "msp", "fleet"}, md.Scope), "scope "+md.Scope)
	need(md.Remediation != "" && md.Limits != "", "remediation and limits")
	need(cmp.Equal(frameworks, slices.Sorted(maps.Keys(md.Maps))), "maps: "+strings.Join(frameworks, ", "))
	for name, p := range md.Params {
		need(paramName.MatchString(name) && p.Description != "", "param "+name)
		need(fits(p.Type, p.Default), "default of param "+name+" is no "+p.Type)
	}
	return md
}

// fits reports whether a parameter's default has its type.
func fits(kind string, v any) bool {
	switch kind {
	case "boolean":
		_, ok := v.(bool)
		return ok
	case "integer":
		n, ok := v.(float64)
		return ok && n == float64(int64(n))
	case "string":
		_, ok := v.(string)
		return ok
	case "strings":
		list, ok := v.([]any)
		return ok && !slices.ContainsFunc(list, func(e any) bool { _, ok := e.(string); return !ok })
	}
	return false
}

// nistIDs are the ids of the catalog, none where the file is not at hand.
func nistIDs(t *testing.T) map[string]bool {
	t.Helper()
	b, err := os.ReadFile("../../shared/data/nist-800-53-rev5-ids.json")
	if os.IsNotExist(err) {
		return nil
	}
	var catalog struct {
		Controls []struct {
			ID        string
			Withdrawn bool
		}
	}
	if err == nil {
		err = json.Unmarshal(b, &catalog)
	}
	if err != nil {
		t.Fatal(err)
	}
	ids := map[string]bool{}
	for _, c := range catalog.Controls {
		ids[c.ID] = !c.Withdrawn
	}
	return ids
}
