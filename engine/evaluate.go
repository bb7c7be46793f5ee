package engine

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
	"golang.org/x/sync/semaphore"

	"ringfence/collectors/snapshot"
	"ringfence/engine/finding"
	"ringfence/engine/intent"
)

// Options are how an evaluation is made; nothing in them changes what it finds.
type Options struct {
	// Meter, if set, learns where the time goes.
	Meter *Meter
	// Memory, if set, gives what earlier evaluations of the same client found, and
	// is told what this one finds.
	Memory *Memory
	// Parallel is how many controls are evaluated side by side; 0: as many as there
	// are cores.
	Parallel int
	// Budget bounds, in bytes, what the documents of controls that are evaluated
	// side by side may take by estimate; one control may take all of it. 0: no bound.
	Budget int64
}

// perDocument is about what the built-in controls keep of a user while they
// are judged, in bytes.
const perDocument = 1000

// Estimate is what evaluating a snapshot at once may take, in bytes: that of
// the documents which some control reads.
func (e *Engine) Estimate(m snapshot.Manifest) int64 {
	var names []string
	for name := range e.shapes[kindOf(m)] {
		names = append(names, name)
	}
	return estimate(m, names)
}

func estimate(m snapshot.Manifest, datasets []string) (bytes int64) {
	for _, name := range datasets {
		bytes += int64(m.Datasets[name].Count) * perDocument
	}
	return bytes
}

// With is the same engine, evaluating with other options.
func (e *Engine) With(o Options) *Engine {
	w := *e
	w.options = o
	return &w
}

// Evaluate judges one snapshot against a promise as of a time, with every
// control whose scope is the promise's: a client's snapshot against its intent, or
// the MSP's own against the fleet's, whose controls see all clients as input.fleet.
// A broken control is undetermined and named in Set.Errors; an error is returned
// only where nothing can be judged: a snapshot of another tenant or from after
// as-of (*InputError), or one that is not what its manifest says
// (*snapshot.DigestError).
func (e *Engine) Evaluate(ctx context.Context, snap snapshot.Snapshot, promise intent.Promise, asOf time.Time) (finding.Set, error) {
	raw, err := promise.Canonical()
	if err != nil {
		return finding.Set{}, err
	}

	j := newJob(snap, promise, asOf)
	j.raw, j.Options = raw, e.options
	return e.evaluate(ctx, j)
}

// Judges reports whether some control is judged by promises of a kind.
func (e *Engine) Judges(kind intent.Kind) bool {
	return slices.ContainsFunc(e.controls, func(c control) bool { return judgedBy[c.Scope] == kind })
}

// job is one evaluation: of a client's snapshot, or of the MSP's.
type job struct {
	snap    snapshot.Snapshot
	promise intent.Promise
	intent  intent.Intent // of the one tenant that is judged
	raw     []byte        // intent.json
	asOf    time.Time
	Options
}

func newJob(snap snapshot.Snapshot, promise intent.Promise, asOf time.Time) job {
	return job{snap: snap, promise: promise, intent: promise.Tenant(), asOf: asOf.UTC()}
}

// judges reports whether a control is one of this evaluation.
func (j job) judges(c control) bool { return judgedBy[c.Scope] == j.promise.Kind() }

func (e *Engine) evaluate(ctx context.Context, j job) (finding.Set, error) {
	rule, err := j.check()
	if err != nil {
		return finding.Set{}, err
	}

	set := finding.Set{
		Schema: finding.SchemaName, Client: j.intent.Client.Name, TenantID: j.intent.Client.TenantID,
		Snapshot: j.snap.Digest(), Intent: snapshot.Digest(j.raw), Policies: e.PolicyDigest(),
		AsOf:     j.asOf.Format(time.RFC3339),
		Controls: []finding.Summary{}, Findings: []finding.Finding{},
		Reads: map[string][]string{}, Errors: map[string]string{},
	}

	var controls []*control
	for i := range e.controls {
		if j.judges(e.controls[i]) {
			controls = append(controls, &e.controls[i])
		}
	}

	opinions, coverage, err := e.judgeAll(ctx, j, rule, controls)
	if err != nil {
		return set, err
	}

	set.Coverage = judged(coverage)
	for _, c := range controls {
		opinions[c.ID].addTo(&set, c, j)
	}

	return set, nil
}

