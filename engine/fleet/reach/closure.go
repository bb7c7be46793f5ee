package reach

import (
	"fmt"
	"slices"

	"ringfence/engine/fleet/fact"
)

// Closure is all that may be reached from some tenants: no edge that is known leads out of
// it, and none that may be there for want of evidence.
type Closure struct {
	Tenants []string    // all of their nodes, sorted
	Nodes   []fact.Node // of other tenants, sorted
	// Edges are the known ones that lead from the closure to nodes of other tenants than
	// Tenants, sorted. They have a from, a to and a kind.
	Edges []fact.Edge
}

// Closure is that of some tenants of the fleet.
func (s *Search) Closure(from []string) (Closure, error) {
	var starts []int32
	for _, tenant := range from {
		t, known := s.g.number[tenant]
		if !known || int(t) >= s.g.inside {
			return Closure{}, fmt.Errorf("tenant %s is not in the fleet", tenant)
		}
		starts = append(starts, t)
	}

	s.spread.from(starts)
	in := closing{s: s, nodes: map[fact.Node]bool{}}
	for t := range int32(len(s.g.tenants)) {
		if err := in.tenant(t); err != nil {
			return Closure{}, err
		}
	}
	in.crossings()

	slices.Sort(in.Nodes)
	slices.SortFunc(in.Edges, fact.CompareEdges)
	in.Edges = slices.CompactFunc(in.Edges, func(a, b fact.Edge) bool { return fact.CompareEdges(a, b) == 0 })
	return in.Closure, nil
}

// closing is a closure that is being written down.
type closing struct {
	Closure
	s     *Search
	nodes map[fact.Node]bool
}

// tenant adds what is reached of a tenant: all of it, or what can be walked to inside from
// where it was entered.
func (c *closing) tenant(t int32) error {
	g := c.s.g
	if c.s.spread.whole[t] == c.s.spread.runs {
		c.Tenants = append(c.Tenants, g.tenants[t])
		return nil
	}

	var entered []int32
	for _, n := range g.boundary[t] {
		if c.s.spread.node[n] == c.s.spread.runs {
			entered = append(entered, n)
			c.add(g.nodes[n])
		}
	}
	if len(entered) == 0 || int(t) >= g.inside {
		return nil
	}

	facts, err := g.facts(g.tenants[t])
	if err != nil {
		return err
	}
	in := newInner(facts.Edges, g.tenants[t])
	var starts []int32
	for _, n := range entered {
		if i, inside := in.number[g.nodes[n]]; inside {
			starts = append(starts, i)
		}
	}
	in.walkAll(starts, levels-1)
	for _, i := range in.queue {
		c.add(in.nodes[i])
	}
	for _, e := range facts.Edges {
		if e.To.Tenant() == facts.Tenant && c.nodes[e.From] && e.From.Tenant() == facts.Tenant {
			c.Edges = append(c.Edges, fact.Edge{From: e.From, To: e.To, Kind: e.Kind})
		}
	}

	return nil
}

func (c *closing) add(n fact.Node) {
	if !c.nodes[n] {
		c.nodes[n] = true
		c.Nodes = append(c.Nodes, n)
	}
}

// crossings adds the edges that lead on from the closure to other tenants, but not those into
// tenants that are reached whole.
func (c *closing) crossings() {
	add := func(e fact.Edge, _ ...Evidence) {
		if c.holds(e.From) && !c.isWhole(e.To.Tenant()) {
			c.Edges = append(c.Edges, fact.Edge{From: e.From, To: e.To, Kind: e.Kind})
		}
	}
	for _, crossing := range c.s.g.crossings {
		add(crossing.edge)
	}
	for _, b := range c.s.g.fleet.Bridges {
		var held, beyond []End
		for _, e := range b.Ends {
			if c.holds(e.Node) {
				held = append(held, e)
			}
			if !c.isWhole(e.Node.Tenant()) {
				beyond = append(beyond, e)
			}
		}
		b.edges(held, beyond, add)
	}
}

func (c *closing) isWhole(tenant string) bool {
	_, whole := slices.BinarySearch(c.Tenants, tenant)
	return whole
}

func (c *closing) holds(n fact.Node) bool { return c.nodes[n] || c.isWhole(n.Tenant()) }
