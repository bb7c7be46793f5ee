package soundness

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ringfence/collectors/emulator"
	"ringfence/collectors/snapshot"
	"ringfence/engine"
	"ringfence/engine/fleet/fact"
	"ringfence/internal/effort"
)

// factsOf are the facts of a client or the MSP, and their file.
func factsOf(t *testing.T, e *engine.Engine, f *fleet, label string, snap snapshot.Snapshot) (fact.Facts, []byte) {
	t.Helper()
	promise, err := f.file.Promise(label)
	if err != nil {
		t.Fatal(err)
	}
	facts, err := e.Facts(context.Background(), snap, promise, now)
	if err != nil {
		t.Fatalf("%s: %v", label, err)
	}
	file, err := facts.Canonical()
	if err != nil {
		t.Fatalf("%s: %v", label, err)
	}
	return facts, file
}

// TestFacts: the facts of every tenant of the demo are the same each time, are read back, rest on
// subjects that are in the snapshot, and no kind's policy fails.
func TestFacts(t *testing.T) {
	effort.WithoutRace(t)
	f, e := sharedFleet(t), builtin(t)
	found := map[string]int{}
	for _, label := range slices.Sorted(maps.Keys(f.taken)) {
		facts, file := factsOf(t, e, f, label, f.taken[label])
		if _, again := factsOf(t, e, f, label, f.taken[label]); !bytes.Equal(file, again) {
			t.Errorf("%s: other facts the second time", label)
		}
		undecoded, _ := factsOf(t, e.Whole(), f, label, f.taken[label])
		if d := cmp.Diff(undecoded, facts); d != "" {
			t.Errorf("%s: other facts where all of each document is decoded: %s", label, d)
		}
		if parsed, err := fact.Parse(file); err != nil || cmp.Diff(facts, parsed) != "" {
			t.Errorf("%s: read back: %v: %s", label, err, cmp.Diff(facts, parsed))
		}

		subjects := subjectsOf(t, e, f.taken[label])
		for _, l := range facts.Links {
			found[l.Kind]++
			if !subjects[l.Subject] {
				t.Errorf("%s: link %s: %s is not in the snapshot", label, l.Kind, l.Subject)
			}
		}
		for _, edge := range facts.Edges {
			found[edge.Kind]++
			for _, subject := range edge.Evidence {
				if !subjects[subject] {
					t.Errorf("%s: edge %s: %s is not in the snapshot", label, edge.Kind, subject)
				}
			}
		}
		for _, c := range facts.Coverage {
			for _, u := range c.Units {
				if u.Status != fact.Complete && slices.Contains(seenWhole, label) {
					t.Errorf("%s: %s: %s is %s", label, c.Kind, u.Name, u.Status)
				}
				if u.Name == "policy "+c.Kind {
					t.Errorf("%s: the policy of %s fails", label, c.Kind)
				}
			}
		}
	}

	t.Log(found)
	for _, k := range e.FactKinds() {
		if isThere := found[k.Name] > 0; isThere == slices.Contains(notInDemo, k.Name) {
			t.Errorf("%s: the demo has %d facts of this kind", k.Name, found[k.Name])
		}
	}
}

// seenWhole are clients of the demo of which nothing that facts rest on is missing.
var seenWhole = []string{"adventure-works", "contoso", "fabrikam", "litware", "tailspin", "trey-research"}

// notInDemo are the kinds of facts that no tenant of the demo has.
var notInDemo = []string{"scoped-role", "signing-key", "tier0-grant"}

// TestFactsDocumented: the page of the model lists each kind, with its rule.
func TestFactsDocumented(t *testing.T) {
	page, err := os.ReadFile("../../docs/fleet-isolation.md")
	if err != nil {
		t.Fatal(err)
	}
	listed := map[string]string{}
	for line := range strings.Lines(string(page)) {
		cells := strings.Split(line, "|")
		if len(cells) < 4 || !strings.HasPrefix(strings.TrimSpace(cells[1]), "`") {
			continue
		}
		for _, kind := range strings.Fields(cells[1]) {
			listed[strings.Trim(kind, "`")] = strings.TrimSpace(cells[2])
		}
	}

	kinds := map[string]string{}
	for _, k := range builtin(t).FactKinds() {
		kinds[k.Name] = string(k.Rule)
	}
	if d := cmp.Diff(kinds, listed); d != "" {
		t.Errorf("-policies +page: %s", d)
	}
}

