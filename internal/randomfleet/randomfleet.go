// Package randomfleet makes small fleets of facts for tests of engine/fleet. Only tests
// import it. A seed gives the same fleet every time.
package randomfleet

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"ringfence/engine/fleet/fact"
	"ringfence/engine/fleet/reach"
)

// Kinds are those of the fleets.
var Kinds = []reach.Kind{
	{Name: "member", Rule: reach.ToSide},
	{Name: "guest-home", Rule: reach.ToSide},
	{Name: "rmm", Rule: reach.FromSide},
	{Name: "credential", Rule: reach.Bridging},
	{Name: "identity", Rule: reach.Bridging},
	{Name: "vault", Rule: reach.Owning},
	{Name: "device", Rule: reach.Sharing},
}

// AsOf is about when all evidence was read.
var AsOf = time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)

// Fleet is all facts there are.
type Fleet struct {
	Tenants []string
	Facts   map[string]fact.Facts // by tenant
}

// Tenant is the id of tenant i.
func Tenant(i int) string {
	return fmt.Sprintf("%08x-0000-4000-8000-000000000000", (i*2654435761)%(1<<32))
}

// outside is a tenant that the fleet's edges name.
const outside = "ffffffff-ffff-4fff-8fff-ffffffffffff"

// nodes per tenant: enough for paths to branch, few enough to try all.
const nodes = 9

// New makes a fleet in which all evidence is complete.
func New(r *rand.Rand) Fleet {
	f := Fleet{Facts: map[string]fact.Facts{}}
	for i := range 2 + r.IntN(4) {
		f.Tenants = append(f.Tenants, Tenant(i))
	}

	for i, t := range f.Tenants {
		facts := fact.Facts{Tenant: t, Edges: inside(r, t), Links: append(links(r, t), vaults(r, i, t)...)}
		for _, k := range Kinds {
			facts.Coverage = append(facts.Coverage, fact.Coverage{Kind: k.Name, Units: []fact.Unit{{
				Name: "evidence." + k.Name, Status: fact.Complete, Digest: fmt.Sprintf("%064x", r.Uint32()),
				EndedAt: AsOf.Add(time.Duration(r.IntN(3600)) * time.Second),
			}}})
		}
		f.Facts[t] = facts
	}
	f.cross(r)

	for t, facts := range f.Facts {
		facts.Sort()
		f.Facts[t] = facts
	}
	return f
}

// node is one of a tenant's. The last two are targets.
func node(tenant string, i int) fact.Node {
	kinds := []string{"user", "group", "service-principal", "user", "group", "service-principal", "application",
		fact.Tier0, fact.Key}
	return fact.NewNode(tenant, kinds[i], fmt.Sprintf("%d of %.4s", i, tenant))
}

func state(r *rand.Rand) fact.State { return fact.States[max(0, r.IntN(6)-3)] }

func inside(r *rand.Rand, tenant string) []fact.Edge {
	var edges []fact.Edge
	for range r.IntN(2 * nodes) {
		edges = append(edges, edge(r, node(tenant, r.IntN(nodes)), node(tenant, r.IntN(nodes))))
	}
	return edges
}

func edge(r *rand.Rand, from, to fact.Node) fact.Edge {
	kind := Kinds[r.IntN(3)].Name
	return fact.Edge{From: from, To: to, Kind: kind, State: state(r),
		Evidence: []string{fmt.Sprintf("evidence.%s/%d", kind, r.IntN(3))}}
}

func links(r *rand.Rand, tenant string) []fact.Link {
	var all []fact.Link
	for range r.IntN(5) {
		l := fact.Link{Kind: "credential", Value: fmt.Sprint(r.IntN(8)), Role: fact.Same, State: state(r)}
		switch r.IntN(4) {
		case 0:
			l.Kind, l.Role = "identity", fact.Controls
		case 1:
			l.Kind, l.Role = "identity", fact.Controlled
		case 2:
			l.Kind = "device"
		}
		if l.Kind != "device" {
			l.Node = node(tenant, r.IntN(nodes))
		}
		l.Subject = fmt.Sprintf("evidence.%s/%d", l.Kind, r.IntN(4))
		all = append(all, l)
	}
	return all
}

// vaults are links to vaults: those of a tenant are no other's, and each may keep the keys of any.
func vaults(r *rand.Rand, number int, tenant string) []fact.Link {
	var all []fact.Link
	for range r.IntN(5) {
		l := fact.Link{Kind: "vault", Value: fmt.Sprint(2*number + r.IntN(2)), Role: fact.Controls, State: state(r),
			Node: node(tenant, r.IntN(nodes)), Subject: fmt.Sprintf("evidence.vault/%d", r.IntN(4))}
		if r.IntN(2) == 0 {
			l.Role = fact.Controlled
			if r.IntN(2) == 0 {
				l.Value = fmt.Sprint(r.IntN(8))
			}
		}
		all = append(all, l)
	}
	return all
}

