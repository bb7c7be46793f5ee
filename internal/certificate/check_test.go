package certificate_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os/exec"
	"slices"
	"strings"
	"testing"

	written "ringfence/engine/fleet/certificate"
	"ringfence/engine/fleet/fact"
	"ringfence/engine/fleet/reach"
	"ringfence/internal/certificate"
	"ringfence/internal/effort"
	"ringfence/internal/randomfleet"
)

// verdict is what a checker has to say of a certificate.
type verdict struct {
	about string
	good  bool
	Data  string   `json:"certificate"`
	Facts []string `json:"facts"`
}

func (v verdict) byGo() error {
	var facts [][]byte
	for _, f := range v.Facts {
		facts = append(facts, []byte(f))
	}
	_, err := certificate.Check([]byte(v.Data), facts...)
	return err
}

// TestCertificates: both checkers take certificates of random fleets, and none to which an
// edge was added or from which a unit of evidence was dropped. Where there is none, somebody
// reaches or evidence is missing; where there is one, nobody does in the fleet as it was
// before evidence was taken away.
func TestCertificates(t *testing.T) {
	effort.WithoutRace(t)
	n := effort.Of(10, 200, 3000)
	good, spoilt, refused := 0, 0, 0
	for begin := 0; begin < n; begin += 100 { // so many at once are given to Python
		var all []verdict
		for seed := begin; seed < min(begin+100, n); seed++ {
			some, none := certify(t, seed)
			all, refused = append(all, some...), refused+none
		}
		for _, v := range all {
			if v.good {
				good++
			} else {
				spoilt++
			}
			if err := v.byGo(); (err == nil) != v.good {
				t.Errorf("%s: the checker in Go says %v:\n%s", v.about, err, v.Data)
			}
		}
		byPython(t, all)
	}

	t.Logf("%d fleets: %d certificates, %d spoilt ones, %d refused", n, good, spoilt, refused)
	if good == 0 || refused == 0 {
		t.Error("the fleets try nothing")
	}
}

// certify asks for three certificates of a random fleet, and says how many were refused.
func certify(t *testing.T, seed int) (all []verdict, refused int) {
	t.Helper()
	r := rand.New(rand.NewPCG(uint64(seed), 17))
	whole := randomfleet.New(r)
	fleet := whole
	if seed%2 == 1 {
		fleet = whole.Without(r)
	}
	s, truth := search(t, fleet), search(t, whole)

	for range 3 {
		to := fleet.Tenants[r.IntN(len(fleet.Tenants))]
		from := others(fleet.Tenants, to)
		if r.IntN(2) == 0 {
			from = from[:1]
		}

		c, err := written.New(s, from, to)
		if !agrees(t, s, truth, from, to, err) {
			t.Fatalf("seed %d, from %v to %s: %v", seed, from, to, err)
		}
		if err != nil {
			refused++
			continue
		}
		all = append(all, tampered(t, fmt.Sprintf("seed %d", seed), fleet, c, r)...)
	}
	return all, refused
}

func others(tenants []string, but string) []string {
	return slices.DeleteFunc(slices.Clone(tenants), func(t string) bool { return t == but })
}

func search(t *testing.T, f randomfleet.Fleet) *reach.Search {
	t.Helper()
	g, err := reach.New(f.Reach())
	if err != nil {
		t.Fatal(err)
	}
	return g.Search()
}

// agrees reports whether there is a certificate exactly where reachability proves the pairs
// apart, and never where somebody reaches.
func agrees(t *testing.T, s, truth *reach.Search, from []string, to string, err error) bool {
	t.Helper()
	var refused *written.Refused
	if err != nil && !errors.As(err, &refused) {
		return false
	}

	apart := true
	for _, b := range from {
		known, e := s.From(b)
		really, e2 := truth.From(b)
		if e != nil || e2 != nil {
			t.Fatal(e, e2)
		}
		at := func(x reach.Target) bool { return x.Node.Tenant() == to }
		apart = apart && !slices.ContainsFunc(known.Targets, at) && !slices.Contains(known.Unproven, to)
		if err == nil && slices.ContainsFunc(really.Targets, at) {
			return false
		}
	}
	return apart == (err == nil) && (err == nil || refused.Reached != "" || len(refused.Missing) > 0)
}

