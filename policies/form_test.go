package policies_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/open-policy-agent/opa/v1/ast"
)

func TestFolderIsPackage(t *testing.T) {
	for file, m := range modules(t) {
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

// controls are the policies that are neither tests nor library, and describe no
// family.
func controls(t *testing.T) map[string]*ast.Module {
	t.Helper()
	all := withoutTests(modules(t))
	maps.DeleteFunc(all, func(file string, _ *ast.Module) bool {
		return isShared(file) || isFamily(file)
	})

	return all
}

// isShared reports whether a file is of a library, or of a view or a kind of facts, which give no
// verdicts.
func isShared(file string) bool {
	return strings.HasPrefix(file, "ringfence/lib/") || strings.HasPrefix(file, "ringfence/views/") ||
		strings.HasPrefix(file, "ringfence/facts/")
}

// isFamily reports whether a file describes a family: ringfence/<family>/<family>.rego.
func isFamily(file string) bool { return strings.Count(file, "/") == 2 }

// TestNegationNamesItsEvidence: OPA moves a property out of the negation that it
// stands in, so `not doc.x in set` is not "x is missing, or not in the set" but
// "x is there and not in the set"; and `not doc.x` is true where x is missing.
// Neither is what a reader sees, so what is negated is a rule or a variable.
func TestNegationNamesItsEvidence(t *testing.T) {
	for file, m := range withoutTests(modules(t)) {
		for _, found := range negatedProperties(m) {
			t.Errorf("%s:%s", file, found)
		}
	}
	trap := ast.MustParseModule("package p\n\n" +
		"s contains d._id if { some d in input.a.b; not d.x in {1} }\n\n" +
		"r if not input.a.b\n")
	if got := negatedProperties(trap); len(got) != 2 {
		t.Errorf("found %q in the trap, want two", got)
	}
}

func negatedProperties(m *ast.Module) []string {
	known := map[string]bool{"internal": true}
	for _, i := range m.Imports {
		known[string(i.Name())] = true
	}

	for _, r := range m.Rules {
		known[r.Head.Ref()[0].Value.String()] = true
		known[strings.Trim(r.Head.Ref()[0].String(), `"`)] = true
	}

	for _, b := range ast.CapabilitiesForThisVersion().Builtins {
		known[strings.Split(b.Name, ".")[0]] = true
	}

	var found []string
	ast.WalkExprs(m, func(e *ast.Expr) bool {
		if !e.Negated {
			return false
		}
		ast.WalkRefs(e, func(r ast.Ref) bool {
			last, _ := r[len(r)-1].Value.(ast.String)
			if len(r) > 1 && !known[strings.Trim(r[0].String(), `"`)] && !strings.HasPrefix(string(last), "_") {
				found = append(found, fmt.Sprintf("%d: %s", r[0].Location.Row, r))
			}
			return false
		})

		return false
	})

	return found
}

// metadata is what a control says about itself.
type metadata struct {
	ID, Since, Severity, Scope, Remediation, Limits string
	Maps                                            map[string][]string
	Unverified                                      []string
	Params                                          map[string]struct {
		Type, Description string
		Default           any
	}
}

var (
	controlID  = regexp.MustCompile(`^RF-([A-Z])-[0-9]{2}$`)
	paramName  = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)
	since      = regexp.MustCompile(`^[0-9]+\.[0-9]+$`)
	severities = []string{"critical", "high", "medium", "low"}
	frameworks = []string{"ccm", "cis_m365", "gdpr", "iso_27001", "nis2", "nist_800_53"}
)

// family is what custom of a family's METADATA holds.
type family struct {
	Family string
	Order  int
}

// letters are those that the ids of a family's controls have, by the name of its folder.
var letters = map[string]string{
	"evidence": "E", "geofence": "G", "isolation": "TMF", "keyownership": "K", "mapping": "X", "provisioning": "P",
}

// families reads the METADATA of each family, by the name of its folder.
func families(t *testing.T) map[string]family {
	t.Helper()
	all := map[string]family{}
	for file, m := range withoutTests(modules(t)) {
		if !isFamily(file) {
			continue
		}

		about := packageMetadata(m)
		if about == nil {
			t.Errorf("%s: no METADATA on the package", file)
			continue
		}

		var f family
		decodeCustom(t, file, about, &f)

		if len(m.Rules) > 0 || about.Title == "" || about.Description == "" || f.Family == "" || f.Order < 1 {
			t.Errorf("%s: a family has a title, a description, a name and an order, and no rules", file)
		}

		all[path.Base(path.Dir(file))] = f
	}

	return all
}

// TestFamilies: each folder of controls is described, and no two families claim
// one place.
func TestFamilies(t *testing.T) {
	all := families(t)
	for file := range controls(t) {
		if name := strings.Split(file, "/")[1]; all[name].Family == "" {
			t.Errorf("%s: nothing describes the family %s", file, name)
		}
	}

	claims := map[int]string{}
	for name, f := range all {
		if other := claims[f.Order]; other != "" {
			t.Errorf("families %s and %s both claim place %d", name, other, f.Order)
		}
		claims[f.Order] = name
		if letters[name] == "" {
			t.Errorf("%s: no id of a control can be in the family", name)
		}
	}
}

func TestMetadata(t *testing.T) {
	nist := nistIDs(t)
	seen := map[string]string{}
	for file, m := range controls(t) {
		about := packageMetadata(m)
		if about == nil {
			t.Errorf("%s: no METADATA on the package", file)
			continue
		}

		md := checkMetadata(t, file, about)
		ours := letters[strings.Split(file, "/")[1]]
		if id := controlID.FindStringSubmatch(md.ID); id == nil || !strings.Contains(ours, id[1]) {
			t.Errorf("%s: id %s", file, md.ID)
		}
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

func packageMetadata(m *ast.Module) *ast.Annotations {
	for _, a := range m.Annotations {
		if a.Scope == "package" {
			return a
		}
	}
	return nil
}

func checkMetadata(t *testing.T, file string, a *ast.Annotations) metadata {
	t.Helper()
	var md metadata
	decodeCustom(t, file, a, &md)

	need := func(ok bool, what string) {
		t.Helper()
		if !ok {
			t.Errorf("%s: %s", file, what)
		}
	}

	need(a.Title != "" && !strings.HasSuffix(a.Title, "."), "title")
	need(a.Description != "", "description")
	need(len(a.RelatedResources) > 0, "related_resources")

	for _, r := range a.RelatedResources {
		isLearn := r.Ref.Host == "learn.microsoft.com" && r.Ref.Scheme == "https"
		need(isLearn && r.Description != "", "related resource "+r.Ref.String())
	}

	need(since.MatchString(md.Since), "since "+md.Since)
	need(slices.Contains(severities, md.Severity), "severity "+md.Severity)
	need(slices.Contains([]string{"client", "msp", "fleet"}, md.Scope), "scope "+md.Scope)
	need(md.Remediation != "" && md.Limits != "", "remediation and limits")
	need(cmp.Equal(frameworks, slices.Sorted(maps.Keys(md.Maps))), "maps: "+strings.Join(frameworks, ", "))

	for _, name := range md.Unverified {
		need(name != "nist_800_53" && slices.Contains(frameworks, name), "unverified "+name)
	}

	for name, p := range md.Params {
		need(paramName.MatchString(name) && p.Description != "", "param "+name)
		need(fits(p.Type, p.Default), "default of param "+name+" is no "+p.Type)
	}

	return md
}

// decodeCustom decodes a METADATA's custom; an unknown name in it is an error.
func decodeCustom(t *testing.T, file string, a *ast.Annotations, into any) {
	t.Helper()
	raw, err := json.Marshal(a.Custom)
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}

	dec := json.NewDecoder(strings.NewReader(string(raw)))
	dec.DisallowUnknownFields()

	if err := dec.Decode(into); err != nil {
		t.Errorf("%s: custom: %v", file, err)
	}
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