// subjectsOf are the subjects of all documents that facts may rest on.
func subjectsOf(t *testing.T, e *engine.Engine, snap snapshot.Snapshot) map[string]bool {
	t.Helper()
	subjects := map[string]bool{}
	for _, name := range e.FactReads("") {
		if !snap.Manifest.Datasets[name].Holds() {
			continue
		}
		docs, err := snap.Documents(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range docs {
			subjects[snapshot.Subject(name, d.ID)] = true
		}
	}
	return subjects
}

// TestNothingShared: no two clients of the demo have a value in common that relates them.
func TestNothingShared(t *testing.T) {
	effort.WithoutRace(t)
	f, e := sharedFleet(t), builtin(t)
	type holder struct{ label, role string }
	holders := map[string]map[holder]string{} // by kind and value, the subject of each
	for label, snap := range f.taken {
		if label == snapshot.FleetClient {
			continue
		}
		facts, _ := factsOf(t, e, f, label, snap)
		for _, l := range facts.Links {
			key := l.Kind + " " + l.Value
			if holders[key] == nil {
				holders[key] = map[holder]string{}
			}
			holders[key][holder{label, l.Role}] = l.Subject
		}
	}

	relates := map[string]string{fact.Same: fact.Same, fact.Controls: fact.Controlled}
	for key, all := range holders {
		for a, subject := range all {
			for b := range all {
				if a.label != b.label && relates[a.role] == b.role {
					t.Errorf("%s: %s (%s) and %s have %s", a.label, subject, a.role, b.label, key)
				}
			}
		}
	}
}

// TestFactsOfMSP: where clients are compared, the MSP's own tenant is read for it, and nothing
// that its facts rest on is missing.
func TestFactsOfMSP(t *testing.T) {
	effort.WithoutRace(t)
	f, e := serve(t, emulator.GenerateClients(1, []string{"tailspin"})), builtin(t)
	f.file.MSP.FleetKey = "fleet.key"
	c := f.collector()
	c.Compared = e.FactReads("")
	msp, err := c.FreshMSP(context.Background(), time.Hour)
	if err != nil {
		t.Fatal(err)
	}

	facts, _ := factsOf(t, e, f, snapshot.FleetClient, msp.Snapshot)
	for _, coverage := range facts.Coverage {
		for _, u := range coverage.Units {
			if u.Status != fact.Complete {
				t.Errorf("%s: %s is %s", coverage.Kind, u.Name, u.Status)
			}
		}
	}
}

// TestFactsWithout: without a dataset, or a part of it, no kind that rests on it is complete, no
// other kind changes, and no fact is found that was not there.
func TestFactsWithout(t *testing.T) {
	effort.WithoutRace(t)
	f, e := sharedFleet(t), builtin(t)
	const label = "tailspin"
	whole, _ := factsOf(t, e, f, label, f.taken[label])
	reads := e.FactReads("")
	for _, name := range pickFrom(reads, effort.Of(6, 20, len(reads)), "datasets of facts") {
		for _, status := range []snapshot.Status{"", snapshot.Denied, snapshot.Partial} {
			if snapshot.Schemas()[name].Guard != "" {
				continue // without a guard there is no snapshot, or no Azure at all
			}
			less, _ := factsOf(t, e, f, label, lacking(t, f.taken[label], name, status))
			what := fmt.Sprintf("%s, %q", name, status)
			checkLess(t, e, what, name, whole, less)
		}
	}
}

// lacking is a snapshot in which a dataset is gone (""), or has another status.
func lacking(t *testing.T, snap snapshot.Snapshot, name string, status snapshot.Status) snapshot.Snapshot {
	t.Helper()
	m := snap.Manifest
	m.Datasets = maps.Clone(m.Datasets)
	c := m.Datasets[name]
	switch status {
	case "":
		delete(m.Datasets, name)
	case snapshot.Partial:
		c.Status, c.Evidence = status, &snapshot.Evidence{Code: "cut"}
		m.Datasets[name] = c
	default:
		m.Datasets[name] = snapshot.Coverage{Status: status, Evidence: &snapshot.Evidence{HTTPStatus: 403}}
	}

	raw, err := snapshot.CanonicalFile(m)
	if err != nil {
		t.Fatal(err)
	}
	return snapshot.Snapshot{Manifest: m, Raw: raw, Open: snap.Open}
}

func checkLess(t *testing.T, e *engine.Engine, what, dataset string, whole, less fact.Facts) {
	t.Helper()
	for _, k := range e.FactKinds() {
		before, after := whole.Of(k.Name), less.Of(k.Name)
		rests := slices.Contains(e.FactReads(k.Name), dataset)
		if rests && after.Complete() {
			t.Errorf("%s: %s rests on it, and is complete", what, k.Name)
		}
		if after.Complete() && !before.Complete() {
			t.Errorf("%s: %s was not complete, and is", what, k.Name)
		}
	}

	for _, edge := range less.Edges {
		if !slices.ContainsFunc(whole.Edges, func(o fact.Edge) bool { return fact.CompareEdges(edge, o) == 0 }) {
			t.Errorf("%s: a new edge: %+v", what, edge)
		}
	}
	for _, l := range less.Links {
		if !slices.Contains(whole.Links, l) {
			t.Errorf("%s: a new link: %+v", what, l)
		}
	}
}
