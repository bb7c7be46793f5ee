package fleet_test

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ringfence/engine/fleet"
	"ringfence/engine/fleet/fact"
	"ringfence/engine/fleet/fingerprint"
	"ringfence/engine/fleet/join"
	"ringfence/engine/fleet/reach"
	"ringfence/internal/effort"
	"ringfence/internal/randomfleet"
)

// memory is a shelf.
type memory [join.Parts][]byte

func (m *memory) Append(part int, data []byte) error {
	m[part] = append(m[part], data...)
	return nil
}
func (m *memory) Read(part int) ([]byte, error) { return m[part], nil }
func (m *memory) Replace(part int, data []byte) error {
	m[part] = slices.Clone(data)
	return nil
}

func key(t testing.TB) fingerprint.Key {
	t.Helper()
	k, err := fingerprint.NewKey([]byte(strings.Repeat("k", 32)))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// snapshot is the digest of everybody's snapshot.
var snapshot = strings.Repeat("5", 64)

// joined joins a random fleet, whose first tenant is the MSP's.
func joined(t testing.TB, f randomfleet.Fleet) *fleet.Joined {
	t.Helper()
	members, snapshots := map[string]join.Member{}, map[string]string{}
	for i, tenant := range f.Tenants {
		members[tenant], snapshots[tenant] = join.Member(i), snapshot
	}
	j, err := fleet.Join(fleet.Fleet{
		Kinds: randomfleet.Kinds, Members: members, MSP: f.Tenants[0], Key: key(t), Shelf: &memory{},
		Snapshots: snapshots,
		Spread:    6 * time.Hour, Facts: func(tenant string) (fact.Facts, error) { return f.Facts[tenant], nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	return j
}

func heard(t testing.TB, f randomfleet.Fleet) map[string]string {
	t.Helper()
	all, err := joined(t, f).Heard()
	if err != nil {
		t.Fatal(err)
	}

	files := map[string]string{}
	for tenant, h := range all {
		b, err := h.Canonical()
		if err != nil {
			t.Fatalf("%s: %v: %+v", tenant, err, h)
		}
		files[tenant] = string(b)
	}
	return files
}

func random(seed int) (*rand.Rand, randomfleet.Fleet) {
	r := rand.New(rand.NewPCG(uint64(seed), 18))
	f := randomfleet.New(r)
	if seed%3 == 0 {
		f = f.Without(r)
	}
	return r, f
}

// TestHeard: a client hears of all that touches it, and no name of anybody else.
func TestHeard(t *testing.T) {
	effort.WithoutRace(t)
	n, links, paths, unproven := effort.Of(20, 300, 10_000), 0, 0, 0
	for seed := range n {
		_, f := random(seed)
		g, err := reach.New(f.Reach())
		if err != nil {
			t.Fatal(err)
		}
		s := g.Search()

		for tenant, file := range heard(t, f) {
			h, err := fact.ParseHeard([]byte(file))
			if err != nil {
				t.Fatalf("seed %d: %v", seed, err)
			}
			for _, other := range f.Tenants {
				if other != tenant && (strings.Contains(file, other) || strings.Contains(file, " of "+other[:4])) {
					t.Fatalf("seed %d: %s hears of %s: %s", seed, tenant, other, file)
				}
			}

			touching, open := touches(t, s, f, tenant)
			if len(h.Paths) != touching {
				t.Fatalf("seed %d: %d paths lead to %s, it hears of %d", seed, touching, tenant, len(h.Paths))
			}
			ofPaths := func(u fact.Unproven) bool { return u.Kind == fact.PathKind }
			if open && !slices.ContainsFunc(h.Unproven, ofPaths) {
				t.Fatalf("seed %d: it is not proven that nobody reaches %s, and it does not hear of it", seed, tenant)
			}
			if d := cmp.Diff(sharedBy(f, tenant), subjects(h)); d != "" {
				t.Fatalf("seed %d: %s", seed, d)
			}
			links, paths, unproven = links+len(h.Links), paths+len(h.Paths), unproven+len(h.Unproven)
		}
	}
	t.Logf("%d fleets: %d links, %d paths, %d unproven", n, links, paths, unproven)
}

// touches is how many targets of a tenant other clients reach, each client for itself, and
// whether it is open that one does.
func touches(t *testing.T, s *reach.Search, f randomfleet.Fleet, tenant string) (touching int, open bool) {
	t.Helper()
	for _, other := range f.Tenants[1:] {
		if other == tenant {
			continue
		}
		r, err := s.From(other)
		if err != nil {
			t.Fatal(err)
		}
		for _, target := range r.Targets {
			if target.Node.Tenant() == tenant {
				touching++
			}
		}
		open = open || slices.Contains(r.Unproven, tenant)
	}
	return touching, open
}

// sharedBy are the links of a tenant whose value another one has, said in the plainest way.
func sharedBy(f randomfleet.Fleet, tenant string) []string {
	var all []string
	for _, own := range f.Facts[tenant].Links {
		has := func(other string) bool {
			return other != tenant && slices.ContainsFunc(f.Facts[other].Links, func(l fact.Link) bool {
				return l.Kind == own.Kind && l.Value == own.Value &&
					(own.Role == fact.Same && l.Role == fact.Same ||
						own.Role == fact.Controls && l.Role == fact.Controlled ||
						own.Role == fact.Controlled && l.Role == fact.Controls)
			})
		}
		if slices.ContainsFunc(f.Tenants, has) {
			all = append(all, fmt.Sprintln(own.Kind, own.Subject, own.Role))
		}
	}
	for _, e := range f.Facts[tenant].Edges {
		other, role := e.From.Tenant(), fact.Controlled
		if other == tenant {
			other, role = e.To.Tenant(), fact.Controls
		}
		if other != tenant && slices.Contains(f.Tenants, other) {
			for _, evidence := range e.Evidence {
				all = append(all, fmt.Sprintln(e.Kind, evidence, role))
			}
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func subjects(h fact.Heard) []string {
	var all []string
	for _, l := range h.Links {
		all = append(all, fmt.Sprintln(l.Kind, l.Subject, l.Role))
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// with adds clients to a fleet that have evidence of everything and nothing in common.
func with(f randomfleet.Fleet, clients int) randomfleet.Fleet {
	more := randomfleet.Fleet{Tenants: slices.Clone(f.Tenants), Facts: map[string]fact.Facts{}}
	for t, facts := range f.Facts {
		more.Facts[t] = facts
	}
	for i := range clients {
		tenant := randomfleet.Tenant(1000 + i)
		facts := fact.Facts{Tenant: tenant, Links: []fact.Link{{Kind: "device", Value: "only " + tenant,
			Subject: "intune.managed_devices/1", Role: fact.Same, State: fact.Live}}}
		for _, k := range randomfleet.Kinds {
			facts.Coverage = append(facts.Coverage, fact.Coverage{Kind: k.Name, Units: []fact.Unit{
				{Name: "evidence", Status: fact.Complete, EndedAt: randomfleet.AsOf}}})
		}
		facts.Sort()
		more.Tenants = append(more.Tenants, tenant)
		more.Facts[tenant] = facts
	}
	return more
}

// TestOthersComeAndGo: what a client hears is the same bytes, however many clients there are
// that do not touch it.
func TestOthersComeAndGo(t *testing.T) {
	effort.WithoutRace(t)
	n := effort.Of(5, 60, 1000)
	for seed := range n {
		r, f := random(seed)
		before, after := heard(t, f), heard(t, with(f, 1+r.IntN(20)))
		for tenant, file := range before {
			if d := cmp.Diff(file, after[tenant]); d != "" {
				t.Fatalf("seed %d: %s hears something else: %s", seed, tenant, d)
			}
		}
	}
	t.Logf("%d fleets", n)
}

// TestCleanFleet: 2 clients and 500 hear the same, nothing.
func TestCleanFleet(t *testing.T) {
	const nothing = `{"links":[],"paths":[],"schema":"ringfence.fleet-facts/1","snapshot":"%s",` +
		`"tenant_id":"%s","unproven":[]}` + "\n"
	for _, clients := range []int{3, effort.Of(20, 100, 500)} {
		for tenant, file := range heard(t, with(randomfleet.Fleet{}, clients)) {
			if file != fmt.Sprintf(nothing, snapshot, tenant) {
				t.Fatalf("%s of %d hears %s", tenant, clients, file)
			}
		}
	}
}

var pseudonym = regexp.MustCompile(`client-[0-9a-f]+`)

// TestRenamed: whatever others and their objects are called, a client hears the same but for
// pseudonyms, and the very same bytes if nobody touches it.
func TestRenamed(t *testing.T) {
	effort.WithoutRace(t)
	n, same := effort.Of(20, 300, 5000), 0
	for seed := range n {
		r, f := random(seed)
		keep := f.Tenants[1+r.IntN(len(f.Tenants)-1)]
		renamed := f.Renamed(r, keep)
		was, is := heard(t, f)[keep], heard(t, renamed)[keep]
		if !strings.Contains(was, "client-") {
			same++
		} else {
			was, is = unordered(was), unordered(is)
		}
		if d := cmp.Diff(was, is); d != "" {
			t.Fatalf("seed %d: %s hears something else: %s", seed, keep, d)
		}
	}
	t.Logf("%d fleets, in %d of them nobody touches the client", n, same)
}

// unordered is a text without pseudonyms, and so without the order that comes of them.
func unordered(text string) string {
	letters := []byte(pseudonym.ReplaceAllString(text, "client"))
	slices.Sort(letters)
	return string(letters)
}

// TestNumbers: two tenants with one number would be taken for one.
func TestNumbers(t *testing.T) {
	_, err := fleet.Join(fleet.Fleet{Members: map[string]join.Member{"a": 1, "b": 1}, Shelf: &memory{}, Key: key(t)})
	if err == nil {
		t.Error("two tenants have one number")
	}
}

// TestNothingLookedFor: where no kind of fact says who reaches what, nobody is called apart.
func TestNothingLookedFor(t *testing.T) {
	_, f := random(1)
	for name, kinds := range map[string][]reach.Kind{
		"no kinds":               nil,
		"kinds that are no edge": {{Name: "device", Rule: reach.Sharing}},
	} {
		_, err := fleet.Join(fleet.Fleet{
			Kinds: kinds, Members: map[string]join.Member{f.Tenants[0]: 0}, Key: key(t), Shelf: &memory{},
			Facts: func(tenant string) (fact.Facts, error) { return f.Facts[tenant], nil },
		})
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
