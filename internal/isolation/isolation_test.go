package isolation_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ringfence/engine/fleet/fact"
	"ringfence/engine/fleet/fingerprint"
	"ringfence/internal/effort"
	"ringfence/internal/isolation"
	"ringfence/internal/randomfleet"
)

func key(t testing.TB) fingerprint.Key {
	t.Helper()
	k, err := fingerprint.NewKey([]byte(strings.Repeat("k", 32)))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// joined joins a random fleet, whose first tenant is the MSP's. Clients are called by their
// place.
func joined(t testing.TB, f randomfleet.Fleet) isolation.Fleet {
	t.Helper()
	members := map[string]isolation.Member{}
	for i, tenant := range f.Tenants {
		members[tenant] = isolation.Member{Name: fmt.Sprintf("client-no-%d", i), Cell: []string{"", "east", "west"}[i%3]}
	}
	members[f.Tenants[0]] = isolation.Member{Name: "MSP"}

	folder := isolation.Folder{Kinds: randomfleet.Kinds, Facts: f.Facts}
	fleet, err := folder.Join(members, f.Tenants[0], key(t), 6*time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	return fleet
}

func survey(t testing.TB, f isolation.Fleet, o isolation.Options) *isolation.Survey {
	t.Helper()
	s, err := isolation.New(f, o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func random(seed int) randomfleet.Fleet {
	r := rand.New(rand.NewPCG(uint64(seed), 19))
	f := randomfleet.New(r)
	if seed%2 == 1 {
		f = f.Without(r)
	}
	return f
}

// TestSurvey: a survey has all that reachability finds, each pair is counted once, and each path
// is one.
func TestSurvey(t *testing.T) {
	effort.WithoutRace(t)
	n, paths, unproven := effort.Of(20, 200, 5000), 0, 0
	for seed := range n {
		f := random(seed)
		fleet := joined(t, f)
		s := survey(t, fleet, isolation.Options{})

		var want, got []string
		pairs := isolation.Pairs{All: (len(f.Tenants) - 1) * (len(f.Tenants) - 1)}
		for _, from := range f.Tenants[1:] {
			r, err := fleet.Joined.Graph.Search().From(from)
			if err != nil {
				t.Fatal(err)
			}
			joined := map[string]bool{}
			for _, target := range r.Targets {
				joined[target.Node.Tenant()] = true
				want = append(want, fmt.Sprintln(fleet.Members[from].Name, target.Node, target.State, target.Hops))
			}
			pairs.Joined, pairs.Unproven = pairs.Joined+len(joined), pairs.Unproven+len(r.Unproven)
		}
		pairs.Apart = pairs.All - pairs.Joined - pairs.Unproven

		file, err := s.Canonical()
		if err != nil {
			t.Fatal(err)
		}
		if again, err := isolation.Parse(file); err != nil || !cmp.Equal(again, s) {
			t.Fatalf("seed %d: it is read as another one: %v", seed, err)
		}
		for _, p := range s.Paths {
			checkPath(t, s, p)
			got = append(got, fmt.Sprintln(p.From, p.Target, p.State, len(p.Hops)))
		}
		slices.Sort(want)
		slices.Sort(got)
		if d := cmp.Diff(want, got); d != "" {
			t.Fatalf("seed %d: %s", seed, d)
		}
		listed := 0
		for _, u := range s.Unproven {
			listed += len(s.Those(u))
			if len(s.Those(u)) != u.Pairs {
				t.Fatalf("seed %d: %+v", seed, u)
			}
		}
		if s.Pairs != pairs || listed != pairs.Unproven {
			t.Fatalf("seed %d: %+v, not %+v; %d are listed as unproven", seed, s.Pairs, pairs, listed)
		}
		paths, unproven = paths+len(s.Paths), unproven+pairs.Unproven
	}
	t.Logf("%d fleets: %d paths, %d pairs not proven", n, paths, unproven)
	if paths == 0 || unproven == 0 {
		t.Error("the fleets try nothing")
	}
}

func checkPath(t *testing.T, s *isolation.Survey, p isolation.Path) {
	t.Helper()
	at, weakest := p.Hops[0].From, 0
	for _, h := range p.Hops {
		if h.From != at || len(h.Evidence) == 0 || h.Evidence[0].Of == "" || h.Evidence[0].Subject == "" {
			t.Fatalf("no such hop: %+v", p)
		}
		at, weakest = h.To, max(weakest, h.State.Level())
	}
	if s.Name(p.Hops[0].From) != p.From || at != p.Target || s.Name(at) != p.To || fact.States[weakest] != p.State {
		t.Fatalf("it does not lead where it says: %+v", p)
	}
}

// TestParse: what nobody wrote like this is refused.
func TestParse(t *testing.T) {
	good := `{"missing":[],"pairs":{"all":0,"apart":0,"joined":0,"unproven":0},"paths":[],"radii":{"anybody":[],"principals":[]},"schema":"ringfence.fleet-paths/1","snapshot":"","tenants":[],"unproven":[]}` + "\n"
	if _, err := isolation.Parse([]byte(good)); err != nil {
		t.Fatal(err)
	}
	for _, change := range [][2]string{
		{"paths/1", "paths/2"}, {`"paths":[]`, `"paths":[],"more":1`}, {"{", " {"},
		{`"paths":[]`, `"paths":[{"from":"a","hops":[],"state":"live","target":"t/tier0/x","to":"b"}]`},
	} {
		if _, err := isolation.Parse([]byte(strings.Replace(good, change[0], change[1], 1))); err == nil {
			t.Errorf("%v: it is taken", change)
		}
	}
}

// TestMissing: of a pair that is not proven, who is named as lacking evidence is enough: were it
// complete, and nothing else found in it, the pair would be proven apart.
func TestMissing(t *testing.T) {
	effort.WithoutRace(t)
	n, decided := effort.Of(40, 400, 10_000), 0
	for seed := 1; seed < 2*n; seed += 2 {
		f := random(seed)
		s := survey(t, joined(t, f), isolation.Options{})
		for _, u := range s.Unproven {
			if len(u.Lacking) == 0 {
				t.Fatalf("seed %d: nothing is missing, and %s is not proven out of reach", seed, u.To)
			}
			after := survey(t, joined(t, filled(s, f, u.Lacking)), isolation.Options{})
			for _, still := range after.Unproven {
				for _, from := range after.Those(still) {
					if still.To == u.To && slices.Contains(s.Those(u), from) {
						t.Fatalf("seed %d: with %+v, %s to %s is still not proven: %+v", seed, u.Lacking, from, u.To, still.Lacking)
					}
				}
			}
			decided += u.Pairs
		}
	}
	t.Logf("%d pairs decided", decided)
	if decided == 0 {
		t.Error("the fleets try nothing")
	}
}

// filled is a fleet in which evidence is complete that was missing, without any more facts.
func filled(s *isolation.Survey, f randomfleet.Fleet, lacking []string) randomfleet.Fleet {
	more := randomfleet.Fleet{Tenants: f.Tenants, Facts: map[string]fact.Facts{}}
	for tenant, facts := range f.Facts {
		facts.Coverage = slices.Clone(facts.Coverage)
		for i, c := range facts.Coverage {
			complete := len(c.Units) > 0 && c.Units[0].Status == fact.Complete
			if !complete && slices.Contains(lacking, s.Name(fact.NewNode(tenant, "", ""))) {
				facts.Coverage[i].Units = []fact.Unit{{Name: "x", Status: fact.Complete, EndedAt: randomfleet.AsOf}}
			}
		}
		more.Facts[tenant] = facts
	}
	return more
}

// TestOneClient: a survey of one client is the part of the whole that is about it.
func TestOneClient(t *testing.T) {
	for seed := range effort.Of(5, 50, 1000) {
		fleet := joined(t, random(seed))
		whole := survey(t, fleet, isolation.Options{})
		for _, m := range whole.Tenants {
			if m.MSP {
				continue
			}
			one := survey(t, fleet, isolation.Options{Client: m.Name})
			want := slices.DeleteFunc(slices.Clone(whole.Paths), func(p isolation.Path) bool {
				return p.From != m.Name && p.To != m.Name
			})
			if d := cmp.Diff(want, one.Paths); d != "" {
				t.Fatalf("seed %d, %s: %s", seed, m.Name, d)
			}
			if all := len(whole.Tenants)*2 - 3; one.Pairs.All != all {
				t.Fatalf("seed %d: %s is one of %d pairs, not %d", seed, m.Name, all, one.Pairs.All)
			}
		}
	}
}

// open is what BloodHound reads, as far as it is strict.
type open struct {
	Metadata struct {
		SourceKind string `json:"source_kind"`
	}
	Graph struct {
		Nodes []struct {
			ID         string
			Kinds      []string
			Properties map[string]any
		}
		Edges []struct {
			Kind       string
			Start, End struct {
				MatchBy string `json:"match_by"`
				Value   string
			}
			Properties map[string]any
		}
	}
}

var openKind = regexp.MustCompile(`^RF_[A-Za-z0-9_]+$`)

// TestOpenGraph: the form that BloodHound takes; and without names, nothing that says whose it is.
func TestOpenGraph(t *testing.T) {
	edges := 0
	for seed := range effort.Of(10, 100, 1000) {
		f := random(seed)
		s := survey(t, joined(t, f), isolation.Options{MSP: true})
		for _, resolved := range []bool{false, true} {
			data, err := s.OpenGraph(key(t), resolved)
			if err != nil {
				t.Fatal(err)
			}
			var o open
			if err := json.Unmarshal(data, &o); err != nil {
				t.Fatal(err)
			}
			checkOpen(t, o)
			edges += len(o.Graph.Edges)
			if !resolved {
				checkNameless(t, f, string(data))
			}
		}
	}
	if edges == 0 {
		t.Error("no edges")
	}
}

func checkOpen(t *testing.T, o open) {
	t.Helper()
	ids := map[string]bool{}
	for _, n := range o.Graph.Nodes {
		if n.ID != strings.ToUpper(n.ID) || ids[n.ID] || len(n.Kinds) == 0 || len(n.Kinds) > 3 || n.Properties["name"] == "" {
			t.Errorf("node %+v", n)
		}
		ids[n.ID] = true
		for _, k := range n.Kinds {
			if !openKind.MatchString(k) {
				t.Errorf("kind %s", k)
			}
		}
	}
	for _, e := range o.Graph.Edges {
		if !ids[e.Start.Value] || !ids[e.End.Value] || e.Start.MatchBy != "id" || e.End.MatchBy != "id" || !openKind.MatchString(e.Kind) {
			t.Errorf("edge %+v", e)
		}
	}
	if o.Metadata.SourceKind != "Ringfence" {
		t.Errorf("source kind %s", o.Metadata.SourceKind)
	}
}

func checkNameless(t *testing.T, f randomfleet.Fleet, data string) {
	t.Helper()
	for _, tenant := range f.Tenants {
		secret := []string{tenant, strings.ToUpper(tenant), " of " + tenant[:4], "client-no-", "evidence"}
		for _, text := range secret {
			if strings.Contains(data, text) {
				t.Fatalf("%q is in %s", text, data)
			}
		}
	}
}

// TestDOT: what a name holds is text, and no part of the graph.
func TestDOT(t *testing.T) {
	nasty := `a"]; x -> y [label="\N` + "\x1b[2J\u202e"
	hop := isolation.Hop{From: fact.NewNode(contoso, "user", nasty), To: fact.NewNode(fabrikam, fact.Tier0, "t"),
		Kind: "role", State: fact.JIT}
	s := isolation.Survey{Tenants: []isolation.Tenant{{Name: "contoso", TenantID: contoso}},
		Paths: []isolation.Path{{Hops: []isolation.Hop{hop}}}}
	dot := string(s.DOT())
	for _, want := range []string{`label="user\na\"]; x -> y [label=\"\\N\\x1b[2J`, `style=dashed`, `penwidth=3`, `label="` + fabrikam + `"`} {
		if !strings.Contains(dot, want) {
			t.Errorf("no %s in %s", want, dot)
		}
	}
	if strings.ContainsAny(dot, "\x1b\u202e") {
		t.Errorf("%q", dot)
	}
}

// TestReadFolder: facts that cannot be relied on are refused.
func TestReadFolder(t *testing.T) {
	good := exampleFleet()[contoso]
	kinds, err := fact.Canonical(exampleKinds)
	if err != nil {
		t.Fatal(err)
	}
	less, err := fact.Canonical(exampleKinds[1:])
	if err != nil {
		t.Fatal(err)
	}

	whole := map[string]string{"kinds.json": string(kinds), contoso + ".json": string(canonical(t, good)), "README": "x"}
	if f, err := isolation.ReadFolder(folder(t, whole, nil)); err != nil || len(f.Facts) != 1 {
		t.Fatalf("%v, %v", f, err)
	}
	for name, change := range map[string]map[string]string{
		"no kinds":             {"kinds.json": ""},
		"a kind less":          {"kinds.json": string(less)},
		"a rule of tomorrow":   {"kinds.json": `[{"name":"gdap","rule":"both"}]`},
		"a kind twice":         {"kinds.json": `[{"name":"gdap","rule":"to"},{"name":"gdap","rule":"to"}]`},
		"a member unknown":     {"kinds.json": `[{"name":"gdap","rule":"to","more":1}]`},
		"not as it is written": {contoso + ".json": " " + string(canonical(t, good))},
		"another tenant's":     {fabrikam + ".json": string(canonical(t, good))},
		"no facts":             {contoso + ".json": "{}"},
	} {
		if _, err := isolation.ReadFolder(folder(t, whole, change)); err == nil {
			t.Errorf("%s: it is taken", name)
		}
	}
}

// folder is a folder of files, some of them others, or left out if there is nothing in them.
func folder(t *testing.T, files, other map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for _, m := range []map[string]string{files, other} {
		for name, text := range m {
			path := filepath.Join(dir, name)
			os.Remove(path)
			if text == "" {
				continue
			}
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	return dir
}
