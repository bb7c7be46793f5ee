package reach

import (
	"cmp"
	"fmt"
	"slices"

	"ringfence/engine/fleet/fact"
)

// Reached is what somebody of one tenant reaches in others.
type Reached struct {
	From string
	// Targets are those of tenants of the fleet that are reached by known edges, sorted.
	Targets []Target
	// Unproven are the tenants of the fleet that may be reached and of which Targets has
	// none, sorted: evidence is missing. All others are proven to be out of reach.
	Unproven []string
}

// Target is a node that is reached.
type Target struct {
	Node  fact.Node
	State fact.State // of the strongest path
	Hops  int        // of the shortest of those
}

// Search asks a graph. It is not for use by several goroutines at once; a graph is.
type Search struct {
	g *Graph

	hops    []int32   // by node: of the run under way
	run     []uint32  // by node: the run that hops is of
	done    []uint32  // by node: the run that went on from it
	runs    uint32    // how many there were
	buckets [][]int32 // by hops: nodes to go on from
	order   []int32   // what was reached, nearest first

	spread spread

	walked walked
	folded folded
}

// Search begins to ask.
func (g *Graph) Search() *Search {
	n := len(g.nodes)
	return &Search{g: g, hops: make([]int32, n), run: make([]uint32, n), done: make([]uint32, n),
		spread: newSpread(g), walked: walked{start: -1}}
}

// Graph is what is asked.
func (s *Search) Graph() *Graph { return s.g }

// From is what a tenant's nodes reach in other tenants of the fleet.
func (s *Search) From(tenant string) (Reached, error) {
	from, known := s.g.number[tenant]
	if !known || int(from) >= s.g.inside {
		return Reached{}, fmt.Errorf("tenant %s is not in the fleet", tenant)
	}

	reached := Reached{From: tenant}
	found, tenants := map[int32]bool{}, map[int32]bool{}
	for level := range levels {
		s.walk(s.g.boundary[from], level)
		for _, n := range s.order {
			t := s.g.of[n]
			if !s.g.isTarget[n] || t == from || int(t) >= s.g.inside || found[n] {
				continue
			}
			found[n], tenants[t] = true, true
			reached.Targets = append(reached.Targets,
				Target{Node: s.g.nodes[n], State: fact.States[level], Hops: int(s.hops[n])})
		}
	}
	slices.SortFunc(reached.Targets, func(a, b Target) int { return cmp.Compare(a.Node, b.Node) })

	s.spread.from([]int32{from})
	for t := range int32(s.g.inside) {
		if t != from && !tenants[t] && s.spread.reaches(t) {
			reached.Unproven = append(reached.Unproven, s.g.tenants[t])
		}
	}

	return reached, nil
}

// Anywhere are the tenants of the fleet whose targets may be reached from anywhere, for want
// of evidence, sorted: also by a tenant of which nothing is known but that it is there.
func (s *Search) Anywhere() []string {
	s.spread.from(nil)
	var all []string
	for t := range int32(s.g.inside) {
		if s.spread.reaches(t) {
			all = append(all, s.g.tenants[t])
		}
	}
	return all
}

// walk finds the shortest ways from nodes, with edges of a level and stronger ones. Ways have
// few hops, so nodes wait in one bucket for each number of them.
func (s *Search) walk(starts []int32, level int) {
	s.runs++
	s.order = s.order[:0]
	for i := range s.buckets {
		s.buckets[i] = s.buckets[i][:0]
	}
	for _, n := range starts {
		s.reach(n, 0)
	}

	for hops := int32(0); int(hops) < len(s.buckets); hops++ {
		for i := 0; i < len(s.buckets[hops]); i++ {
			n := s.buckets[hops][i]
			if s.done[n] == s.runs {
				continue
			}
			s.done[n] = s.runs
			s.order = append(s.order, n)
			for _, a := range s.g.arcs[n] {
				if a.hops[level] != none {
					s.reach(a.to, hops+a.hops[level])
				}
			}
		}
	}
}

func (s *Search) reach(n, hops int32) {
	if s.run[n] == s.runs && s.hops[n] <= hops {
		return
	}
	s.run[n], s.hops[n] = s.runs, hops
	for len(s.buckets) <= int(hops) {
		s.buckets = append(s.buckets, nil)
	}
	s.buckets[hops] = append(s.buckets[hops], n)
}

// reached reports whether the last walk got to a node.
func (s *Search) reached(n int32) bool { return s.run[n] == s.runs }
