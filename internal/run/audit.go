package run

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"
	"time"

	"ringfence/collectors"
	"ringfence/collectors/snapshot"
	"ringfence/engine"
	"ringfence/engine/finding"
	"ringfence/engine/intent"
	"ringfence/internal/fleetfile"
	"ringfence/internal/runfolder"
	"ringfence/oscal/attest"
)

// Audit is the main job: collect, evaluate, sign and publish, client by client.
type Audit struct {
	Collector
	Engine *engine.Engine
	Key    *attest.Key
	Out    string
	Floors Floors
	AsOf   time.Time // zero: the time when a client's collection ended
	// NoCache computes everything, and leaves what earlier runs found as it is.
	NoCache bool
	// Failed is told of a client's failure at once, one call at a time and before
	// Run hands over the outcome; nil: nobody is.
	Failed func(Outcome)

	out *runfolder.Out // Out, opened
}

// Outcome is what became of one client. Err set: nothing was published, and what
// an earlier audit had published is Withdrawn: the store keeps it.
type Outcome struct {
	Client     string
	Dir        string // the published run folder
	Run        string
	Set        finding.Set
	Conditions []int
	Unmatched  []fleetfile.Exception
	Skipped    string                   // why nothing was judged, where that is no failure
	Timings    map[string]time.Duration // by stage, over all goroutines
	Withdrawn  bool
	Err        error
}

// parallel is how many clients are worked on at a time: collecting waits for
// the network most of the time.
const parallel = 4

// mspMaxAge is how old the MSP's snapshot may be before an audit of some clients
// takes it anew.
const mspMaxAge = 24 * time.Hour

// Run audits the clients, and with fleet set the MSP's own tenant after them.
// It refuses to overlap another run on any of them: all locks are taken before
// anything is collected. Outcomes are in the order of the labels, the fleet's
// last; one client's failure never ends another's run. Each outcome is handed to
// each as soon as it and those before it are there.
func (a Audit) Run(ctx context.Context, labels []string, fleet bool, each func(Outcome)) error {
	locked := labels
	takeMSP := func(ctx context.Context) (snapshot.Snapshot, error) { return a.FreshMSP(ctx, mspMaxAge) }

	if fleet {
		locked, takeMSP = append([]string{snapshot.FleetClient}, labels...), a.CollectMSP
	}

	unlock, err := lockAll(a.Data, locked)
	if err != nil {
		return err
	}
	defer unlock()

	if a.Out != "" {
		if a.out, err = runfolder.OpenOut(a.Out); err != nil {
			return err
		}
		defer a.out.Close()
	}

	start := a.clock()()
	msp, errMSP := takeMSP(ctx)
	shares := a.Shares(msp, errMSP)
	tell := a.teller(ctx)
	do := func(ctx context.Context, i int) Outcome {
		return tell(a.withdrawn(ctx, a.client(ctx, labels[i], shares)))
	}
	err = inOrder(ctx, len(labels), parallel, do, func(o Outcome) error { each(o); return nil })
	if err == nil && fleet {
		a.finish(ctx, func() Outcome { return a.fleet(ctx, msp, errMSP, start) }, func(o Outcome) { each(tell(o)) })
	}

	return cmp.Or(err, ctx.Err())
}

// teller passes outcomes on, and tells Failed of those that failed. After an
// interrupt every client fails, which nobody needs to hear.
func (a Audit) teller(ctx context.Context) func(Outcome) Outcome {
	var one sync.Mutex
	return func(o Outcome) Outcome {
		if o.Err != nil && a.Failed != nil && ctx.Err() == nil {
			one.Lock()
			defer one.Unlock()
			a.Failed(o)
		}
		return o
	}
}

// finish judges the MSP's own tenant, or, where no control of the set does, sees
// to it that no result of an earlier set stays.
func (a Audit) finish(ctx context.Context, judge func() Outcome, each func(Outcome)) {
	o := Outcome{Client: snapshot.FleetClient, Skipped: "no control of the policy set is about the MSP's own tenant"}
	judged := a.Engine.Judges(intent.FleetKind)
	if judged {
		o = judge()
	}

	if o = a.withdrawn(ctx, o); judged || o.Withdrawn || o.Err != nil {
		each(o)
	}
}

