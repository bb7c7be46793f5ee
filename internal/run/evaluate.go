package run

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"

	"golang.org/x/sync/semaphore"

	"ringfence/collectors/snapshot"
	"ringfence/engine"
)

// memoryBudget bounds, in bytes, what the evaluations that run side by side may
// need by estimate. One client may take all of it.
const memoryBudget = 256 << 20

// EvaluateAll is Evaluate for n snapshots, side by side. Outcomes are handed
// over in order; one client's failure never ends another's run. An outcome's Err
// is that of inputs or of the evaluation; it has no client where inputs could
// not say whose the snapshot is.
func EvaluateAll(ctx context.Context, n int, inputs func(i int) (Inputs, error), o Options, each func(Outcome)) error {
	cores := runtime.GOMAXPROCS(0)
	budget := semaphore.NewWeighted(memoryBudget)
	return inOrder(ctx, n, cores, func(ctx context.Context, i int) Outcome {
		o := o
		o.Start = o.Now()
		meter := &engine.Meter{Now: o.Now}
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
	if o.Out == "" {
		return res, nil
	}
	res.Dir = filepath.Join(o.Out, res.Client)
	if o.OnlyFindings {
		return res, r.writeFindings(res.Dir)
	}
	tmp, err := tempBeside(o.Out)
	if err != nil {
		return res, err
	}
	defer os.RemoveAll(tmp)
	if err := r.Write(ctx, filepath.Join(tmp, "run"), o); err != nil {
		return res, err
	}
	return res, Publish(filepath.Join(tmp, "run"), o.Out, res.Client, nil)
}

// OutError says that something else is where a result would go, and stays.
type OutError struct{ Dir, Problem string }

func (e *OutError) Error() string { return e.Dir + " " + e.Problem }

// replaceable refuses what a result must not replace, before it is computed:
// the files of a run folder belong together, and others are not ours.
func (o Options) replaceable(client string) error {
	dir := filepath.Join(o.Out, client)
	entries, err := os.ReadDir(dir)
	if o.Out == "" || err != nil || len(entries) == 0 {
		return nil // or writing will say what is wrong
	}
	_, err = os.Stat(filepath.Join(dir, RunFile))
	switch isRun := err == nil; {
	case isRun && o.OnlyFindings:
		return &OutError{dir, "is a run folder: findings alone go elsewhere"}
	case !isRun && !o.OnlyFindings:
		return &OutError{dir, "is no run folder: not replaced"}
	}
	return nil
}

func (r *Rendered) writeFindings(dir string) error {
	var errs []error
	for name, data := range r.Files {
		errs = append(errs, snapshot.ReplaceFile(filepath.Join(dir, name), data))
	}
	return errors.Join(errs...)
}

func tempBeside(out string) (string, error) {
	if err := os.MkdirAll(out, 0o755); err != nil {
		return "", err
	}
	return os.MkdirTemp(out, ".evaluate-*")
}
