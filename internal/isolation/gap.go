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

// Gaps are all pieces of evidence that are missing, those first that most pairs need.
func (s *Survey) Gaps() []Gap {
	gaps := map[string]*Gap{}
	for _, u := range s.Unproven {
		counted := map[*Gap]bool{}
		for _, m := range u.Missing {
			key := strings.Join([]string{m.Of, m.Unit, m.Status}, "\x00")
			g := gaps[key]
			if g == nil {
				g = &Gap{Of: m.Of, Unit: m.Unit, Status: m.Status}
				gaps[key] = g
			}
			if !slices.Contains(g.Kinds, m.Kind) {
				g.Kinds = append(g.Kinds, m.Kind)
			}
			if !counted[g] {
				counted[g] = true
				g.Pairs += len(u.From)
			}
		}
	}

	all := []Gap{}
	for _, g := range gaps {
		slices.Sort(g.Kinds)
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
