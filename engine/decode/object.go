package decode

import (
	"encoding"
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"
)

// object is a document of which policies read properties by name and nothing
// else: it holds no table of its own, as OPA's objects do, but a list of values
// whose names it shares with others of the dataset. That is a fraction of
// the memory, and a name is found by looking at a handful.
//
// OPA compares its own objects with their kind alone, and turns nothing else
// into JSON. What is compared or converted is read as a whole (plan.Field), and
// where any control does that, documents are OPA's objects: see reader.whole.
// Whatever else is done with objects is done with an equal one of OPA's, made
// for it.
//
// Its name is what OPA calls it where a built-in wants something else.
type object struct {
	ast.Object // nil: for the method that keeps others from implementing the interface
	layout     *layout
	values     []*ast.Term
	hash       int
}

// layout is the names of a document's properties.
type layout struct {
	keys  []*ast.Term
	names []ast.String
}

const (
	maxNames   = 16 // names that are looked at one by one faster than in a table
	maxLayouts = 32 // layouts that are worth keeping: optional properties come and go
)

// byName reports whether policies read documents by the names of properties
// alone, and by few.
func (n *node) byName() bool {
	return n.other == nil && n.elem == nil && len(n.children) <= maxNames
}

// matches reports whether these properties are those of the layout.
func (l *layout) matches(parts [][2]*ast.Term) bool {
	if len(l.keys) != len(parts) {
		return false
	}
	for i, part := range parts {
		if l.keys[i] != part[0] {
			return false
		}
	}
	return true
}

func newLayout(parts [][2]*ast.Term) *layout {
	l := &layout{}
	for _, part := range parts {
		l.keys = append(l.keys, part[0])
		l.names = append(l.names, part[0].Value.(ast.String))
	}
	return l
}

// plain is the same object, as OPA makes them.
func (d *object) plain() ast.Object {
	parts := make([][2]*ast.Term, len(d.values))
	for i, v := range d.values {
		parts[i] = [2]*ast.Term{d.layout.keys[i], v}
	}
	return ast.NewObject(parts...)
}

// Get is the value of a property; nil where there is none.
func (d *object) Get(key *ast.Term) *ast.Term {
	if name, is := key.Value.(ast.String); is {
		if i := slices.Index(d.layout.names, name); i >= 0 {
			return d.values[i]
		}
	}
	return nil
}

// Hash tells documents apart; it is not that of an equal object.
func (d *object) Hash() int { return d.hash }

// IsGround: JSON always is.
func (d *object) IsGround() bool { return true }

// Len is the number of properties.
func (d *object) Len() int { return len(d.values) }

// Compare is ast.Value's.
func (d *object) Compare(other ast.Value) int {
	if o, is := other.(*object); is {
		if o == d {
			return 0
		}
		other = o.plain()
	}
	return ast.Compare(d.plain(), other)
}

// Find is ast.Value's.
func (d *object) Find(path ast.Ref) (ast.Value, error) {
	if len(path) == 0 {
		return d, nil
	}
	return d.plain().Find(path)
}

// String is ast.Value's.
func (d *object) String() string { return d.plain().String() }

// StringLength is ast.Value's.
func (d *object) StringLength() int { return d.plain().StringLength() }

// AppendText is encoding.TextAppender's, by which lists of values are written.
func (d *object) AppendText(b []byte) ([]byte, error) {
	return d.plain().(encoding.TextAppender).AppendText(b)
}

// Copy is ast.Object's, and so are the methods below.
func (d *object) Copy() ast.Object { return d.plain().Copy() }

func (d *object) Insert(*ast.Term, *ast.Term) { panic("a document cannot be changed") }

func (d *object) Iter(f func(*ast.Term, *ast.Term) error) error { return d.plain().Iter(f) }

func (d *object) Until(f func(*ast.Term, *ast.Term) bool) bool { return d.plain().Until(f) }

func (d *object) Foreach(f func(*ast.Term, *ast.Term)) { d.plain().Foreach(f) }

func (d *object) Map(f func(*ast.Term, *ast.Term) (*ast.Term, *ast.Term, error)) (ast.Object, error) {
	return d.plain().Map(f)
}

func (d *object) Diff(other ast.Object) ast.Object { return d.plain().Diff(other) }

func (d *object) Intersect(other ast.Object) [][3]*ast.Term { return d.plain().Intersect(other) }

func (d *object) Merge(other ast.Object) (ast.Object, bool) { return d.plain().Merge(other) }

func (d *object) MergeWith(other ast.Object, resolve func(v1, v2 *ast.Term) (*ast.Term, bool)) (ast.Object, bool) {
	return d.plain().MergeWith(other, resolve)
}

func (d *object) Filter(filter ast.Object) (ast.Object, error) { return d.plain().Filter(filter) }

func (d *object) Keys() []*ast.Term { return d.plain().Keys() }

func (d *object) KeysIterator() ast.ObjectKeysIterator { return d.plain().KeysIterator() }
