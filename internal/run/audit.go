package run

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"ringfence/collectors"
	"ringfence/collectors/snapshot"
	"ringfence/engine"
	"ringfence/engine/fleet/fingerprint"
	"ringfence/engine/intent"
	"ringfence/engine/meter"
	"ringfence/internal/fleetjoin"
	"ringfence/internal/runfolder"
	"ringfence/oscal/attest"
)

// Audit is the main job: the three stages of each client, several clients side by
// side.
type Audit struct {
	Collector

	Engine *engine.Engine
	Key    *attest.Key // the machine's; nil leaves results unsigned
	Out    string      // folder of published run folders; "": none is published
	Floors Floors
	AsOf   time.Time // zero: the time when a client's collection ended

	// FleetKey is the key under which clients are compared with each other; nil: they are not.
	FleetKey *fingerprint.Key
	// Finder finds what they may have in common.
	Finder fleetjoin.Finder

	// NoCache computes everything, and leaves what earlier runs found as it is.
	NoCache bool

	out *runfolder.Out // Out, opened
	// heard is what each client hears of others, by label; nil until they were compared.
	heard map[string][]byte
	// paths is who reaches whom, for the MSP's own result; nil until then.
	paths []byte
}

// mspMaxAge is how old the MSP's snapshot may be before an audit of some clients
// takes it anew.
const mspMaxAge = 24 * time.Hour

// Run audits clients by their labels, and after them the MSP's own tenant where
// [snapshot.FleetClient] is one of the labels. It refuses to overlap another run on
// any of them: all locks are taken before anything is collected. One client's failure,
// or panic, never ends another's run. Each outcome is handed to each as soon as it is
// there, in whatever order, one call at a time; the fleet's comes last.
func (a Audit) Run(ctx context.Context, labels []string, each func(Outcome)) error {
	isMSP := func(label string) bool { return label == snapshot.FleetClient }
	clients := slices.DeleteFunc(slices.Clone(labels), isMSP)
	withMSP := len(clients) < len(labels)
	takeMSP := func(ctx context.Context) (Collected, error) { return a.FreshMSP(ctx, mspMaxAge) }
	if withMSP {
		takeMSP = a.CollectMSP
	}

	unlock, err := lockAll(a.Stores, labels)
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
	tell := func(o Outcome) {
		if o = a.withdrawn(ctx, o); ctx.Err() == nil { // after an interrupt every client fails
			each(o)
		}
	}
	if a.FleetKey != nil {
		err = a.compared(ctx, clients, shares, tell)
	} else {
		audit := func(ctx context.Context, label string) Outcome { return a.client(ctx, label, shares) }
		err = a.clients(ctx, clients, audit, tell)
	}

	if err == nil && withMSP {
		a.finish(ctx, func() Outcome { return a.fleet(ctx, msp.Snapshot, errMSP, start) }, each)
	}

	return cmp.Or(err, ctx.Err())
}

const noFleetControl = "no control of the policy set is about the MSP's own tenant"

// finish judges the MSP's own tenant, or, where no control of the set does, sees
// to it that no result of an earlier set stays.
func (a Audit) finish(ctx context.Context, judge func() Outcome, each func(Outcome)) {
	o := Outcome{Client: snapshot.FleetClient, Skipped: noFleetControl}
	judged := a.Engine.Judges(intent.FleetKind)
	if judged {
		a.watch(Event{Client: o.Client, Stage: Judging})
		o = judge()
	}
	a.watch(ended(o, Done))

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

	store, err := a.Stores(o.Client)
	if err == nil {
		o.Withdrawn, err = withdraw(a.out, o.Client, store)
	}

	if err != nil {
		o.Err = errors.Join(o.Err, fmt.Errorf("an older result is still published: %w", err))
	}

	return o
}

// fleet judges the MSP's own tenant.
func (a Audit) fleet(ctx context.Context, msp snapshot.Snapshot, err error, start time.Time) Outcome {
	const label = snapshot.FleetClient
	switch {
	case errors.Is(err, ErrNoMSP):
		return Outcome{Client: label, Skipped: err.Error(), Conditions: []int{ExitUndetermined}}
	case err != nil:
		return Outcome{Client: label, Err: fmt.Errorf("collecting: %w", err)}
	}

	in := Inputs{Snapshot: msp, Promise: a.Fleet.FleetIntent(), Meter: &meter.Meter{Now: a.clock()},
		FleetPaths: a.paths}
	return a.judge(ctx, label, in, start)
}

// lockAll takes the locks of all clients, or none.
func lockAll(stores Stores, labels []string) (unlock func(), err error) {
	var held []func()
	unlock = func() {
		for _, u := range held {
			u()
		}
	}

	for _, label := range slices.Sorted(slices.Values(labels)) {
		one, err := lock(stores, label)
		if err != nil {
			unlock()
			return nil, fmt.Errorf("client %s: %w", label, err)
		}
		held = append(held, one)
	}

	return unlock, nil
}

func lock(stores Stores, label string) (unlock func(), err error) {
	store, err := stores(label)
	if err != nil {
		return nil, err
	}

	return store.Lock()
}

