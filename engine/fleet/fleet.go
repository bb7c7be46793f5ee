// Package fleet joins clients without mixing them: it finds what several of them have in
// common by fingerprints, asks who reaches whom, and says to each client what concerns it
// and nothing of others. docs/fleet-isolation.md explains the model.
package fleet

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"ringfence/engine/fleet/fact"
	"ringfence/engine/fleet/fingerprint"
	"ringfence/engine/fleet/join"
	"ringfence/engine/fleet/reach"
)

// Fleet is what is joined.
type Fleet struct {
	Kinds []reach.Kind
	// Members are all tenants and the number of each in the index, which it keeps for ever.
	Members map[string]join.Member
	MSP     string // the MSP's own tenant, "" for none; one of Members
	// Facts are those of a tenant; without coverage if there is no snapshot. They have to be
	// the same each time.
	Facts func(tenant string) (fact.Facts, error)
	// Snapshots are the digests of the manifests behind the facts, by tenant: what a client
	// hears is bound to its own.
	Snapshots map[string]string
	// Named are, by client, the tenants that its own promise names: these it hears of by their
	// ids, so that policies can hold them to what was agreed.
	Named  map[string]map[string]bool
	Key    fingerprint.Key
	Shelf  join.Shelf // of the index of fingerprints, empty
	Spread time.Duration
}

// Shared is a value that several tenants have, and by which some of them relate to each other.
type Shared struct {
	Kind    string
	Holders []Holder // sorted; of two tenants at least
}

// Holder is a link without its value, and whose it is.
type Holder struct {
	Tenant  string
	Subject string
	Role    string
	Node    fact.Node
	State   fact.State
}

// Joined is a fleet that was joined.
type Joined struct {
	fleet   Fleet
	tenants []string // sorted
	Shared  []Shared // sorted
	Graph   *reach.Graph
}

// Join finds what tenants have in common, and makes the graph of who reaches whom.
func Join(f Fleet) (*Joined, error) {
	j := &Joined{fleet: f, tenants: slices.Sorted(maps.Keys(f.Members))}
	for _, k := range f.Kinds {
		if k.Name == fact.PathKind {
			return nil, fmt.Errorf("no kind of fact can be called %q", k.Name)
		}
	}

	leads := func(k reach.Kind) bool { return k.Rule != reach.Sharing }
	if !slices.ContainsFunc(f.Kinds, leads) {
		return nil, errors.New("no kind of fact says who reaches what: nobody would be known to be apart")
	}

	numbers := map[join.Member]bool{}
	for _, m := range f.Members {
		numbers[m] = true
	}
	if len(numbers) != len(f.Members) || f.MSP != "" && !slices.Contains(j.tenants, f.MSP) {
		return nil, fmt.Errorf("%d tenants have %d numbers, or the MSP %q is not one of them",
			len(f.Members), len(numbers), f.MSP)
	}

	shared, err := j.index()
	if err != nil {
		return nil, err
	}
	if err := j.resolve(shared); err != nil {
		return nil, err
	}

	j.Graph, err = reach.New(reach.Fleet{Kinds: f.Kinds, Tenants: j.tenants, Facts: f.Facts,
		Bridges: j.bridges(), Spread: f.Spread})
	return j, err
}

// Fleet is what was joined.
func (j *Joined) Fleet() Fleet { return j.fleet }

// index puts all fingerprints on the shelf, and returns those that several tenants have.
func (j *Joined) index() (map[fingerprint.Sum][]join.Member, error) {
	b, sums := join.NewBuilder(j.fleet.Shelf), sums{key: j.fleet.Key}
	for _, tenant := range j.tenants {
		facts, err := j.fleet.Facts(tenant)
		if err != nil {
			return nil, err
		}
		for _, l := range facts.Links {
			if err := b.Add(sums.of(l), j.fleet.Members[tenant]); err != nil {
				return nil, err
			}
		}
	}

	shared := map[fingerprint.Sum][]join.Member{}
	return shared, b.Finish(func(g join.Group) error {
		shared[g.Sum] = slices.Clone(g.Members)
		return nil
	})
}

// resolve looks up whose shared fingerprints are, in the facts of those who share them.
func (j *Joined) resolve(shared map[fingerprint.Sum][]join.Member) error {
	sharing := map[join.Member]bool{}
	for _, members := range shared {
		for _, m := range members {
			sharing[m] = true
		}
	}

	found, sums := map[fingerprint.Sum]*Shared{}, sums{key: j.fleet.Key}
	for _, tenant := range j.tenants {
		if !sharing[j.fleet.Members[tenant]] {
			continue
		}
		facts, err := j.fleet.Facts(tenant)
		if err != nil {
			return err
		}
		for _, l := range facts.Links {
			sum := sums.of(l)
			if shared[sum] == nil {
				continue
			}
			if found[sum] == nil {
				found[sum] = &Shared{Kind: l.Kind}
			}
			found[sum].Holders = append(found[sum].Holders, Holder{tenant, l.Subject, l.Role, l.Node, l.State})
		}
	}

	for _, s := range found {
		slices.SortFunc(s.Holders, compareHolders)
		if s.relates() {
			j.Shared = append(j.Shared, *s)
		}
	}
	slices.SortFunc(j.Shared, func(a, b Shared) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), slices.CompareFunc(a.Holders, b.Holders, compareHolders))
	})
	return nil
}

// relates reports whether some tenant's link has to do with another's.
func (s Shared) relates() bool {
	return slices.ContainsFunc(s.Holders, func(a Holder) bool { return slices.ContainsFunc(s.Holders, a.Relates) })
}

// opposite is the role of those with whom a role has to do.
var opposite = map[string]string{
	fact.Same: fact.Same, fact.Controls: fact.Controlled, fact.Controlled: fact.Controls,
}

// Relates reports whether the link of another tenant with an equal value has to do with this
// one: two guests of one home have nothing to do with each other.
func (h Holder) Relates(other Holder) bool {
	return h.Tenant != other.Tenant && opposite[h.Role] == other.Role
}

func compareHolders(a, b Holder) int {
	return cmp.Or(cmp.Compare(a.Tenant, b.Tenant), cmp.Compare(a.Subject, b.Subject), cmp.Compare(a.Role, b.Role),
		cmp.Compare(a.Node, b.Node), cmp.Compare(a.State, b.State))
}

// bridges are the shared values that are edges.
func (j *Joined) bridges() []reach.Bridge {
	var bridges []reach.Bridge
	for _, s := range j.Shared {
		if !j.rule(s.Kind).Bridges() {
			continue
		}
		b := reach.Bridge{Kind: s.Kind}
		for _, h := range s.Holders {
			if h.Node != "" {
				b.Ends = append(b.Ends, reach.End{Node: h.Node, Role: h.Role, State: h.State, Subject: h.Subject})
			}
		}
		bridges = append(bridges, b)
	}
	return bridges
}

func (j *Joined) rule(kind string) reach.Rule {
	for _, k := range j.fleet.Kinds {
		if k.Name == kind {
			return k.Rule
		}
	}
	return ""
}

// sums makes fingerprints of links.
type sums struct {
	key   fingerprint.Key
	kinds map[string]fingerprint.Kind
}

func (s *sums) of(l fact.Link) fingerprint.Sum {
	k, made := s.kinds[l.Kind]
	if !made {
		if s.kinds == nil {
			s.kinds = map[string]fingerprint.Kind{}
		}
		k = s.key.Kind(l.Kind)
		s.kinds[l.Kind] = k
	}
	return k.Of(l.Value)
}
