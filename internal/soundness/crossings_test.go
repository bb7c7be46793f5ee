package soundness

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"ringfence/collectors/emulator"
	"ringfence/collectors/snapshot"
	"ringfence/engine"
	enginefleet "ringfence/engine/fleet"
	"ringfence/engine/fleet/fact"
	"ringfence/engine/fleet/fingerprint"
	"ringfence/engine/fleet/join"
	"ringfence/engine/fleet/reach"
	"ringfence/internal/effort"
)

// Three clean clients: in a crossing the first one reaches the second, and the third is nobody's.
var crossed = []string{emulator.CleanLabel + "-1", emulator.CleanLabel + "-2", emulator.CleanLabel + "-3"}

// inMemoryShelf is a shelf of an index of fingerprints.
type inMemoryShelf [join.Parts][]byte

func (m *inMemoryShelf) Append(part int, data []byte) error {
	m[part] = append(m[part], data...)
	return nil
}
func (m *inMemoryShelf) Read(part int) ([]byte, error) { return m[part], nil }
func (m *inMemoryShelf) Replace(part int, data []byte) error {
	m[part] = slices.Clone(data)
	return nil
}

// compare collects all tenants of a world, and joins their facts.
func compare(t *testing.T, w *emulator.World, e *engine.Engine) (*enginefleet.Joined, map[string]fact.Facts) {
	t.Helper()
	f := serve(t, w)
	f.file.MSP.FleetKey = "fleet.key"
	c := f.collector()
	c.Compared = e.FactReads("")
	ctx := context.Background()
	msp, err := c.FreshMSP(ctx, time.Hour)
	if err != nil {
		t.Fatal(err)
	}

	all := map[string]fact.Facts{} // by tenant
	for _, label := range append(everyone(f.file), snapshot.FleetClient) {
		snap := msp.Snapshot
		if label != snapshot.FleetClient {
			taken, err := c.Collect(ctx, label, c.Shares(msp, nil))
			if err != nil {
				t.Fatal(err)
			}
			snap = taken.Snapshot
		}
		facts, _ := factsOf(t, e, f, label, snap)
		all[facts.Tenant] = facts
	}
	return joinFacts(t, w, e, all), all
}

