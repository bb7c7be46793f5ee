package plan_test

import (
	"fmt"

	"github.com/open-policy-agent/opa/v1/ast"

	"ringfence/engine/plan"
)

// The example of the package comment: who is no guest passes.
func ExampleAnalyse() {
	policy := `package p

pass contains u._subject if {
	some u in input.entra.users
	not guest(u)
}

guest(x) if x.userType == "Guest"
`
	compiler := ast.MustCompileModules(map[string]string{"p.rego": policy})
	datasets, attributes := []string{"entra.groups", "entra.users"}, []string{"fence"}
	p := plan.Analyse(compiler, ast.MustParseRef("data.p"), datasets, attributes)

	users := p.Pass.Datasets["entra.users"]
	fmt.Println("entra.users:", users.Kind)
	for _, path := range users.Document.Paths() {
		fmt.Printf("%s: %s; whole: %q\n", path.Path, path.Read, path.Whole)
	}

	// Output:
	// entra.users: plain
	// /_subject: plain; whole: "plain, aggregate"
	// /userType: negated; whole: ""
}