// tampered are a certificate as it is, with and without facts, and spoilt in all ways that
// have to be noticed.
func tampered(t *testing.T, about string, f randomfleet.Fleet, c written.Certificate, r *rand.Rand) []verdict {
	t.Helper()
	facts := files(t, f, c)
	v := func(what string, good bool, c written.Certificate, facts ...string) verdict {
		return verdict{about + ": " + what, good, text(t, c), facts}
	}
	all := []verdict{v("as it is", true, c), v("with facts", true, c, facts...)}

	in := c.Set.Tenants[r.IntN(len(c.Set.Tenants))]
	edge := written.Edge{From: fact.NewNode(in, "user", "x"), To: fact.NewNode(c.To, fact.Tier0, "new"), Kind: "member"}
	more := c
	more.Edges = append(slices.Clone(c.Edges), edge)
	all = append(all, v("an edge more", false, more))

	known := f.Facts[c.To]
	known.Edges = append(slices.Clone(known.Edges), fact.Edge{From: edge.From, To: edge.To, Kind: edge.Kind,
		State: fact.Live, Evidence: []string{"x"}})
	file, err := known.Canonical()
	if err != nil {
		t.Fatal(err)
	}
	all = append(all, v("an edge more in the facts", false, c, string(file)))

	all = append(all, withoutEvidence(t, about, c)...)
	for i := range c.Set.Nodes {
		if leads(c, c.Set.Nodes[i]) {
			less := c
			less.Set.Nodes = slices.Delete(slices.Clone(c.Set.Nodes), i, i+1)
			all = append(all, v("a node less in the set", false, less))
		}
	}

	none := c
	none.From = nil
	target := c
	target.Set.Nodes = append(slices.Clone(c.Set.Nodes), fact.NewNode(c.To, fact.Key, "k"))
	kinds := c
	kinds.Kinds = nil
	return append(all, v("from nobody", false, none), v("a target in the set", false, target), v("no kinds", false, kinds))
}

// withoutEvidence are a certificate from which one proof of absence was dropped, or a unit of it:
// each time another one. All of those about edges are needed. Of links they are where the other
// side has such links; there both checkers have to say the same.
func withoutEvidence(t *testing.T, about string, c written.Certificate) []verdict {
	t.Helper()
	bridging := map[string]bool{}
	for _, k := range c.Kinds {
		bridging[k.Name] = k.Rule.Bridges()
	}

	var all []verdict
	for i, a := range c.Absent {
		if len(a.Units) == 0 {
			continue // of links that nobody on the other side has: it proves nothing
		}
		without, part, stale := c, c, c
		without.Absent = slices.Delete(slices.Clone(c.Absent), i, i+1)
		part.Absent = slices.Clone(c.Absent)
		part.Absent[i].Units = a.Units[1:]
		stale.Absent = slices.Clone(c.Absent)
		stale.Absent[i].Units = slices.Clone(a.Units)
		stale.Absent[i].Units[0].Status = "stale"
		for what, less := range map[string]written.Certificate{"coverage": without, "a unit": part, "a unit's status": stale} {
			what = fmt.Sprintf("%s: %s of %s of %s dropped", about, what, a.Kind, a.Tenant)
			v := verdict{about: what, Data: text(t, less)}
			needed := !bridging[a.Kind] || a.Controls > 0 && slices.Contains(c.Set.Tenants, a.Tenant)
			v.good = !needed && v.byGo() == nil
			all = append(all, v)
		}
	}
	return all
}

// leads reports whether an edge leads from the set to a node of it.
func leads(c written.Certificate, n fact.Node) bool {
	return slices.ContainsFunc(c.Edges, func(e written.Edge) bool { return e.To == n && e.From != n })
}

