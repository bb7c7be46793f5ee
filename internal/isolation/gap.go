package isolation

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Gap is a piece of evidence that is missing, and how many pairs could be decided by it.
type Gap struct {
	Of     string // a name
	Unit   string // "" for kinds that were not looked for at all
	Status string
	Kinds  []string // of facts that it would show, sorted
	Pairs  int
}

// gaps are collected by whose they are, unit and status.
type gaps map[string]*Gap

// add counts a piece of evidence that is missing for so many pairs.
func (all gaps) add(m Missing, pairs int) {
	key := strings.Join([]string{m.Of, m.Unit, m.Status}, "\x00")
	g := all[key]
	if g == nil {
		g = &Gap{Of: m.Of, Unit: m.Unit, Status: m.Status}
		all[key] = g
	}
	g.Pairs += pairs
	if at, there := slices.BinarySearch(g.Kinds, m.Kind); !there {
		g.Kinds = slices.Insert(g.Kinds, at, m.Kind)
	}
}

// Pieces are the pieces of evidence of which some is missing, each once, sorted.
func Pieces(missing []Missing) []Gap {
	gaps := gaps{}
	for _, m := range missing {
		gaps.add(m, 0)
	}
	all := []Gap{}
	for _, g := range values(gaps) {
		all = append(all, *g)
	}
	return all
}

// Gaps are all pieces of evidence that are missing, those first that most pairs need.
func (s *Survey) Gaps() []Gap {
	gaps := gaps{}
	for _, u := range s.Unproven {
		counted := map[Missing]bool{}
		for _, m := range u.Missing {
			pairs, piece := 0, Missing{Of: m.Of, Unit: m.Unit, Status: m.Status}
			if !counted[piece] { // one piece may show several kinds of facts
				counted[piece] = true
				pairs = len(u.From)
			}
			gaps.add(m, pairs)
		}
	}

	all := []Gap{}
	for _, g := range gaps {
		all = append(all, *g)
	}
	slices.SortFunc(all, func(a, b Gap) int {
		return cmp.Or(cmp.Compare(b.Pairs, a.Pairs), cmp.Compare(a.Of, b.Of), cmp.Compare(a.Unit, b.Unit),
			cmp.Compare(a.Status, b.Status))
	})
	return all
}

// Everybody reports whether so many clients are all those that must not reach a tenant.
func (s *Survey) Everybody(to string, clients int) bool {
	others := 0
	for _, t := range s.Tenants {
		if !t.MSP && t.Name != to {
			others++
		}
	}
	return clients == others
}

// String says what is missing, whose it is, and what it would show.
func (g Gap) String() string {
	kinds := strings.Join(g.Kinds, ", ")
	if g.Unit == "" {
		return fmt.Sprintf("%s: %s (%s)", g.Of, kinds, g.Status)
	}
	return fmt.Sprintf("%s: %s (%s), for %s", g.Of, g.Unit, g.Status, kinds)
}
