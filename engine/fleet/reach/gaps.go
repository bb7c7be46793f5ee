package reach

import (
	"cmp"
	"slices"
	"time"

	"ringfence/engine/fleet/fact"
)

// What is not known is reached: where evidence is missing, an edge might be, and a pair of
// tenants that such an edge would join is not proven to be apart.

// gaps are the kinds of edges of which a tenant may have more than its facts say.
type gaps struct {
	to   bool // of kind ToSide: whoever is anywhere may get anywhere in the tenant
	from bool // of kind FromSide: whoever is in the tenant may get anywhere at all
	list []Gap
}

// Gap is a piece of evidence that is missing.
type Gap struct {
	Kind   string // of fact
	Unit   string // of evidence; "" if the kind was not looked for
	Status string
}

// unknown is what is not known of a kind of links that are bridges.
type unknown struct {
	kind        string
	incomplete  []bool // by tenant
	controls    []bool // by tenant: others may be controlled by links that it has, or may have
	controlled  []bool // by tenant: others may control it by links that it has, or may have
	first, last []time.Time
	open, has   []int32 // the tenants of incomplete, and those of controls or controlled
	far         bool    // some of has are further apart than the spread
}

func newUnknown(kind string, tenants int) unknown {
	return unknown{kind: kind, incomplete: make([]bool, tenants), controls: make([]bool, tenants),
		controlled: make([]bool, tenants),
		first:      make([]time.Time, tenants), last: make([]time.Time, tenants)}
}

// noteGaps keeps what a tenant's facts do not cover.
func (g *Graph) noteGaps(tenant int32, facts fact.Facts) {
	bridges := 0
	for _, k := range g.fleet.Kinds {
		coverage := facts.Of(k.Name)
		missing := MissingOf(coverage)
		if k.Rule != Sharing {
			g.gaps[tenant].list = append(g.gaps[tenant].list, missing...)
		}

		switch k.Rule {
		case ToSide:
			g.gaps[tenant].to = g.gaps[tenant].to || len(missing) > 0
		case FromSide:
			g.gaps[tenant].from = g.gaps[tenant].from || len(missing) > 0
		case Bridging, Owning:
			g.unknown[bridges].note(tenant, coverage, len(missing) > 0, LinksOf(facts, k), g.fleet.Spread)
			bridges++
		}
	}
}

// Links is how many links of a kind a tenant has by which it might control others, and others it.
type Links struct{ Controls, Controlled int }

// LinksOf counts a tenant's links of a kind. One with the role [fact.Same] counts on both sides. In a
// kind that is [Owning], a value that the tenant itself controls lets nobody else in.
func LinksOf(facts fact.Facts, k Kind) (n Links) {
	owned := map[string]bool{}
	for _, l := range facts.Links {
		if k.Rule == Owning && l.Kind == k.Name && l.Role == fact.Controls {
			owned[l.Value] = true
		}
	}

	for _, l := range facts.Links {
		if l.Kind != k.Name {
			continue
		}
		if l.Role != fact.Controlled {
			n.Controls++
		}
		if l.Role != fact.Controls && !owned[l.Value] {
			n.Controlled++
		}
	}
	return n
}

// MissingOf is what is missing of the evidence of a kind of facts.
func MissingOf(c fact.Coverage) []Gap {
	if len(c.Units) == 0 {
		return []Gap{{Kind: c.Kind, Status: "not looked for"}}
	}

	var missing []Gap
	for _, u := range c.Units {
		if u.Status != fact.Complete {
			missing = append(missing, Gap{c.Kind, u.Name, u.Status})
		}
	}
	return missing
}

func (u *unknown) note(tenant int32, c fact.Coverage, incomplete bool, n Links, spread time.Duration) {
	u.first[tenant], u.last[tenant] = span(c)
	incomplete = incomplete || u.apart(tenant, tenant) > spread // read too slowly to be of one time
	u.incomplete[tenant] = incomplete
	u.controls[tenant] = incomplete || n.Controls > 0
	u.controlled[tenant] = incomplete || n.Controlled > 0
	if incomplete {
		u.open = append(u.open, tenant)
	}
	if !u.controls[tenant] && !u.controlled[tenant] {
		return
	}

	for _, other := range u.has {
		u.far = u.far || u.apart(tenant, other) > spread
		if u.far {
			break
		}
	}
	u.has = append(u.has, tenant)
}

// span is when the evidence of a kind was read.
func span(c fact.Coverage) (first, last time.Time) {
	for i, u := range c.Units {
		if i == 0 || u.EndedAt.Before(first) {
			first = u.EndedAt
		}
		if i == 0 || u.EndedAt.After(last) {
			last = u.EndedAt
		}
	}
	return first, last
}

// apart is how far the evidence of two tenants is apart in time.
func (u *unknown) apart(a, b int32) time.Duration {
	return max(u.last[a].Sub(u.first[b]), u.last[b].Sub(u.first[a]))
}

// joined calls visit with each tenant that a tenant may control by a link of this kind, for want
// of evidence.
func (u *unknown) joined(tenant int32, spread time.Duration, visit func(int32)) {
	if !u.controls[tenant] {
		return
	}

	others := u.open
	if u.incomplete[tenant] || u.far {
		others = u.has
	}
	for _, other := range others {
		if other == tenant || !u.controlled[other] {
			continue
		}
		if u.incomplete[tenant] || u.incomplete[other] || u.apart(tenant, other) > spread {
			visit(other)
		}
	}
}

// Gaps are the pieces of evidence that a tenant lacks, in order.
func (g *Graph) Gaps(tenant string) []Gap {
	i, known := g.number[tenant]
	if !known || int(i) >= g.inside {
		return nil
	}

	list := slices.Clone(g.gaps[i].list)
	slices.SortFunc(list, func(a, b Gap) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Unit, b.Unit), cmp.Compare(a.Status, b.Status))
	})
	return list
}
