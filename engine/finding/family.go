package finding

import (
	"cmp"
	"iter"
	"math"
	"slices"
	"strings"
)

// Family is a group of controls that answer one question together. Its only home
// is the METADATA of the package that is its folder: ringfence.keyownership
// describes the family of ringfence.keyownership.vault_tenants.
type Family struct {
	ID       string // the last part of the package path: "keyownership"
	Name     string // a short heading: "Key ownership"
	Title    string // the heading in full: "Ownership of keys"
	Question string // "Are the encryption keys in the hands that were agreed, …?"
	Order    int    // its place among the families, from 1; 0 is after those that have one
}

// InReadingOrder returns the families with the given ids, in the order in which
// people read them. A family that no package describes goes by its id, as words.
func InReadingOrder(described []Family, ids iter.Seq[string]) []Family {
	var families []Family
	for id := range ids {
		family := Family{ID: id, Name: words(id), Title: words(id)}
		if i := slices.IndexFunc(described, func(f Family) bool { return f.ID == id }); i >= 0 {
			family = described[i]
		}
		families = append(families, family)
	}

	slices.SortFunc(families, func(a, b Family) int {
		return cmp.Or(cmp.Compare(a.place(), b.place()), cmp.Compare(a.ID, b.ID))
	})
	return families
}

// words makes a heading of an id: "Tape library" of tape_library.
func words(id string) string {
	text := strings.TrimSpace(strings.ReplaceAll(id, "_", " "))
	if text == "" {
		return "Other controls"
	}
	return strings.ToUpper(text[:1]) + text[1:]
}

func (f Family) place() int {
	if f.Order == 0 {
		return math.MaxInt
	}
	return f.Order
}
