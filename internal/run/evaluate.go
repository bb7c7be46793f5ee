package run

import (
	"context"
	"errors"
	"runtime"

	"golang.org/x/sync/semaphore"

	"ringfence/engine/meter"
	"ringfence/internal/runfolder"
)

// memoryBudget bounds, in bytes, what the evaluations that run side by side may
// need by estimate. One client may take all of it.
const memoryBudget = 256 << 20

// EvaluateAll is [Evaluate] for n snapshots, side by side. Outcomes are handed
// over in order; one client's failure never ends another's run. An outcome's Err
// is that of inputs or of the evaluation; it has no client where inputs could
// not say whose the snapshot is.
func EvaluateAll(
	ctx context.Context, n int, inputs func(i int) (Inputs, error), o Options, each func(Outcome),
) error {
	done, err := o.open()
	if err != nil {
		return err
	}
	defer done()

	cores := runtime.GOMAXPROCS(0)
	budget := semaphore.NewWeighted(memoryBudget)

	evaluate := func(ctx context.Context, i int) Outcome {
		o := o
		o.Start = o.Now()
		timings := &meter.Meter{Now: o.Now}
		ended := timings.Start("open")
		in, err := inputs(i)
		ended()

		if err != nil {
			return Outcome{Client: in.Snapshot.Manifest.Client, Err: err}
		}

		need := min(in.Engine.Estimate(in.Snapshot.Manifest), memoryBudget)
		if err := budget.Acquire(ctx, need); err != nil {
			return Outcome{Err: err}
		}
		defer budget.Release(need)

		in.Meter, in.Budget, in.Parallel = timings, memoryBudget, cores
		if n >= cores && need <= memoryBudget/int64(cores) {
			in.Parallel = 1 // the other cores have clients of their own
		}

		outcome, err := Evaluate(ctx, in, o)
		if err != nil {
			outcome = Outcome{Client: in.Snapshot.Manifest.Client, Err: err} // nothing of it was published
		}

		outcome.Timings = timings.Stages()
		return outcome
	}

	return inOrder(ctx, n, cores, evaluate, each)
}

// Evaluate judges one snapshot without a store, and publishes the result in o.Out
// if that is set. It is pure but for that.
func Evaluate(ctx context.Context, in Inputs, o Options) (Outcome, error) {
	done, err := o.open()
	if err != nil {
		return Outcome{}, err
	}
	defer done()

	client := in.Snapshot.Manifest.Client
	if err := o.replaceable(client); err != nil {
		return Outcome{}, err
	}

	r, err := Render(ctx, in, o.OnlyFindings)
	if err != nil {
		return Outcome{}, err
	}
	defer in.Meter.Start("emit")()

	outcome := newOutcome(r.ID, r.Set, o.Floors)
	if o.out == nil {
		return outcome, nil
	}

	outcome.Dir = o.out.Path(client)
	if o.OnlyFindings {
		return outcome, r.replaceFindings(o.out)
	}

	if err := saveReviews(o.out, client, nil); err != nil {
		return outcome, err
	}

	fill := func(create runfolder.Create) error { return r.WriteFiles(ctx, create, o, false) }
	return outcome, o.out.Put(client, false, fill)
}

// open opens Out, unless that was done for all snapshots of a call.
func (o *Options) open() (done func(), err error) {
	if o.Out == "" || o.out != nil {
		return func() {}, nil
	}
	if o.out, err = runfolder.OpenOut(o.Out); err != nil {
		return nil, err
	}

	return func() { o.out.Close() }, nil
}

// replaceable refuses what a result must not replace, before it is computed:
// the files of a run folder belong together, and others are not ours.
func (o Options) replaceable(client string) error {
	if o.out == nil {
		return nil
	}

	switch held := o.out.Holds(client); {
	case held == runfolder.RunHere && o.OnlyFindings:
		return &OutError{o.out.Path(client), "is a run folder: findings alone go elsewhere"}
	case held == runfolder.Other && !o.OnlyFindings:
		return &OutError{o.out.Path(client), "is no run folder: not replaced"}
	}

	return nil
}

// replaceFindings writes findings.json and verdicts.ndjson alone.
func (r *Rendered) replaceFindings(out *runfolder.Out) error {
	var errs []error
	for name, data := range r.Files {
		errs = append(errs, out.Replace(r.Set.Client, name, data))
	}

	return errors.Join(errs...)
}
