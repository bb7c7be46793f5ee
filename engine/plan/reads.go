package plan

import (
	"maps"
	"slices"
	"strings"
)

// Kind says how the answer to a read is used. It is a set: one place can be read
// in several ways.
//
// A plain read can only lose: with less evidence the set has fewer elements, and
// none that it would not have with all of it. For a read of any other kind "it is
// not there" can be the answer, so that missing evidence may add an element.
type Kind uint8

const (
	// Plain: a condition that must hold, as u.enabled in
	// "some u in input.entra.users; u.enabled".
	Plain Kind = 1 << iota
	// Negated: under not, in a rule with a default or an else, or by object.get.
	Negated
	// Every: the domain or the body of every, which holds for no elements at all.
	Every
	// Comprehension: in a comprehension, which has a value also if it is empty.
	Comprehension
	// Aggregate: a collection as a whole, which is counted, compared or walked, or
	// of which an element is taken by its position.
	Aggregate
)

// kindNames are the names of kinds, in the order of their bits.
var kindNames = []string{"plain", "negated", "every", "comprehension", "aggregate"}

// Gates reports whether missing evidence can be taken for an answer, so that a
// judgement needs all of it.
func (k Kind) Gates() bool { return k&^Plain != 0 }

// orPlain is the kind of a read where nothing around it adds one.
func (k Kind) orPlain() Kind {
	if k == 0 {
		return Plain
	}
	return k
}

// String lists the kinds: "plain, negated".
func (k Kind) String() string {
	var names []string
	for i, name := range kindNames {
		if k&(1<<i) != 0 {
			names = append(names, name)
		}
	}
	return strings.Join(names, ", ")
}

