package isolation

import (
	"cmp"
	"fmt"
	"slices"

	"ringfence/engine/fleet/reach"
)

// reasons say which missing evidence could show a path of a pair. There may be hundreds of
// gaps and hundreds of thousands of pairs, so that gaps have numbers, and sets of them bits.
//
// An edge that a tenant's evidence does not show leads into the tenant, and matters to the pairs
// whose second the tenant is or may reach; or out of it, and matters to those whose first it is
// or may be reached by; or it is a link, and either.
type reasons struct {
	gaps    []Missing
	onward  map[string]bits // by the tenant that a pair leads to: gaps from which a path may go on to it
	reached map[string]bits // by the tenant that a pair begins at: gaps that a path may get to
}

func (s *surveying) reasons() *reasons {
	r := &reasons{onward: map[string]bits{}, reached: map[string]bits{}}
	rules, whose := map[string]reach.Rule{}, []string{}
	for _, k := range s.Joined.Fleet().Kinds {
		rules[k.Name] = k.Rule
	}
	for _, t := range s.Tenants {
		for _, gap := range s.Joined.Graph.Gaps(t.TenantID) {
			r.gaps = append(r.gaps, Missing{t.Name, gap.Kind, gap.Unit, gap.Status})
			whose = append(whose, t.TenantID)
		}
	}

	for tenant := range s.Members {
		onward, reached := newBits(len(r.gaps)), newBits(len(r.gaps))
		for i, gap := range r.gaps {
			rule, at := rules[gap.Kind], whose[i]
			if rule != reach.FromSide && (at == tenant || s.may[at][tenant]) {
				onward.add(i)
			}
			if rule != reach.ToSide && (at == tenant || s.may[tenant][at]) {
				reached.add(i)
			}
		}
		r.onward[tenant], r.reached[tenant] = onward, reached
	}
	return r
}

// grouped says of the pairs that are not proven which evidence is missing: all that could have
// decided it, so that filling one gap may not be enough. Pairs that lead to one tenant and lack
// the same are told together.
func (s *surveying) grouped() []Unproven {
	r, groups := s.reasons(), map[string]*Unproven{}
	for _, p := range s.open {
		missing := r.onward[p.to].with(r.reached[p.from])
		to, from := s.Members[p.to].Name, s.Members[p.from].Name
		key := fmt.Sprintf("%s\x00%x", to, missing)
		if groups[key] == nil {
			groups[key] = &Unproven{To: to, Missing: r.list(missing, to)}
		}
		groups[key].From = append(groups[key].From, from)
	}

	all := []Unproven{}
	for _, u := range groups {
		slices.Sort(u.From)
		all = append(all, *u)
	}
	slices.SortFunc(all, func(a, b Unproven) int {
		return cmp.Or(cmp.Compare(a.To, b.To), slices.Compare(a.From, b.From))
	})
	return all
}

// list is a set of gaps, those of the tenant that is told about first.
func (r *reasons) list(set bits, about string) []Missing {
	own, others := []Missing{}, []Missing{}
	for i, gap := range r.gaps {
		switch {
		case !set.has(i):
		case gap.Of == about:
			own = append(own, gap)
		default:
			others = append(others, gap)
		}
	}
	return append(own, others...)
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
