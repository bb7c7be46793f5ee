package reach

import (
	"slices"
	"sync"
)

// back is what it takes to go a path backwards, and to read again only what lies at it: arcs by
// the node that they lead to, crossings by the tenant that they lead to, and bridges by the
// tenants that they end at. It is made for the first path that is shown.
type back struct {
	once      sync.Once
	arcs      into
	crossings [][]int32 // by tenant
	bridges   [][]int32 // by tenant
}

// into are the arcs that lead to each node: from[begin[n]:begin[n+1]] are the nodes that they
// come from, and arc their places there.
type into struct {
	begin, from, arc []int32
}

func (g *Graph) into() *into {
	g.back.once.Do(g.makeBack)
	return &g.back.arcs
}

func (g *Graph) makeBack() {
	nodes, arcs := g.Size()
	in := into{begin: make([]int32, nodes+1), from: make([]int32, arcs), arc: make([]int32, arcs)}
	for _, of := range g.arcs {
		for _, a := range of {
			in.begin[a.to+1]++
		}
	}
	for n := range nodes {
		in.begin[n+1] += in.begin[n]
	}
	next := slices.Clone(in.begin)
	for from, of := range g.arcs {
		for i, a := range of {
			in.from[next[a.to]], in.arc[next[a.to]] = int32(from), int32(i)
			next[a.to]++
		}
	}
	g.back.arcs = in

	g.back.crossings, g.back.bridges = make([][]int32, len(g.tenants)), make([][]int32, len(g.tenants))
	for i, c := range g.crossings {
		to := g.number[c.edge.To.Tenant()]
		g.back.crossings[to] = append(g.back.crossings[to], int32(i))
	}
	for i, b := range g.fleet.Bridges {
		for _, e := range b.Ends {
			of := &g.back.bridges[g.number[e.Node.Tenant()]]
			if len(*of) == 0 || (*of)[len(*of)-1] != int32(i) {
				*of = append(*of, int32(i))
			}
		}
	}
}

// crossingsInto are the numbers of the crossings that lead into some tenants, sorted.
func (g *Graph) crossingsInto(tenants []int32) []int32 {
	g.back.once.Do(g.makeBack)
	return numbers(g.back.crossings, tenants)
}

// bridgesOf are the numbers of the bridges that end at some tenants, sorted.
func (g *Graph) bridgesOf(tenants []int32) []int32 {
	g.back.once.Do(g.makeBack)
	return numbers(g.back.bridges, tenants)
}

func numbers(by [][]int32, tenants []int32) []int32 {
	var all []int32
	for _, t := range tenants {
		all = append(all, by[t]...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}
