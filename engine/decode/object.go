package decode

import (
	"encoding"
	"slices"
	"sync/atomic"

	"github.com/open-policy-agent/opa/v1/ast"

	"ringfence/collectors/snapshot"
)

// object is a document of which policies read some properties by their names and
// nothing else. OPA's own objects have a hash table each, which takes most of the
// memory of a document. This one has a list of values; their names are a layout,
// which documents of a dataset share. A name is found by looking at a handful. The
// values of _id and _subject are made when somebody asks for them.
//
// Example: of users policies read accountEnabled and userType. All users that have
// both share the layout [accountEnabled userType _subject], and a user is three
// pointers: to the terms true and "Guest", which others share as well, and none
// for the subject.
//
// OPA compares its own objects among themselves, and turns only them into JSON. So
// documents are such objects only where nothing is compared or converted as a
// whole: that is read with plan.Field.Whole, and then newDocument makes an object of
// OPA's. Whatever else is done with an object is done with an equal one of OPA's,
// made for it by asOPA.
//
// The type is named as OPA names it where a built-in wants something else.
type object struct {
	*layout
	docs   *Documents
	number int         // of the document
	values []*ast.Term // nil where the value is the id or the subject

	// Made when they are asked for, maybe by several goroutines at once.
	id, subject atomic.Pointer[ast.Term]
}

// layout is the names of a document's properties.
type layout struct {
	ast.Object // nil: for the method that keeps others from implementing the interface
	keys       []*ast.Term
	names      []ast.String // those of keys

	// ids are the names instead, in ascending order, where the object maps ids to
	// their positions.
	ids []string
}

const (
	maxNames   = 16 // names that are looked at one by one faster than in a table
	maxLayouts = 32 // layouts that are worth keeping: optional properties come and go
)

// readByName reports whether policies read documents by the names of properties
// alone, and by few.
func (n *node) readByName() bool {
	return n.others == nil && n.elements == nil && len(n.properties) <= maxNames
}

func newLayout(members [][2]*ast.Term) *layout {
	l := &layout{}
	for _, m := range members {
		l.keys = append(l.keys, m[0])
		l.names = append(l.names, m[0].Value.(ast.String))
	}
	return l
}

// matches reports whether members have just the keys of the layout.
func (l *layout) matches(members [][2]*ast.Term) bool {
	if len(l.keys) != len(members) {
		return false
	}
	for i, m := range members {
		if l.keys[i] != m[0] {
			return false
		}
	}
	return true
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
	return d.subjectTerm()
}

func (d *object) subjectTerm() *ast.Term {
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

// asOPA is the same object, as OPA makes them.
func (d *object) asOPA() ast.Object {
	members := make([][2]*ast.Term, d.Len())
	for i := range members {
		members[i] = [2]*ast.Term{d.key(i), d.value(i)}
	}
	return ast.NewObject(members...)
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

// IsGround: JSON has no variables.
func (d *object) IsGround() bool { return true }

// Len is the number of properties.
func (d *object) Len() int { return len(d.names) + len(d.ids) }

// Compare is ast.Value's.
func (d *object) Compare(other ast.Value) int {
	if o, is := other.(*object); is {
		if o == d {
			return 0
		}
		other = o.asOPA()
	}
	return ast.Compare(d.asOPA(), other)
}

// Find is ast.Value's.
func (d *object) Find(path ast.Ref) (ast.Value, error) {
	if len(path) == 0 {
		return d, nil
	}
	return d.asOPA().Find(path)
}

// AppendText is encoding.TextAppender's, by which lists of values are written.
func (d *object) AppendText(b []byte) ([]byte, error) {
	return d.asOPA().(encoding.TextAppender).AppendText(b)
}

// Insert is ast.Object's. OPA inserts only into objects that it made itself.
func (d *object) Insert(*ast.Term, *ast.Term) { panic("a document cannot be changed") }

// The other methods of ast.Value and ast.Object, which no policy calls often.

func (d *object) String() string                                { return d.asOPA().String() }
func (d *object) StringLength() int                             { return d.asOPA().StringLength() }
func (d *object) Copy() ast.Object                              { return d.asOPA().Copy() }
func (d *object) Iter(f func(*ast.Term, *ast.Term) error) error { return d.asOPA().Iter(f) }
func (d *object) Until(f func(*ast.Term, *ast.Term) bool) bool  { return d.asOPA().Until(f) }
func (d *object) Foreach(f func(*ast.Term, *ast.Term))          { d.asOPA().Foreach(f) }
func (d *object) Keys() []*ast.Term                             { return d.asOPA().Keys() }
func (d *object) KeysIterator() ast.ObjectKeysIterator          { return d.asOPA().KeysIterator() }
func (d *object) Diff(other ast.Object) ast.Object              { return d.asOPA().Diff(other) }
func (d *object) Intersect(other ast.Object) [][3]*ast.Term     { return d.asOPA().Intersect(other) }
func (d *object) Merge(other ast.Object) (ast.Object, bool)     { return d.asOPA().Merge(other) }
func (d *object) Filter(filter ast.Object) (ast.Object, error)  { return d.asOPA().Filter(filter) }

func (d *object) Map(f func(*ast.Term, *ast.Term) (*ast.Term, *ast.Term, error)) (ast.Object, error) {
	return d.asOPA().Map(f)
}

func (d *object) MergeWith(
	other ast.Object, resolve func(v1, v2 *ast.Term) (*ast.Term, bool),
) (ast.Object, bool) {
	return d.asOPA().MergeWith(other, resolve)
}
