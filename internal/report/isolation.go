package report

import (
	"strings"

	"ringfence/engine/fleet/fact"
	"ringfence/internal/isolation"
)

// How much of a survey a page shows.
const maxPaths, maxOpen, maxGaps, maxNames = 200, 200, 60, 30

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

// OpenRow are tenants that are not proven to be out of reach, and of whom.
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
	for _, u := range s.Unproven {
		if len(u.Lacking) == 0 {
			i.TooFar += u.Pairs
		}
	}
	for _, o := range s.Open() {
		if len(i.Open) == maxOpen {
			i.HiddenOpen++
			continue
		}
		row := OpenRow{To: some(o.To), From: some(o.From)}
		if o.Everybody {
			row.From = "everybody"
		}
		i.Open = append(i.Open, row)
	}

	i.Gaps = s.Missing
	i.HiddenGaps = max(0, len(i.Gaps)-maxGaps)
	i.Gaps = i.Gaps[:len(i.Gaps)-i.HiddenGaps]
}

// some are the first of some names, and how many more there are.
func some(names []string) string {
	text := strings.Join(names[:min(len(names), maxNames)], ", ")
	if more := len(names) - maxNames; more > 0 {
		text += " and " + num(more) + " more"
	}
	return text
}
