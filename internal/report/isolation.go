package report

import (
	"maps"
	"slices"
	"strings"

	"ringfence/engine/fleet/fact"
	"ringfence/internal/isolation"
)

// How much of a survey a page shows.
const maxPaths, maxOpen, maxGaps, maxNames = 200, 200, 200, 10

// Isolation is who reaches whom, as much as a page shows.
type Isolation struct {
	*Drawing
	Alternative string // the drawing in words
	Sentence    string
	Paths       []PathRow
	HiddenPaths int
	Open        []OpenRow
	HiddenOpen  int
	Gaps        []isolation.Gap
	HiddenGaps  int
	TooFar      int // pairs whose evidence was read too far apart in time
}

// PathRow is a path from one client to a target of somebody else.
type PathRow struct {
	From, To string
	Target   string
	State    fact.State
	Hops     []isolation.Hop
	Through  string // the tenants in between
}

// OpenRow is a tenant that is not proven to be out of reach, and of whom.
type OpenRow struct{ To, From string }

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
	i.addOpen(s)
	return i
}

func (i *Isolation) addOpen(s *isolation.Survey) {
	by := map[string][]string{}
	for _, u := range s.Unproven {
		by[u.To] = append(by[u.To], u.From...)
		if len(u.Lacking) == 0 {
			i.TooFar += len(u.From)
		}
	}
	for _, to := range slices.Sorted(maps.Keys(by)) {
		if len(i.Open) == maxOpen {
			i.HiddenOpen++
			continue
		}
		from := slices.Sorted(slices.Values(by[to]))
		row := OpenRow{To: to, From: strings.Join(from[:min(len(from), maxNames)], ", ")}
		if more := len(from) - maxNames; more > 0 {
			row.From += " and " + num(more) + " more"
		}
		if s.Everybody(to, len(from)) && len(from) > 1 {
			row.From = "everybody"
		}
		i.Open = append(i.Open, row)
	}

	i.Gaps = s.Missing
	i.HiddenGaps = max(0, len(i.Gaps)-maxGaps)
	i.Gaps = i.Gaps[:len(i.Gaps)-i.HiddenGaps]
}
