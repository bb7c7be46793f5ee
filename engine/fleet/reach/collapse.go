package reach

import (
	"ringfence/engine/fleet/fact"
)

// inner is the graph inside one tenant.
type inner struct {
	number map[fact.Node]int32
	nodes  []fact.Node
	begin  []int32 // by node: where its edges begin in to; one more than there are nodes
	to     []int32
	level  []uint8 // by edge

	hops  []int32 // by node: of the walk under way, none where it was not
	queue []int32 // what was reached, nearest first
}

// collapseAll reads all facts again, now that it is known where paths enter and leave.
func (g *Graph) collapseAll() error {
	for i, tenant := range g.tenants[:g.inside] {
		facts, err := g.facts(tenant)
		if err != nil {
			return err
		}
		g.collapse(int32(i), newInner(facts.Edges, tenant))
	}

	return nil
}

// collapse adds, for each place at which a path can enter a tenant, how far it is to its
// targets and to where a path can leave.
func (g *Graph) collapse(tenant int32, in *inner) {
	entries := g.boundary[tenant][:len(g.boundary[tenant]):len(g.boundary[tenant])]
	marked := make([]int32, len(in.nodes)) // the boundary node that a node is, or -1
	for i, name := range in.nodes {
		marked[i] = -1
		if n, known := g.id[name]; known {
			marked[i] = n
		} else if name.IsTarget() {
			marked[i] = g.node(name)
		}
	}

	for _, entry := range entries {
		start, inside := in.number[g.nodes[entry]]
		if !inside {
			continue
		}

		at := map[int32]int{} // where an arc is in arcs of entry
		for level := range levels {
			in.walk(start, level)
			for _, reached := range in.queue[1:] {
				to := marked[reached]
				if to < 0 {
					continue
				}
				i, known := at[to]
				if !known {
					i = len(g.arcs[entry])
					at[to] = i
					g.arcs[entry] = append(g.arcs[entry], arc{to: to, hops: [levels]int32{none, none, none}})
				}
				g.arcs[entry][i].hops[level] = in.hops[reached]
			}
		}
	}
}

// newInner is the graph of the edges that stay inside a tenant.
func newInner(edges []fact.Edge, tenant string) *inner {
	in := &inner{number: map[fact.Node]int32{}}
	ends := make([]int32, 0, 2*len(edges))
	levelOf := make([]uint8, 0, len(edges))
	for _, e := range edges {
		if e.From.Tenant() != tenant || e.To.Tenant() != tenant {
			continue
		}
		ends = append(ends, in.node(e.From), in.node(e.To))
		levelOf = append(levelOf, uint8(e.State.Level()))
	}

	in.begin = make([]int32, len(in.nodes)+1)
	for i := 0; i < len(ends); i += 2 {
		in.begin[ends[i]+1]++
	}
	for i := range in.nodes {
		in.begin[i+1] += in.begin[i]
	}

	next := append([]int32(nil), in.begin...)
	in.to, in.level = make([]int32, len(levelOf)), make([]uint8, len(levelOf))
	for i, level := range levelOf {
		from, to := ends[2*i], ends[2*i+1]
		in.to[next[from]], in.level[next[from]] = to, level
		next[from]++
	}

	in.hops = make([]int32, len(in.nodes))
	for i := range in.hops {
		in.hops[i] = none
	}
	return in
}

func (in *inner) node(name fact.Node) int32 {
	n, known := in.number[name]
	if !known {
		n = int32(len(in.nodes))
		in.number[name] = n
		in.nodes = append(in.nodes, name)
	}
	return n
}

// walk finds what is reached from a node with edges of a level and stronger ones. The result
// is in hops and queue until the next walk.
func (in *inner) walk(start int32, level int) { in.walkAll([]int32{start}, level) }

func (in *inner) walkAll(starts []int32, level int) {
	for _, n := range in.queue {
		in.hops[n] = none
	}
	in.queue = in.queue[:0]
	for _, n := range starts {
		if in.hops[n] == none {
			in.hops[n] = 0
			in.queue = append(in.queue, n)
		}
	}

	for i := 0; i < len(in.queue); i++ {
		n := in.queue[i]
		for e := in.begin[n]; e < in.begin[n+1]; e++ {
			if to := in.to[e]; int(in.level[e]) <= level && in.hops[to] == none {
				in.hops[to] = in.hops[n] + 1
				in.queue = append(in.queue, to)
			}
		}
	}
}
