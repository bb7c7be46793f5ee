// Package decode reads the datasets of a snapshot as policies see them: each
// document goes from its bytes to OPA's values in one pass, and only what
// policies read of it is kept. On the way it notices what a document lacks.
package decode

import (
	"maps"
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"

	"ringfence/collectors/snapshot"
	"ringfence/engine/plan"
)

// The properties of a document that are ours, not its API's. They are kept
// where policies name them or read whole documents, and never lacking.
const (
	idName      = "_id"
	scopeName   = "_scope"
	subjectName = "_subject"
)

func isOurs(name string) bool { return name == idName || name == scopeName || name == subjectName }

// Shape is a compiled projection of one dataset: what to keep of each document,
// and what to report as lacking. It is read-only: many reads may share it.
type Shape struct {
	dataset string
	root    *node
	nodes   int // how many there are, but for whole

	id, scope, subject *ast.Term // keys of our own properties, nil where one is not kept
}

// node is a plan.Field met with what the schema says of its place. A nil node
// is one that nothing reads.
type node struct {
	path     []string
	children []child // by name: what policies name, and what the schema needs
	other    *node   // every other value of an object
	elem     *node   // every element of an array
	needs    int     // how many children must be there
	number   int     // from 1; 0 is whole

	known   bool  // the schema describes it
	need    bool  // that it is not there is a gap
	look    bool  // that it is of no kind of the schema is a gap
	notNull bool  // that it is null is a gap
	kinds   kinds // what the schema allows
	deep    bool  // there may be a gap here or below
}

type child struct {
	name string
	key  *ast.Term
	node *node
}

// whole keeps everything and needs nothing.
var whole = func() *node {
	n := &node{}
	n.other, n.elem = n, n
	return n
}()

// Compile makes the projection of one dataset: read is what policies read of a
// document (nil: nothing of it), schema what its properties are.
//
// Lacking is a property that a read gates and that is not there. So is, where
// something gates at it or below it, null where the schema says "always" or
// "unknown", and a value of another type than the schema's, also as an element
// of an array. Where a whole value gates, or every value
// of an object, all that the schema describes there must be there. A property
// that no schema describes, also where schema is nil, must be there if it
// gates. Keys of a map may be left out, and a secret is never lacking.
func Compile(dataset string, read *plan.Field, schema *snapshot.Schema) *Shape {
	f := &plan.Field{}
	f.Add(read)
	s := &Shape{dataset: dataset}
	s.id, s.scope, s.subject = ours(f, idName), ours(f, scopeName), ours(f, subjectName)
	var p *snapshot.Property

	if schema != nil {
		p = &schema.Property
	}

	s.root = compile(f, p, nil)
	s.settle(s.root)
	return s
}

// ours is the key of a property of our own, nil where it is not kept.
func ours(f *plan.Field, name string) *ast.Term {
	if f.Whole == 0 && f.Any == nil && f.Names[name] == nil {
		return nil
	}
	return ast.StringTerm(name)
}

// compile makes the node of a field; p is nil where no schema knows the place.
func compile(f *plan.Field, p *snapshot.Property, path []string) *node {
	gated := f.Gates()
	if f.Whole != 0 && len(f.Names) == 0 && f.Any == nil && (!gated || p == nil) {
		n := *whole
		n.path = path
		return &n
	}

	if p == nil {
		p = &snapshot.Property{}
	}

	n := &node{path: path}
	names := maps.Clone(f.Names)

	if gated && (f.Whole != 0 || f.Any != nil) {
		for name := range p.Properties {
			f.Name(name)
		}
		names = f.Names
	}

	for _, name := range slices.Sorted(maps.Keys(names)) {
		if len(path) == 0 && isOurs(name) {
			continue
		}
		c := n.property(f, p, name)
		n.children = append(n.children, child{name, ast.StringTerm(name), c})
	}

	if f.Whole != 0 || f.Any != nil {
		n.elem = element(below(f, ""), p.Items, join(path, "*"))
		n.other = value(f, "", p, path)
	}

	return n
}

// property compiles one named property.
func (n *node) property(f *plan.Field, p *snapshot.Property, name string) *node {
	c, known := p.Properties[name]
	field := below(f, name)
	switch {
	case known && c.Secret:
		return compile(field.Plainly(), nil, join(n.path, name))
	case !known && p.Values != nil:
		return value(f, name, p, n.path)
	}

	m := compile(field, c, join(n.path, name))
	m.need = field.Read.Gates() || known && f.Whole.Gates()
	m.look = m.need || field.Gates()
	if m.known = known; known {
		m.kinds = kindsOf(c)
		m.notNull = m.look && (c.Presence == snapshot.Always || c.Presence == snapshot.Unknown)
	}

	return m
}

// value compiles a value of a map: the one of a name, or with name "" any other
// one. What reads the map as a whole asks nothing of its values.
func value(f *plan.Field, name string, p *snapshot.Property, path []string) *node {
	path = join(path, "*")
	if p.Values == nil {
		return compile(below(f, name), nil, path)
	}

	free := *f
	free.Whole = f.Plainly().Whole
	field := below(&free, name)
	n := compile(field, p.Values, path)
	n.judge(field, p.Values)

	return n
}

// element compiles an element of an array.
func element(f *plan.Field, p *snapshot.Property, path []string) *node {
	n := compile(f, p, path)
	if p != nil {
		n.judge(f, p)
	}
	return n
}

// judge sets what a value of a map or an element of an array may be.
func (n *node) judge(f *plan.Field, p *snapshot.Property) {
	n.known, n.look, n.kinds = true, f.Gates(), kindsOf(p)
	n.notNull = n.look && n.kinds != 0 && n.kinds&isNull == 0
}

// settle numbers the nodes, counts their needs, and finds out where gaps may be.
func (s *Shape) settle(n *node) {
	if n == nil || n.other == n {
		return
	}

	s.nodes++
	n.number, n.deep = s.nodes, n.look || n.need
	for _, c := range n.children {
		s.settle(c.node)
		n.deep = n.deep || c.node.deep
		if c.node.need {
			n.needs++
		}
	}

	for _, c := range []*node{n.other, n.elem} {
		s.settle(c)
		n.deep = n.deep || c != nil && c.deep
	}
}

// below is what is read of one value below a field: of a property, or with name
// "" of any other one. It is the caller's to change.
func below(f *plan.Field, name string) *plan.Field {
	c := &plan.Field{Whole: f.Whole}
	c.Add(f.Any)

	if name != "" {
		c.Add(f.Names[name])
	}

	return c
}

func join(path []string, name string) []string { return append(slices.Clip(path), name) }
