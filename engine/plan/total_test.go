package plan_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/open-policy-agent/opa/v1/ast"

	"ringfence/engine/plan"
)

// TestRulesDecide: the datasets of which a rule of fail must see everything are
// those that decide, not those that only make its words.
func TestRulesDecide(t *testing.T) {
	const words = "\n" + `_name(id) := n if { n := _names[id] } else := "a role"
_names := {r._id: r.displayName | some r in input.entra.role_definitions}
_known(id) := n if { n := _names[id] }
_first := n if { some r in input.entra.role_definitions; n := r.displayName } else := "none"
`
	for name, tc := range map[string]struct{ rule, gates string }{
		"words, with an else": {`fail contains {"subject": a._subject, "message": _name(a.roleDefinitionId)} if { some a in input.entra.role_assignments }`, ""},
		"words in a function": {`fail contains _entry(a) if some a in input.entra.role_assignments
_entry(a) := {"subject": a._subject, "message": m} if { m := sprintf("%s", [_name(a.roleDefinitionId)]) }`, ""},
		"words that may be missing":   {`fail contains {"subject": a._subject, "message": _known(a.roleDefinitionId)} if { some a in input.entra.role_assignments }`, "entra.role_definitions"},
		"a rule's value":              {`fail contains {"subject": a._subject, "message": m} if { some a in input.entra.role_assignments; m := _first }`, "entra.role_definitions"},
		"counted":                     {`fail contains {"subject": a._subject, "message": "x"} if { some a in input.entra.role_assignments; n := count(input.entra.users); n > 1 }`, "entra.users"},
		"compared with what is bound": {`fail contains {"subject": a._subject, "message": "x"} if { some a in input.entra.role_assignments; x := a.names; x = {u.id | some u in input.entra.users} }`, "entra.users"},
		"negated":                     {`fail contains {"subject": a._subject, "message": "x"} if { some a in input.entra.role_assignments; not _names[a.id] }`, "entra.role_definitions"},
		"a subject that is made":      {`fail contains {"subject": _name(a.roleDefinitionId), "message": "x"} if { some a in input.entra.role_assignments }`, "entra.role_definitions"},
		"plainly":                     {`fail contains {"subject": a._subject, "message": "x"} if { some a in input.entra.role_assignments; some u in input.entra.users; u._id == a.principalId }`, ""},
	} {
		module := "package test.control\n\n" + tc.rule + words
		c, err := ast.CompileModulesWithOpt(map[string]string{"c.rego": module}, ast.CompileOpts{ParserOptions: ast.ParserOptions{RegoVersion: ast.RegoV1}})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}

		known := []string{"entra.role_assignments", "entra.role_definitions", "entra.users"}
		_, reads := plan.Rules(c, ast.MustParseRef("data.test.control"), "fail", known, nil)
		var gates []string
		for _, dataset := range slices.Sorted(maps.Keys(reads[0].Datasets)) {
			if reads[0].Datasets[dataset].Kind.Gates() {
				gates = append(gates, dataset)
			}
		}

		if got := strings.Join(gates, " "); got != tc.gates {
			t.Errorf("%s: %q, not %q", name, got, tc.gates)
		}
	}
}
