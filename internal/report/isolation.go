package report

import (
	"strings"

	"ringfence/engine/fleet/fact"
	"ringfence/internal/isolation"
)

// How much of a survey a page shows.
const maxPaths, maxOpen, maxNames = 200, 200, 10

// Isolation is who reaches whom, as much as a page shows.
type Isolation struct {
	*Drawing
	Alternative string // the drawing in words
	Sentence    string
	Paths       []PathRow
	HiddenPaths int
	Open        []OpenRow
	HiddenOpen  int
}

// PathRow is a path from one client to a target of somebody else.
type PathRow struct {
	From, To string
	Target   string
	State    fact.State
	Hops     []isolation.Hop
	Through  string // the tenants in between
}

// OpenRow are clients that are not proven to be kept from a tenant.
type OpenRow struct {
	To, From string
	Missing  []string
	Hidden   int // more that is missing
}

func newIsolation(s *isolation.Survey) *Isolation {
	if s == nil {
		return nil
	}

	i := &Isolation{Drawing: drawing(s), Alternative: alternative(s), Sentence: s.Sentence(num)}
	for _, p := range s.Offending() {
		if len(i.Paths) == maxPaths {
			i.HiddenPaths++
			continue
		}
		stops := through(s, p)
		i.Paths = append(i.Paths, PathRow{p.From, p.To, p.Target.Kind() + "/" + p.Target.ID(), p.State, p.Hops,
			strings.Join(stops[1:max(1, len(stops)-1)], ", ")})
	}
	for _, u := range s.Unproven {
		if len(i.Open) == maxOpen {
			i.HiddenOpen++
			continue
		}
		i.Open = append(i.Open, openRow(u))
	}
	return i
}

func openRow(u isolation.Unproven) OpenRow {
	row := OpenRow{To: u.To, From: strings.Join(u.From[:min(len(u.From), maxNames)], ", ")}
	if more := len(u.From) - maxNames; more > 0 {
		row.From += " and " + num(more) + " more"
	}
	for _, m := range u.Missing[:min(len(u.Missing), maxNames)] {
		row.Missing = append(row.Missing, m.String())
	}
	row.Hidden = len(u.Missing) - len(row.Missing)
	if len(u.Missing) == 0 {
		row.Missing = []string{"evidence was read too far apart in time"}
	}
	return row
}
