package soundness

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ringfence/collectors/emulator"
	"ringfence/collectors/snapshot"
	"ringfence/engine/finding"
	"ringfence/internal/effort"
	"ringfence/internal/preflight"
	"ringfence/internal/simulate"
)

// TestPredicted: what the gate predicts of everything that waits to be accepted is what is
// measured once the client's administrator has accepted it, in each verdict of each control.
func TestPredicted(t *testing.T) {
	effort.WithoutRace(t)
	e := builtin(t)
	for _, label := range []string{"fabrikam", "contoso", "litware"} {
		t.Run(label, func(t *testing.T) {
			waiting := func() *emulator.World {
				w := emulator.GenerateClients(1, nil)
				w.Add(label, emulator.Size{Users: 4, Resources: 6, Subscriptions: 2})
				w.Ask(label, "Global Administrator", "Directory Readers")
				return w
			}

			before := serve(t, waiting())
			promise, err := before.file.Intent(label)
			if err != nil {
				t.Fatal(err)
			}
			snap := before.snapshot(t, label)
			template, parameters := before.world.LighthouseOffer(label)
			offers, err := preflight.Template{File: "offer.json", Template: template, Parameters: parameters}.Offers(snap)
			if err != nil {
				t.Fatal(err)
			}

			sheet, err := preflight.Judge(t.Context(), preflight.Case{
				Engine: e, Snapshot: snap, Promise: promise, AsOf: now, Offers: offers,
			})
			if err != nil || sheet.Simulation == nil {
				t.Fatal(sheet.Simulation, err)
			}

			then := waiting()
			then.Accept(label)
			after := serve(t, then).snapshot(t, label)
			measured, err := e.Evaluate(t.Context(), after, promise, now)
			if err != nil {
				t.Fatal(err)
			}

			known := documentsOf(t, snap)
			want, got := named(measured, known), named(sheet.Simulation.AfterSet, known)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("predicted is not what is measured (-measured +predicted):\n%s", diff)
			}

			kinds := map[string]bool{}
			for _, o := range sheet.Offers {
				kinds[o.Kind] = true
			}
			if len(kinds) != 3 || sheet.Simulation.Counts[simulate.New] == 0 || !slices.Contains(sheet.Conditions, 3) {
				t.Errorf("kinds %v, counts %v, conditions %v: the test says nothing",
					kinds, sheet.Simulation.Counts, sheet.Conditions)
			}
		})
	}
}

// documentsOf are the subjects of all documents of a snapshot.
func documentsOf(t *testing.T, snap snapshot.Snapshot) map[string]bool {
	t.Helper()
	known := map[string]bool{}
	for name := range snap.Manifest.Datasets {
		docs, err := snap.Documents(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, doc := range docs {
			known[snapshot.Subject(name, doc.ID)] = true
		}
	}
	return known
}

// named are the verdicts, sorted. What a service makes when something is accepted has an id
// that nobody can predict: it is called new.
func named(set finding.Set, known map[string]bool) (all []string) {
	for _, v := range set.Verdicts {
		subject, dataset := v.Subject, snapshot.SubjectDataset(v.Subject)
		isDocument := dataset != "" && !strings.HasSuffix(subject, "/*")
		if isDocument && !known[subject] {
			subject = dataset + "/new"
		}
		all = append(all, fmt.Sprintf("%s %s %s", v.Control, v.Outcome, subject))
	}
	slices.Sort(all)
	return all
}