// judgeAll evaluates controls side by side. It returns what each says, and how
// complete each dataset is.
func (e *Engine) judgeAll(ctx context.Context, j job, rule evidenceRule, controls []*control) (
	map[string]*opinion, map[string]snapshot.Coverage, error,
) {
	shelf, err := e.newShelf(j, rule)
	if err != nil {
		return nil, nil, err
	}

	all, pending, err := shelf.recall(e.digest, controls)
	if err != nil {
		return nil, nil, err
	}

	var shared base

	if len(pending) > 0 {
		if shared, err = j.baseInput(); err != nil {
			return nil, nil, err
		}
	}

	order := shelf.need(pending)
	opinions := make([]*opinion, len(order)) // each element is written by one goroutine
	jobs := []func(context.Context) error{func(ctx context.Context) error { return shelf.checkOthers(ctx, pending) }}
	budget := semaphore.NewWeighted(cmp.Or(j.Budget, math.MaxInt64))
	for i, c := range order {
		jobs = append(jobs, func(ctx context.Context) (err error) {
			need := min(estimate(j.snap.Manifest, c.reads), cmp.Or(j.Budget, math.MaxInt64))
			if err := budget.Acquire(ctx, need); err != nil {
				return err
			}
			defer budget.Release(need)

			opinions[i], err = judge(ctx, j, c, shelf, shared)
			return err
		})
	}

	if err := sideBySide(ctx, cmp.Or(j.Parallel, runtime.GOMAXPROCS(0)), jobs); err != nil {
		return nil, nil, cmp.Or(ctx.Err(), err)
	}

	for i, c := range order {
		all[c.ID] = opinions[i]
	}

	shelf.keep(all, pending)
	return all, shelf.coverage, nil
}

// sideBySide runs jobs on some goroutines, in order, until one fails. A lone
// goroutine is the caller's own: its stack has grown before.
func sideBySide(ctx context.Context, workers int, jobs []func(context.Context) error) error {
	group, work := errgroup.WithContext(ctx)
	var next atomic.Int64
	run := func() error {
		for i := next.Add(1) - 1; i < int64(len(jobs)); i = next.Add(1) - 1 {
			if work.Err() != nil {
				return work.Err()
			}
			if err := jobs[i](work); err != nil {
				return err
			}
		}

		return nil
	}

	for range workers - 1 {
		group.Go(run)
	}

	if err := run(); err != nil {
		group.Go(func() error { return err })
	}

	return group.Wait()
}

// InputError says that snapshot, intent and as-of do not belong together.
type InputError struct{ Problem string }

func (e *InputError) Error() string { return e.Problem }

func unfit(format string, args ...any) (evidenceRule, error) {
	return evidenceRule{}, &InputError{fmt.Sprintf(format, args...)}
}

// check refuses inputs that do not belong together.
func (j job) check() (evidenceRule, error) {
	m, client := j.snap.Manifest, j.intent.Client
	maxAge, err := intent.ParseAge(client.MaxAge)
	if err != nil {
		return unfit("client.max_age: %v", err)
	}
	if !strings.EqualFold(m.TenantID, client.TenantID) {
		return unfit("the snapshot is of tenant %s, the intent of %s", m.TenantID, client.TenantID)
	}
	if m.Client != client.Name {
		return unfit("the snapshot is filed under client %q, the intent is that of %q", m.Client, client.Name)
	}
	if j.promise.Kind() == intent.ClientKind && m.Cloud != client.Cloud {
		return unfit("the snapshot is of cloud %q, the intent of %q", m.Cloud, client.Cloud)
	}

	collected, err := time.Parse(time.RFC3339, m.CollectedAt)
	if err != nil {
		return unfit("collected_at: %v", err)
	}
	if j.asOf.Before(collected) {
		return unfit("as-of %s is before the snapshot was collected, %s", j.asOf.Format(time.RFC3339), m.CollectedAt)
	}

	return evidenceRule{asOf: j.asOf, maxAge: maxAge}, nil
}
