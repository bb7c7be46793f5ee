package isolation

import (
	"cmp"
	"fmt"
	"slices"

	"ringfence/engine/fleet/reach"
)

// reasons say whose missing evidence could show a path of a pair. There may be hundreds of
// tenants that lack some, and hundreds of thousands of pairs, so that sets of them are bits.
//
// An edge that a tenant's evidence does not show leads into the tenant, and matters to the pairs
// whose second the tenant is or may reach; or out of it, and matters to those whose first it is
// or may be reached by; or it is a link, and either.
type reasons struct {
	lacking []string        // names of those who lack evidence, sorted
	onward  map[string]bits // by the tenant that a pair leads to: from whom a path may go on to it
	reached map[string]bits // by the tenant that a pair begins at: to whom a path may get
}

func (s *surveying) reasons() *reasons {
	r := &reasons{onward: map[string]bits{}, reached: map[string]bits{}}
	rules := map[string]reach.Rule{}
	for _, k := range s.Joined.Fleet().Kinds {
		rules[k.Name] = k.Rule
	}
	var in, out []string // tenants with a gap in what leads into them, out of them; "" for none
	for _, t := range s.Tenants {
		into, outOf := "", ""
		gaps := s.Joined.Graph.Gaps(t.TenantID)
		for _, gap := range gaps {
			if rules[gap.Kind] != reach.FromSide {
				into = t.TenantID
			}
			if rules[gap.Kind] != reach.ToSide {
				outOf = t.TenantID
			}
			s.lack(t.Name, gap)
		}
		if len(gaps) > 0 {
			r.lacking, in, out = append(r.lacking, t.Name), append(in, into), append(out, outOf)
		}
	}

	for tenant := range s.Members {
		onward, reached := newBits(len(r.lacking)), newBits(len(r.lacking))
		for i := range r.lacking {
			if in[i] == tenant || in[i] != "" && s.may[in[i]][tenant] {
				onward.add(i)
			}
			if out[i] == tenant || out[i] != "" && s.may[tenant][out[i]] {
				reached.add(i)
			}
		}
		r.onward[tenant], r.reached[tenant] = onward, reached
	}
	return r
}

// lack notes a piece of evidence that is missing.
func (s *surveying) lack(of string, gap reach.Gap) {
	s.gaps.add(Missing{of, gap.Kind, gap.Unit, gap.Status})
}

// grouped says of the pairs that are not proven whose evidence is missing: of all that could have
// decided it, so that what one tenant lacks may not be enough. Pairs that lead to one tenant and
// lack the same are told together.
func (s *surveying) grouped() []Unproven {
	r, groups := s.reasons(), map[string]*Unproven{}
	for _, p := range s.open {
		missing := r.onward[p.to].with(r.reached[p.from])
		to, from := s.Members[p.to].Name, s.Members[p.from].Name
		key := fmt.Sprintf("%s\x00%x", to, missing)
		if groups[key] == nil {
			groups[key] = &Unproven{To: to, Lacking: r.list(missing)}
		}
		groups[key].From = append(groups[key].From, from)
	}

	all := []Unproven{}
	for _, u := range groups {
		slices.Sort(u.From)
		u.Pairs = len(u.From)
		if u.Everybody = u.Pairs > 1 && u.Pairs == s.others(u.To); u.Everybody {
			u.From = []string{}
		}
		all = append(all, *u)
	}
	slices.SortFunc(all, func(a, b Unproven) int {
		return cmp.Or(cmp.Compare(a.To, b.To), slices.Compare(a.From, b.From))
	})
	return all
}

func (r *reasons) list(set bits) []string {
	names := []string{}
	for i, name := range r.lacking {
		if set.has(i) {
			names = append(names, name)
		}
	}
	return names
}

// missing are all pieces of evidence that could decide a pair, those first that most pairs need.
func (s *surveying) missing() []Gap {
	pairs := map[string]int{}
	for _, u := range s.Unproven {
		for _, name := range u.Lacking {
			pairs[name] += u.Pairs
		}
	}

	all := []Gap{}
	for _, g := range s.gaps {
		if g.Pairs = pairs[g.Of]; g.Pairs > 0 {
			all = append(all, *g)
		}
	}
	slices.SortFunc(all, func(a, b Gap) int {
		return cmp.Or(cmp.Compare(b.Pairs, a.Pairs), cmp.Compare(a.Of, b.Of), cmp.Compare(a.Unit, b.Unit),
			cmp.Compare(a.Status, b.Status))
	})
	return withoutParents(all)
}

// bits are a set of small numbers.
type bits []uint64

func newBits(n int) bits { return make(bits, (n+63)/64) }

func (b bits) add(i int)      { b[i/64] |= 1 << (i % 64) }
func (b bits) has(i int) bool { return b[i/64]&(1<<(i%64)) != 0 }

func (b bits) with(other bits) bits {
	both := slices.Clone(b)
	for i, more := range other {
		both[i] |= more
	}
	return both
}
