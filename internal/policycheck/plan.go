package policycheck

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"ringfence/collectors/snapshot"
	"ringfence/engine/intent"
	"ringfence/engine/plan"
	"ringfence/engine/policyset"
)

// checkPlan looks at what a control reads, once nothing else is wrong with its file.
func (c *checker) checkPlan(name string, m *ast.Module) {
	if c.compiler == nil {
		return
	}

	compiled := c.compiler.Modules[name]
	c.checkData(compiled)
	if c.broken[name] {
		return
	}

	control, _, err := policyset.Control(c.compiler, name)
	if err != nil {
		c.at(m.Package.Location, Form, err.Error(), "")
		return
	}

	datasets := slices.Sorted(maps.Keys(snapshot.Schemas()))
	p := plan.Analyse(c.compiler, m.Package.Path, datasets, intent.Gating())
	ofItself := p.Reads("snapshot") || p.Reads("records") // how the evidence was read, and who attested it
	if len(p.Datasets()) == 0 && len(p.Promises()) == 0 && !ofItself {
		c.at(m.Package.Location, Plan, "the control reads no dataset and no promise", "")
	}

	declared := slices.Sorted(maps.Keys(control.Params))
	for _, param := range p.Params() {
		if !slices.Contains(declared, param) {
			const problem = " is no parameter: custom.params has none of this name"
			c.at(place(m, param), Plan, "input.params."+param+problem, Nearest(param, declared))
		}
	}
	for _, param := range declared {
		if !slices.Contains(p.Params(), param) {
			c.inComment(name, packageMetadata(m))(param, "no rule reads the parameter "+param, "")
		}
	}

	for _, dataset := range p.Datasets() {
		c.checkPaths(m, dataset, p.Document(dataset))
	}
}

// checkPaths looks for properties that no schema knows, which the compiler does not
// see: those that object.get and the like ask for.
func (c *checker) checkPaths(m *ast.Module, dataset string, read *plan.Field) {
	for _, p := range read.Paths() {
		at := &snapshot.Schemas()[dataset].Property
		for part := range strings.SplitSeq(strings.TrimPrefix(p.Path, "/"), "/") {
			below, known := step(at, part)
			if !known {
				path := strings.ReplaceAll(strings.Trim(p.Path, "/"), "/", ".")
				near := Nearest(part, slices.Sorted(maps.Keys(at.Properties)))
				c.at(place(m, part), Property, dataset+" has no property "+path, near)
			}
			if below == nil {
				break
			}
			at = below
		}
	}
}

// step is what a schema has below a place under a name, nil where it says nothing.
func step(p *snapshot.Property, name string) (below *snapshot.Property, known bool) {
	switch {
	case name == "" || strings.HasPrefix(name, "_"):
		return nil, true
	case name == "*":
		return cmp.Or(p.Items, p.Values), true
	case p.Properties[name] != nil || p.Values == nil:
		return p.Properties[name], p.Properties[name] != nil || p.Properties == nil
	}
	return p.Values, true
}

// place is where a module writes a name, or its package.
func place(m *ast.Module, name string) *ast.Location {
	at := m.Package.Location
	ast.WalkTerms(m, func(t *ast.Term) bool {
		if s, ok := t.Value.(ast.String); ok && string(s) == name && t.Location != nil {
			at = t.Location
		}
		return false
	})
	return at
}

// elsewhere is the place of a property in a document, such as
// properties.enablePurgeProtection, where a policy asks the document itself for it. Which
// dataset it is of follows from the properties that the document is known to have.
func elsewhere(known []string, name string) string {
	near := ""
	for _, dataset := range slices.Sorted(maps.Keys(snapshot.Schemas())) {
		s, same := snapshot.Schemas()[dataset], true
		for property := range s.Properties {
			same = same && slices.Contains(known, property)
		}
		if !same || len(known) != len(s.Properties)+ownProperties {
			continue
		}

		leaves := map[string]string{}
		collect(&s.Property, "", leaves)
		if path := leaves[name]; path != "" {
			return path
		}
		near = cmp.Or(near, leaves[Nearest(name, slices.Sorted(maps.Keys(leaves)))])
	}

	return near
}

// ownProperties are those that ringfence adds to a document: _id, _scope, _subject.
const ownProperties = 3

// collect lists properties by their own name, the uppermost of several.
func collect(p *snapshot.Property, at string, leaves map[string]string) {
	for _, name := range slices.Sorted(maps.Keys(p.Properties)) {
		if held := leaves[name]; held == "" || len(at+name) < len(held) {
			leaves[name] = at + name
		}
		collect(p.Properties[name], at+name+".", leaves)
	}
	if p.Items != nil {
		collect(p.Items, strings.TrimSuffix(at, ".")+"[_].", leaves)
	}
}