// compared is the three stages of clients that are compared with each other, which is done
// after all of them were collected: nobody can be judged before. One that cannot be collected
// is told of at once, and what is compared with it is not known.
func (a *Audit) compared(ctx context.Context, labels []string, shares *collectors.Shares, tell func(Outcome)) error {
	var mu sync.Mutex // guards begun
	begun := map[string]*work{}
	collect := func(ctx context.Context, label string) Outcome {
		w, err := a.collect(ctx, label, shares)
		if err != nil {
			return Outcome{Client: label, Err: err}
		}

		w.snapshot = snapshot.Snapshot{} // it is in the store, and a fleet has many
		mu.Lock()
		defer mu.Unlock()
		begun[label] = w
		return Outcome{Client: label}
	}
	err := a.stage(ctx, labels, [2]Stage{Collecting, Paused}, collect, func(o Outcome) {
		if o.Err != nil {
			tell(o)
		}
	})
	if err != nil {
		return err
	}

	err = a.hear(ctx)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		a.Log.Warn("clients could not be compared, and what they have in common is not known", "error", err)
	}

	ready := slices.DeleteFunc(slices.Clone(labels), func(label string) bool { return begun[label] == nil })
	return a.stage(ctx, ready, [2]Stage{Judging, Done}, func(ctx context.Context, label string) Outcome {
		w := begun[label]
		store, err := a.Stores(label)
		if err == nil {
			w.snapshot, err = store.Latest()
		}
		if err != nil {
			return Outcome{Client: label, Err: fmt.Errorf("reading the snapshot again: %w", err)}
		}
		return a.finishClient(ctx, label, w)
	}, tell)
}

// hear compares clients: what each hears of others, and who reaches whom.
func (a *Audit) hear(ctx context.Context) error {
	asOf := a.AsOf
	if asOf.IsZero() {
		asOf = a.clock()().UTC().Truncate(time.Second).Add(time.Second) // collected_at is rounded up
	}
	joined, err := Compare(ctx, Comparison{
		Fleet: a.Fleet, Stores: a.Stores, Finder: a.Finder, Key: *a.FleetKey, AsOf: asOf,
	})
	if err != nil {
		return err
	}
	defer joined.Close()

	for _, label := range slices.Sorted(maps.Keys(joined.Problems)) {
		a.Log.Warn("nothing is known of what a client has in common with others",
			"client", label, "error", joined.Problems[label])
	}
	if a.heard, err = joined.Heard(); err != nil || !a.Engine.Judges(intent.FleetKind) {
		return err
	}
	a.paths, err = newSurvey(a.Fleet, joined)
	return err
}

// work is one client between its stages.
type work struct {
	start    time.Time
	promise  intent.Promise
	meter    *meter.Meter
	snapshot snapshot.Snapshot
}

// client is the three stages of one client.
func (a Audit) client(ctx context.Context, label string, shares *collectors.Shares) Outcome {
	w, err := a.collect(ctx, label, shares)
	if err != nil {
		return Outcome{Client: label, Err: err}
	}

	a.watch(Event{Client: label, Stage: Judging})
	return a.finishClient(ctx, label, w)
}

// collect is the first stage.
func (a Audit) collect(ctx context.Context, label string, shares *collectors.Shares) (*work, error) {
	w := &work{start: a.clock()(), meter: &meter.Meter{Now: a.clock()}}
	promise, err := a.Fleet.Intent(label)
	if err != nil {
		return nil, err
	}
	w.promise = promise

	ended := w.meter.Start("collect")
	collected, err := a.Collect(ctx, label, shares)
	ended()
	if err != nil {
		return nil, fmt.Errorf("collecting: %w", err)
	}

	w.snapshot = collected.Snapshot
	return w, nil
}

// finishClient is the second stage and the third.
func (a Audit) finishClient(ctx context.Context, label string, w *work) Outcome {
	in := Inputs{Promise: w.promise, Meter: w.meter, Snapshot: w.snapshot, FleetFacts: a.heard[label]}
	return a.judge(ctx, label, in, w.start)
}

// judge evaluates, keeps the run folder in the store and publishes a copy.
func (a Audit) judge(ctx context.Context, label string, in Inputs, start time.Time) Outcome {
	in.Engine, in.AsOf = a.Engine, a.AsOf
	if in.AsOf.IsZero() {
		in.AsOf = DefaultAsOf(in.Snapshot.Manifest, a.clock()())
	}

	store, err := a.Stores(label)
	if err != nil {
		return Outcome{Client: label, Err: err}
	}

	if !a.NoCache {
		in.Cache = store
	}
	if in.Records, err = Recorded(store, a.Fleet, label, in.AsOf); err != nil {
		return Outcome{Client: label, Err: err}
	}

	o, err := Judge(ctx, store, in, Options{Key: a.Key, Floors: a.Floors, Start: start, Now: a.clock()})
	o.Client = label

	if err == nil {
		o.Unmatched = a.Fleet.UnmatchedExceptions(o.Set)
	}

	if err == nil && a.out != nil {
		ended := in.Meter.Start("emit")
		_, err = Publish(store, o.Run, a.out, label)
		ended()
	}

	if err == nil && a.out != nil {
		o.Dir = a.out.Path(label)
	}

	o.Err, o.Timings = err, in.Meter.Stages()
	return o
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
