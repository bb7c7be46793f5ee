package plan

import (
	"fmt"
	"slices"
	"strings"
)

// place is a spot in the input that a term may stand for: a field itself, or
// with below set anything inside it.
type place struct {
	at    *Field
	below bool
}

// value is what a term may stand for: places in the input, and for a container
// that a rule makes, whatever it holds. nil stands for what is not of the input
// (constants, numbers that were counted, texts that were made).
type value struct {
	places map[place]bool
	holds  *value
}

func at(f *Field) *value { return &value{places: map[place]bool{{at: f}: true}} }

func container(of *value) *value {
	if of == nil {
		return nil
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
	places := map[place]bool{}
	for _, v := range []*value{a, b} {
		for p := range v.places {
			places[p] = true
		}
	}
	return &value{places: places, holds: join(a.holds, b.holds)}
}

// whole notes that all of a value is looked at: it is compared, printed, given
// to a built-in or made an element of a set.
func (v *value) whole(k Kind) {
	for ; v != nil; v = v.holds {
		for p := range v.places {
			p.at.Whole |= k.orPlain() | Aggregate
		}
	}
}

// inside stands for everything that may be found in a value, at any depth.
func (v *value) inside() *value {
	places := map[place]bool{}
	for ; v != nil; v = v.holds {
		for p := range v.places {
			places[place{p.at, true}] = true
		}
	}
	if len(places) == 0 {
		return nil
	}
	return &value{places: places}
}

// step reads what a value has under a name.
func (v *value) step(name string, k Kind) *value {
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
	next := &value{places: map[place]bool{}}
	for p := range v.places {
		if p.below {
			p.at.Whole |= k.orPlain()
			next.places[p] = true
			continue
		}
		f := child(p.at)
		f.Read |= k.orPlain()
		next.places[place{at: f}] = true
	}
	if len(next.places) == 0 {
		return v.holds
	}
	return join(next, v.holds)
}

// signature tells values apart: the same places and contents have the same one.
func (w *walker) signature(v *value) string {
	var b strings.Builder
	for ; v != nil; v = v.holds {
		var ids []string
		for p := range v.places {
			if w.ids[p.at] == 0 {
				w.ids[p.at] = len(w.ids) + 1
			}
			ids = append(ids, fmt.Sprint(w.ids[p.at], p.below))
		}
		slices.Sort(ids)
		b.WriteString(strings.Join(ids, ",") + ";")
	}
	return b.String()
}
