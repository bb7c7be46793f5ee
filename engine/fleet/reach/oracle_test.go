package reach_test

import (
	"slices"
	"strings"

	"ringfence/engine/fleet/fact"
	"ringfence/engine/fleet/reach"
	"ringfence/internal/randomfleet"
)

// oracle knows all edges of a small fleet and tries everything. It shares no code with what it
// is to judge: it compares links by their values itself, and has its own idea of a target.
type oracle struct {
	fleet randomfleet.Fleet
	edges []told
	nodes []fact.Node
}

// told is an edge, and whose evidence shows it.
type told struct {
	fact.Edge
	evidence []reach.Evidence
}

func newOracle(f randomfleet.Fleet) oracle {
	o := oracle{fleet: f}
	for _, t := range f.Tenants {
		for _, e := range f.Facts[t].Edges {
			edge := told{Edge: e}
			for _, subject := range e.Evidence {
				edge.evidence = append(edge.evidence, reach.Evidence{Tenant: t, Subject: subject})
			}
			o.edges = append(o.edges, edge)
		}
	}
	o.addLinks()

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

// addLinks adds an edge for each two links of one value that several tenants have.
func (o *oracle) addLinks() {
	for _, x := range o.fleet.Tenants {
		for _, y := range o.fleet.Tenants {
			for _, a := range o.fleet.Facts[x].Links {
				for _, b := range o.fleet.Facts[y].Links {
					leads := a.Role == "same" && b.Role == "same" || a.Role == "controls" && b.Role == "controlled"
					equal := a.Kind == b.Kind && a.Value == b.Value && a.Node != b.Node
					if a.Kind == "device" || a.Kind == "vault" && x == y || !leads || !equal || !o.several(a) {
						continue
					}
					weaker := max(slices.Index(fact.States, a.State), slices.Index(fact.States, b.State))
					edge := fact.Edge{From: a.Node, To: b.Node, Kind: a.Kind, State: fact.States[weaker]}
					o.edges = append(o.edges, told{edge, []reach.Evidence{{Tenant: x, Subject: a.Subject}, {Tenant: y, Subject: b.Subject}}})
				}
			}
		}
	}
}

// several reports whether more than one tenant has a link's value.
func (o *oracle) several(l fact.Link) bool {
	tenants := 0
	for _, t := range o.fleet.Tenants {
		if slices.ContainsFunc(o.fleet.Facts[t].Links, func(x fact.Link) bool { return x.Kind == l.Kind && x.Value == l.Value }) {
			tenants++
		}
	}
	return tenants > 1
}

// isTarget reports whether a node is one that nobody else may reach.
func isTarget(n fact.Node) bool {
	kind := strings.Split(string(n), "/")[1]
	return kind == "tier0" || kind == "key" || kind == "log"
}

// evidence is all that shows an edge, false if there is no such edge.
func (o oracle) evidence(h reach.Hop) (all []reach.Evidence, is bool) {
	for _, e := range o.edges {
		if e.From == h.From && e.To == h.To && e.Kind == h.Kind && e.State == h.State {
			is = true
			all = append(all, e.evidence...)
		}
	}
	slices.SortFunc(all, func(a, b reach.Evidence) int {
		return strings.Compare(a.Tenant+" "+a.Subject, b.Tenant+" "+b.Subject)
	})
	return slices.Compact(all), is
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
			if reached && !found[n] && isTarget(n) && n.Tenant() != from && slices.Contains(o.fleet.Tenants, n.Tenant()) {
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
			if isTarget(n) && t != from.Tenant() && slices.Contains(o.fleet.Tenants, t) && !known[t] {
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
