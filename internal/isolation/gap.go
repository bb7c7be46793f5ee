package isolation

import (
	"fmt"
	"maps"
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
	return withoutParents(all)
}

// withoutParents leaves out a dataset that is not whole where its scopes are named that are not.
func withoutParents(all []Gap) []Gap {
	scoped := map[string]bool{}
	for _, g := range all {
		if dataset, _, isScope := strings.Cut(g.Unit, "@"); isScope {
			scoped[g.Of+"\x00"+dataset] = true
		}
	}
	return slices.DeleteFunc(all, func(g Gap) bool { return scoped[g.Of+"\x00"+g.Unit] })
}

// Open are tenants that are not proven to be out of reach, and of whom: the same clients of each.
type Open struct {
	To, From  []string // sorted
	Everybody bool     // From are all that must not reach them
}

// Open are the pairs that are not proven, by whom they lead to: those first that nobody is proven
// to be kept from, together.
func (s *Survey) Open() []Open {
	by := map[string][]string{}
	for _, u := range s.Unproven {
		by[u.To] = append(by[u.To], s.Those(u)...)
	}

	everybody, all := Open{Everybody: true}, []Open{}
	for _, to := range slices.Sorted(maps.Keys(by)) {
		from := slices.Sorted(slices.Values(by[to]))
		if len(from) > 1 && len(from) == s.others(to) {
			everybody.To, everybody.From = append(everybody.To, to), from
			continue
		}
		all = append(all, Open{To: []string{to}, From: from})
	}
	if len(everybody.To) > 0 {
		all = slices.Insert(all, 0, everybody)
	}
	return all
}

// Those are the clients of pairs that are not proven, by name.
func (s *Survey) Those(u Unproven) []string {
	if !u.Everybody {
		return u.From
	}
	var all []string
	for _, t := range s.Tenants {
		if !t.MSP && t.Name != u.To {
			all = append(all, t.Name)
		}
	}
	return all
}

// others is how many clients must not reach a tenant.
func (s *Survey) others(to string) int {
	n := 0
	for _, t := range s.Tenants {
		if !t.MSP && t.Name != to {
			n++
		}
	}
	return n
}

// String says what is missing, whose it is, and what it would show.
func (g Gap) String() string {
	kinds := strings.Join(g.Kinds, ", ")
	if g.Unit == "" {
		return fmt.Sprintf("%s: %s (%s)", g.Of, kinds, g.Status)
	}
	return fmt.Sprintf("%s: %s (%s), for %s", g.Of, g.Unit, g.Status, kinds)
}
