package summary

import (
	"cmp"
	"maps"
	"slices"

	"ringfence/engine/finding"
)

// Counts is how many controls have which outcome. The Outcome of all of them
// together is the worst one, as a control's is that of its worst subject. Total is
// the number of those that had something to judge.
type Counts struct {
	finding.Counts
	NotApplicable int `json:"not-applicable"`
}

// Add counts one control.
func (c *Counts) Add(o finding.Outcome) {
	if o == finding.NotApplicable {
		c.NotApplicable++
	} else {
		c.Counts.Add(o)
	}
}

// Count counts controls.
func Count(controls []finding.Summary) Counts {
	var n Counts
	for _, c := range controls {
		n.Add(c.Outcome)
	}
	return n
}

// Subjects counts the subjects of all controls together. A subject that two
// controls judge is counted twice.
func Subjects(controls []finding.Summary) finding.Counts {
	var n finding.Counts
	for _, c := range controls {
		n.Satisfied += c.Subjects.Satisfied
		n.NotSatisfied += c.Subjects.NotSatisfied
		n.Undetermined += c.Subjects.Undetermined
	}
	return n
}

// ByFamily counts controls by their family.
func ByFamily(controls []finding.Summary) map[string]Counts {
	families := map[string]Counts{}
	for _, c := range controls {
		n := families[c.Family]
		n.Add(c.Outcome)
		families[c.Family] = n
	}
	return families
}

// Families are the families of controls in the order in which people read them:
// those of [finding.Families], then others by name.
func Families(controls []finding.Summary) []string {
	used := map[string]bool{}
	for _, c := range controls {
		used[c.Family] = true
	}

	rank := func(family string) int {
		if i := slices.Index(finding.Families, family); i >= 0 {
			return i
		}
		return len(finding.Families)
	}
	return slices.SortedFunc(maps.Keys(used), func(x, y string) int {
		return cmp.Or(cmp.Compare(rank(x), rank(y)), cmp.Compare(x, y))
	})
}

// Matrix is client × family.
type Matrix struct {
	Families []string // the columns: every family that some client has a control of
	Rows     []Row
}

// Row is one client's line of a [Matrix].
type Row struct {
	Client   Client
	Families map[string]Counts // a family without a control of this client is missing
}

// Matrix returns the matrix of all clients, in their order.
func (f *Fleet) Matrix() Matrix {
	var m Matrix
	var all []finding.Summary
	for _, c := range f.Clients {
		m.Rows = append(m.Rows, Row{Client: c, Families: ByFamily(c.Controls)})
		all = append(all, c.Controls...)
	}

	m.Families = Families(all)
	return m
}
