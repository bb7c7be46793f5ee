package plan_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/open-policy-agent/opa/v1/ast"

	"ringfence/engine/plan"
)

// TestElements: of each rule of a set of somebody else's, which keys of the input it
// reads, how, and which texts its elements can have.
func TestElements(t *testing.T) {
	const text = `package x

tests contains {"PolicyId": "A.1", "Met": met} if met := count(input.meetings) == 0

tests contains {"PolicyId": id, "Met": false} if {
	some id in ["A.2", "A.3"]
	not licence
}

tests contains {"PolicyId": input.own, "Met": true}

tests contains made("A.4")

tests contains {"PolicyId": "A.5", "Met": whole(input)}

licence := object.get(input, "licence", false)

made(id) := {"PolicyId": id, "Met": input.list[_].ok}

whole(x) := count(x) > 0
`
	module, err := ast.ParseModuleWithOpts("x.rego", text, ast.ParserOptions{RegoVersion: ast.RegoV1})
	if err != nil {
		t.Fatal(err)
	}
	compiler := ast.NewCompiler()
	if compiler.Compile(map[string]*ast.Module{"x.rego": module}); compiler.Failed() {
		t.Fatal(compiler.Errors)
	}

	type read struct {
		IDs, Keys  []string
		Gates, All bool
	}
	var got []read
	for _, e := range plan.Elements(compiler, ast.MustParseRef("data.x.tests"), "PolicyId") {
		got = append(got, read{
			e.Texts["PolicyId"], slices.Sorted(maps.Keys(e.Input.Names)), e.Input.Gates(),
			e.Input.Whole != 0 || e.Input.Any != nil,
		})
	}

	want := []read{
		{[]string{"A.1"}, []string{"meetings"}, true, false}, // counted: as a whole
		{[]string{"A.2", "A.3"}, []string{"licence"}, true, false},
		{nil, []string{"own"}, true, false}, // compared with other elements
		{[]string{"A.4"}, []string{"list"}, true, false},
		{[]string{"A.5"}, nil, true, true},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
