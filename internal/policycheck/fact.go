package policycheck

import (
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"

	"ringfence/engine"
	"ringfence/engine/plan"
	"ringfence/engine/policyset"
)

// entryMembers are what an entry of a set of facts has, all of it.
var entryMembers = map[string][]string{
	"edge": {"from", "to", "state", "evidence"},
	"link": {"value", "subject", "role", "node", "state"},
}

// checkFact looks at a kind of facts: its METADATA, its entries where they are written out, and
// what it reads.
func (c *checker) checkFact(name string, m *ast.Module) {
	fact, _, err := policyset.FactOf(name, m)
	if err != nil {
		c.at(m.Package.Location, Form, err.Error(), "")
		return
	}

	for _, r := range m.Rules {
		if nameOf(r) != fact.Sets[0] || r.Head.Key == nil {
			continue
		}
		if entry, isObject := r.Head.Key.Value.(ast.Object); isObject {
			c.checkMembers(fact.Sets[0], r, entry)
		}
	}
	if c.compiler == nil {
		return
	}

	c.checkData(c.compiler.Modules[name])
	if c.broken[name] {
		return
	}

	rules, err := engine.FactPlan(c.compiler, fact)
	if err != nil {
		c.at(m.Package.Location, Plan, err.Error(), "")
		return
	}
	reads := map[string]*plan.Field{}
	for _, r := range rules {
		for dataset, d := range r.Datasets {
			if reads[dataset] == nil {
				reads[dataset] = &plan.Field{}
			}
			reads[dataset].Add(d.Document)
		}
	}
	for dataset, field := range reads {
		c.checkPaths(m, dataset, field)
	}
}

// checkMembers holds an entry to the names that it has to have.
func (c *checker) checkMembers(set string, r *ast.Rule, entry ast.Object) {
	var found []string
	entry.Foreach(func(key, _ *ast.Term) {
		name, _ := key.Value.(ast.String)
		found = append(found, string(name))
		if !slices.Contains(entryMembers[set], string(name)) {
			near := Nearest(string(name), entryMembers[set])
			c.at(key.Location, Form, "an entry of "+set+" has no "+key.String(), near)
		}
	})

	for _, name := range entryMembers[set] {
		if !slices.Contains(found, name) {
			c.at(r.Location, Form, "an entry of "+set+" lacks "+name, "")
		}
	}
}