// MarshalText is String, so that a plan reads the same as JSON.
func (k Kind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// Field is what is read at one place of a document, and below it. It is a tree: of
//
//	u.name; some l in u.licences; not l.expired
//
// the root has two names, "name" and "licences", both with Read Plain. So has Any of
// licences, and below that the name "expired" has Read Negated.
//
// A field with neither Whole, Names nor Any stands for a value of which the type
// matters, and null and scalars as they are, but nothing that an array or object
// holds.
type Field struct {
	// Read is how the value itself is read, 0 for not at all.
	Read Kind
	// Whole is how the value is read with everything below it, 0 for not at all.
	Whole Kind
	// Tested is how a value that is there is asked something to which null, or a
	// value of a wrong type, can be an answer: u.age < 18 holds for null.
	Tested Kind

	// Names are properties of an object.
	Names map[string]*Field
	// Any is every element of an array, or every value of an object, also those
	// that Names has.
	Any *Field
}

// Name returns the field of a property, made if it is not there.
func (f *Field) Name(name string) *Field {
	if f.Names == nil {
		f.Names = map[string]*Field{}
	}
	if f.Names[name] == nil {
		f.Names[name] = &Field{}
	}
	return f.Names[name]
}

// Each returns the field of every element, made if it is not there.
func (f *Field) Each() *Field {
	if f.Any == nil {
		f.Any = &Field{}
	}
	return f.Any
}

// Add merges another field, which may be nil, into this one.
func (f *Field) Add(o *Field) {
	if o == nil {
		return
	}

	f.Read |= o.Read
	f.Whole |= o.Whole
	f.Tested |= o.Tested
	for name, c := range o.Names {
		f.Name(name).Add(c)
	}
	if o.Any != nil {
		f.Each().Add(o.Any)
	}
}

// under is what is read of the value of a name: what is read of the name itself, of
// any name, and with the whole.
//
// The field is only for reading: it may be that of the tree.
func (f *Field) under(name string) *Field {
	named := f.Names[name]

	switch {
	case f.Whole == 0 && named != nil && !f.Any.isTouched():
		return named
	case f.Whole == 0 && f.Any != nil && !named.isTouched():
		return f.Any
	}

	all := &Field{Whole: f.Whole}
	all.Add(named)
	all.Add(f.Any)
	return all
}

// isTouched reports whether anything is read at or below a field.
func (f *Field) isTouched() bool {
	if f == nil {
		return false
	}

	if f.isRead() || f.Tested != 0 || f.Any.isTouched() {
		return true
	}
	for _, c := range f.Names {
		if c.isTouched() {
			return true
		}
	}
	return false
}

// readsBelow reports whether anything just below a field is read.
func (f *Field) readsBelow() bool {
	found := f.Whole != 0 || f.Any != nil && f.Any.isRead()
	for _, c := range f.Names {
		found = found || c.isRead()
	}
	return found
}

// asList is how the elements of a list are looked for, 0 for not at all.
func (f *Field) asList() Kind {
	kind := f.Read | f.Whole
	if f.Any != nil {
		kind |= f.Any.Read | f.Any.Whole
	}
	if kind == 0 && f.isTouched() {
		return Plain
	}
	return kind
}

// anywhere is how the value and what is below it are read, 0 for not at all.
func (f *Field) anywhere() Kind {
	if f == nil {
		return 0
	}

	kind := f.Read | f.Whole | f.Any.anywhere()
	for _, below := range f.Names {
		kind |= below.anywhere()
	}
	return kind
}

func (f *Field) isRead() bool { return f.Read|f.Whole != 0 }

// Plainly is the field with the same places, none of which gates.
func (f *Field) Plainly() *Field { return f.as(Plain) }

// Strictly is the field with the same places, all of which gate.
func (f *Field) Strictly() *Field { return f.as(Plain | Negated) }

// Named is the field without what is only taken along with a whole value: of u, u.name
// and some t in u.tags it keeps the name and the tags, and not what else a user has.
func (f *Field) Named() *Field {
	if f == nil {
		return nil
	}

	named := &Field{Read: f.Read, Tested: f.Tested, Any: f.Any.Named()}
	for name, below := range f.Names {
		named.Name(name).Add(below.Named())
	}

	return named
}

// as is a copy in which everything that is read is read in one way.
func (f *Field) as(k Kind) *Field {
	if f == nil {
		return nil
	}

	c := &Field{Any: f.Any.as(k)}
	if f.Read != 0 {
		c.Read = k
	}
	if f.Whole != 0 {
		c.Whole = k
	}
	if f.Tested != 0 {
		c.Tested = k
	}
	for name, below := range f.Names {
		c.Name(name).Add(below.as(k))
	}

	return c
}

// Gates reports whether anything gates at or below a field.
func (f *Field) Gates() bool {
	if f == nil {
		return false
	}

	found := (f.Read | f.Whole | f.Tested).Gates() || f.Any.Gates()
	for _, c := range f.Names {
		found = found || c.Gates()
	}

	return found
}

// Lacks reports whether a gap in a document could be taken for an answer: whether
// the place at a path gates. wrong says that there is a value, but null or of
// another type than it should be; else there is none. known says that a schema
// describes the place: of what none describes, only a name that is read must be
// there.
//
// Example: of the field in the comment of Field, the path "licences", "*", "expired"
// gates: a licence that does not say whether it is expired would pass as one that is
// not. The path "name" does not: a user without a name does not pass.
func (f *Field) Lacks(path []string, wrong, known bool) bool {
	switch {
	case f == nil:
		return false
	case len(path) == 0 && wrong:
		return f.Gates()
	case len(path) == 0:
		return f.Read.Gates()
	case known && f.Whole.Gates():
		return true

	case path[0] == "*":
		for _, c := range f.Names {
			if c.Lacks(path[1:], wrong, known) {
				return true
			}
		}
		return f.Any.Lacks(path[1:], wrong, known)
	}

	asAny := (known || len(path) > 1) && f.Any.Lacks(path[1:], wrong, known)
	return asAny || f.Names[path[0]].Lacks(path[1:], wrong, known)
}

// Path is one line of a plan: a place below a document, "/licences/*/sku", with
// "*" for every element of an array and every value of an object, how its value is
// read, and how everything below it is ("" for not at all). Typed: it may be
// missing, but that it is null or of another type than the schema's can be an
// answer.
type Path struct {
	Path  string `json:"path"`
	Read  Kind   `json:"read"`
	Whole Kind   `json:"whole,omitempty"`
	Typed bool   `json:"typed,omitempty"`
}

// Paths lists the fields that are read for themselves, in order: those that are
// only on the way to others, and read as these are, are left out.
func (f *Field) Paths() []Path { return f.paths("") }

func (f *Field) paths(at string) (all []Path) {
	below := f.Any.kinds()
	for _, c := range f.Names {
		below |= c.kinds()
	}

	isLeaf := f.Names == nil && f.Any == nil
	readOtherwise := at != "" && f.kinds()&^below&^Plain != 0
	if f.Whole != 0 || isLeaf || readOtherwise {
		typed := at != "" && f.Tested.Gates() && !f.Read.Gates()
		all = append(all, Path{at, f.Read, f.Whole, typed})
	}

	for _, name := range slices.Sorted(maps.Keys(f.Names)) {
		all = append(all, f.Names[name].paths(at+"/"+name)...)
	}
	if f.Any != nil {
		all = append(all, f.Any.paths(at+"/*")...)
	}

	return all
}

// kinds are those of the value itself.
func (f *Field) kinds() Kind {
	if f == nil {
		return 0
	}
	return f.Read | f.Tested
}
