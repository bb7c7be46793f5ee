package plan

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

// Field is what is read at one place of a document: the value itself (Read),
// everything below it (Whole), or some of what is below it: properties by name,
// and Any for every element of an array or every value of an object, whatever
// its name. A field with neither keeps the value's type, null and scalars as
// they are, and nothing of what an array or object holds.
type Field struct {
	Read  Kind
	Whole Kind
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
	for name, c := range o.Names {
		f.Name(name).Add(c)
	}
	if o.Any != nil {
		f.Each().Add(o.Any)
	}
}
