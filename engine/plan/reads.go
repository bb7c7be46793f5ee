package plan

import (
	"maps"
	"slices"
	"strings"
)

// Kind says how the answer to a read is used. Several kinds may hold of one
// read. A plain read can only lose: with less evidence the set has fewer
// elements. The answer to a read of any other kind can be "it is not there",
// so that missing evidence may change the set either way.
type Kind uint8

// The kinds of reads.
const (
	Plain         Kind = 1 << iota
	Negated            // under not, in a rule with a default or an else, by object.get
	Every              // the domain or the body of every
	Comprehension      // below a comprehension
	Aggregate          // as a whole: counted, compared, walked, taken by position
)

// Gates reports whether missing evidence can be taken for an answer.
func (k Kind) Gates() bool { return k&^Plain != 0 }

// orPlain is the kind of a read in a context that adds nothing.
func (k Kind) orPlain() Kind {
	if k == 0 {
		return Plain
	}
	return k
}

// Field is what is read at one place of a document: the value itself (Read),
// everything below it (Whole), or some of what is below it: properties by name,
// and Any for every element of an array or every value of an object, whatever
// its name. A field with neither keeps the value's type, null and scalars as
// they are, and nothing of what an array or object holds.
type Field struct {
	Read  Kind
	Whole Kind
	// Used: the value, which is there, is asked in a way that null or a value of a
	// wrong type can be an answer to.
	Used  Kind
	Names map[string]*Field
	Any   *Field
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

// Add merges another field into this one.
func (f *Field) Add(o *Field) {
	if o == nil {
		return
	}

	f.Read |= o.Read
	f.Whole |= o.Whole
	f.Used |= o.Used
	for name, c := range o.Names {
		f.Name(name).Add(c)
	}

	if o.Any != nil {
		f.Each().Add(o.Any)
	}
}

// Path is one line of a plan: a path below a document, with "*" for every
// element of an array and every value of an object, how its value is read, and
// how everything below it is ("" for not at all). Typed: it may be missing, but
// that it is null or of another type than the schema's can be an answer.
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

	if f.Whole != 0 || f.Names == nil && f.Any == nil || at != "" && f.kinds()&^below&^Plain != 0 {
		all = append(all, Path{at, f.Read, f.Whole, at != "" && f.Used.Gates() && !f.Read.Gates()})
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
	return f.Read | f.Used
}

var kindNames = []string{"plain", "negated", "every", "comprehension", "aggregate"}

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

// Plainly is the field with the same places, none of which gates.
func (f *Field) Plainly() *Field { return f.as(Plain) }

// Strictly is the field with the same places, all of which gate.
func (f *Field) Strictly() *Field { return f.as(Plain | Negated) }

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

	if f.Used != 0 {
		c.Used = k
	}

	for name, below := range f.Names {
		c.Name(name).Add(below.as(k))
	}

	return c
}

// Lacks reports whether the place at a path gates: whether what is there must
// not be missing or, with wrong set, not be of another type than it should. Of
// what no schema describes only a name that is read must be there; known says
// that the schema describes the place.
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

	return (known || len(path) > 1) && f.Any.Lacks(path[1:], wrong, known) || f.Names[path[0]].Lacks(path[1:], wrong, known)
}

// Gates reports whether anything gates at or below a field.
func (f *Field) Gates() bool {
	if f == nil {
		return false
	}

	found := f.Read.Gates() || f.Whole.Gates() || f.Used.Gates() || f.Any.Gates()
	for _, c := range f.Names {
		found = found || c.Gates()
	}

	return found
}
