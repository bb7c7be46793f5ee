package index

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"
)

func compiled(t *testing.T, rules string) *ast.Compiler {
	t.Helper()
	compiler, err := ast.CompileModules(map[string]string{"p.rego": "package p\n\n" + rules})
	if err != nil {
		t.Fatalf("%s: %v", rules, err)
	}
	return compiler
}

// TestFind: what is an index is found, and nothing else is: an index that is none would be
// answered for without OPA.
func TestFind(t *testing.T) {
	const asked, taken = "\nasked if x[\"a\"]", "\ntaken if count(x) > 1"
	for rules, want := range map[string]string{
		`x := {k: i | k := input.entra.users[i]._id}`:                          "entra.users only ids",
		`x := {k: i | k := input.entra.users[i]._id}` + asked:                  "entra.users only ids",
		`x := {k: i | k := input.entra.users[i]._id}` + taken:                  "entra.users",
		`x := {k: i | k := input.entra.users[i].displayName}`:                  "entra.users",
		`x := {k: i | k := input.entra.conditional_access_policies[i].a.b}`:    "entra.conditional_access_policies",
		`x := {k: i | some i; k := input.entra.users[i].mail}`:                 "entra.users",
		`x := {k: u | some i, u in input.entra.users; k := u.mail}`:            "",
		`x := {k: k | k := input.entra.users[_]._id}`:                          "",
		`x := {i: k | k := input.entra.users[i]._id}`:                          "",
		`x := {k: i | k := input.entra.users[i]._id; k != "a"}`:                "",
		`x := {k: i | k := input.entra.users[i].identities[0]}`:                "",
		`x := {k: i | k := input.entra.users[i].identities[_]}`:                "",
		`x := {k: i | k := input.client.domains[i].name}`:                      "",
		`x := {k: i | k := input.entra.nothing[i]._id}`:                        "",
		`x := {k: i | k := input.entra.users[0]._id; i := 0}`:                  "",
		`x := {k: i | k := input.entra.users[i]._id with input as {}}`:         "",
		`x := {k: i | k := lower(input.entra.users[i]._id)}`:                   "",
		`x := [k | k := input.entra.users[_]._id]`:                             "",
		`x := {k: i | k := input.entra.users[i]._id} if input.as_of`:           "",
		"default x := {}\n\nx := {k: i | k := input.entra.users[i]._id}":       "",
		`x := {k: i | k := input.entra.users[i]._id} if input.b else := {}`:    "",
		`x(_) := {k: i | k := input.entra.users[i]._id}`:                       "",
		`x.y := {k: i | k := input.entra.users[i]._id}`:                        "entra.users only ids",
		`x contains {k: i | k := input.entra.users[i]._id}`:                    "",
		`x[j] := {k: i | k := input.entra.users[i]._id} if some j in ["a"]`:    "",
		"x := {k: i | k := input.entra.users[i]._id}\n\nx := {} if input.none": "",
	} {
		got := ""
		for _, x := range Find(compiled(t, rules)) {
			if got += x.dataset; x.OnlyIDs {
				got += " only ids"
			}
		}
		if got != want {
			t.Errorf("%s\n  found %q, want %q", rules, got, want)
		}
	}
}

// TestOf: an index that is made here is what OPA makes of the rule, or is left to OPA, which
// says what is wrong with two documents that have one property.
func TestOf(t *testing.T) {
	compiler := compiled(t, `x := {k: i | k := input.entra.users[i].a.b}`)
	x := Find(compiler)[0]
	query, err := rego.New(rego.Query("y = [[k, v] | some k, v in data.p.x]; z = data.p.x"), rego.Compiler(compiler)).PrepareForEval(t.Context())
	if err != nil {
		t.Fatal(err)
	}

	r, same, left := rand.New(rand.NewPCG(1, 2)), 0, 0
	for range 300 {
		docs := documents(r)
		input := map[string]any{"entra": map[string]any{"users": docs}}
		result, err := query.Eval(t.Context(), rego.EvalInput(input))
		ours := x.of(ast.MustInterfaceToValue(docs).(*ast.Array))

		switch {
		case ours == nil && err != nil:
			left++
		case ours == nil || err != nil:
			t.Fatalf("%v: OPA says %v, %v; here it is %v", docs, result, err, ours)
		default:
			same++
			theirs := ast.MustInterfaceToValue(result[0].Bindings["y"])
			if pairs(ours).Compare(theirs) != 0 {
				t.Fatalf("%v: OPA says %v; here it is %v", docs, theirs, ours)
			}
		}
	}

	if same < 50 || left < 20 {
		t.Errorf("%d the same, %d left to OPA: too few of one kind", same, left)
	}
}

// pairs are an object's keys and values, in the order of the keys.
func pairs(of *ast.Term) ast.Value {
	list := ast.NewArray()
	_ = of.Value.(ast.Object).Iter(func(k, v *ast.Term) error {
		list = list.Append(ast.ArrayTerm(k, v))
		return nil
	})
	return list
}

// documents have a property at a path, another value there, or none.
func documents(r *rand.Rand) []any {
	docs := []any{}
	for range r.IntN(6) {
		docs = append(docs, []any{
			map[string]any{"a": map[string]any{"b": fmt.Sprint(r.IntN(12))}},
			map[string]any{"a": map[string]any{"b": nil}},
			map[string]any{"a": map[string]any{}},
			map[string]any{"a": "b"},
			"no object",
		}[max(0, r.IntN(9)-4)])
	}
	return docs
}
