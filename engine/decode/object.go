package decode

import (
	"encoding"
	"slices"
	"sync/atomic"

	"github.com/open-policy-agent/opa/v1/ast"

	"ringfence/collectors/snapshot"
)

// object is a document of which policies read properties by name and nothing
// else: it holds no table of its own, as OPA's objects do, but a list of values
// whose names it shares with others of the dataset. That is a fraction of
// the memory, and a name is found by looking at a handful. Its id and subject
// are made when somebody asks.
//
// OPA compares its own objects with their kind alone, and turns nothing else
// into JSON. What is compared or converted is read as a whole (plan.Field), and
// where any control does that, documents are OPA's objects: see reader.whole.
// Whatever else is done with objects is done with an equal one of OPA's, made
// for it.
//
// Its name is what OPA calls it where a built-in wants something else.
type object struct {
	*layout
	docs        *Documents
	number      int         // of the document
	values      []*ast.Term // nil where the value is id or subject
	id, subject atomic.Pointer[ast.Term]
}

// layout is the names of a document's properties, or with ids those of
// positions.
type layout struct {
	ast.Object // nil: for the method that keeps others from implementing the interface
	keys       []*ast.Term
	names      []ast.String
	ids        []string
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

// Positions maps the id of each document to its index in the array: an object
// for looking ids up, which takes no time to make.
func (d *Documents) Positions() *ast.Term {
	return ast.NewTerm(&object{layout: &layout{ids: d.IDs}, docs: d, number: len(d.IDs)})
}

// find is the index of a name, -1 where there is none.
func (l *layout) find(name ast.String) int {
	if l.ids == nil {
		return slices.Index(l.names, name)
	}

	i, found := slices.BinarySearch(l.ids, string(name))
	if !found {
		return -1
	}

	return i
}

// key is the i-th name.
func (l *layout) key(i int) *ast.Term {
	if l.ids == nil {
		return l.keys[i]
	}
	return ast.StringTerm(l.ids[i])
}

// value is the one of the i-th name.
func (d *object) value(i int) *ast.Term {
	switch {
	case d.ids != nil:
		return ast.InternedTerm(i)
	case d.values[i] != nil:
		return d.values[i]
	case d.names[i] == idName:
		return once(&d.id, func() string { return d.docs.IDs[d.number] })
	}

	return d.own()
}

// own is the document's subject.
func (d *object) own() *ast.Term {
	return once(&d.subject, func() string { return snapshot.Subject(d.docs.dataset, d.docs.IDs[d.number]) })
}

// once keeps the term of a text. Of two goroutines that make it both may: their
// terms are equal.
func once(at *atomic.Pointer[ast.Term], text func() string) *ast.Term {
	t := at.Load()
	if t == nil {
		t = ast.StringTerm(text())
		at.Store(t)
	}
	return t
}

// plain is the same object, as OPA makes them.
func (d *object) plain() ast.Object {
	parts := make([][2]*ast.Term, d.Len())
	for i := range parts {
		parts[i] = [2]*ast.Term{d.key(i), d.value(i)}
	}
	return ast.NewObject(parts...)
}

// Get is the value of a property; nil where there is none.
func (d *object) Get(key *ast.Term) *ast.Term {
	if name, is := key.Value.(ast.String); is {
		if i := d.find(name); i >= 0 {
			return d.value(i)
		}
	}
	return nil
}

// Hash tells documents apart; it is not that of an equal object.
func (d *object) Hash() int { return d.docs.hash + d.number }

// IsGround: JSON always is.
func (d *object) IsGround() bool { return true }

// Len is the number of properties.
func (d *object) Len() int { return len(d.names) + len(d.ids) }

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
