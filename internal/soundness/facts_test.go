package soundness

import (
	"bytes"
	"context"
	"maps"
	"slices"
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
				if u.Status != fact.Complete {
					t.Logf("%s: %s: %s is %s", label, c.Kind, u.Name, u.Status)
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

// notInDemo are the kinds of facts that no tenant of the demo has.
var notInDemo = []string{"scoped-role", "signing-key", "tier0-grant"}

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
