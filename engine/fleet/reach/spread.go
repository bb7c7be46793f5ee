package reach

// spread finds what may be reached: by edges that are known, and by those that may be there
// because evidence is missing. Where it gets to a tenant in a way that nobody can follow, it
// takes the whole tenant for reached.
type spread struct {
	g *Graph

	runs    uint32
	node    []uint32 // by node: the run that reached it
	whole   []uint32 // by tenant: the run that took all of it
	touched []uint32 // by tenant: the run that reached any of it
	queue   []int32  // nodes
}

func newSpread(g *Graph) spread {
	return spread{g: g, node: make([]uint32, len(g.nodes)), whole: make([]uint32, len(g.tenants)),
		touched: make([]uint32, len(g.tenants))}
}

// from begins with all nodes of some tenants.
func (s *spread) from(tenants []int32) {
	s.begin()
	for _, t := range tenants {
		s.take(t)
	}
	s.goOn()
}

// fromSome begins with boundary nodes of one tenant, and somewhere in it.
func (s *spread) fromSome(tenant int32, nodes []int32) {
	s.begin()
	s.touch(tenant)
	for _, n := range nodes {
		s.visit(n)
	}
	s.goOn()
}

func (s *spread) begin() {
	s.runs++
	s.queue = s.queue[:0]
}

// goOn takes the tenants that anybody may get into, and follows all that leads on.
func (s *spread) goOn() {
	for t := range s.g.gaps {
		if s.g.gaps[t].to {
			s.take(int32(t))
		}
	}

	for i := 0; i < len(s.queue); i++ {
		for _, a := range s.g.arcs[s.queue[i]] {
			if a.hops[levels-1] != none {
				s.visit(a.to)
			}
		}
	}
}

func (s *spread) visit(n int32) {
	if s.node[n] == s.runs {
		return
	}
	s.node[n] = s.runs
	s.queue = append(s.queue, n)

	if t := s.g.of[n]; t >= 0 && int(t) < s.g.inside {
		s.touch(t)
	}
}

// take reaches all of a tenant.
func (s *spread) take(t int32) {
	if s.whole[t] == s.runs {
		return
	}
	s.whole[t] = s.runs
	s.touch(t)
	for _, n := range s.g.boundary[t] {
		s.visit(n)
	}
}

// touch follows what may lead out of a tenant, wherever in it.
func (s *spread) touch(t int32) {
	if s.touched[t] == s.runs {
		return
	}
	s.touched[t] = s.runs

	if s.g.gaps[t].from {
		for other := range int32(s.g.inside) {
			s.take(other)
		}
	}
	for i := range s.g.unknown {
		s.g.unknown[i].joined(t, s.g.fleet.Spread, s.take)
	}
}

// reaches reports whether a target of a tenant may be reached.
func (s *spread) reaches(t int32) bool {
	if s.whole[t] == s.runs {
		return true
	}
	for _, n := range s.g.boundary[t] {
		if s.g.isTarget[n] && s.node[n] == s.runs {
			return true
		}
	}
	return false
}
