package soundness

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ringfence/collectors/emulator"
	"ringfence/collectors/snapshot"
	"ringfence/engine/finding"
	"ringfence/internal/effort"
)

// reachControls are those that judge which clients the MSP's principals reach.
var reachControls = []string{"RF-F-17", "RF-M-12"}

// TestReachedByMSP: of what is planted between the MSP and two clients, the MSP's own result finds
// whoever deviates and nobody else, and where nothing is, all are satisfied.
func TestReachedByMSP(t *testing.T) {
	effort.WithoutRace(t)
	tried := 0
	for _, name := range append(emulator.Crossings(), "") {
		w := emulator.GenerateClients(1, crossed)
		if name != "" {
			planted, err := w.Cross(name, crossed[0], crossed[1])
			if err != nil {
				t.Fatal(err)
			}
			if planted.Client != snapshot.FleetClient {
				continue
			}
		}
		tried++
		t.Run(name, func(t *testing.T) { checkReached(t, w) })
	}
	if tried < 3 {
		t.Errorf("%d crossings are of the MSP", tried)
	}
}

func checkReached(t *testing.T, w *emulator.World) {
	t.Helper()
	f, planted, found := serve(t, w), map[emulator.Planted]bool{}, map[emulator.Planted]bool{}
	for _, label := range append(everyone(f.file), snapshot.FleetClient) {
		f.taken[label] = f.collect(t, label)
	}
	for _, p := range w.Planted() {
		planted[p] = p.Control == reachControls[0] || p.Control == reachControls[1]
	}

	snap := f.taken[snapshot.FleetClient]
	for _, id := range reachControls {
		single := only(t, builtin(t), id)
		set, err := single.Surveying(f.surveyed(t)).Evaluate(context.Background(), snap, f.file.FleetIntent(), now)
		if err != nil || len(set.Errors) > 0 {
			t.Fatal(err, set.Errors)
		}
		for _, v := range set.Verdicts {
			switch v.Outcome {
			case finding.NotSatisfied:
				found[emulator.Planted{Client: snapshot.FleetClient, Control: id, Subject: v.Subject}] = true
			case finding.Undetermined:
				t.Errorf("%s: %s is undetermined", id, v.Subject)
			}
		}
	}

	for p, is := range planted {
		if !is {
			delete(planted, p)
		}
	}
	if diff := cmp.Diff(lines(planted), lines(found)); diff != "" {
		t.Errorf("what was planted, and what was found (-planted +found):\n%s", diff)
	}
}
