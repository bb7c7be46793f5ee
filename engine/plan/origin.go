package plan

import (
	"fmt"
	"maps"
	"slices"
)

// origin says where the value of a term may come from: the abstract value of a
// term, as program analysis calls it. It is a set, and errs on the large side. A
// nil origin is the empty set: a term that never has a value.
//
// Examples, where u is an element of input.entra.users:
//
//	u.name           places: input/entra/users/*/name
//	"x"              computed, literals: "x"
//	lower(u.name)    computed
//	[u.name, "x"]    elements: {places: input/entra/users/*/name, computed}
//	{"n": u.name}    elements, and properties: n: {places: …/name}
type origin struct {
	// places in the input that it may be a copy of.
	places map[*Field]bool
	// computed: it may also be something that is not in the input, such as a
	// constant, a count, or a text that a built-in makes.
	computed bool
	// literals are the only strings that it can be; nil where it can be anything.
	literals map[string]bool

	// elements is the union of all that it holds, where it may be a collection
	// that a rule builds: [a, b], {a, b}, {"k": a}, a comprehension, a partial rule.
	elements *origin
	// properties tells by name what an object holds that a rule writes out with
	// constant names; nil for any other value.
	properties map[string]*origin
}

// computed is the origin of what is not in the input.
var computed = &origin{computed: true}

func originAt(place *Field) *origin { return &origin{places: map[*Field]bool{place: true}} }

func literal(text string) *origin {
	return &origin{computed: true, literals: map[string]bool{text: true}}
}

// collectionOf is a collection of such elements. One that is empty, as far as is
// known, still is a collection.
func collectionOf(elements *origin) *origin {
	if elements == nil {
		elements = computed
	}
	return &origin{elements: elements}
}

// join is the union of two origins; neither is changed.
func join(a, b *origin) *origin {
	if a == nil || a == b {
		return b
	}
	if b == nil {
		return a
	}

	places := map[*Field]bool{}
	for _, o := range []*origin{a, b} {
		maps.Copy(places, o.places)
	}

	return &origin{
		places:     places,
		computed:   a.computed || b.computed,
		literals:   joinLiterals(a, b),
		elements:   join(a.elements, b.elements),
		properties: joinProperties(a, b),
	}
}

// maxLiterals bounds how many strings are told apart: more than these are any.
const maxLiterals = 32

// joinLiterals keeps the strings where neither origin can be anything else.
func joinLiterals(a, b *origin) map[string]bool {
	if a.literals == nil || b.literals == nil || len(a.literals)+len(b.literals) > maxLiterals {
		return nil
	}

	all := maps.Clone(a.literals)
	maps.Copy(all, b.literals)
	return all
}

// joinProperties keeps the names where both are objects that rules write out.
func joinProperties(a, b *origin) map[string]*origin {
	if a.properties == nil || b.properties == nil {
		return nil
	}

	all := maps.Clone(a.properties)
	for name, o := range b.properties {
		all[name] = join(all[name], o)
	}

	return all
}

// markWhole notes that the answer depends on everything in a value: it is compared
// with another one, printed, given to a built-in, or made an element of a set.
func (o *origin) markWhole(k Kind) {
	for ; o != nil; o = o.elements {
		for place := range o.places {
			place.Whole |= k.orPlain() | Aggregate
		}
	}
}

// markTested notes a test that null, or a value of a wrong type, could pass.
func (o *origin) markTested(k Kind) {
	if o == nil {
		return
	}
	for place := range o.places {
		place.Tested |= k
	}
}

// property reads what a value has under a name.
func (o *origin) property(name string, k Kind) *origin {
	if o != nil && o.properties != nil && len(o.places) == 0 {
		o.properties[name].markTested(k)
		return o.properties[name]
	}
	return o.descend(k, func(place *Field) *Field { return place.Name(name) })
}

// anyElement reads some element of a collection, or some property of an object.
func (o *origin) anyElement(k Kind) *origin { return o.descend(k, (*Field).Each) }

// descend goes one step down from each place, marks that step as read, and adds
// the elements of collections that rules build.
func (o *origin) descend(k Kind, child func(*Field) *Field) *origin {
	if o == nil {
		return nil
	}

	// These were read when the collection was built, maybe outside of the negation
	// in which they are looked at now.
	o.elements.markTested(k)

	// Whatever something computed holds was computed, too.
	below := &origin{places: map[*Field]bool{}, computed: o.computed}
	for place := range o.places {
		c := child(place)
		c.Read |= k.orPlain()
		below.places[c] = true
	}

	if len(below.places) == 0 && !below.computed {
		return o.elements
	}

	return join(below, o.elements)
}

// setElements are the elements of a set that a rule builds.
func (o *origin) setElements() *origin {
	if o == nil {
		return nil
	}
	return o.elements
}

// keys is what the key of an element can be: of a set the element itself, of an
// object a name, of an array a number.
func (o *origin) keys() *origin { return join(o.setElements(), computed) }

// isOnly reports whether a value can be nothing but a copy of one of some places.
func (o *origin) isOnly(at func(place *Field) bool) bool {
	if o == nil || o.computed || o.elements != nil || len(o.places) == 0 {
		return false
	}
	for place := range o.places {
		if !at(place) {
			return false
		}
	}
	return true
}

// signatures numbers origins so that two with the same contents have the same
// number, and a function that was walked for one need not be walked for the other.
//
// Origins share parts: of 60 objects that each hold the one before twice, written
// out, the last would have 2⁶⁰ parts. So each part has its number, and the text
// that stands for an origin holds the numbers of its parts.
type signatures struct {
	places  map[*Field]int
	origins map[*origin]int // those that have been numbered
	texts   map[string]int  // by what is in them
}

func newSignatures() *signatures {
	return &signatures{places: map[*Field]int{}, origins: map[*origin]int{}, texts: map[string]int{}}
}

// of is the number of an origin: 0 for nil.
func (s *signatures) of(o *origin) int {
	if o == nil {
		return 0
	}
	if number, known := s.origins[o]; known {
		return number
	}

	var places []int
	for place := range o.places {
		places = append(places, numberOf(s.places, place))
	}
	slices.Sort(places)

	literals := slices.Sorted(maps.Keys(o.literals))
	text := fmt.Sprintf("%v %v %d %q", o.computed, places, s.of(o.elements), literals)
	for _, name := range slices.Sorted(maps.Keys(o.properties)) {
		text += fmt.Sprintf(" %q:%d", name, s.of(o.properties[name]))
	}
	if o.properties != nil {
		text += " written" // an object without properties is not just any collection
	}

	s.origins[o] = numberOf(s.texts, text)
	return s.origins[o]
}

// numberOf is the number of a key, the next one if it has none yet. Numbers begin
// with 1.
func numberOf[K comparable](numbers map[K]int, key K) int {
	if numbers[key] == 0 {
		numbers[key] = len(numbers) + 1
	}
	return numbers[key]
}
