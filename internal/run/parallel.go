package run

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"ringfence/collectors"
	"ringfence/engine"
)

const (
	// DefaultParallel is how many clients are worked on at a time: collecting waits for
	// the network most of the time.
	DefaultParallel = 4

	// DefaultTimeout is how long one client may take. A tenant of 100,000 users takes
	// minutes; one that does not end holds a place that others wait for.
	DefaultTimeout = 30 * time.Minute
)

// Stage is what is being done with a client.
type Stage string

const (
	Collecting Stage = "collecting"
	Paused     Stage = "paused" // between the two others
	Judging    Stage = "judging"
	Done       Stage = "done"
	Failed     Stage = "failed"
)

// Event is news of one client: it reached a stage, or its collection went on.
type Event struct {
	Client string
	Stage  Stage
	Err    error // of a client that failed
	collectors.Progress
}

// TimeoutError says that a client was given up.
type TimeoutError struct{ After time.Duration }

func (e *TimeoutError) Error() string {
	return fmt.Sprintf("not finished within %s", e.After)
}

// PanicError says that working on a client hit a defect of ringfence's. It ends that
// client, and no other.
type PanicError = engine.PanicError

// watch tells of an event. Calls come from several goroutines.
func (c Collector) watch(e Event) {
	if c.Watch != nil {
		c.Watch(e)
	}
}

// clients works on clients side by side, in an order that is another one in each run, so
// that who comes late when a run is ended early is not always the same. do works on one
// until its own deadline; whatever it does, also a panic, is its outcome and nobody
// else's. Each outcome is handed over as soon as it is there, one at a time, and then
// forgotten: how many clients there are does not matter for the memory.
//
// It ends early, with an error, when ctx ends. Clients that are worked on are waited for.
func (c Collector) clients(
	ctx context.Context, labels []string, do func(ctx context.Context, label string) Outcome, each func(Outcome),
) error {
	return c.stage(ctx, labels, [2]Stage{Collecting, Done}, do, each)
}

// stage is clients for the way from one stage to another, at which those end that do not fail.
func (c Collector) stage(
	ctx context.Context, labels []string, way [2]Stage,
	do func(ctx context.Context, label string) Outcome, each func(Outcome),
) error {
	order := slices.Clone(labels)
	shuffle := c.Shuffle
	if shuffle == nil {
		shuffle = shuffled
	}
	shuffle(order)

	var mu sync.Mutex // one call of each at a time
	var workers errgroup.Group
	workers.SetLimit(cmp.Or(c.Parallel, DefaultParallel))
	for _, label := range order {
		if ctx.Err() != nil {
			break
		}

		workers.Go(func() error {
			if ctx.Err() != nil { // it waited for a place until then
				return nil
			}

			c.watch(Event{Client: label, Stage: way[0]})
			o := c.one(ctx, label, do)
			c.watch(ended(o, way[1]))
			mu.Lock()
			defer mu.Unlock()
			each(o)
			return nil
		})
	}

	_ = workers.Wait() // nothing returns an error: outcomes carry it
	return ctx.Err()
}

func shuffled(labels []string) {
	rand.Shuffle(len(labels), func(i, j int) { labels[i], labels[j] = labels[j], labels[i] })
}

// ended is the event of an outcome, after which a client that did not fail is at a stage.
func ended(o Outcome, stage Stage) Event {
	if o.Err != nil {
		return Event{Client: o.Client, Stage: Failed, Err: o.Err}
	}
	return Event{Client: o.Client, Stage: stage}
}

// one works on one client until its deadline. A panic is its error.
func (c Collector) one(
	ctx context.Context, label string, do func(ctx context.Context, label string) Outcome,
) (o Outcome) {
	timeout := cmp.Or(c.Timeout, DefaultTimeout)
	own, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()

	defer func() {
		if v := recover(); v != nil {
			o = Outcome{Client: label, Err: &PanicError{Value: v, Stack: string(debug.Stack())}}
		}
		if o.Err != nil && errors.Is(own.Err(), context.DeadlineExceeded) && ctx.Err() == nil {
			o.Err = &TimeoutError{timeout}
		}
	}()

	return do(own, label)
}

// CollectEach collects clients side by side, and hands over each as soon as it is
// there. A client that somebody else works on is an error of its own.
func (c Collector) CollectEach(
	ctx context.Context, labels []string, shares *collectors.Shares,
	each func(label string, got Collected, err error),
) error {
	var mu sync.Mutex // guards got
	got := map[string]Collected{}
	do := func(ctx context.Context, label string) Outcome {
		unlock, err := lock(c.Stores, label)
		if err != nil {
			return Outcome{Client: label, Err: err}
		}
		defer unlock()

		collected, err := c.Collect(ctx, label, shares)
		mu.Lock()
		defer mu.Unlock()
		got[label] = collected
		return Outcome{Client: label, Err: err}
	}

	return c.clients(ctx, labels, do, func(o Outcome) {
		mu.Lock()
		collected := got[o.Client]
		delete(got, o.Client)
		mu.Unlock()
		each(o.Client, collected, o.Err)
	})
}
