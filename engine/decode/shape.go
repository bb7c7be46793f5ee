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
	nodes   int // how many there are, without keepAll

	id, scope, subject *ast.Term // keys of our own properties, nil where one is not kept
}

// node is a place in a document: what is read there (a plan.Field), met with what
// the schema says of it (a snapshot.Property). A nil node is a place that nothing
// reads.
type node struct {
	path   []string // in the schema, as in Gap.Path
	number int      // of the node in its shape, from 1; 0 is keepAll

	// What to keep of a value.
	properties []property // that policies name or the schema needs, sorted by name
	others     *node      // every other value of an object
	elements   *node      // every element of an array

	// What the value must be.
	described bool  // the schema describes the place
	required  bool  // that there is no value is a gap
	judged    bool  // a value of a type that the schema does not allow is a gap
	notNull   bool  // null is a gap
	types     types // that the schema allows

	requiredBelow int  // how many of properties are required
	gapsBelow     bool // there may be a gap here or below
}

type property struct {
	name string
	key  *ast.Term
	node *node
}

// keepAll keeps all that there is, and nothing of it is lacking.
var keepAll = func() *node {
	n := &node{}
	n.others, n.elements = n, n
	return n
}()

// Compile makes the projection of one dataset: read is what policies read of a
// document (nil: nothing of it), schema what its properties are, nil where that is
// not known.
//
// What is lacking follows from both. In what gates (see [plan.Kind.Gates]), absence
// could be taken for an answer, so that there must be no gap. A gap is
//
//   - a property that is read so and is not there;
//   - where it gates at the property or below it: null, if its presence is "always"
//     or "unknown", and a value of another type than the schema's, also as an
//     element of an array;
//   - where a whole value gates, or every value of an object: any property that the
//     schema describes there and that is not there;
//   - a property that no schema describes, if it is read by its name so.
//
// Keys of a map may be left out, and a secret is never lacking.
func Compile(dataset string, read *plan.Field, schema *snapshot.Schema) *Shape {
	field := &plan.Field{}
	field.Add(read)

	s := &Shape{
		dataset: dataset,
		id:      keyOfOurs(field, idName),
		scope:   keyOfOurs(field, scopeName),
		subject: keyOfOurs(field, subjectName),
	}

	var described *snapshot.Property
	if schema != nil {
		described = &schema.Property
	}
	s.root = compile(field, described, nil)
	s.settle(s.root)
	return s
}

// keyOfOurs is the key of a property of our own, nil where it is not kept.
func keyOfOurs(f *plan.Field, name string) *ast.Term {
	if f.Whole == 0 && f.Any == nil && f.Names[name] == nil {
		return nil
	}
	return ast.StringTerm(name)
}

// compile makes the node of a field; p is nil where no schema knows the place.
func compile(f *plan.Field, p *snapshot.Property, path []string) *node {
	keepsAll := f.Whole != 0 && len(f.Names) == 0 && f.Any == nil
	if keepsAll && (p == nil || !f.Gates()) {
		n := *keepAll
		n.path = path
		return &n
	}
	if p == nil {
		p = &snapshot.Property{}
	}

	n := &node{path: path}
	for _, name := range namesIn(f, p) {
		if len(path) > 0 || !isOurs(name) {
			n.properties = append(n.properties, property{name, ast.StringTerm(name), n.property(f, p, name)})
		}
	}

	if f.Whole != 0 || f.Any != nil {
		n.elements = element(fieldBelow(f, ""), p.Items, join(path, "*"))
		n.others = mapValue(f, "", p, path)
	}

	return n
}

// namesIn are the names of the properties that a node must tell apart, sorted: those
// that are read, and where all of them gate, those that the schema has.
func namesIn(f *plan.Field, p *snapshot.Property) []string {
	names := map[string]bool{}
	for name := range f.Names {
		names[name] = true
	}
	if (f.Whole != 0 || f.Any != nil) && f.Gates() {
		for name := range p.Properties {
			names[name] = true
		}
	}
	return slices.Sorted(maps.Keys(names))
}

// property compiles one named property.
func (n *node) property(f *plan.Field, p *snapshot.Property, name string) *node {
	described, known := p.Properties[name]
	field := fieldBelow(f, name)
	switch {
	case known && described.Secret:
		return compile(field.Plainly(), nil, join(n.path, name))
	case !known && p.Values != nil:
		return mapValue(f, name, p, n.path)
	}

	c := compile(field, described, join(n.path, name))
	c.described = known
	c.required = field.Read.Gates() || known && f.Whole.Gates()
	c.judged = c.required || field.Gates()
	if known {
		presence := described.Presence
		c.types = typesOf(described)
		c.notNull = c.judged && (presence == snapshot.Always || presence == snapshot.Unknown)
	}

	return c
}

// mapValue compiles a value of a map: the one of a name, or with name "" any other
// one. What reads the map as a whole asks nothing of its values.
func mapValue(f *plan.Field, name string, p *snapshot.Property, path []string) *node {
	path = join(path, "*")
	if p.Values == nil {
		return compile(fieldBelow(f, name), nil, path)
	}

	free := *f
	free.Whole = f.Plainly().Whole
	return element(fieldBelow(&free, name), p.Values, path)
}

// element compiles an element of an array, or a value of a map.
func element(f *plan.Field, p *snapshot.Property, path []string) *node {
	n := compile(f, p, path)
	if p != nil {
		n.described, n.judged, n.types = true, f.Gates(), typesOf(p)
		n.notNull = n.judged && n.types != 0 && n.types&isNull == 0
	}
	return n
}

// settle numbers a node and those below it, counts what is required there, and
// finds out where gaps may be.
func (s *Shape) settle(n *node) {
	if n == nil || n.others == n {
		return
	}

	s.nodes++
	n.number, n.gapsBelow = s.nodes, n.judged || n.required
	for _, p := range n.properties {
		s.settle(p.node)
		n.gapsBelow = n.gapsBelow || p.node.gapsBelow
		if p.node.required {
			n.requiredBelow++
		}
	}

	for _, below := range []*node{n.others, n.elements} {
		s.settle(below)
		n.gapsBelow = n.gapsBelow || below != nil && below.gapsBelow
	}
}

// fieldBelow is what is read of one value below a field: of a property, or with
// name "" of any other one. It is the caller's to change.
func fieldBelow(f *plan.Field, name string) *plan.Field {
	below := &plan.Field{Whole: f.Whole}
	below.Add(f.Any)
	if name != "" {
		below.Add(f.Names[name])
	}
	return below
}

func join(path []string, name string) []string { return append(slices.Clip(path), name) }
