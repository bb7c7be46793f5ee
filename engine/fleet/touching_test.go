package fleet_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"ringfence/engine/fleet"
	"ringfence/engine/fleet/fact"
	"ringfence/engine/fleet/join"
	"ringfence/engine/fleet/reach"
	"ringfence/internal/randomfleet"
)

var kinds = []reach.Kind{
	{Name: "consent", Rule: reach.ToSide},
	{Name: "rmm", Rule: reach.FromSide},
	{Name: "device", Rule: reach.Sharing},
	{Name: "credential", Rule: reach.Bridging},
}

const (
	us    = "aaaaaaaa-0000-4000-8000-000000000001"
	them  = "bbbbbbbb-0000-4000-8000-000000000002"
	third = "cccccccc-0000-4000-8000-000000000003"
	msp   = "dddddddd-0000-4000-8000-000000000004"
)

// group are the MSP and three clients whose evidence is complete, and who have one device each.
type group map[string]fact.Facts

func newGroup() group {
	g := group{}
	for _, tenant := range []string{us, them, third, msp} {
		facts := fact.Facts{Tenant: tenant}
		for _, k := range kinds {
			facts.Coverage = append(facts.Coverage, fact.Coverage{Kind: k.Name, Units: []fact.Unit{
				{Name: "evidence." + k.Name, Status: fact.Complete, EndedAt: randomfleet.AsOf}}})
		}
		facts.Links = []fact.Link{{Kind: "device", Value: "of " + tenant, Subject: "intune.managed_devices/1",
			Role: fact.Same, State: fact.Live}}
		facts.Sort()
		g[tenant] = facts
	}
	return g
}

// unit is the only piece of evidence of a kind.
func (g group) unit(tenant, kind string) *fact.Unit {
	coverage := g[tenant].Coverage
	i := slices.IndexFunc(coverage, func(c fact.Coverage) bool { return c.Kind == kind })
	return &coverage[i].Units[0]
}

func (g group) edge(teller string, e fact.Edge) {
	facts := g[teller]
	facts.Edges = append(facts.Edges, e)
	g[teller] = facts
}

func (g group) link(teller string, l fact.Link) {
	facts := g[teller]
	facts.Links = append(slices.Clone(facts.Links), l)
	g[teller] = facts
}

// heard is what us hears.
func (g group) heard(t *testing.T, named ...string) fact.Heard {
	t.Helper()
	members, names := map[string]join.Member{}, map[string]bool{}
	for _, tenant := range []string{us, them, third, msp} {
		members[tenant] = join.Member(len(members))
	}
	for _, n := range named {
		names[n] = true
	}
	j, err := fleet.Join(fleet.Fleet{Kinds: kinds, Members: members, MSP: msp, Key: key(t), Shelf: &memory{},
		Snapshots: map[string]string{us: snapshot}, Named: map[string]map[string]bool{us: names},
		Spread: 6 * time.Hour, Facts: func(tenant string) (fact.Facts, error) { return g[tenant], nil }})
	if err != nil {
		t.Fatal(err)
	}

	all, err := j.Heard()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := all[us].Canonical(); err != nil {
		t.Fatal(err)
	}
	return *all[us]
}

