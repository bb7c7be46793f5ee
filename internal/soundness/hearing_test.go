package soundness

import (
	"context"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"ringfence/collectors/snapshot"
	"ringfence/engine"
	"ringfence/engine/finding"
	"ringfence/engine/fleet/fact"
	"ringfence/engine/fleet/fingerprint"
	"ringfence/engine/intent"
	"ringfence/engine/plan"
	"ringfence/internal/fleetjoin"
	"ringfence/internal/isolation"
	"ringfence/internal/run"
)

// fleetKey is the key under which the clients of tests are compared.
var fleetKey = sync.OnceValues(func() (fingerprint.Key, error) {
	return fingerprint.NewKey([]byte(strings.Repeat("a fleet key", 4)))
})

// remembering finds facts, and remembers those of each snapshot.
type remembering struct {
	*engine.Engine
	mu    sync.Mutex
	facts map[string]fact.Facts // by digest
}

func (r *remembering) Facts(
	ctx context.Context, snap snapshot.Snapshot, promise intent.Promise, asOf time.Time,
) (fact.Facts, error) {
	r.mu.Lock()
	known, has := r.facts[snap.Digest()]
	r.mu.Unlock()
	if has {
		return known, nil
	}

	found, err := r.Engine.Facts(ctx, snap, promise, asOf)
	if err == nil {
		r.mu.Lock()
		r.facts[snap.Digest()] = found
		r.mu.Unlock()
	}
	return found, err
}

// found are the facts of all snapshots that some test compared.
var found = sync.OnceValues(func() (*remembering, error) {
	e, err := loadBuiltin()
	return &remembering{Engine: e, facts: map[string]fact.Facts{}}, err
})

// hears is what each client of a fleet hears of the others, by label, with a snapshot in the
// place of the one that was taken.
func (f *fleet) hears(t *testing.T, instead ...snapshot.Snapshot) map[string][]byte {
	t.Helper()
	joined := f.joins(t, instead...)
	defer joined.Close()

	heard, err := joined.Heard()
	if err != nil {
		t.Fatal(err)
	}
	return heard
}

// surveyed is which clients the MSP's principals reach, with a snapshot in the place of the one that
// was taken.
func (f *fleet) surveyed(t *testing.T, instead ...snapshot.Snapshot) *engine.Surveyed {
	t.Helper()
	joined := f.joins(t, instead...)
	defer joined.Close()

	survey, err := isolation.New(isolation.Fleet{Joined: joined.Joined, Members: isolation.Members(f.file)},
		isolation.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return &engine.Surveyed{Snapshot: survey.Snapshot, Radii: survey.Radii}
}

// joins compares all clients of a fleet.
func (f *fleet) joins(t *testing.T, instead ...snapshot.Snapshot) *fleetjoin.Joined {
	t.Helper()
	key, err := fleetKey()
	if err != nil {
		t.Fatal(err)
	}
	finder, err := found()
	if err != nil {
		t.Fatal(err)
	}

	snapshots := maps.Clone(f.taken)
	for _, snap := range instead {
		snapshots[snap.Manifest.Client] = snap
	}
	joined, err := run.Compare(context.Background(), run.Comparison{
		Fleet: f.keyed(), Finder: finder, Key: key, AsOf: now, Instead: snapshots,
	})
	if err != nil {
		t.Fatal(err)
	}
	return joined
}

// clean are three clients whose evidence is whole, with something between two of them, collected
// once: what is missing anywhere in a fleet leaves open what another client's loss would show.
var clean struct {
	sync.Once
	*fleet
}

func comparedFleet(t *testing.T) *fleet {
	t.Helper()
	clean.Do(func() {
		f := serve(t, between(t))
		for _, label := range append(slices.Clone(crossed), snapshot.FleetClient) {
			f.taken[label] = inMemory(t, f.collect(t, label))
		}
		clean.fleet = f
	})
	return clean.fleet
}

// compares: a control judges what a client has to do with others.
func compares(c finding.Control) bool {
	e, err := loadBuiltin()
	return c.Scope == finding.FleetScope || err == nil && e.Compares(c.ID)
}

// TestViolationsStand: of what clients have in common, no control's fail asks for what is not
// there: a violation that is known must not become a lead because somebody else's evidence lacks
// something.
func TestViolationsStand(t *testing.T) {
	e := builtin(t)
	compared := 0
	for _, c := range e.Controls() {
		if !compares(c) {
			continue
		}
		compared++
		p, _ := e.Plan(c.ID)
		if len(p.Pass.Joins) == 0 {
			t.Errorf("%s: pass does not look at what clients have in common", c.ID)
		}
		for kind, how := range p.Fail.Joins {
			// What is not known of who is reached is in input.reach itself.
			if how.Gates() && kind != plan.ReachJoin {
				t.Errorf("%s: fail reads %s as %s", c.ID, kind, how)
			}
		}
	}
	t.Logf("%d controls", compared)
}
