package reach_test

import (
	"fmt"
	"runtime"
	"testing"
	"time"

	"ringfence/engine/fleet/fact"
	"ringfence/engine/fleet/reach"
	"ringfence/internal/randomfleet"
)

// The fleet of the benchmark: each client has edgesPerClient edges, of which some come from
// the MSP's groups and some from homes of guests. One client in 500 has a guest of another
// client who is a step away from a role.
const (
	edgesPerClient = 1000
	mspGroups      = 10
	mspPeople      = 60
	guests         = 20
)

func msp() string { return randomfleet.Tenant(1 << 20) }

func clientFacts(i, clients int) fact.Facts {
	tenant := randomfleet.Tenant(i)
	facts := fact.Facts{Tenant: tenant, Coverage: covered(), Edges: make([]fact.Edge, 0, edgesPerClient)}
	node := func(kind string, n int) fact.Node { return fact.NewNode(tenant, kind, fmt.Sprint(n)) }
	add := func(from, to fact.Node, kind string, state fact.State) {
		facts.Edges = append(facts.Edges, fact.Edge{From: from, To: to, Kind: kind, State: state, Evidence: []string{"x"}})
	}

	for g := range mspGroups {
		add(fact.NewNode(msp(), "group", fmt.Sprint(g)), node("role", g), "gdap", fact.Live)
		add(node("role", g), node(fact.Tier0, g), "tier0-grant", fact.States[g%2])
	}
	for g := range guests {
		add(fact.NewNode(randomfleet.Tenant(1<<21+i*guests+g), "user", "home"), node("user", g), "guest-home", fact.Live)
		add(node("user", g), node("group", 50+g), "member", fact.Live)
	}
	if i%500 == 1 {
		add(fact.NewNode(randomfleet.Tenant((i+1)%clients), "user", "7"), node("user", 999), "guest-home", fact.Live)
		add(node("user", 999), node("group", 0), "member", fact.Live)
		add(node("group", 0), node(fact.Tier0, 0), "eligible", fact.JIT)
	}
	for n := 0; len(facts.Edges) < edgesPerClient; n++ {
		add(node("user", 100+n%700), node("group", 50+n%97), "member", fact.Live)
	}

	facts.Sort()
	return facts
}

func mspFacts() fact.Facts {
	facts := fact.Facts{Tenant: msp(), Coverage: covered()}
	for p := range mspPeople {
		facts.Edges = append(facts.Edges, fact.Edge{From: fact.NewNode(msp(), "user", fmt.Sprint(p)),
			To: fact.NewNode(msp(), "group", fmt.Sprint(p%mspGroups)), Kind: "member", State: fact.JIT, Evidence: []string{"x"}})
	}
	facts.Sort()
	return facts
}

func covered() []fact.Coverage {
	var all []fact.Coverage
	for _, kind := range []string{"eligible", "gdap", "guest-home", "member", "tier0-grant"} {
		all = append(all, fact.Coverage{Kind: kind, Units: []fact.Unit{
			{Name: "evidence", Status: fact.Complete, EndedAt: randomfleet.AsOf}}})
	}
	return all
}

func benchmarkFleet(clients int) reach.Fleet {
	fleet := reach.Fleet{Tenants: []string{msp()}, Spread: 6 * time.Hour}
	number := map[string]int{}
	for i := range clients {
		fleet.Tenants = append(fleet.Tenants, randomfleet.Tenant(i))
		number[randomfleet.Tenant(i)] = i
	}
	for _, c := range covered() {
		fleet.Kinds = append(fleet.Kinds, reach.Kind{Name: c.Kind, Rule: reach.ToSide})
	}
	fleet.Facts = func(tenant string) (fact.Facts, error) {
		if tenant == msp() {
			return mspFacts(), nil
		}
		return clientFacts(number[tenant], clients), nil
	}
	return fleet
}

// BenchmarkReach is everything: facts made twice in memory, collapsed, who of each client
// reaches which other one, and the radius of all of the MSP's people.
func BenchmarkReach(b *testing.B) {
	for _, clients := range []int{100, 1000, 10_000} {
		b.Run(fmt.Sprintf("clients=%d", clients), func(b *testing.B) {
			fleet := benchmarkFleet(clients)
			for b.Loop() {
				g, err := reach.New(fleet)
				if err != nil {
					b.Fatal(err)
				}

				s, crossed := g.Search(), 0
				for _, tenant := range fleet.Tenants[1:] {
					r := from(b, s, tenant)
					crossed += len(r.Targets)
					if len(r.Unproven) > 0 {
						b.Fatalf("unproven: %v", r.Unproven)
					}
				}
				radii, _, err := s.Radii(msp())
				if err != nil || len(radii) != mspPeople {
					b.Fatalf("%d radii, %v", len(radii), err)
				}

				nodes, arcs := g.Size()
				b.ReportMetric(float64(nodes), "nodes")
				b.ReportMetric(float64(arcs), "arcs")
				b.ReportMetric(float64(crossed), "reached")
			}

			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			b.ReportMetric(float64(m.Sys)/1e6, "MB")
		})
	}
}
