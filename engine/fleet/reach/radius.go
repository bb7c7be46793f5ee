package reach

import (
	"cmp"
	"fmt"
	"slices"

	"ringfence/engine/fleet/fact"
)

// Radius is which tenants one principal reaches a target of.
type Radius struct {
	Principal fact.Node
	// Tenants are by the state of the strongest path, each sorted and each tenant once.
	Tenants map[fact.State][]string
}

// Radii are those of all principals of a tenant that reach anybody, sorted by principal. It
// is asked of the MSP's people and programs, and of a client's: who of them it is.
func (s *Search) Radii(tenant string) ([]Radius, error) {
	from, known := s.g.number[tenant]
	if !known || int(from) >= s.g.inside {
		return nil, fmt.Errorf("tenant %s is not in the fleet", tenant)
	}
	facts, err := s.g.facts(tenant)
	if err != nil {
		return nil, err
	}

	in := newInner(slices.Concat(facts.Edges, s.loops(from)), tenant)
	outside, err := s.exits(from, in)
	if err != nil {
		return nil, err
	}

	var radii []Radius
	for i, name := range in.nodes {
		if !name.IsPrincipal() {
			continue
		}
		if r := s.radius(in, int32(i), outside); len(r.Tenants) > 0 {
			radii = append(radii, r)
		}
	}
	slices.SortFunc(radii, func(a, b Radius) int { return cmp.Compare(a.Principal, b.Principal) })

	return radii, nil
}

// loops make nodes of a tenant known that no edge inside it has: nobody is a step away from
// himself.
func (s *Search) loops(tenant int32) []fact.Edge {
	var loops []fact.Edge
	for _, n := range s.g.boundary[tenant] {
		name := s.g.nodes[n]
		loops = append(loops, fact.Edge{From: name, To: name, State: fact.Live})
	}
	return loops
}

// exits says, by node of a tenant and by level, which tenants are reached from there by
// leaving at once.
func (s *Search) exits(tenant int32, in *inner) ([levels]map[int32]set, error) {
	var exits [levels]map[int32]set
	for level := range levels {
		exits[level] = map[int32]set{}
		for _, n := range s.g.boundary[tenant] {
			if !s.leaves(n, tenant) {
				continue
			}
			s.walk([]int32{n}, level)
			reached := newSet(s.g.inside)
			for _, to := range s.order {
				if t := s.g.of[to]; s.g.isTarget[to] && t != tenant && int(t) < s.g.inside {
					reached.add(t)
				}
			}
			exits[level][in.number[s.g.nodes[n]]] = reached
		}
	}

	return exits, nil
}

// leaves reports whether an arc leads from a node out of its tenant.
func (s *Search) leaves(n, tenant int32) bool {
	return slices.ContainsFunc(s.g.arcs[n], func(a arc) bool { return s.g.of[a.to] != tenant })
}

func (s *Search) radius(in *inner, principal int32, exits [levels]map[int32]set) Radius {
	r := Radius{Principal: in.nodes[principal], Tenants: map[fact.State][]string{}}
	known := newSet(s.g.inside)
	for level := range levels {
		now := newSet(s.g.inside)
		in.walk(principal, level)
		for _, n := range in.queue {
			now.join(exits[level][n])
		}

		for t := range int32(s.g.inside) {
			if now.has(t) && !known.has(t) {
				state := fact.States[level]
				r.Tenants[state] = append(r.Tenants[state], s.g.tenants[t])
			}
		}
		known.join(now)
	}

	return r
}

// Cells are the cells whose tenants a principal reaches, sorted, by a table of each tenant's
// cell; tenants without one are in none. Two are a hole in the wall between them.
func (r Radius) Cells(cellOf map[string]string) []string {
	var cells []string
	for _, tenants := range r.Tenants {
		for _, t := range tenants {
			if c := cellOf[t]; c != "" {
				cells = append(cells, c)
			}
		}
	}

	slices.Sort(cells)
	return slices.Compact(cells)
}

// set is a set of tenants, a bit for each.
type set []uint64

func newSet(tenants int) set { return make(set, (tenants+63)/64) }

func (s set) add(t int32)      { s[t/64] |= 1 << (t % 64) }
func (s set) has(t int32) bool { return s[t/64]&(1<<(t%64)) != 0 }

func (s set) join(other set) {
	for i, bits := range other {
		s[i] |= bits
	}
}