// cross adds edges between tenants to the facts of those who can see them, and now and then
// to those of the other side, too.
func (f Fleet) cross(r *rand.Rand) {
	among := append(slices.Clone(f.Tenants), outside)
	for range r.IntN(3 * len(among)) {
		from, to := among[r.IntN(len(among))], among[r.IntN(len(among))]
		if from == to {
			continue
		}

		e := edge(r, node(from, r.IntN(nodes)), node(to, r.IntN(nodes)))
		seer, other := to, from
		if e.Kind == "rmm" {
			seer, other = from, to
		}
		if seer == outside {
			continue
		}
		f.add(seer, e)
		if other != outside && r.IntN(4) == 0 {
			f.add(other, e)
		}
	}
}

func (f Fleet) add(tenant string, e fact.Edge) {
	facts := f.Facts[tenant]
	facts.Edges = append(facts.Edges, e)
	f.Facts[tenant] = facts
}

// Without takes evidence away: of some kinds of some tenants it is no longer complete, and
// some of their facts are not known any more. The fleet itself stays as it is.
func (f Fleet) Without(r *rand.Rand) Fleet {
	less := Fleet{Tenants: f.Tenants, Facts: map[string]fact.Facts{}}
	for _, t := range f.Tenants {
		facts := f.Facts[t]
		facts.Coverage = slices.Clone(facts.Coverage)
		gone := map[string]bool{}
		for i, c := range facts.Coverage {
			if r.IntN(6*len(f.Tenants)) > 0 {
				continue
			}
			gone[c.Kind] = true
			units := slices.Clone(c.Units)
			units[0].Status = "denied"
			facts.Coverage[i].Units = units[:r.IntN(2)] // or not looked for at all
		}

		facts.Edges = slices.DeleteFunc(slices.Clone(facts.Edges), func(e fact.Edge) bool {
			return gone[e.Kind] && r.IntN(2) == 0
		})
		facts.Links = slices.DeleteFunc(slices.Clone(facts.Links), func(l fact.Link) bool {
			return gone[l.Kind] && r.IntN(2) == 0
		})
		less.Facts[t] = facts
	}

	return less
}

// Reach is the fleet as reachability looks at it: its links are compared by their values.
func (f Fleet) Reach() reach.Fleet {
	return reach.Fleet{
		Kinds: Kinds, Tenants: f.Tenants, Bridges: f.bridges(), Spread: 6 * time.Hour,
		Facts: func(tenant string) (fact.Facts, error) { return f.Facts[tenant], nil },
	}
}

func (f Fleet) bridges() []reach.Bridge {
	var bridges []reach.Bridge
	for _, kind := range []string{"credential", "identity", "vault"} {
		for value := range 12 {
			b := reach.Bridge{Kind: kind}
			tenants := map[string]bool{}
			for _, t := range f.Tenants {
				for _, l := range f.Facts[t].Links {
					if l.Kind == kind && l.Value == fmt.Sprint(value) {
						tenants[t] = true
						end := reach.End{Node: l.Node, Role: l.Role, State: l.State, Subject: l.Subject}
						b.Ends = append(b.Ends, end)
					}
				}
			}
			if len(tenants) > 1 {
				bridges = append(bridges, b)
			}
		}
	}

	return bridges
}

// Renamed is the same fleet, in the same order, in which all tenants but one have other ids,
// and so have their objects.
func (f Fleet) Renamed(r *rand.Rand, keep string) Fleet {
	ids, letter := map[string]string{}, 'a'+r.IntN(26)
	for i, p := range r.Perm(len(f.Tenants)) {
		ids[f.Tenants[i]] = Tenant(100 + p)
	}
	ids[keep] = keep

	node := func(n fact.Node) fact.Node {
		if n == "" || n.Tenant() == keep {
			return n
		}
		tenant, known := ids[n.Tenant()]
		if !known {
			tenant = n.Tenant()
		}
		number := int(string(n)[len(n.Tenant())+len(n.Kind())+2] - '0')
		return fact.NewNode(tenant, n.Kind(), fmt.Sprintf("%c%d", rune(letter), (number*4+3)%nodes))
	}

	renamed := Fleet{Facts: map[string]fact.Facts{}}
	for _, t := range f.Tenants {
		facts := f.Facts[t]
		facts.Tenant = ids[t]
		facts.Edges, facts.Links = slices.Clone(facts.Edges), slices.Clone(facts.Links)
		for i := range facts.Edges {
			facts.Edges[i].From, facts.Edges[i].To = node(facts.Edges[i].From), node(facts.Edges[i].To)
		}
		for i := range facts.Links {
			facts.Links[i].Node = node(facts.Links[i].Node)
		}
		facts.Sort()
		renamed.Tenants = append(renamed.Tenants, ids[t])
		renamed.Facts[ids[t]] = facts
	}

	return renamed
}
