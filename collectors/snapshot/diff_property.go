package snapshot

import (
	"maps"
	"slices"

	"github.com/go-json-experiment/json/jsontext"
)

// PropertyChange is one property that differs: Path is a JSON pointer into what a
// policy sees of the document. Before and After are canonical JSON, nil where the
// property is not there. Of an array whose order means nothing (x-list "set") they
// are the elements that only one side has.
type PropertyChange struct {
	Path   string         `json:"path"`
	Set    bool           `json:"set,omitempty"` // Before and After are elements of a set
	Before jsontext.Value `json:"before,omitempty"`
	After  jsontext.Value `json:"after,omitempty"`
}

// changes are the properties below a node that differ. p is the node's schema, nil
// where nobody knows it; at is its JSON pointer.
func (p *Property) changes(at string, a, b map[string]any) (all []PropertyChange) {
	names := map[string]bool{}
	for name := range a {
		names[name] = true
	}
	for name := range b {
		names[name] = true
	}

	for _, name := range slices.Sorted(maps.Keys(names)) {
		x, inA := a[name]
		y, inB := b[name]
		all = append(all, p.Child(name).change(at+"/"+pointerToken(name), x, inA, y, inB)...)
	}

	return all
}

// Child is the schema of a property below, nil where nobody knows it. p may be nil.
func (p *Property) Child(name string) *Property {
	switch {
	case p == nil:
		return nil
	case p.Properties[name] != nil:
		return p.Properties[name]
	}
	return p.Values
}

// change compares a value that is at one place in both documents.
func (p *Property) change(at string, a any, inA bool, b any, inB bool) []PropertyChange {
	if inA == inB && equalJSON(a, b) {
		return nil
	}

	x, isObjectA := a.(map[string]any)
	y, isObjectB := b.(map[string]any)
	if isObjectA && isObjectB {
		return p.changes(at, x, y)
	}

	listA, isListA := a.([]any)
	listB, isListB := b.([]any)
	if isListA && isListB && p != nil && p.List == "set" {
		lost, gained := onlyIn(listA, listB), onlyIn(listB, listA)
		if len(lost)+len(gained) == 0 { // the same elements in another order
			return nil
		}

		c := changeOf(at, lost, len(lost) > 0, gained, len(gained) > 0)
		c.Set = true
		return []PropertyChange{c}
	}

	return []PropertyChange{changeOf(at, a, inA, b, inB)}
}

func changeOf(at string, a any, inA bool, b any, inB bool) PropertyChange {
	c := PropertyChange{Path: at}
	if inA {
		c.Before, _ = Canonical(a) // parsed values always encode
	}
	if inB {
		c.After, _ = Canonical(b)
	}
	return c
}

func equalJSON(a, b any) bool {
	x, _ := Canonical(a)
	y, _ := Canonical(b)
	return string(x) == string(y)
}

// onlyIn are the elements of a list that another one has not, or has fewer of.
func onlyIn(list, other []any) (only []any) {
	has := map[string]int{}
	for _, v := range other {
		text, _ := Canonical(v)
		has[string(text)]++
	}

	for _, v := range list {
		text, _ := Canonical(v)
		if has[string(text)]--; has[string(text)] < 0 {
			only = append(only, v)
		}
	}

	return only
}