// TestTouching: what a client's own evidence says of another member stands, and is told to it
// and to nobody else; the other one is named only where its own promise names it.
func TestTouching(t *testing.T) {
	consent := fact.Edge{From: fact.NewNode(them, "application", "a"), To: fact.NewNode(us, "service-principal", "s"),
		Kind: "consent", State: fact.Live, Evidence: []string{"entra.service_principals/s#/appId"}}
	stranger := consent
	stranger.From = fact.NewNode("eeeeeeee-0000-4000-8000-000000000005", "application", "b")
	other := key(t).Pseudonyms(us, []string{them})[them]
	want := func(id string) []fact.Shared {
		return []fact.Shared{{Kind: "consent", Subject: "entra.service_principals/s", Role: fact.Controlled,
			With: []fact.Other{{Client: other, Role: fact.Controls, TenantID: id}}}}
	}

	g := newGroup()
	g.edge(us, consent)
	g.edge(us, stranger) // of nobody of the fleet
	if d := cmp.Diff(want(""), g.heard(t).Links); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(want(them), g.heard(t, them, third).Links); d != "" {
		t.Error(d)
	}

	delete(g, them) // what our evidence says of it needs none of its own
	g[them] = fact.Facts{Tenant: them}
	if d := cmp.Diff(want(""), g.heard(t).Links); d != "" {
		t.Error(d)
	}

	g = newGroup()
	g.edge(them, consent)
	if got := g.heard(t).Links; len(got) != 0 {
		t.Errorf("we hear of what others see of us: %v", got)
	}
}

// TestUnproven: what cannot be concluded is said of the kinds that need the missing evidence.
func TestUnproven(t *testing.T) {
	const another = "the evidence of another client is not complete"
	credential := fact.Link{Kind: "credential", Value: "v", Subject: "entra.applications/1", Role: fact.Same,
		State: fact.Live}
	denied := func(tenant, kind string) func(g group) {
		return func(g group) { g.unit(tenant, kind).Status = "denied" }
	}
	late := func(tenant, kind string, by time.Duration) func(g group) {
		return func(g group) { g.unit(tenant, kind).EndedAt = randomfleet.AsOf.Add(by) }
	}
	for name, c := range map[string]struct {
		change []func(g group)
		want   map[string][]string // of links, by kind
	}{
		"all is known": {nil, nil},
		"ours, of a kind that we show": {[]func(g group){denied(us, "consent")},
			map[string][]string{"consent": {"evidence.consent is denied"}}},
		"theirs, of a kind that they show": {[]func(g group){denied(them, "consent")}, nil},
		"theirs, of a kind that may lead to us": {[]func(g group){denied(them, "rmm")},
			map[string][]string{"rmm": {another}}},
		"the MSP's, of a kind that may lead to us": {[]func(g group){denied(msp, "rmm"), denied(third, "rmm"),
			denied(them, "rmm")}, map[string][]string{"rmm": {"the MSP's evidence is not complete", another}}},
		"theirs, of links that we have": {[]func(g group){denied(them, "device")},
			map[string][]string{"device": {another}}},
		"theirs, of links that we have not": {[]func(g group){denied(them, "credential")}, nil},
		"theirs, of links that we have, which are edges": {[]func(g group){denied(them, "credential"),
			func(g group) { g.link(us, credential) }}, map[string][]string{"credential": {another}}},
		"read within the spread": {[]func(g group){late(them, "device", 6*time.Hour)}, nil},
		"read later": {[]func(g group){late(them, "device", 6*time.Hour+time.Second)},
			map[string][]string{"device": {"evidence was read too far apart in time"}}},
		"read earlier": {[]func(g group){late(them, "device", -6*time.Hour-time.Second)},
			map[string][]string{"device": {"evidence was read too far apart in time"}}},
		"read earlier, of links that they have not": {[]func(g group){late(them, "credential", -time.Hour*9),
			func(g group) { g.link(us, credential) }}, nil},
		"no snapshot of theirs": {[]func(g group){func(g group) { g[them] = fact.Facts{Tenant: them} }},
			map[string][]string{"rmm": {another}, "device": {another}}},
	} {
		g := newGroup()
		for _, change := range c.change {
			change(g)
		}
		got := map[string][]string{}
		for _, u := range g.heard(t).Unproven {
			if u.Kind != fact.PathKind {
				got[u.Kind] = append(got[u.Kind], u.Why)
			}
		}
		for _, why := range got {
			slices.Sort(why)
		}
		if d := cmp.Diff(c.want, got, cmpopts.EquateEmpty()); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
}
