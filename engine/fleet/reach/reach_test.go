package reach_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ringfence/engine/fleet/fact"
	"ringfence/engine/fleet/reach"
	"ringfence/internal/effort"
	"ringfence/internal/randomfleet"
)

func source(seed int) *rand.Rand { return rand.New(rand.NewPCG(uint64(seed), 16)) }

func search(t testing.TB, f randomfleet.Fleet) *reach.Search {
	t.Helper()
	g, err := reach.New(f.Reach())
	if err != nil {
		t.Fatal(err)
	}
	return g.Search()
}

func from(t testing.TB, s *reach.Search, tenant string) reach.Reached {
	t.Helper()
	r, err := s.From(tenant)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestOracle: on random fleets, what is reached, how and how far is what trying everything
// finds, and each witness is a path that is there.
func TestOracle(t *testing.T) {
	effort.WithoutRace(t)
	n, paths, byState := effort.Of(30, 10_000, 100_000), 0, map[fact.State]int{}
	for seed := range n {
		f := randomfleet.New(source(seed))
		o, s := newOracle(f), search(t, f)
		for _, tenant := range f.Tenants {
			got := from(t, s, tenant)
			if d := cmp.Diff(o.targets(tenant), got.Targets); d != "" {
				t.Fatalf("seed %d, from %s: %s", seed, tenant, d)
			}
			if len(got.Unproven) > 0 {
				t.Fatalf("seed %d, from %s: unproven %v, and all evidence is there", seed, tenant, got.Unproven)
			}

			for _, target := range got.Targets {
				checkWitness(t, o, s, tenant, target, seed)
				byState[target.State]++
				paths++
			}
			checkRadii(t, o, s, tenant, seed)
		}
	}

	t.Logf("%d fleets, %d paths: %v", n, paths, byState)
	if len(byState) != len(fact.States) {
		t.Errorf("the fleets have no paths of some states: %v", byState)
	}
}

func checkWitness(t *testing.T, o oracle, s *reach.Search, from string, target reach.Target, seed int) {
	t.Helper()
	path, err := s.Witness(from, target.Node, target.State)
	if err != nil {
		t.Fatalf("seed %d: %v", seed, err)
	}

	at, weakest := path[0].From, 0
	for _, h := range path {
		evidence, is := o.evidence(h)
		if !is || h.From != at || len(evidence) == 0 || !slices.Equal(evidence, h.Evidence) {
			t.Fatalf("seed %d: no such hop %v, shown by %v, in %v", seed, h, evidence, path)
		}
		at, weakest = h.To, max(weakest, h.State.Level())
	}
	if shortest := o.distances(from, target.State.Level())[target.Node]; len(path) != shortest {
		t.Fatalf("seed %d: %d hops, and %d are enough: %v", seed, len(path), shortest, path)
	}
	if path[0].From.Tenant() != from || at != target.Node || len(path) != target.Hops || weakest != target.State.Level() {
		t.Fatalf("seed %d: from %s to %v leads %v", seed, from, target, path)
	}
}

func checkRadii(t *testing.T, o oracle, s *reach.Search, tenant string, seed int) {
	t.Helper()
	radii, anybody, err := s.Radii(tenant)
	if err != nil || len(anybody) > 0 {
		t.Fatalf("seed %d, %s: all evidence is there, and anybody may reach %v (%v)", seed, tenant, anybody, err)
	}

	got := map[fact.Node]map[fact.State][]string{}
	for _, r := range radii {
		got[r.Principal] = r.Tenants
		if len(r.Open) > 0 {
			t.Fatalf("seed %d: all evidence is there, and %s may reach %v", seed, r.Principal, r.Open)
		}
	}
	want := map[fact.Node]map[fact.State][]string{}
	for _, n := range o.nodes {
		if n.Tenant() == tenant && n.IsPrincipal() {
			if reached := o.principal(n); len(reached) > 0 {
				want[n] = reached
			}
		}
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Fatalf("seed %d, principals of %s: %s", seed, tenant, d)
	}
}

// TestMissing: whatever evidence is taken away, no pair that reaches is called apart, and
// nothing is found that was not there.
func TestMissing(t *testing.T) {
	effort.WithoutRace(t)
	n, proven, unproven, lost := effort.Of(300, 2000, 20_000), 0, 0, 0
	for seed := range n {
		r := source(seed)
		whole := randomfleet.New(r)
		o, s := newOracle(whole), search(t, whole.Without(r))
		for _, b := range whole.Tenants {
			got := from(t, s, b)
			truth := o.targets(b)
			for _, target := range got.Targets {
				if !slices.ContainsFunc(truth, func(x reach.Target) bool { return x.Node == target.Node }) {
					t.Fatalf("seed %d: %s does not reach %s", seed, b, target.Node)
				}
			}

			for _, a := range whole.Tenants {
				reaches := func(x reach.Target) bool { return x.Node.Tenant() == a }
				known, open := slices.ContainsFunc(got.Targets, reaches), slices.Contains(got.Unproven, a)
				switch {
				case a == b || known && !open:
				case known:
					t.Fatalf("seed %d: %s to %s is both found and unproven", seed, b, a)
				case open:
					unproven++
					if slices.ContainsFunc(truth, reaches) {
						lost++
					}
				case slices.ContainsFunc(truth, reaches):
					t.Fatalf("seed %d: %s reaches %s, and that is called proven not to be so", seed, b, a)
				default:
					proven++
				}
			}
		}
	}

	t.Logf("%d fleets: %d pairs proven apart, %d not, of which %d are not apart", n, proven, unproven, lost)
	if proven == 0 || lost == 0 {
		t.Error("the fleets try nothing")
	}
}

// TestMissingRadii: whatever evidence is taken away, each principal reaches no more than is said to
// be known or open, and what is said to be known is there.
func TestMissingRadii(t *testing.T) {
	effort.WithoutRace(t)
	n, known, hidden, apart := effort.Of(300, 2000, 20_000), 0, 0, 0
	for seed := range n {
		r := source(seed)
		whole := randomfleet.New(r)
		o, s := newOracle(whole), search(t, whole.Without(r))
		for _, tenant := range whole.Tenants {
			radii, anybody, err := s.Radii(tenant)
			if err != nil {
				t.Fatal(err)
			}
			for _, principal := range o.nodes {
				if principal.Tenant() != tenant || !principal.IsPrincipal() {
					continue
				}

				var told reach.Radius // of one that is not listed: nothing
				if i := slices.IndexFunc(radii, func(r reach.Radius) bool { return r.Principal == principal }); i >= 0 {
					told = radii[i]
				}
				found, truth := inAnyState(told.Tenants), inAnyState(o.principal(principal))
				for _, to := range whole.Tenants {
					is, may := slices.Contains(truth, to), slices.Contains(slices.Concat(told.Open, anybody), to)
					switch {
					case slices.Contains(found, to) && !is:
						t.Fatalf("seed %d: %s does not reach %s", seed, principal, to)
					case slices.Contains(found, to):
						known++
					case is && !may:
						t.Fatalf("seed %d: %s reaches %s, and nothing says that it might", seed, principal, to)
					case is:
						hidden++
					case !may:
						apart++
					}
				}
			}
		}
	}

	t.Logf("%d fleets: of principals and tenants %d known, %d hidden, %d apart", n, known, hidden, apart)
	if known == 0 || hidden == 0 || apart == 0 {
		t.Error("the fleets try nothing")
	}
}

func inAnyState(tenants map[fact.State][]string) (all []string) {
	for _, of := range tenants {
		all = append(all, of...)
	}
	return all
}

// seen is a path as its target's tenant sees it.
func seen(tenant string, path []reach.Hop) string {
	var all []string
	name := func(n fact.Node) string {
		if n.Tenant() == tenant {
			return string(n)
		}
		return n.Kind()
	}
	for _, h := range path {
		own := []string{}
		for _, e := range h.Evidence {
			if e.Tenant == tenant {
				own = append(own, e.Subject)
			}
		}
		all = append(all, fmt.Sprint(name(h.From), name(h.To), h.Kind, h.State, own))
	}
	return strings.Join(all, "\n")
}

// TestRenamed: what a tenant is shown of the paths to it does not depend on how others are
// called.
func TestRenamed(t *testing.T) {
	effort.WithoutRace(t)
	n, paths := effort.Of(30, 500, 5000), 0
	for seed := range n {
		r := source(seed)
		f := randomfleet.New(r)
		keep := f.Tenants[r.IntN(len(f.Tenants))]
		other := f.Renamed(r, keep)
		before, after := search(t, f), search(t, other)

		for i, b := range f.Tenants {
			if b == keep {
				continue
			}
			var was, is []string
			for _, target := range from(t, before, b).Targets {
				if target.Node.Tenant() == keep {
					was = append(was, witnessed(t, before, b, target))
				}
			}
			for _, target := range from(t, after, other.Tenants[i]).Targets {
				if target.Node.Tenant() == keep {
					is = append(is, witnessed(t, after, other.Tenants[i], target))
				}
			}
			if d := cmp.Diff(was, is); d != "" {
				t.Fatalf("seed %d: %s", seed, d)
			}
			paths += len(was)
		}
	}
	t.Logf("%d fleets, %d paths", n, paths)
}

func witnessed(t *testing.T, s *reach.Search, from string, target reach.Target) string {
	t.Helper()
	path, err := s.Witness(from, target.Node, target.State)
	if err != nil {
		t.Fatal(err)
	}
	return seen(target.Node.Tenant(), path)
}

// TestScope: an edge that is scoped to an administrative unit leads to what is in the unit.
func TestScope(t *testing.T) {
	a, b := randomfleet.Tenant(1), randomfleet.Tenant(2)
	guest, unit := fact.NewNode(a, "user", "guest"), fact.NewNode(a, fact.Scope, "helpdesk@unit")
	clerk, role := fact.NewNode(a, "user", "clerk"), fact.NewNode(a, fact.Tier0, "helpdesk")
	edge := func(from, to fact.Node, kind string) fact.Edge {
		return fact.Edge{From: from, To: to, Kind: kind, State: fact.Live, Evidence: []string{"x"}}
	}

	f := randomfleet.Fleet{Tenants: []string{a, b}, Facts: map[string]fact.Facts{b: {Tenant: b}, a: {Tenant: a, Edges: []fact.Edge{
		edge(fact.NewNode(b, "user", "home"), guest, "guest-home"), edge(guest, unit, fact.ScopedRole),
		edge(unit, clerk, "member"), edge(fact.NewNode(a, "user", "chief"), role, "role"),
	}}}}
	if got := from(t, search(t, f), b); len(got.Targets) > 0 {
		t.Errorf("a scoped role reaches %v", got.Targets)
	}
}

// TestFarApart: what was read too long before or after the other side's is not compared.
func TestFarApart(t *testing.T) {
	r := source(1)
	f := randomfleet.New(r)
	a, b := f.Tenants[0], f.Tenants[1]
	for _, tenant := range f.Tenants {
		facts := f.Facts[tenant]
		facts.Edges, facts.Links = nil, []fact.Link{{Kind: "credential", Value: "only " + tenant, Subject: "x",
			Role: fact.Same, State: fact.Live, Node: fact.NewNode(tenant, "application", "x")}}
		f.Facts[tenant] = facts
	}
	if got := from(t, search(t, f), b); len(got.Unproven) > 0 {
		t.Fatalf("all evidence is there: %v", got.Unproven)
	}

	for i, c := range f.Facts[a].Coverage {
		if c.Kind == "credential" {
			f.Facts[a].Coverage[i].Units[0].EndedAt = c.Units[0].EndedAt.Add(8 * time.Hour)
		}
	}
	if got := from(t, search(t, f), b); !slices.Contains(got.Unproven, a) {
		t.Errorf("evidence eight hours apart is compared: %v", got)
	}
}

// TestRefuses: what makes no sense is said, and not looked over.
func TestRefuses(t *testing.T) {
	f := randomfleet.New(source(1))
	twice := f.Reach()
	twice.Tenants = append(slices.Clone(twice.Tenants), f.Tenants[0])
	wrong := f.Reach()
	wrong.Facts = func(string) (fact.Facts, error) { return f.Facts[f.Tenants[0]], nil }
	stray := f.Reach()
	stray.Bridges = []reach.Bridge{{Kind: "credential", Ends: []reach.End{{Node: fact.NewNode("x", "user", "y")}}}}

	for name, fleet := range map[string]reach.Fleet{"a tenant twice": twice, "facts of another": wrong, "a stray bridge": stray} {
		if _, err := reach.New(fleet); err == nil {
			t.Errorf("%s is taken", name)
		}
	}

	s := search(t, f)
	if _, err := s.From("nobody"); err == nil {
		t.Error("a tenant that is not there reaches nothing, it says")
	}
	if _, err := s.Witness(f.Tenants[0], fact.NewNode(f.Tenants[1], fact.Tier0, "none"), fact.Live); err == nil {
		t.Error("a path to nowhere")
	}
}
