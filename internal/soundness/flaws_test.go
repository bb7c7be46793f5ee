package soundness

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ringfence/collectors/emulator"
	"ringfence/collectors/snapshot"
	"ringfence/engine/finding"
	"ringfence/internal/effort"
)

// TestFlaws: of clients with one flaw each, the engine finds what that flaw
// plants and nothing else, and nothing at a client without a flaw. Every
// control is broken by some flaw. So it is with twelve clients that have drawn
// their flaws, several at a time.
func TestFlaws(t *testing.T) {
	effort.WithoutRace(t)
	labels := emulator.FlawLabels()
	w := emulator.GenerateClients(1, labels)
	for _, label := range emulator.Labels(24)[12:] {
		w.Add(label, emulator.Size{Users: 4, Resources: 6})
		labels = append(labels, label)
	}

	f := serve(t, w)
	e := builtin(t)
	found := map[emulator.Planted]bool{}
	planted := map[emulator.Planted]bool{}
	broken := map[string]bool{}

	for _, p := range f.world.Planted() {
		planted[p], broken[p.Control] = true, true
		if p.Client == emulator.CleanLabel {
			t.Errorf("planted at the client without a flaw: %v", p)
		}
	}

	for _, label := range append(labels, snapshot.FleetClient) {
		promise, err := f.file.Promise(label)
		if err != nil {
			t.Fatal(err)
		}

		set, err := e.Evaluate(context.Background(), f.snapshot(t, label), promise, now)
		if err != nil || len(set.Errors) > 0 {
			t.Fatalf("%s: %v %v", label, err, set.Errors)
		}

		for _, x := range set.Findings {
			if x.Outcome == finding.NotSatisfied {
				found[emulator.Planted{Client: label, Control: x.Control, Subject: x.Subject}] = true
			}
		}
	}

	if diff := cmp.Diff(lines(planted), lines(found)); diff != "" {
		t.Errorf("what was planted, and what was found (-planted +found):\n%s", diff)
	}

	for _, c := range e.Controls() {
		if !broken[c.ID] {
			t.Errorf("no flaw of the emulator breaks %s", c.ID)
		}
	}
}

// lines are deviations as text, sorted.
func lines(of map[emulator.Planted]bool) (all []string) {
	for p := range of {
		all = append(all, strings.Join([]string{p.Client, p.Control, p.Subject}, " "))
	}
	slices.Sort(all)
	return all
}
