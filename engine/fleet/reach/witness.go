package reach

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"ringfence/engine/fleet/fact"
)

// Hop is one edge of a path, and what it rests on.
type Hop struct {
	From, To fact.Node
	Kind     string
	State    fact.State
	Evidence []Evidence // sorted, at least one
}

// Evidence is a subject, or a pointer into it, of a tenant's evidence.
type Evidence struct {
	Tenant, Subject string
}

// Witness is a shortest path from any node of a tenant to a target, with edges of a state
// and stronger ones.
//
// There may be many. Which one is shown depends on what the target's tenant sees of each,
// from the target backwards: nodes and evidence of its own, kinds and states of others. Only
// where all that is equal do ids of others decide, and their names never.
func (s *Search) Witness(from string, to fact.Node, state fact.State) ([]Hop, error) {
	start, known := s.g.number[from]
	target, boundary := s.g.id[to]
	level := state.Level()
	if !known || !boundary || level == levels || from == to.Tenant() {
		return nil, fmt.Errorf("no path from tenant %s to %q was found", from, to)
	}

	if s.walked != (walked{start, level, s.runs}) { // many targets are asked for from one tenant
		s.walk(s.g.boundary[start], level)
		s.walked = walked{start, level, s.runs}
	}
	if !s.reached(target) {
		return nil, fmt.Errorf("there is no path from tenant %s to %q", from, to)
	}

	whole, err := s.unfold(s.through(target, level), level)
	if err != nil {
		return nil, err
	}
	return whole.shortest(from, to, int(s.hops[target]))
}

// walked says of which run a witness was asked.
type walked struct {
	start int32
	level int
	run   uint32
}

// through are the tenants that shortest paths to a node go through, in order. The last walk
// knows how far each node is; an arc is on a shortest path if it leads as far as it is long.
func (s *Search) through(target int32, level int) []int32 {
	into := s.g.into()
	useful, tenants := map[int32]bool{target: true}, map[int32]bool{}
	queue := []int32{target}
	for i := 0; i < len(queue); i++ {
		n := queue[i]
		if s.g.of[n] >= 0 {
			tenants[s.g.of[n]] = true
		}
		for at := into.begin[n]; at < into.begin[n+1]; at++ {
			from := into.from[at]
			hops := s.g.arcs[from][into.arc[at]].hops[level]
			leads := hops != none && s.reached(from) && s.hops[from]+hops == s.hops[n]
			if leads && !useful[from] {
				useful[from] = true
				queue = append(queue, from)
			}
		}
	}

	return slices.Sorted(maps.Keys(tenants))
}

// unfolded is the whole graph of some tenants.
type unfolded struct {
	into map[fact.Node][]Hop
	out  map[fact.Node][]Hop
}

// folded is what was unfolded last.
type folded struct {
	tenants []int32
	level   int
	unfolded
}

// unfold reads the facts of some tenants again: all edges among them. What was asked for last is
// remembered: paths to one tenant mostly go through the same.
func (s *Search) unfold(tenants []int32, level int) (unfolded, error) {
	if s.folded.out != nil && s.folded.level == level && slices.Equal(s.folded.tenants, tenants) {
		return s.folded.unfolded, nil
	}

	among := map[string]bool{}
	for _, t := range tenants {
		among[s.g.tenants[t]] = true
	}
	edges := map[string]*Hop{}
	add := func(e fact.Edge, evidence ...Evidence) {
		if e.State.Level() > level || !among[e.From.Tenant()] || !among[e.To.Tenant()] {
			return
		}
		key := strings.Join([]string{string(e.From), string(e.To), e.Kind, string(e.State)}, "\x00")
		if edges[key] == nil {
			edges[key] = &Hop{From: e.From, To: e.To, Kind: e.Kind, State: e.State}
		}
		edges[key].Evidence = append(edges[key].Evidence, evidence...)
	}

	if err := s.g.edgesInside(tenants, add); err != nil {
		return unfolded{}, err
	}
	for _, i := range s.g.crossingsInto(tenants) {
		c := s.g.crossings[i]
		add(c.edge, evidenceOf(s.g.tenants[c.teller], c.edge)...)
	}
	for _, i := range s.g.bridgesOf(tenants) {
		b := s.g.fleet.Bridges[i]
		ends := slices.DeleteFunc(slices.Clone(b.Ends), func(e End) bool { return !among[e.Node.Tenant()] })
		b.edges(ends, ends, add)
	}

	s.folded = folded{tenants, level, fold(edges)}
	return s.folded.unfolded, nil
}

// edgesInside visits the edges that stay inside each of some tenants.
func (g *Graph) edgesInside(tenants []int32, visit func(fact.Edge, ...Evidence)) error {
	for _, t := range tenants {
		if int(t) >= g.inside {
			continue
		}
		facts, err := g.facts(g.tenants[t])
		if err != nil {
			return err
		}
		for _, e := range facts.Edges {
			if e.From.Tenant() == facts.Tenant && e.To.Tenant() == facts.Tenant {
				visit(e, evidenceOf(facts.Tenant, e)...)
			}
		}
	}
	return nil
}

