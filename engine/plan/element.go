package plan

import (
	"maps"
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"
)

// Element is one rule of a set that a policy of somebody else gives, with what the
// rule reads of an input that no schema describes.
type Element struct {
	Rule *ast.Rule
	// Input is what is read of the input as a whole: its names are the input's own.
	Input *Field
	// Texts are, by property of the element, the only strings that it can be; a name
	// without an entry can be anything.
	Texts map[string][]string
}

// Elements plans each rule of a set by itself, in the order in which the compiler
// has them. properties are those of its elements whose texts are wanted.
//
// Example: of
//
//	tests contains {"PolicyId": "MS.TEAMS.1.1v1", "RequirementMet": met} if {
//		met := count(input.meeting_policies) == 0
//	}
//
// the texts of PolicyId are "MS.TEAMS.1.1v1" alone, and the input's name
// meeting_policies is read as a whole.
func Elements(c *ast.Compiler, set ast.Ref, properties ...string) (all []Element) {
	for _, rule := range c.GetRulesExact(set) {
		w := newWalker(c, nil, map[string]bool{})
		given := w.rule(rule, 0).value.setElements()

		e := Element{Rule: rule, Input: w.root, Texts: map[string][]string{}}
		for _, name := range properties {
			if o := given.property(name, 0); o != nil && o.literals != nil {
				e.Texts[name] = slices.Sorted(maps.Keys(o.literals))
			}
		}
		all = append(all, e)
	}
	return all
}
