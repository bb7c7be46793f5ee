package engine_test

import (
	"context"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ringfence/engine"
	"ringfence/engine/memory"
	"ringfence/engine/meter"
)

// TestMeter: each stage is told, what the files and the hash took apart from the
// rest, and nothing counts twice. The clock goes on by a second whenever it is
// asked, so that time is how often it was.
func TestMeter(t *testing.T) {
	e := pack(t, `
subjects contains g._subject if some g in input.azure.resource_groups
pass contains g._subject if { some g in input.azure.resource_groups; g.location == "westeurope" }
fail contains {"subject": "x"} if false`)

	groups, vaults := twoSubscriptions(t)
	snap := seal(t, groups, vaults)
	begun := time.Unix(0, 0)
	now := begun
	clock := func() time.Time { now = now.Add(time.Second); return now }
	m := &meter.Meter{Now: clock}
	remembered := memory.Read(nil, engine.Version)
	if _, err := e.With(engine.Options{Meter: m, Memory: remembered, Parallel: 1}).Evaluate(context.Background(), snap, promise(), asOf); err != nil {
		t.Fatal(err)
	}

	stages := m.Stages()
	if diff := cmp.Diff([]string{"decode", "evaluate", "hash", "read", "recall"}, slices.Sorted(maps.Keys(stages))); diff != "" {
		t.Error(diff)
	}

	all := time.Duration(0)
	for stage, took := range stages {
		if took <= 0 {
			t.Errorf("%s took %s", stage, took)
		}
		all += took
	}

	if all >= now.Sub(begun) {
		t.Errorf("%v are more than the %s that there were", stages, now.Sub(begun))
	}
}
