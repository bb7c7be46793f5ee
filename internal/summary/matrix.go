package summary

import (
	"maps"

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

// Matrix is client × family.
type Matrix struct {
	// Families are the columns, in the order in which people read them: every family
	// that some client has a control of.
	Families []finding.Family
	Rows     []Row
}

// Row is one client's line of a [Matrix].
type Row struct {
	Client   Client
	Families map[string]Counts // by the family's id; one without a control of this client is missing
}

// Matrix returns the matrix of all clients, in their order.
func (f *Fleet) Matrix() Matrix {
	var m Matrix
	var described []finding.Family
	used := map[string]bool{}
	for _, c := range f.Clients {
		families := ByFamily(c.Controls)
		m.Rows = append(m.Rows, Row{Client: c, Families: families})

		described = append(described, c.Families...)
		for id := range families {
			used[id] = true
		}
	}

	m.Families = finding.InReadingOrder(described, maps.Keys(used))
	return m
}
