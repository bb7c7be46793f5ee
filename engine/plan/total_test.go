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
	all := blocks(t, "decides")
	helpers := all[0]
	known := []string{"entra.role_assignments", "entra.role_definitions", "entra.users"}
	for _, b := range all[1:] {
		rules, want, _ := strings.Cut(b, "\n=> ")
		_, reads := plan.Rules(compiled(t, rules+"\n"+helpers), ast.MustParseRef("data.p"), "fail", known, nil)

		var gates []string
		for _, dataset := range slices.Sorted(maps.Keys(reads[0].Datasets)) {
			if reads[0].Datasets[dataset].Kind.Gates() {
				gates = append(gates, dataset)
			}
		}
		if got := list(gates, " "); got != want {
			t.Errorf("%s: %s, want %s", rules, got, want)
		}
	}
}
