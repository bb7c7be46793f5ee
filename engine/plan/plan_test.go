package plan_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

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
		"index":             {`pass contains input.entra.users[i].id if some i`, map[string]bool{"entra.users": false}},
		"a used index":      {`pass contains input.entra.users[i].id if i >= 0`, map[string]bool{"entra.users": true}},
		"one index":         {`pass contains input.entra.users[i].id if input.entra.users[i].name == "x"`, map[string]bool{"entra.users": false}},
		"a shared index":    {`pass contains input.entra.users[i].id if input.entra.groups[i].name == "x"`, map[string]bool{"entra.users": true, "entra.groups": true}},
		"not":               {`pass contains "x" if not input.entra.users[0].id == "y"`, map[string]bool{"entra.users": true}},
		"every":             {`pass contains "x" if every u in input.entra.users { u.id == "y" }`, map[string]bool{"entra.users": true}},
		"comprehension":     {`pass contains "x" if count({u | some u in input.entra.users}) == 0`, map[string]bool{"entra.users": true}},
		"aggregate":         {`pass contains "x" if count(input.entra.users) == 0`, map[string]bool{"entra.users": true}},
		"an alias":          {`pass contains "x" if { all := input.entra.users; all[_].id == "y" }`, map[string]bool{"entra.users": false}},
		"an area":           {`pass contains "x" if { e := input.entra; e.users[_].id == "y" }`, map[string]bool{"entra.users": false, "entra.groups": false}},
		"areas":             {`pass contains "x" if { b := lower("ENTRA"); is_object(input[b]); input[b].users[_].id == "y" }`, map[string]bool{"entra.users": false, "entra.groups": false, "azure.resources": false, "azure.resource_groups": false}},
		"an area by rule":   {`pass contains "x" if { is_object(input[a]); input[a].users[_].id == "y" }`, map[string]bool{"entra.users": false, "entra.groups": false}},
		"a whole area":      {`pass contains "x" if json.marshal(input.entra) != "y"`, map[string]bool{"entra.users": true, "entra.groups": true}},
		"a name computed":   {`pass contains "x" if input[a].users[_].id == "y"`, map[string]bool{"entra.users": false}},
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
		"a bare area":       {`pass contains "x" if not input.entra`, map[string]bool{"entra.users": true, "entra.groups": true}},
		"counted input":     {`pass contains "x" if count(input) == 1`, map[string]bool{"azure.resources": true, "azure.resource_groups": true, "entra.users": true, "entra.groups": true}},
		"a position of any": {`pass contains "x" if input.entra[_][0].id == "y"`, map[string]bool{"entra.users": true, "entra.groups": true}},
		"another key":       {"pass contains \"x\" if r[_].b\nr[x].l contains 1 if { x := \"k\"; some g in input.entra.groups }", map[string]bool{"entra.groups": false}},
		"an import":         {`pass contains u.id if some u in people`, map[string]bool{"entra.users": false}},
	} {
		t.Run(name, func(t *testing.T) {
			src := "package p\n\nimport input.entra.users as people\n\na := \"entra\"\n\nsubjects contains \"x\"\n" + tc.rules
			c := ast.NewCompiler()
			c.Compile(map[string]*ast.Module{"p.rego": ast.MustParseModule(src)})

			if c.Failed() {
				t.Fatal(c.Errors)
			}

			got := map[string]bool{}
			for name, d := range plan.Analyse(c, ast.MustParseRef("data.p"), known, nil).Pass.Datasets {
				got[name] = d.Kind.Gates()
			}

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
		`subjects contains "x" if input.client.keys.k with input.client.keys as {"k": 1}`:              false,
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

// TestParams: which parameters a control reads by name.
func TestParams(t *testing.T) {
	for rules, want := range map[string][]string{
		`pass contains "x" if input.params.a == 1`:                          {"a"},
		`pass contains "x" if { p := input.params; p.a == 1; p["b"] == 2 }`: {"a", "b"},
		`pass contains "x" if object.get(input, ["params", "a"], 1) == 1`:   {"a"},
		`pass contains "x" if not input.params.a`:                           {"a"},
		`pass contains "x" if input.client.name == "n"`:                     nil,
		`pass contains "x" if input.params[_] == 1`:                         nil,
		`pass contains "x" if count(input.params) == 1`:                     nil,
		`fail contains {"subject": "x", "message": input.params.m}`:         {"m"},
		`subjects contains input.params.m`:                                  {"m"},
	} {
		c := ast.NewCompiler()
		c.Compile(map[string]*ast.Module{"p.rego": ast.MustParseModule("package p\n\n" + rules)})

		if c.Failed() {
			t.Fatal(c.Errors)
		}

		got := plan.Analyse(c, ast.MustParseRef("data.p"), known, []string{"keys"}).Params()
		if !slices.Equal(got, want) {
			t.Errorf("%s: %v", rules, got)
		}
	}
}

// TestNested: a plan is made in time also where objects hold objects that hold
// the same ones.
func TestNested(t *testing.T) {
	rules := "package p\n\npass contains u.id if {\n\tsome u in input.entra.users\n\to0 := {\"a\": u.a}\n"
	for i := range 60 {
		rules += fmt.Sprintf("\to%d := {\"a\": o%d, \"b\": o%d}\n", i+1, i, i)
	}

	rules += "\tf(o60, u.b)\n}\n\nf(x, y) if x.a.b == y\n"
	c := ast.NewCompiler()
	c.Compile(map[string]*ast.Module{"p.rego": ast.MustParseModule(rules)})

	if c.Failed() {
		t.Fatal(c.Errors)
	}

	planned := make(chan plan.Plan, 1)
	go func() { planned <- plan.Analyse(c, ast.MustParseRef("data.p"), known, nil) }()

	select {
	case p := <-planned:
		if got := p.Pass.Datasets["entra.users"].Document; got.Names["a"] == nil || got.Names["b"] == nil {
			t.Errorf("%+v", got)
		}
	case <-time.After(5 * time.Minute): // it takes milliseconds
		t.Fatal("no plan after five minutes")
	}
}

// TestPaths: which properties of entra.users pass reads, and how. Also of a value
// that is read as a whole the names are told: where no schema knows them, they
// are all that can be found lacking.
func TestPaths(t *testing.T) {
	const some = "pass contains u.id if { some u in input.entra.users; "
	const everything = " plain+; /id plain+"
	for name, tc := range map[string]struct{ rules, want string }{
		"a not":                {some + `not u.bad }`, "/bad negated; /id plain+"},
		"a helper":             {some + "not bad(u) }\nbad(u) if u.flag", "/flag negated; /id plain+"},
		"two helpers":          {some + "good(u.a); not good(u.b) }\ngood(x) if x.c", "/a/c plain!; /b/c negated; /id plain+"},
		"a returned place":     {some + "f(u).c == 1 }\nf(x) := x.a", "/a plain+; /a/c plain; /id plain+"},
		"a result":             {some + "x := f(u.a); x == 1 }\nf(y) := y", "/a plain+; /id plain+"},
		"an else":              {some + "f(u) == 1 }\nf(x) := 1 if { x.a } else := 2", "/a negated; /id plain+"},
		"also by itself":       {some + `not u.a; u.a.b == 1 }`, "/a plain, negated; /a/b plain; /id plain+"},
		"object.get":           {some + `object.get(u, ["a", "b"], 1) == 1 }`, "/a/b negated; /id plain+"},
		"object.get, then":     {some + `x := object.get(u, "a", {}); x.b == 1 }`, "/a negated; /a/b plain; /id plain+"},
		"a computed get":       {some + `object.get(u, lower(u.k), 1) == 1 }`, " plain+; /id plain+; /k plain+"},
		"a computed name":      {some + `k := concat("", ["b"]); not u[k] }`, "/id plain+; /* negated"},
		"any value":            {some + "not bad(u.list) }\nbad(l) if { some x in l; x == 1 }", "/id plain+; /list/* negated"},
		"every":                {some + "every x in u.list { x.a == 1 } }", "/id plain+; /list/*/a every"},
		"a comprehension":      {some + `count([x | some x in u.list]) == 1 }`, "/id plain+; /list/* comprehension"},
		"a set":                {some + `count({x | some x in u.list}) == 1 }`, "/id plain+; /list/* comprehension+"},
		"a count":              {some + `count(u.list) == 1 }`, "/id plain+; /list/* aggregate"},
		"a type":               {some + `is_array(u.list); u.other == null }`, "/id plain+; /list plain; /other plain!"},
		"an empty array":       {some + `u.a == [] }`, "/a/* aggregate; /id plain+"},
		"a written object":     {some + `{"k": 1} == u.a }`, "/a plain+; /id plain+"},
		"written, otherwise":   {some + `u.a != {"k": 1}; u.b in {[1]} }`, "/a plain+; /b plain+; /id plain+"},
		"a pair's pattern":     {some + "pairs[[\"x\", o]]; o == u.b }\npairs contains [g.k, g.o] if some g in input.entra.users", "/b plain+; /id plain+; /k plain+!; /o plain+!"},
		"compared":             {some + `u.a == u.b }`, "/a plain+; /b plain+; /id plain+"},
		"among constants":      {some + `u.a in {1, 2} }`, "/a plain; /id plain+"},
		"a document":           {"pass contains \"x\" if not bad\nbad if { some u in input.entra.users; u.id == 1 }", "/id negated"},
		"a walk":               {some + `walk(u, [_, 1]) }`, " plain+; /id plain+"},
		"the written form":     {some + `not contains(json.marshal(u), "x") }`, " plain+; /id plain+"},
		"a pattern":            {some + `[a, {"k": b}] := [u.a, {"k": u.b}]; a.x; b.y }`, "/a/x plain!; /b plain+; /b/y plain!; /id plain+"},
		"an array's element":   {some + `x := [u.a, u.b]; x[1].c }`, "/a/c plain!; /b/c plain!; /id plain+"},
		"a map of documents":   {"m := {u.id: u | some u in input.entra.users}\npass contains \"x\" if m.a.b", " comprehension+; /b plain!; /id comprehension+"},
		"a partial object":     {"m[u.id] := u.b if some u in input.entra.users\npass contains \"x\" if m.a.c", "/b plain+; /b/c plain!; /id plain+"},
		"in a written set":     {some + "some x in {u.a}; x.c == 1 }", "/a plain+; /a/c plain; /id plain+"},
		"in a made set":        {some + "some x in {y | y := u.a}; x.c == 1 }", "/a comprehension+; /a/c plain; /id plain+"},
		"in a partial set":     {"s contains u.a if some u in input.entra.users\npass contains \"x\" if { some x in s; x.c == 1 }", "/a plain+; /a/c plain"},
		"a set's key":          {"s contains u.a if some u in input.entra.users\npass contains \"x\" if { some x; s[x]; x.c == 1 }", "/a plain+!; /a/c plain"},
		"a rule's value":       {"r := u.a if some u in input.entra.users\npass contains \"x\" if r.c == 1", "/a plain+; /a/c plain"},
		"all a rule gives":     {"m[u.id] := u.b if some u in input.entra.users\npass contains \"x\" if { x := m; x.a.c == 1 }", "/b plain, aggregate+; /b/c plain; /id plain, aggregate+"},
		"an object's part":     {some + "{\"c\": x} = u.a; x.d == 1 }", "/a plain+; /a/c/d plain; /id plain+"},
		"part of a set":        {some + "some x in {u.a} | set(); x.c == 1 }", "/a plain+; /a/c plain; /id plain+"},
		"part of sets":         {some + "some x in union({{u.a}}); x.c == 1 }", "/a plain+; /a/c plain; /id plain+"},
		"another default":      {some + "x := object.get({}, u.k, u.a); x.c == 1 }", "/a plain!; /a/c plain; /id plain+; /k plain+!"},
		"a list of them":       {"l := [u | some u in input.entra.users; u.a]\npass contains x.b if some x in l", " comprehension+; /a comprehension; /b plain+"},
		"a template":           {some + `$"{u.a} and {u.b}" == "x" }`, "/a comprehension+; /b comprehension+; /id plain+"},
		"a text in a local":    {some + `k := "a"; object.get(u, k, 1) == 1 }`, "/a negated; /id plain+"},
		"a text handed on":     {some + "not has(u, \"a\") }\nhas(x, k) if x[k] == 1", "/a negated; /id plain+"},
		"each of some texts":   {some + `every k in ["a", "b"] { not u[k] == 1 } }`, "/a negated, every; /b negated, every; /id plain+"},
		"a text, or another":   {some + `some k in ["a", lower("B")]; not u[k] == 1 }`, "/id plain+; /* negated"},
		"a rule's texts":       {some + "not u[name] == 1 }\nname := \"a\" if input.client.keys\nname := \"b\" if not input.client.keys", "/a negated; /b negated; /id plain+"},
		"flattened":            {some + `x := array.flatten([[u.a], u.b]); not x[0].c == 1 }`, "/a plain+!; /a/c negated; /b plain+!; /b/c negated; /b/*/c negated; /id plain+"},
		"patched":              {some + `x := json.patch({"z": u.a}, []); not x.z.c == 1 }`, "/a plain+!; /a/c negated; /id plain+"},
		"compared below":       {some + "xs := u.a; count([1 | some g in input.entra.users; xs == g.b; 1 in xs]) == 0 }", "/a plain+!; /a/* comprehension+; /b comprehension+; /id plain+"},
		"unified in an object": {some + `x := {"l": u.a}; not x.l = 1 }`, "/a plain!; /id plain+"},
		"a text, or a number":  {some + `some k in ["a", 0]; not u.list[k] == 1 }`, "/id plain+; /list/* negated"},
		"used in a list":       {some + `x := [u.a]; not x[0] == 1 }`, "/a plain!; /id plain+"},
		"used in an object":    {some + `x := {"l": u.a}; not x.l == 1 }`, "/a plain!; /id plain+"},
		"a pattern's constant": {some + "not f([u.a]) }\nf([1]) := true", "/a plain!; /id plain+"},
		"lists handed on":      {some + "good([u.a]); good([u.b]) }\ngood(x) if x[_].c == 1", "/a/c plain; /b/c plain; /id plain+"},
		"objects handed on":    {some + "good({\"k\": u.a}); good({\"k\": u.b}) }\ngood(x) if x.k.c == 1", "/a/c plain; /b/c plain; /id plain+"},
		"a kept type check":    {some + `is_string(u.a) == false }`, "/a plain!; /id plain+"},
		"one in a template":    {some + `$"{is_string(u.a)}" == "false" }`, "/a comprehension; /id plain+"},
		"one by itself":        {some + `is_string(u.a) }`, "/a plain; /id plain+"},
		"a later not":          {"import future.keywords.not\n" + some + `not { u.a == 1 } }`, everything},
		"a later or":           {"import future.keywords.or\n" + some + `u.a == 1 or u.b == 2 }`, everything},
		"the whole document":   {"pass contains u if some u in input.entra.users", " plain+"},
		"a foreign key":        {some + "some g in input.entra.users; g.k == u.k }", "/id plain+; /k plain+"},
		"with":                 {some + `f with input.a as 1 }` + "\nf if input.a == 1", " plain+"},
		"a set's difference":   {some + "x := u.list[_]; s := {x} - {1}; count(s) == 1 }", "/id plain+; /list/* plain+!"},
	} {
		t.Run(name, func(t *testing.T) {
			c := ast.NewCompiler()
			c.Compile(map[string]*ast.Module{"p.rego": ast.MustParseModule("package p\n\n" + tc.rules + "\nsubjects contains \"x\"")})

			if c.Failed() {
				t.Fatal(c.Errors)
			}

			var got []string
			for _, p := range plan.Analyse(c, ast.MustParseRef("data.p"), known, nil).Pass.Datasets["entra.users"].Document.Paths() {
				got = append(got, p.Path+" "+p.Read.String()+marks(p))
			}

			if diff := cmp.Diff(strings.Split(tc.want, "; "), got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// marks are those of a path of which everything is read, and of one where null or
// another type can be an answer.
func marks(p plan.Path) (m string) {
	if p.Whole != 0 {
		m = "+"
	}
	if p.Typed {
		m += "!"
	}
	return m
}

// TestJoined: whether another document can decide about a document's subject.
func TestJoined(t *testing.T) {
	const some = "some u in input.entra.users; "
	for rule, want := range map[string]bool{
		"pass contains u._subject if { " + some + "u.ok }":                                     false,
		"pass contains u.owner if { " + some + "u.ok }":                                        true,
		"pass contains \"entra.users/1\" if { " + some + "u.ok }":                              true,
		"pass contains u._subject if { " + some + "some v in input.entra.users; v.a == u.b }":  true,
		"pass contains g._subject if { some g in input.entra.groups; " + some + "u.a == g.b }": false,
	} {
		c := ast.NewCompiler()
		c.Compile(map[string]*ast.Module{"p.rego": ast.MustParseModule("package p\n\n" + rule)})

		if c.Failed() {
			t.Fatal(c.Errors)
		}

		if got := plan.Analyse(c, ast.MustParseRef("data.p"), known, nil).Pass.Datasets["entra.users"].Joined; got != want {
			t.Errorf("%s: %v", rule, got)
		}
	}
}

// TestFiles: the files of all rules behind a control, and of no other.
func TestFiles(t *testing.T) {
	c, err := compile(map[string]string{
		"p.rego":     "package p\n\nsubjects contains \"x\" if data.lib.a.ok\n\npass contains \"x\" if data.lib.b.f(1)\n\nfail contains \"x\" if false",
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

// TestLocal: which controls can be judged in parts, and which document by document.
func TestLocal(t *testing.T) {
	const some = "some u in input.entra.users; "
	for rules, want := range map[string]bool{
		"pass contains u._subject if { " + some + "u.ok }":                                                            true,
		"pass contains s if { " + some + "some s, _ in {\"x\": u._subject} }":                                         true,
		"pass contains s if { " + some + "s := object.union(u, {\"_subject\": \"x\"})._subject }":                     true,
		"pass contains s if { " + some + "some x in [u, json.unmarshal(\"{}\")]; s := x._subject }":                   true,
		"fail contains {\"message\": u.id} if { " + some + "u.ok }":                                                   true,
		"fail contains \"x\" if { " + some + "u.ok }":                                                                 true,
		"pass contains who(u) if { " + some + "u.ok }\nwho(u) := u._subject":                                          true,
		"pass contains who(u) if { " + some + "u.ok }\nwho(u) := u._subject\nwho(u) := \"x\" if u.a":                  true,
		"pass contains s if { " + some + "some s in [u._subject, \"x\"] }":                                            true,
		"pass contains s if { " + some + "s := object.get(u, \"_subject\", \"x\") }":                                  true,
		"pass contains s if { " + some + "s := array.concat([u._subject], [])[0] }":                                   true,
		"fail contains x if { " + some + "some x in [{\"subject\": u._subject}, {\"subject\": \"x\"}] }":              true,
		"pass contains u.owner if { " + some + "u.ok }":                                                               true,
		"pass contains u._subject if { " + some + "not u.bad }":                                                       true,
		"pass contains u._subject if { " + some + "not bad(u) }\nbad(u) if u.bad":                                     true,
		"pass contains \"x\" if not bad\nbad if input.entra.users[_].bad":                                             false,
		"pass contains input.entra.users[i]._subject if not input.entra.users[i].bad":                                 true,
		"pass contains \"x\" if every y in [1, 2] { input.entra.users[_].a == y }":                                    false,
		"pass contains \"x\" if input.entra.users[0].ok":                                                              false,
		"import future.keywords.not\npass contains u._subject if { " + some + "not { u.bad == 1 } }":                  false,
		"pass contains u._subject if { " + some + "some g in input.entra.groups; g.id == u.id }":                      false,
		"pass contains u._subject if { " + some + "count([g | some g in input.entra.groups]) == 1 }":                  false,
		"default pass := {\"x\"}\npass := {u._subject | some u in input.entra.users}":                                 false,
		"pass contains u._subject if { " + some + "u.ok }\nfail contains {\"subject\": u.id} if { " + some + "u.ok }": true,
	} {
		c := ast.NewCompiler()
		c.Compile(map[string]*ast.Module{"p.rego": ast.MustParseModule("package p\n\n" + rules)})

		if c.Failed() {
			t.Fatal(c.Errors)
		}

		if p := plan.Analyse(c, ast.MustParseRef("data.p"), known, nil); p.Local != want {
			t.Errorf("%s: %v", rules, p.Local)
		}
	}
}

// TestTested: of which properties null, or another type, could be taken for an
// answer although they are read plainly.
func TestTested(t *testing.T) {
	const some = "pass contains u._subject if { some u in input.entra.users; "
	for rules, want := range map[string]bool{
		some + "u.a == 1 }":                                false,
		some + "1 == u.a }":                                false,
		some + "u.a == null }":                             true,
		some + "null == u.a }":                             true,
		some + "u.a != 1 }":                                true,
		some + "u.a < 1 }":                                 true,
		some + "b := u.a == 1; b == false }":               true,
		some + "is_string(u.a) }":                          false,
		some + "is_null(u.a) }":                            true,
		some + "not is_string(u.a) }":                      true,
		some + "u.a in {1, 2} }":                           false,
		some + "u.a in {1, null} }":                        true,
		some + "u.a in [1, null] }":                        true,
		some + "not u.a in {1, 2} }":                       true,
		some + "not f(u.a) }\nf(x) if x == 1":              true,
		some + "x := u.a; not x == 1 }":                    true,
		some + "x := u.a; count([1 | x == 1]) == 0 }":      true,
		some + "x := u.a; every y in [1] { x == y } }":     true,
		some + "x := u.a; f(x) }\nf(x) if { x == null }":   true,
		some + "x := u.a; f(x) == 1 }\nf(null) := 1":       true,
		some + "x := u.a; f(x) == 1 }\nf(\"\") := 1":       false,
		some + "x := object.get(u, \"a\", 1); x == null }": true,
	} {
		c := ast.NewCompiler()
		c.Compile(map[string]*ast.Module{"p.rego": ast.MustParseModule("package p\n\nsubjects contains \"x\"\n" + rules)})

		if c.Failed() {
			t.Fatalf("%s: %v", rules, c.Errors)
		}

		a := plan.Analyse(c, ast.MustParseRef("data.p"), known, nil).Pass.Datasets["entra.users"].Document.Names["a"]
		if got := a.Tested.Gates(); got != want {
			t.Errorf("%s: %v", rules, got)
		}
	}
}