// joinFacts joins the facts of all tenants of a world.
func joinFacts(t *testing.T, w *emulator.World, e *engine.Engine, all map[string]fact.Facts) *enginefleet.Joined {
	t.Helper()
	members := map[string]join.Member{}
	for i, tenant := range slices.Sorted(maps.Keys(all)) {
		members[tenant] = join.Member(i)
	}

	key, err := fingerprint.NewKey([]byte("0123456789abcdef0123456789abcdef"))
	if err != nil {
		t.Fatal(err)
	}
	joined, err := enginefleet.Join(enginefleet.Fleet{
		Kinds: e.FactKinds(), Members: members, MSP: w.MSP.ID, Key: key, Shelf: &inMemoryShelf{}, Spread: time.Hour,
		Facts: func(tenant string) (fact.Facts, error) { return all[tenant], nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	return joined
}

// reaching says of each pair of clients which reaches which, and how, in words.
func reaching(t *testing.T, w *emulator.World, j *enginefleet.Joined) (paths, unproven []string) {
	t.Helper()
	search := j.Graph.Search()
	for _, from := range w.Clients {
		reached, err := search.From(from.ID)
		if err != nil {
			t.Fatal(err)
		}
		for _, target := range reached.Targets {
			to := slices.IndexFunc(w.Clients, func(c *emulator.Tenant) bool { return c.ID == target.Node.Tenant() })
			if to >= 0 {
				paths = append(paths, fmt.Sprintf("%s reaches %s: %s, %d hops, %s", from.Label, w.Clients[to].Label,
					target.Node.Kind(), target.Hops, target.State))
				t.Log(witness(t, search, from.ID, target))
			}
		}
		for _, to := range reached.Unproven {
			unproven = append(unproven, from.Label+" and "+to)
		}
	}
	return paths, unproven
}

func witness(t *testing.T, s *reach.Search, from string, target reach.Target) (text string) {
	t.Helper()
	hops, err := s.Witness(from, target.Node, target.State)
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range hops {
		text += fmt.Sprintf("\n\t%s -%s-> %s by %v", h.From, h.Kind, h.To, h.Evidence)
	}
	return text
}

// TestNoCrossing: clean clients are proven apart, and have nothing in common.
func TestNoCrossing(t *testing.T) {
	effort.WithoutRace(t)
	w := emulator.GenerateClients(1, crossed)
	joined, all := compare(t, w, builtin(t))
	paths, unproven := reaching(t, w, joined)
	if len(paths) > 0 || len(unproven) > 0 {
		t.Errorf("paths %q, unproven %q", paths, unproven)
	}
	for _, c := range w.Clients {
		for _, gap := range joined.Graph.Gaps(c.ID) {
			t.Errorf("%s: %+v", c.Label, gap)
		}
	}
	for _, gap := range joined.Graph.Gaps(w.MSP.ID) {
		t.Errorf("the MSP: %+v", gap)
	}
	checkProven(t, w, joined, all)
	t.Log(len(all[w.MSP.ID].Edges), len(all[w.Clients[0].ID].Edges))
}

// TestCrossings: whatever is planted between two clients is found, by the shortest path if it is
// one, and nothing else.
func TestCrossings(t *testing.T) {
	effort.WithoutRace(t)
	e := builtin(t)
	names := emulator.Crossings()
	for _, name := range pickFrom(names, effort.Of(3, 8, len(names)), "crossings") {
		t.Run(name, func(t *testing.T) {
			w := emulator.GenerateClients(1, crossed)
			planted, err := w.Cross(name, crossed[0], crossed[1])
			if err != nil {
				t.Fatal(err)
			}

			joined, all := compare(t, w, e)
			checkPaths(t, w, joined, planted)
			checkShared(t, w, joined, all, planted)
			checkTold(t, w, joined, all, planted)
		})
	}
}

func checkPaths(t *testing.T, w *emulator.World, j *enginefleet.Joined, planted emulator.Crossed) {
	t.Helper()
	paths, unproven := reaching(t, w, j)
	if len(unproven) > 0 {
		t.Errorf("unproven: %q", unproven)
	}

	suffix := fmt.Sprintf(", %d hops, %s", planted.Hops, planted.State)
	isFound := false
	for _, path := range paths {
		isPlanted := strings.HasSuffix(path, suffix)
		between := fmt.Sprintf("%s reaches %s", crossed[0], crossed[1])
		back := fmt.Sprintf("%s reaches %s", crossed[1], crossed[0])
		leads := strings.HasPrefix(path, between) || len(planted.Also) > 0 && strings.HasPrefix(path, back)
		if planted.Hops == 0 || !leads {
			t.Errorf("a path that nobody planted: %s", path)
		}
		isFound = isFound || isPlanted && strings.HasPrefix(path, between)
	}
	if !isFound && planted.Hops > 0 {
		t.Errorf("not found: %d hops, %s; found %q", planted.Hops, planted.State, paths)
	}
}

// checkShared holds what clients have in common to what was planted: a link of the kind, or an
// edge of it between tenants, by the subject that deviates. (Of paths that is the tenant.)
func checkShared(
	t *testing.T, w *emulator.World, j *enginefleet.Joined, all map[string]fact.Facts, planted emulator.Crossed,
) {
	t.Helper()
	clients, subjects := map[string]string{}, map[string]bool{}
	for _, c := range w.Clients {
		clients[c.ID] = c.Label
	}

	for _, s := range j.Shared {
		for _, a := range s.Holders {
			if s.Kind == planted.Kind {
				subjects[a.Subject] = true
			}
			for _, b := range s.Holders {
				areClients := clients[a.Tenant] != "" && clients[b.Tenant] != ""
				bystands := clients[a.Tenant] == crossed[2] || clients[b.Tenant] == crossed[2]
				if areClients && a.Relates(b) && (bystands || !slices.Contains(along(planted.Kind), s.Kind)) {
					t.Errorf("%s, which nobody planted: %+v, %+v", s.Kind, a, b)
				}
			}
		}
	}
	for tenant, facts := range all {
		for _, edge := range facts.Edges {
			if other := edge.From.Tenant(); edge.Kind == planted.Kind && other != tenant {
				for _, subject := range edge.Evidence {
					subjects[subject] = true
				}
			}
		}
	}

	of := planted.Control == "RF-F-16" || planted.Client == snapshot.FleetClient
	for _, p := range append(planted.Also, planted.Planted) {
		if len(subjects) == 0 || !of && !subjects[p.Subject] {
			t.Errorf("%s is not among what %s joins: %v", p.Subject, planted.Kind, subjects)
		}
	}
}

// along are the kinds of facts that go with one.
func along(kind string) []string {
	with := map[string][]string{
		"guest-home": {"guest-domain"}, "log-home": {"log-sink"}, "domain": {"guest-domain", "contact"},
		"sync": {"partner"}, "direct-connect": {"partner"}, "app-home": {"vendor-app"},
	}
	return append(with[kind], kind)
}
