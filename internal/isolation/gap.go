package isolation

import (
	"fmt"
	"slices"
	"strings"
)

// Missing is a piece of evidence that was not read whole, of one kind of facts.
type Missing struct {
	Of     string `json:"of"` // a name
	Kind   string `json:"kind"`
	Unit   string `json:"unit"` // "" if the kind was not looked for at all
	Status string `json:"status"`
}

// Gap is a piece of evidence that is missing, and how many pairs could be decided by it.
type Gap struct {
	Of     string   `json:"of"`   // a name
	Unit   string   `json:"unit"` // "" for kinds that were not looked for at all
	Status string   `json:"status"`
	Kinds  []string `json:"kinds"` // of facts that it would show, sorted
	Pairs  int      `json:"pairs"`
}

// gaps are collected by whose they are, unit and status.
type gaps map[string]*Gap

func (all gaps) add(m Missing) {
	key := strings.Join([]string{m.Of, m.Unit, m.Status}, "\x00")
	g := all[key]
	if g == nil {
		g = &Gap{Of: m.Of, Unit: m.Unit, Status: m.Status}
		all[key] = g
	}
	if at, there := slices.BinarySearch(g.Kinds, m.Kind); !there {
		g.Kinds = slices.Insert(g.Kinds, at, m.Kind)
	}
}

// Pieces are the pieces of evidence of which some is missing, each once, sorted.
func Pieces(missing []Missing) []Gap {
	gaps := gaps{}
	for _, m := range missing {
		gaps.add(m)
	}
	all := []Gap{}
	for _, g := range values(gaps) {
		all = append(all, *g)
	}
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
