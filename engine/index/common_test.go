package index

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/topdown"
)

// TestLibraries: which rules give the same for all controls, and what they follow from. One that
// is found wrongly would give one control what another one saw.
func TestLibraries(t *testing.T) {
	for rules, want := range map[string][]string{
		`x := 1`: {"x"},
		`x contains u._id if some u in input.entra.users`:                             {"x entra.users"},
		`x[u._id] := u.mail if some u in input.entra.users`:                           {"x entra.users"},
		`x[u._id] contains u.mail if some u in input.entra.users`:                     {"x entra.users"},
		`x := input.client.name`:                                                      {"x"},
		`x if input.as_of`:                                                            {"x"},
		`x := y` + "\n\ny := input.azure.resources":                                   {"x azure.resources", "y azure.resources"},
		`x := [f(u) | some u in input.entra.users]` + "\n\nf(u) := input.params[u.a]": nil,
		`x := [f(u) | some u in input.entra.users]` + "\n\nf(u) := input.entra.groups[u.a]": {
			"x entra.groups entra.users",
		},
		`x := input.params.a`:                                           nil,
		`x := input.fleet.clients`:                                      nil,
		`x := input.anything`:                                           nil,
		`x := input`:                                                    nil,
		`x := input.entra`:                                              nil,
		`x := input.entra[k] if some k in ["users"]`:                    nil,
		`x := input[k] if some k in ["client"]`:                         nil,
		`x := 1 if not input.params.a`:                                  nil,
		`x := 1 if { input.client.a } else := input.params`:             nil,
		"default x := 1\n\nx := input.params.a":                         nil,
		`x := {1 | input.params.a}`:                                     nil,
		`x := count(input.params)`:                                      nil,
		"x := z if z := y with input.client as {}\n\ny := 2":            {"x", "y"},
		`x := 1 if every u in input.entra.users { u.a }`:                {"x entra.users"},
		`x := 1 if every u in [1] { input.params[u] }`:                  nil,
		`x(_) := input.client.name`:                                     nil,
		`x.y := 1` + "\n\nx.z := input.params.a":                        {"x.y"},
		`x := data.p[k] if some k in ["y"]` + "\n\ny := input.params.a": nil,
	} {
		var got []string
		for _, l := range Libraries(compiled(t, rules), []string{"client", "as_of"}, func(ast.Ref) bool { return false }) {
			path := strings.TrimPrefix(l.path.String(), "data.p.")
			got = append(got, strings.Join(append([]string{path}, l.datasets...), " "))
		}
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", rules, diff)
		}
	}

	isControl := func(pkg ast.Ref) bool { return pkg.String() == "data.p" }
	if got := Libraries(compiled(t, "x := 1"), nil, isControl); len(got) > 0 {
		t.Errorf("rules of a control are shared: %v", got)
	}
}

// TestWithin: a control shares the rules that follow from what it sees, as wholes.
func TestWithin(t *testing.T) {
	compiler := compiled(t, "x contains u._id if some u in input.entra.users\n\n"+
		"y contains u._id if { some u in input.entra.users; input.entra.groups }\n\nz := 1")
	common := Within(Libraries(compiler, nil, func(ast.Ref) bool { return false }), []string{"entra.users"})
	for ref, want := range map[string]bool{
		"data.p.x": true, "data.p.y": false, "data.p.z": true, "data.p": false, `data.p.x["a"]`: false,
		"data.p.x[1]": false, "data.q": false, "data.p[x]": false, "data": false,
	} {
		if got := common.has(ast.MustParseRef(ref)); got != want {
			t.Errorf("%s: %t, want %t", ref, got, want)
		}
	}
}

// TestShared: what one query finds another one is told, unless it sees other documents or is
// within a "with".
func TestShared(t *testing.T) {
	compiler := compiled(t, "x := 1")
	common := Within(Libraries(compiler, nil, func(ast.Ref) bool { return false }), nil)
	rule, value := ast.MustParseRef("data.p.x"), ast.StringTerm("found")
	others := ast.MustParseRef("data.p.other")

	var made Made
	open := func(common *Common) topdown.VirtualCache { return made.Cache(nil, common, nil, nil) }
	first := open(common)
	first.Push()
	first.Put(rule, value)
	first.Pop()
	if got, _ := open(common).Get(rule); got != nil {
		t.Errorf("what was found within a with is shared: %v", got)
	}

	first.Put(rule, value)
	first.Put(others, value)
	if got, _ := open(common).Get(rule); got != value {
		t.Errorf("shared: %v", got)
	}
	if got, _ := open(common).Get(others); got != nil {
		t.Errorf("a rule that is not common is shared: %v", got)
	}
	if got, _ := open(nil).Get(rule); got != nil {
		t.Errorf("who shares nothing is told %v", got)
	}

	second := open(common)
	second.Push()
	if got, _ := second.Get(rule); got != nil {
		t.Errorf("within a with it is told %v", got)
	}

	less := made.Cache(nil, common, map[string]*ast.Array{"entra.users": ast.NewArray()}, nil)
	if got, _ := less.Get(rule); got != nil {
		t.Errorf("who sees other documents is told %v", got)
	}

	made = Made{}
	open(common).Put(rule, nil)
	if got, undefined := open(common).Get(rule); got != nil || !undefined {
		t.Errorf("what gives nothing is not shared: %v %t", got, undefined)
	}
}
