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
	// Open are those that it may reach for want of evidence, sorted: none of Tenants, and none
	// that anybody of its tenant may reach.
	Open []string
}

// Radii are those of all principals of a tenant that reach anybody, or of whom it is not known,
// sorted by principal. It is asked of the MSP's people and programs, and of a client's: who of
// them it is. anybody are the tenants that any principal may reach for want of evidence, also one
// that is not in the list; they are sorted.
func (s *Search) Radii(tenant string) (radii []Radius, anybody []string, err error) {
	from, known := s.g.number[tenant]
	if !known || int(from) >= s.g.inside {
		return nil, nil, fmt.Errorf("tenant %s is not in the fleet", tenant)
	}
	facts, err := s.g.facts(tenant)
	if err != nil {
		return nil, nil, err
	}

	in := newInner(slices.Concat(facts.Edges, s.loops(from)), tenant)
	outside, err := s.exits(from, in)
	if err != nil {
		return nil, nil, err
	}

	open := opening{s: s, tenant: from, in: in, byWay: map[string]set{}}
	common := open.reached(nil)
	for i, name := range in.nodes {
		if !name.IsPrincipal() {
			continue
		}
		r := s.radius(in, int32(i), outside)
		r.Open = open.beyond(r, common)
		if len(r.Tenants) > 0 || len(r.Open) > 0 {
			radii = append(radii, r)
		}
	}
	slices.SortFunc(radii, func(a, b Radius) int { return cmp.Compare(a.Principal, b.Principal) })

	return radii, s.names(common), nil
}

// opening finds which tenants principals of one tenant may reach for want of evidence. Many have
// the same ways out of it, and are asked about once.
type opening struct {
	s      *Search
	tenant int32
	in     *inner
	byWay  map[string]set // by the boundary nodes that are reached inside
}

// beyond are the tenants that a principal may reach, without those that are known and those that
// anybody may reach. The last walk inside was that principal's.
func (o *opening) beyond(r Radius, common set) []string {
	var ways []int32
	for _, n := range o.s.g.boundary[o.tenant] {
		if at, inside := o.in.number[o.s.g.nodes[n]]; inside && o.in.hops[at] != none {
			ways = append(ways, n)
		}
	}
	if len(ways) == 0 {
		return nil
	}

	known := map[string]bool{}
	for _, tenants := range r.Tenants {
		for _, t := range tenants {
			known[t] = true
		}
	}
	may, beyond := o.reached(ways), newSet(o.s.g.inside)
	for t := range int32(o.s.g.inside) {
		if may.has(t) && !common.has(t) && !known[o.s.g.tenants[t]] {
			beyond.add(t)
		}
	}
	return o.s.names(beyond)
}

// reached are the tenants that may be reached from some boundary nodes, or, without any, from a
// node of which nothing is known.
func (o *opening) reached(ways []int32) set {
	key := fmt.Sprint(ways)
	if known, asked := o.byWay[key]; asked {
		return known
	}

	o.s.spread.fromSome(o.tenant, ways)
	reached := newSet(o.s.g.inside)
	for t := range int32(o.s.g.inside) {
		if t != o.tenant && o.s.spread.reaches(t) {
			reached.add(t)
		}
	}
	o.byWay[key] = reached
	return reached
}

// names are the tenants of a set, sorted.
func (s *Search) names(of set) []string {
	var names []string
	for t := range int32(s.g.inside) {
		if of.has(t) {
			names = append(names, s.g.tenants[t])
		}
	}
	return names
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
