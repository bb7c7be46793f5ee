package reach_test

import (
	"slices"

	"ringfence/engine/fleet/fact"
	"ringfence/engine/fleet/reach"
	"ringfence/internal/randomfleet"
)

// oracle knows all edges of a small fleet and tries everything.
type oracle struct {
	fleet randomfleet.Fleet
	edges []fact.Edge
	nodes []fact.Node
}

func newOracle(f randomfleet.Fleet) oracle {
	o := oracle{fleet: f}
	for _, t := range f.Tenants {
		o.edges = append(o.edges, f.Facts[t].Edges...)
	}
	for _, b := range f.Reach().Bridges {
		for _, x := range b.Ends {
			for _, y := range b.Ends {
				same := x.Role == fact.Same && y.Role == fact.Same
				across := x.Role == fact.Controls && y.Role == fact.Controlled
				if x.Node != y.Node && (same || across) {
					weaker := max(slices.Index(fact.States, x.State), slices.Index(fact.States, y.State))
					o.edges = append(o.edges, fact.Edge{From: x.Node, To: y.Node, Kind: b.Kind, State: fact.States[weaker]})
				}
			}
		}
	}

	seen := map[fact.Node]bool{}
	for _, e := range o.edges {
		seen[e.From], seen[e.To] = true, true
	}
	for n := range seen {
		o.nodes = append(o.nodes, n)
	}
	slices.Sort(o.nodes)
	return o
}

// distances are the hops from any node of a tenant, relaxed until nothing changes.
func (o oracle) distances(from string, level int) map[fact.Node]int {
	hops := map[fact.Node]int{}
	for _, n := range o.nodes {
		if n.Tenant() == from {
			hops[n] = 0
		}
	}
	for changed := true; changed; {
		changed = false
		for _, e := range o.edges {
			d, reached := hops[e.From]
			if !reached || slices.Index(fact.States, e.State) > level {
				continue
			}
			if old, known := hops[e.To]; !known || d+1 < old {
				hops[e.To], changed = d+1, true
			}
		}
	}
	return hops
}

// targets are what a tenant reaches in others.
func (o oracle) targets(from string) []reach.Target {
	var all []reach.Target
	found := map[fact.Node]bool{}
	for level, state := range fact.States {
		hops := o.distances(from, level)
		for _, n := range o.nodes {
			d, reached := hops[n]
			if reached && !found[n] && n.IsTarget() && n.Tenant() != from && slices.Contains(o.fleet.Tenants, n.Tenant()) {
				found[n] = true
				all = append(all, reach.Target{Node: n, State: state, Hops: d})
			}
		}
	}
	slices.SortFunc(all, func(a, b reach.Target) int { return slices.Compare([]byte(a.Node), []byte(b.Node)) })
	return all
}

// principal is which tenants one node reaches, by state.
func (o oracle) principal(from fact.Node) map[fact.State][]string {
	reached := map[fact.State][]string{}
	known := map[string]bool{}
	for level, state := range fact.States {
		at := map[fact.Node]bool{from: true}
		for changed := true; changed; {
			changed = false
			for _, e := range o.edges {
				if at[e.From] && !at[e.To] && slices.Index(fact.States, e.State) <= level {
					at[e.To], changed = true, true
				}
			}
		}

		var now []string
		for n := range at {
			t := n.Tenant()
			if n.IsTarget() && t != from.Tenant() && slices.Contains(o.fleet.Tenants, t) && !known[t] {
				now = append(now, t)
			}
		}
		slices.Sort(now)
		if now = slices.Compact(now); len(now) > 0 {
			reached[state] = now
		}
		for _, t := range now {
			known[t] = true
		}
	}
	return reached
}
