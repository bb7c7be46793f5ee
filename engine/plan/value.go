package plan

import (
	"fmt"
	"maps"
	"slices"
)

// value is what a term may stand for: places in the input, and for a container
// that a rule makes, whatever it holds. made: it may also be something that is not
// of the input (a constant, a number that was counted, a text that was made).
// members, where it is set, tells by name what an object that a rule writes out
// holds. texts, where it is set, are the only ones that it can be. nil stands for
// nothing at all.
type value struct {
	places  map[*Field]bool
	made    bool
	texts   map[string]bool
	holds   *value
	members map[string]*value
}

// other is what is not of the input.
var other = &value{made: true}

func at(f *Field) *value { return &value{places: map[*Field]bool{f: true}} }

// written is a text that a rule writes out.
func written(text string) *value {
	return &value{made: true, texts: map[string]bool{text: true}}
}

func container(of *value) *value {
	if of == nil {
		of = other
	}
	return &value{holds: of}
}

// join is the union of two values; neither is changed.
func join(a, b *value) *value {
	if a == nil || a == b {
		return b
	}
	if b == nil {
		return a
	}

	places := map[*Field]bool{}
	for _, v := range []*value{a, b} {
		for p := range v.places {
			places[p] = true
		}
	}

	return &value{places: places, made: a.made || b.made, texts: joinTexts(a, b), holds: join(a.holds, b.holds), members: joinMembers(a, b)}
}

// maxTexts is how many texts are told apart.
const maxTexts = 32

// joinTexts keeps texts where both are nothing else.
func joinTexts(a, b *value) map[string]bool {
	if a.texts == nil || b.texts == nil || len(a.texts)+len(b.texts) > maxTexts {
		return nil
	}

	all := maps.Clone(a.texts)
	maps.Copy(all, b.texts)
	return all
}

// joinMembers keeps the names where both are objects that rules write out.
func joinMembers(a, b *value) map[string]*value {
	if a.members == nil || b.members == nil {
		return nil
	}

	all := maps.Clone(a.members)
	for name, v := range b.members {
		all[name] = join(all[name], v)
	}

	return all
}

// whole notes that all of a value is looked at: it is compared, printed, given
// to a built-in or made an element of a set.
func (v *value) whole(k Kind) {
	for ; v != nil; v = v.holds {
		for p := range v.places {
			p.Whole |= k.orPlain() | Aggregate
		}
	}
}

// used notes that the value is asked in a way that null can be an answer to.
func (v *value) used(k Kind) {
	if v == nil {
		return
	}
	for p := range v.places {
		p.Used |= k
	}
}

// step reads what a value has under a name.
func (v *value) step(name string, k Kind) *value {
	if v != nil && v.members != nil && len(v.places) == 0 {
		v.members[name].used(k)
		return v.members[name]
	}
	return v.into(k, func(f *Field) *Field { return f.Name(name) })
}

// each reads any element of a value, or any property.
func (v *value) each(k Kind) *value {
	return v.into(k, (*Field).Each)
}

func (v *value) into(k Kind, child func(*Field) *Field) *value {
	if v == nil {
		return nil
	}

	v.holds.used(k) // what was read outside a negation is used in it
	next := &value{places: map[*Field]bool{}}
	for p := range v.places {
		f := child(p)
		f.Read |= k.orPlain()
		next.places[f] = true
	}

	next.made = v.made // whatever it holds was made, too
	if len(next.places) == 0 && !next.made {
		return v.holds
	}

	return join(next, v.holds)
}

// element is what a set holds.
func (v *value) element() *value {
	if v == nil {
		return nil
	}
	return v.holds
}

// keys are what the key of an element may be: of a set the element itself, of
// anything else a name or a number.
func (v *value) keys() *value { return join(v.element(), other) }

// only reports whether a value is one of the places, and nothing else.
func (v *value) only(is func(*Field) bool) bool {
	if v == nil || v.made || v.holds != nil || len(v.places) == 0 {
		return false
	}
	for p := range v.places {
		if !is(p) {
			return false
		}
	}
	return true
}

// signature tells values apart: the same places and contents have the same one.
// What values have in common is signed once.
func (w *walker) signature(v *value) int {
	if v == nil {
		return 0
	}
	if id, known := w.signed[v]; known {
		return id
	}

	var places []int
	for p := range v.places {
		if w.ids[p] == 0 {
			w.ids[p] = len(w.ids) + 1
		}
		places = append(places, w.ids[p])
	}

	slices.Sort(places)
	text := fmt.Sprintf("%v %v %d %q", v.made, places, w.signature(v.holds), slices.Sorted(maps.Keys(v.texts)))
	for _, name := range slices.Sorted(maps.Keys(v.members)) {
		text += fmt.Sprintf(" %q:%d", name, w.signature(v.members[name]))
	}

	if v.members != nil {
		text += " written"
	}

	if w.texts[text] == 0 {
		w.texts[text] = len(w.texts) + 1
	}

	w.signed[v] = w.texts[text]
	return w.texts[text]
}