func files(t *testing.T, f randomfleet.Fleet, c written.Certificate) []string {
	t.Helper()
	var all []string
	for _, d := range c.Facts {
		facts := f.Facts[d.Tenant]
		b, err := facts.Canonical()
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, string(b))
	}
	return all
}

func text(t *testing.T, c written.Certificate) string {
	t.Helper()
	b, err := c.Canonical()
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// byPython asks the other checker about all of them at once.
func byPython(t *testing.T, all []verdict) {
	t.Helper()
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Log("there is no python3 here")
		return
	}

	const ask = `
import json, sys
import check_certificate as c
for line in sys.stdin:
    v = json.loads(line)
    try:
        c.check(v["certificate"].encode(), [f.encode() for f in v["facts"] or []])
        print("holds")
    except c.Refused as err:
        print(err)
`
	var asked bytes.Buffer
	for _, v := range all {
		if err := json.NewEncoder(&asked).Encode(v); err != nil {
			t.Fatal(err)
		}
	}
	command := exec.Command(python, "-B", "-c", ask)
	command.Dir, command.Stdin = "../../examples/certificate", &asked
	out, err := command.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}

	said := strings.Split(strings.TrimSpace(string(out)), "\n")
	if len(said) != len(all) {
		t.Fatalf("asked %d times, %d answers", len(all), len(said))
	}
	for i, v := range all {
		if (said[i] == "holds") != v.good {
			t.Errorf("%s: the checker in Python says %s:\n%s", v.about, said[i], v.Data)
		}
	}
}

// example is a certificate of a small fleet, and the facts that belong to it.
func example(t testing.TB) ([]byte, []byte) {
	t.Helper()
	for seed := range uint64(1000) {
		f := randomfleet.New(rand.New(rand.NewPCG(seed, 17)))
		g, err := reach.New(f.Reach())
		if err != nil {
			t.Fatal(err)
		}
		c, err := written.New(g.Search(), f.Tenants[1:], f.Tenants[0])
		if err != nil || len(c.Edges) == 0 {
			continue
		}

		data, err := c.Canonical()
		if err != nil {
			t.Fatal(err)
		}
		facts := f.Facts[c.To]
		file, err := facts.Canonical()
		if err != nil {
			t.Fatal(err)
		}
		return data, file
	}
	t.Fatal("no fleet of a thousand has a certificate")
	return nil, nil
}

// TestForms: what is not in the form of a certificate is refused, also where parsers differ.
func TestForms(t *testing.T) {
	good, file := example(t)
	r, err := certificate.Check(good, file)
	if err != nil || !slices.Equal(r.Compared, []string{r.To}) || slices.Contains(r.Believed, r.To) {
		t.Errorf("%+v, %v", r, err)
	}

	swap := func(old, new string) string {
		if !strings.Contains(string(good), old) {
			t.Fatalf("%s is not in %s", old, good)
		}
		return strings.Replace(string(good), old, new, 1)
	}
	bad := map[string]string{
		"another schema":      swap("certificate/1", "certificate/2"),
		"a member twice":      swap(`"edges":`, `"edges":[],"edges":`),
		"a member unknown":    swap(`"edges":`, `"more":[],"edges":`),
		"a member in capital": swap(`"edges":`, `"Edges":`),
		"an unknown rule":     swap(`"rule":"to"`, `"rule":"any"`),
		"something after":     string(good) + "{}",
		"nothing":             "",
	}

	var all []verdict
	for _, name := range slices.Sorted(maps.Keys(bad)) {
		all = append(all, verdict{about: name, Data: bad[name]})
		if _, err := certificate.Check([]byte(bad[name])); err == nil {
			t.Errorf("%s: it is taken", name)
		}
	}
	byPython(t, all)
}

// FuzzCheck: whatever comes, the checker says something.
func FuzzCheck(f *testing.F) {
	good, file := example(f)
	f.Add(good, file)
	f.Fuzz(func(_ *testing.T, data, facts []byte) { _, _ = certificate.Check(data, facts) })
}