// withdrawn is an outcome after what an earlier audit published in its place was
// taken away: where there is no result of today, there is none. An interrupted
// audit changes nothing.
func (a Audit) withdrawn(ctx context.Context, o Outcome) Outcome {
	if o.Err == nil && o.Skipped == "" || a.out == nil || ctx.Err() != nil {
		return o
	}

	store, err := snapshot.OpenStore(a.Data, o.Client)
	if err == nil {
		o.Withdrawn, err = withdraw(a.out, o.Client, &store)
	}

	if err != nil {
		o.Err = errors.Join(o.Err, fmt.Errorf("an older result is still published: %w", err))
	}

	return o
}

// fleet judges the MSP's own tenant.
func (a Audit) fleet(ctx context.Context, msp snapshot.Snapshot, err error, start time.Time) Outcome {
	o := Outcome{Client: snapshot.FleetClient}
	switch {
	case errors.Is(err, ErrNoMSP):
		o.Skipped, o.Conditions = err.Error(), []int{ExitUndetermined}
	case err != nil:
		o.Err = fmt.Errorf("collecting: %w", err)
	default:
		meter := &engine.Meter{Now: a.clock()}
		o.Err = a.judge(ctx, &o, Inputs{Snapshot: msp, Promise: a.Fleet.FleetIntent(), Meter: meter}, start)
		o.Timings = meter.Stages()
	}

	return o
}

func lockAll(data string, labels []string) (unlock func(), err error) {
	var held []func()
	unlock = func() {
		for _, u := range held {
			u()
		}
	}

	for _, label := range slices.Sorted(slices.Values(labels)) {
		store, err := snapshot.OpenStore(data, label)
		if err == nil {
			var u func()
			if u, err = store.Lock(); err == nil {
				held = append(held, u)
			}
		}

		if err != nil {
			unlock()
			return nil, fmt.Errorf("client %s: %w", label, err)
		}
	}

	return unlock, nil
}

func (a Audit) client(ctx context.Context, label string, shares *collectors.Shares) Outcome {
	o := Outcome{Client: label}
	start := a.clock()()

	in, err := a.Fleet.Intent(label)
	if err != nil {
		o.Err = err
		return o
	}

	meter := &engine.Meter{Now: a.clock()}
	collected := meter.Start("collect")
	snap, err := a.Collect(ctx, label, shares)
	collected()

	if err != nil {
		o.Err = fmt.Errorf("collecting: %w", err)
		return o
	}

	o.Err = a.judge(ctx, &o, Inputs{Snapshot: snap, Promise: in, Meter: meter}, start)
	o.Timings = meter.Stages()
	return o
}

// judge evaluates, writes the run folder into the store and publishes a copy.
func (a Audit) judge(ctx context.Context, o *Outcome, in Inputs, start time.Time) error {
	in.Engine, in.AsOf = a.Engine, a.AsOf
	if in.AsOf.IsZero() {
		in.AsOf = DefaultAsOf(in.Snapshot.Manifest, a.clock()())
	}

	store, err := snapshot.OpenStore(a.Data, o.Client)
	if err != nil {
		return err
	}

	if !a.NoCache {
		in.Cache = &store
	}

	r, err := Render(ctx, in, false)
	if err != nil {
		return fmt.Errorf("evaluating: %w", err)
	}
	defer in.Meter.Start("emit")()

	dir := store.RunDir(r.ID)
	if err := r.Write(ctx, dir, Options{Key: a.Key, Floors: a.Floors, Start: start, Now: a.clock()}); err != nil {
		return err
	}

	o.Run, o.Set, o.Dir = r.ID, r.Set, dir
	o.Set.Verdicts = nil // written; a fleet has many
	o.Conditions, o.Unmatched = a.Floors.Conditions(r.Set), a.Fleet.UnmatchedExceptions(r.Set)

	if a.out == nil {
		return nil
	}
	if err := publish(a.out, o.Client, &store, func(root *os.Root) error { return copyRun(dir, root) }); err != nil {
		return err
	}

	o.Dir = a.out.Path(o.Client)
	return nil
}

// DefaultAsOf is now to the second, but never before the snapshot was collected
// (collected_at is rounded up).
func DefaultAsOf(m snapshot.Manifest, now time.Time) time.Time {
	asOf := now.UTC().Truncate(time.Second)
	if collected, err := time.Parse(time.RFC3339, m.CollectedAt); err == nil && collected.After(asOf) {
		return collected.UTC()
	}
	return asOf
}
