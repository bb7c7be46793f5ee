package plan_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/open-policy-agent/opa/v1/ast"

	"ringfence/engine/plan"
)

var known = []string{"azure.resources", "azure.resource_groups", "entra.users", "entra.groups"}

// TestAnalyse: which datasets pass reads, and whether a read is negated.
func TestAnalyse(t *testing.T) {
	for name, tc := range map[string]struct {
		rules string
		want  map[string]bool
	}{
		"iteration":         {`pass contains u.id if some u in input.entra.users`, map[string]bool{"entra.users": false}},
		"index":             {`pass contains input.entra.users[i].id if i >= 0`, map[string]bool{"entra.users": false}},
		"not":               {`pass contains "x" if not input.entra.users[0].id == "y"`, map[string]bool{"entra.users": true}},
		"every":             {`pass contains "x" if every u in input.entra.users { u.id == "y" }`, map[string]bool{"entra.users": true}},
		"comprehension":     {`pass contains "x" if count({u | some u in input.entra.users}) == 0`, map[string]bool{"entra.users": true}},
		"aggregate":         {`pass contains "x" if count(input.entra.users) == 0`, map[string]bool{"entra.users": true}},
		"as a whole":        {`pass contains "x" if { all := input.entra.users; all[_].id == "y" }`, map[string]bool{"entra.users": true}},
		"an area":           {`pass contains "x" if { e := input.entra; e.users[_].id == "y" }`, map[string]bool{"entra.users": true, "entra.groups": true}},
		"a name computed":   {`pass contains "x" if input[a].users[_].id == "y"`, map[string]bool{"azure.resources": true, "azure.resource_groups": true, "entra.users": true, "entra.groups": true}},
		"all input":         {`pass contains "x" if walk(input, [_, "y"])`, map[string]bool{"azure.resources": true, "azure.resource_groups": true, "entra.users": true, "entra.groups": true}},
		"a helper":          {"pass contains u.id if { some u in input.entra.users; good(u) }\ngood(u) if some g in input.entra.groups", map[string]bool{"entra.users": false, "entra.groups": false}},
		"a negated helper":  {"pass contains u.id if { some u in input.entra.users; not bad(u) }\nbad(u) if some g in input.entra.groups", map[string]bool{"entra.users": false, "entra.groups": true}},
		"membership":        {"pass contains u.id if { some u in input.entra.users; u.id in ids }\nids contains g.id if some g in input.entra.groups", map[string]bool{"entra.users": false, "entra.groups": false}},
		"no membership":     {"pass contains u.id if { some u in input.entra.users; not u.id in ids }\nids contains g.id if some g in input.entra.groups", map[string]bool{"entra.users": false, "entra.groups": true}},
		"asked in a not":    {"pass contains u.id if { some u in input.entra.users; not other(u) }\nother(u) if u.id in ids\nids contains g.id if some g in input.entra.groups", map[string]bool{"entra.users": false, "entra.groups": true}},
		"a computed flag":   {"pass contains u.id if { some u in input.entra.users; b := u.id in ids; b == false }\nids contains g.id if some g in input.entra.groups", map[string]bool{"entra.users": false, "entra.groups": true}},
		"a counted set":     {"pass contains \"x\" if count(ids) == 1\nids contains g.id if some g in input.entra.groups", map[string]bool{"entra.groups": true}},
		"a counted object":  {"pass contains \"x\" if count(m) == 1\nm[g.id] := g if some g in input.entra.groups", map[string]bool{"entra.groups": true}},
		"a counted element": {"pass contains u.id if { some u in input.entra.users; count(m[u.id]) < 2 }\nm[g.scope] contains g.id if some g in input.entra.groups", map[string]bool{"entra.users": false, "entra.groups": true}},
		"an asked element":  {"pass contains u.id if { some u in input.entra.users; u.id in m.a }\nm[g.scope] contains g.id if some g in input.entra.groups", map[string]bool{"entra.users": false, "entra.groups": false}},
		"asked and counted": {"pass contains \"x\" if count(s) == 1\ns := all if { all := ids; \"a\" in all }\nids contains g.id if some g in input.entra.groups", map[string]bool{"entra.groups": true}},
		"a position":        {`pass contains "x" if input.entra.groups[0].id == "y"`, map[string]bool{"entra.groups": true}},
		"a default":         {"pass contains \"x\" if none\ndefault none := true\nnone := false if some g in input.entra.groups", map[string]bool{"entra.groups": true}},
		"an else":           {"pass contains \"x\" if kind == 2\nkind := 1 if { some g in input.entra.groups } else := 2", map[string]bool{"entra.groups": true}},
		"two of both":       {"pass contains u.id if { some u in input.entra.users; not bad }\nbad if some u in input.entra.users", map[string]bool{"entra.users": true}},
		"not reached":       {"pass contains \"x\"\nother if some u in input.entra.users", map[string]bool{}},
		"an import":         {`pass contains u.id if some u in people`, map[string]bool{"entra.users": false}},
	} {
		t.Run(name, func(t *testing.T) {
			src := "package p\n\nimport input.entra.users as people\n\na := \"entra\"\n\nsubjects contains \"x\"\n" + tc.rules
			c := ast.NewCompiler()
			c.Compile(map[string]*ast.Module{"p.rego": ast.MustParseModule(src)})
			if c.Failed() {
				t.Fatal(c.Errors)
			}
			got := plan.Analyse(c, ast.MustParseRef("data.p"), known, nil).Pass.Datasets
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestPromises(t *testing.T) {
	c := ast.NewCompiler()
	c.Compile(map[string]*ast.Module{"p.rego": ast.MustParseModule("package p\n\nsubjects contains \"x\" if input.client.fence.regions\n\npass contains \"x\" if { c := input.client; c.keys }")})
	p := plan.Analyse(c, ast.MustParseRef("data.p"), known, []string{"fence", "keys"})
	if diff := cmp.Diff(map[string]bool{"client.fence": true}, p.Subjects.Promises); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"client.fence", "client.keys"}, p.Promises()); diff != "" {
		t.Error(diff)
	}
}

// TestNeeds: what every rule of subjects needs of the promise.
func TestNeeds(t *testing.T) {
	for rules, want := range map[string]bool{
		`subjects contains "x" if is_array(input.client.keys)`:                                         true,
		"subjects contains \"x\" if promised\npromised if is_object(input.client.keys)":                true,
		`subjects contains k if some k in input.client.keys`:                                           true,
		`subjects contains "x" if input.client.keys == 1`:                                              false,
		`subjects contains "x" if is_null(input.client.keys)`:                                          false,
		`subjects contains "x" if not is_array(input.client.keys)`:                                     false,
		`subjects contains "x" if count([1 | is_array(input.client.keys)]) == 0`:                       false,
		"subjects contains \"x\" if is_array(input.client.keys)\nsubjects contains \"y\" if input.msp": false,
	} {
		c := ast.NewCompiler()
		c.Compile(map[string]*ast.Module{"p.rego": ast.MustParseModule("package p\n\n" + rules)})
		if c.Failed() {
			t.Fatal(c.Errors)
		}
		if got := plan.Analyse(c, ast.MustParseRef("data.p"), known, []string{"keys"}).Subjects.Promises["client.keys"]; got != want {
			t.Errorf("%s: %v", rules, got)
		}
	}
}

// TestNames: which property names are read, and which of them in a negated place.
func TestNames(t *testing.T) {
	for name, tc := range map[string]struct {
		rules                string
		negated, plain       string
		allNames, allNegated bool
	}{
		"a not":            {`pass contains u.id if { some u in input.entra.users; not u.bad }`, "bad", "id", false, false},
		"a helper":         {"pass contains u.id if { some u in input.entra.users; not bad(u) }\nbad(u) if u.flag", "flag", "id", false, false},
		"object.get":       {`pass contains u.id if { some u in input.entra.users; object.get(u, ["a", "b"], 1) == 1 }`, "b", "id", false, false},
		"a computed name":  {`pass contains u.id if { some u in input.entra.users; k := concat("", ["b"]); not u[k] }`, "", "id", true, true},
		"any value":        {`pass contains u.id if { some u in input.entra.users; not bad(u.list) }` + "\nbad(l) if { some x in l; x == 1 }", "", "list", true, false},
		"a document":       {`pass contains "x" if { not bad }` + "\nbad if { some u in input.entra.users; u.id == 1 }", "id", "", false, false},
		"a walk":           {`pass contains u.id if { some u in input.entra.users; walk(u, [_, 1]) }`, "", "id", true, false},
		"a walk in a not":  {"pass contains u.id if { some u in input.entra.users; not bad(u) }\nbad(u) if walk(u, [_, 1])", "", "id", true, true},
		"the written form": {`pass contains u.id if { some u in input.entra.users; not contains(json.marshal(u), "x") }`, "", "id", true, true},
	} {
		t.Run(name, func(t *testing.T) {
			c := ast.NewCompiler()
			c.Compile(map[string]*ast.Module{"p.rego": ast.MustParseModule("package p\n\nsubjects contains \"x\"\n" + tc.rules)})
			if c.Failed() {
				t.Fatal(c.Errors)
			}
			got := plan.Analyse(c, ast.MustParseRef("data.p"), known, nil).Pass
			if tc.negated != "" && !got.Names[tc.negated] || tc.plain != "" && (got.Names[tc.plain] || !got.Named(tc.plain)) {
				t.Errorf("names: %v", got.Names)
			}
			if got.AllNames != tc.allNames || got.AllNegated != tc.allNegated {
				t.Errorf("all names %v, negated %v", got.AllNames, got.AllNegated)
			}
		})
	}
}
