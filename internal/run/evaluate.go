package run

import (
	"context"
	"errors"
	"os"
	"runtime"

	"golang.org/x/sync/semaphore"

	"ringfence/engine/meter"
	"ringfence/internal/runfolder"
)

// memoryBudget bounds, in bytes, what the evaluations that run side by side may
// need by estimate. One client may take all of it.
const memoryBudget = 256 << 20

// EvaluateAll is Evaluate for n snapshots, side by side. Outcomes are handed
// over in order; one client's failure never ends another's run. An outcome's Err
// is that of inputs or of the evaluation; it has no client where inputs could
// not say whose the snapshot is.
func EvaluateAll(ctx context.Context, n int, inputs func(i int) (Inputs, error), o Options, each func(Outcome)) error {
	done, err := o.open()
	if err != nil {
		return err
	}
	defer done()

	cores := runtime.GOMAXPROCS(0)
	budget := semaphore.NewWeighted(memoryBudget)
	return inOrder(ctx, n, cores, func(ctx context.Context, i int) Outcome {
		o := o
		o.Start = o.Now()
		meter := &meter.Meter{Now: o.Now}
		opened := meter.Start("open")
		in, err := inputs(i)
		opened()
		in.Meter = meter

		if err != nil {
			return Outcome{Client: in.Snapshot.Manifest.Client, Err: err}
		}

		need := min(in.Engine.Estimate(in.Snapshot.Manifest), memoryBudget)
		if err := budget.Acquire(ctx, need); err != nil {
			return Outcome{Err: err}
		}
		defer budget.Release(need)

		in.Budget = memoryBudget
		if in.Parallel = cores; n >= cores && need <= memoryBudget/int64(cores) {
			in.Parallel = 1 // the other cores have clients of their own
		}

		res, err := Evaluate(ctx, in, o)
		if err != nil {
			res = Outcome{Client: in.Snapshot.Manifest.Client, Err: err} // nothing of it was published
		}

		res.Timings = meter.Stages()
		return res
	}, func(o Outcome) error { each(o); return nil })
}

// Evaluate is the pure stage for one snapshot: it judges, and publishes below
// o.Out if that is set.
func Evaluate(ctx context.Context, in Inputs, o Options) (Outcome, error) {
	done, err := o.open()
	if err != nil {
		return Outcome{}, err
	}
	defer done()

	if err := o.replaceable(in.Snapshot.Manifest.Client); err != nil {
		return Outcome{}, err
	}

	r, err := Render(ctx, in, o.OnlyFindings)
	if err != nil {
		return Outcome{}, err
	}
	defer in.Meter.Start("emit")()

	res := Outcome{Client: r.Set.Client, Run: r.ID, Set: r.Set, Conditions: o.Floors.Conditions(r.Set)}
	res.Set.Verdicts = nil // written; a fleet has many

	if o.out == nil {
		return res, nil
	}

	res.Dir = o.out.Path(res.Client)

	if o.OnlyFindings {
		return res, r.writeFindings(o.out)
	}

	fill := func(root *os.Root) error { return r.fill(ctx, root, o, false) }
	return res, publish(o.out, res.Client, nil, fill)
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

func (r *Rendered) writeFindings(out *runfolder.Out) error {
	var errs []error
	for name, data := range r.Files {
		errs = append(errs, out.Replace(r.Set.Client, name, data))
	}
	return errors.Join(errs...)
}
