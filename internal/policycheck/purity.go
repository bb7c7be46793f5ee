package policycheck

import (
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/open-policy-agent/opa/v1/ast"

	"ringfence/engine/policyset"
)

// allowed are the built-ins that policies may use.
var allowed = sync.OnceValue(func() map[string]bool {
	all := map[string]bool{}
	for _, b := range policyset.ParserOptions().Capabilities.Builtins {
		all[b.Name] = true
	}
	return all
})

// impure says why a built-in of OPA may not be used; "" if there is none of the name.
func impure(name string) string {
	for _, b := range ast.CapabilitiesForThisVersion().Builtins {
		if b.Name != name || allowed()[name] {
			continue
		}
		if strings.HasPrefix(name, "rego.metadata.") {
			return "a policy may not read METADATA: no plan knows of it"
		}
		return "a policy has no network, no clock and no chance; the time is input.as_of"
	}
	return ""
}

// checkPurity looks for what would let a policy judge another input than its own.
func (c *checker) checkPurity(m *ast.Module) {
	ast.WalkWiths(m, func(w *ast.With) bool {
		c.at(w.Location, Purity, `a policy may not use "with": its plan is of the input as it is`, "")
		return false
	})
}

// checkData looks for what is asked of another package, and is not there: it would be
// undefined without a word.
func (c *checker) checkData(m *ast.Module) {
	ast.WalkRefs(m, func(ref ast.Ref) bool {
		if !ref[0].Equal(ast.DefaultRootDocument) {
			return false
		}

		node := c.compiler.RuleTree
		for i, term := range ref {
			if _, isText := term.Value.(ast.String); i > 0 && !isText || len(node.Values) > 0 {
				return false
			}

			below := node.Child(term.Value)
			if below == nil {
				name, _ := term.Value.(ast.String)
				c.at(ref[0].Location, Name, strings.TrimPrefix(ref[:i+1].String(), "data.")+" is not there",
					Nearest(string(name), children(node)))
				return false
			}
			node = below
		}

		return false
	})
}

func children(node *ast.TreeNode) []string {
	var all []string
	for key := range maps.Keys(node.Children) {
		if s, ok := key.(ast.String); ok {
			all = append(all, string(s))
		}
	}

	slices.Sort(all)
	return all
}