func evidenceOf(tenant string, e fact.Edge) []Evidence {
	var all []Evidence
	for _, subject := range e.Evidence {
		all = append(all, Evidence{tenant, subject})
	}
	return all
}

func fold(edges map[string]*Hop) unfolded {
	u := unfolded{into: map[fact.Node][]Hop{}, out: map[fact.Node][]Hop{}}
	for _, h := range edges {
		slices.SortFunc(h.Evidence, compareEvidence)
		h.Evidence = slices.Compact(h.Evidence)
		u.into[h.To] = append(u.into[h.To], *h)
		u.out[h.From] = append(u.out[h.From], *h)
	}
	return u
}

func compareEvidence(a, b Evidence) int {
	return cmp.Or(cmp.Compare(a.Tenant, b.Tenant), cmp.Compare(a.Subject, b.Subject))
}

// edges are those that a bridge stands for, from some of its ends to others.
func (b Bridge) edges(from, to []End, visit func(fact.Edge, ...Evidence)) {
	for _, x := range from {
		for _, y := range to {
			joins := x.Role == fact.Same && y.Role == fact.Same ||
				x.Role == fact.Controls && y.Role == fact.Controlled
			if x.Node == y.Node || !joins {
				continue
			}
			state := fact.States[max(x.State.Level(), y.State.Level())]
			visit(fact.Edge{From: x.Node, To: y.Node, Kind: b.Kind, State: state},
				Evidence{x.Node.Tenant(), x.Subject}, Evidence{y.Node.Tenant(), y.Subject})
		}
	}
}

// shortest is the path that is shown, of those from a tenant to a node that have so many hops.
func (u unfolded) shortest(from string, to fact.Node, hops int) ([]Hop, error) {
	away := u.distances(from)
	ends := map[fact.Node]bool{to: true} // where paths that look best so far begin
	layers := make([][]Hop, hops)
	for i := hops - 1; i >= 0; i-- {
		var best []Hop
		for end := range ends {
			for _, h := range u.into[end] {
				if d, reached := away[h.From]; !reached || d != i {
					continue
				}
				order := 0
				if len(best) > 0 {
					order = compareSeen(to.Tenant(), h, best[0])
				}
				if order < 0 {
					best = nil
				}
				if order <= 0 {
					best = append(best, h)
				}
			}
		}

		clear(ends)
		for _, h := range best {
			ends[h.From] = true
		}
		layers[i] = best
	}

	return choose(layers)
}

// choose follows layers of hops that look the same from the beginning.
func choose(layers [][]Hop) ([]Hop, error) {
	var path []Hop
	for _, layer := range layers {
		var chosen *Hop
		for i, h := range layer {
			follows := len(path) == 0 || h.From == path[len(path)-1].To
			if follows && (chosen == nil || compareHops(h, *chosen) < 0) {
				chosen = &layer[i]
			}
		}
		if chosen == nil {
			return nil, errors.New("the facts are not those that the graph was made of")
		}
		path = append(path, *chosen)
	}

	return path, nil
}

// distances are how many hops each node is away from a tenant.
func (u unfolded) distances(from string) map[fact.Node]int {
	away := map[fact.Node]int{}
	var queue []fact.Node
	for n := range u.out {
		if n.Tenant() == from {
			away[n] = 0
			queue = append(queue, n)
		}
	}

	for i := 0; i < len(queue); i++ {
		for _, h := range u.out[queue[i]] {
			if _, known := away[h.To]; !known && h.To.Tenant() != from {
				away[h.To] = away[queue[i]] + 1
				queue = append(queue, h.To)
			}
		}
	}
	return away
}

// compareSeen orders hops by what a tenant sees of them.
func compareSeen(tenant string, a, b Hop) int {
	node := func(n fact.Node) string {
		if n.Tenant() == tenant {
			return string(n)
		}
		return "~" + n.Kind()
	}
	own := func(h Hop) string {
		var subjects []string
		for _, e := range h.Evidence {
			if e.Tenant == tenant {
				subjects = append(subjects, e.Subject)
			}
		}
		return strings.Join(subjects, "\x00")
	}

	return cmp.Or(cmp.Compare(node(a.From), node(b.From)), cmp.Compare(node(a.To), node(b.To)),
		cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.State.Level(), b.State.Level()),
		cmp.Compare(own(a), own(b)))
}

func compareHops(a, b Hop) int {
	return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To), cmp.Compare(a.Kind, b.Kind),
		cmp.Compare(a.State, b.State), slices.CompareFunc(a.Evidence, b.Evidence, compareEvidence))
}
