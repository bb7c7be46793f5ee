package isolation_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ringfence/engine/fleet/fact"
	"ringfence/internal/effort"
	"ringfence/internal/isolation"
	"ringfence/internal/randomfleet"
)

func residue(t testing.TB, f isolation.Fleet, o isolation.ResidueOptions) *isolation.Residue {
	t.Helper()
	r, err := isolation.NewResidue(f, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// example is testdata/isolation, joined with the client that left.
func example(t testing.TB, change func(map[string]fact.Facts)) isolation.Fleet {
	t.Helper()
	facts := exampleFleet()
	change(facts)
	members := map[string]isolation.Member{theMSP: {Name: "MSP"}, contoso: {Name: "contoso"},
		fabrikam: {Name: "fabrikam"}, adatum: {Name: "adatum"}, tailspin: {Name: "tailspin"}}
	f, err := isolation.Folder{Kinds: exampleKinds, Facts: facts}.Join(members, theMSP, key(t), 6*time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func summary(r *isolation.Residue) []string {
	var all []string
	for _, rel := range r.Relations {
		all = append(all, fmt.Sprint(rel.With, " ", rel.Direction, " ", rel.Kind, " ", len(rel.Evidence)))
	}
	for _, p := range r.Paths {
		all = append(all, fmt.Sprint(p.From, " to ", p.To, " ", len(p.Hops)))
	}
	return all
}

// TestResidue: of the client that left, what is left, and of which evidence nobody knows more.
func TestResidue(t *testing.T) {
	link := func(tenant, role string) fact.Link {
		return fact.Link{Kind: "credential", Value: "thumbprint", Subject: "entra.applications/1", Role: role,
			Node: fact.NewNode(tenant, "application", "a"), State: fact.JIT}
	}
	untouched := func(map[string]fact.Facts) {}
	for name, c := range map[string]struct {
		change  func(map[string]fact.Facts)
		options isolation.ResidueOptions
		want    []string
		missing string // in what is missing; "" if nothing is
	}{
		"with the MSP": {untouched, isolation.ResidueOptions{MSP: true}, []string{"MSP into app-home 1", "MSP out-of app-home 1",
			"MSP out-of guest-home 1", "MSP to tailspin 2"}, ""},
		"with all": {untouched, isolation.ResidueOptions{}, []string{"MSP into app-home 1", "MSP out-of app-home 1",
			"MSP out-of guest-home 1", "MSP to tailspin 2", "fabrikam to tailspin 4"}, "adatum: entra.users (denied), for guest-home"},
		"evidence of before it left": {untouched, isolation.ResidueOptions{MSP: true, After: randomfleet.AsOf.Add(time.Hour)},
			[]string{"MSP into app-home 1", "MSP out-of app-home 1", "MSP out-of guest-home 1", "MSP to tailspin 2"},
			"tailspin: entra.users (read at 2026-11-23T10:00:00Z, before the client had left), for guest-home"},
		"nothing": {func(f map[string]fact.Facts) { clearEdges(f, theMSP, tailspin) }, isolation.ResidueOptions{MSP: true}, nil, ""},
		"without a snapshot": {func(f map[string]fact.Facts) { delete(f, tailspin) }, isolation.ResidueOptions{MSP: true},
			[]string{"MSP out-of app-home 1", "MSP out-of guest-home 1"}, "tailspin: app-home, credential, device, gdap, guest-home, member, owner, role (not looked for)"},
		"without the MSP's": {func(f map[string]fact.Facts) { delete(f, theMSP) }, isolation.ResidueOptions{MSP: true},
			[]string{"MSP into app-home 1", "MSP to tailspin 2"}, "MSP: app-home, credential, device, gdap, guest-home, member, owner, role (not looked for)"},
		"a credential": {func(f map[string]fact.Facts) {
			clearEdges(f, theMSP, tailspin)
			addLinks(f, theMSP, link(theMSP, fact.Same))
			addLinks(f, tailspin, link(tailspin, fact.Same))
		}, isolation.ResidueOptions{MSP: true}, []string{"MSP both credential 2"}, ""},
		"a home": {func(f map[string]fact.Facts) {
			clearEdges(f, theMSP, tailspin)
			addLinks(f, theMSP, link(theMSP, fact.Controls))
			addLinks(f, tailspin, link(tailspin, fact.Controlled))
		}, isolation.ResidueOptions{MSP: true}, []string{"MSP into credential 2"}, ""},
		"the same vendor": {func(f map[string]fact.Facts) {
			clearEdges(f, theMSP, tailspin)
			for _, tenant := range []string{theMSP, tailspin} {
				l := link(tenant, fact.Same)
				l.Kind, l.Node = "device", ""
				addLinks(f, tenant, l)
			}
		}, isolation.ResidueOptions{MSP: true}, []string{"MSP both device 2"}, ""},
		"read at other times": {func(f map[string]fact.Facts) {
			clearEdges(f, theMSP, tailspin)
			f[theMSP].Coverage[0].Units[0].EndedAt = randomfleet.AsOf.Add(8 * time.Hour)
		}, isolation.ResidueOptions{MSP: true}, nil, "the evidence was read over 8h0m0s, and 6h0m0s is allowed"},
	} {
		c.options.Client = "tailspin"
		r := residue(t, example(t, c.change), c.options)
		if d := cmp.Diff(c.want, summary(r)); d != "" || r.Remains() != (c.want != nil && r.Common() == 0) {
			t.Errorf("%s: %s", name, d)
		}
		if r.Complete() != (c.missing == "") || c.missing != "" && !slices.Contains(r.Missing, c.missing) {
			t.Errorf("%s: missing %q", name, r.Missing)
		}
	}

	for _, nobody := range []string{"", "MSP", "nobody"} {
		if _, err := isolation.NewResidue(example(t, untouched), isolation.ResidueOptions{Client: nobody}); err == nil {
			t.Errorf("what remains of %q is known", nobody)
		}
	}
}

func clearEdges(f map[string]fact.Facts, tenants ...string) {
	for _, tenant := range tenants {
		facts := f[tenant]
		facts.Edges = nil
		f[tenant] = facts
	}
}

func addLinks(f map[string]fact.Facts, tenant string, l fact.Link) {
	facts := f[tenant]
	facts.Links = append(facts.Links, l)
	f[tenant] = facts
}

// TestResidueOfAll: each edge between the client and others is there once, whoever tells of it,
// and what is told to the client names nobody else.
func TestResidueOfAll(t *testing.T) {
	effort.WithoutRace(t)
	n, relations := effort.Of(20, 200, 2000), 0
	for seed := range n {
		f := random(seed)
		fleet := joined(t, f)
		client := f.Tenants[1+seed%(len(f.Tenants)-1)]
		r := residue(t, fleet, isolation.ResidueOptions{Client: fleet.Members[client].Name})

		edges := map[string]bool{}
		for _, facts := range f.Facts {
			for _, e := range facts.Edges {
				from, to := e.From.Tenant(), e.To.Tenant()
				_, member := fleet.Members[from]
				_, other := fleet.Members[to]
				if from != to && member && other && (from == client || to == client) {
					edges[fmt.Sprintln(e.From, e.To, e.Kind, e.State)] = true
				}
			}
		}
		got := 0
		for _, rel := range r.Relations {
			if slices.Contains([]string{"member", "guest-home", "rmm"}, rel.Kind) {
				got++
				if !edges[fmt.Sprintln(rel.From, rel.To, rel.Kind, rel.State)] || len(rel.Evidence) == 0 {
					t.Fatalf("seed %d: there is no %+v", seed, rel)
				}
			}
		}
		if got != len(edges) {
			t.Fatalf("seed %d: %d edges, not %d", seed, got, len(edges))
		}
		relations += len(r.Relations)

		told, err := r.Nameless(fleet)
		if (err == nil) != r.Complete() {
			t.Fatalf("seed %d: %v: %q", seed, err, r.Missing)
		}
		if err != nil {
			continue
		}
		if len(told.Sides) > 3 {
			t.Fatalf("seed %d: it says how many others there are: %+v", seed, told.Sides)
		}
		file, err := told.Canonical()
		if err != nil {
			t.Fatal(err)
		}
		checkTold(t, f, fleet, client, string(file))
		if len(told.Relations) != len(r.Relations) || len(told.Paths) != len(r.Paths) {
			t.Fatalf("seed %d: not all is told", seed)
		}
	}
	if relations == 0 {
		t.Error("the fleets try nothing")
	}
}

func checkTold(t *testing.T, f randomfleet.Fleet, fleet isolation.Fleet, client, file string) {
	t.Helper()
	for _, tenant := range f.Tenants[1:] {
		if tenant == client {
			continue
		}
		for _, secret := range []string{tenant, fleet.Members[tenant].Name, " of " + tenant[:4]} {
			if strings.Contains(file, secret) {
				t.Fatalf("%q is in %s", secret, file)
			}
		}
	}
}
