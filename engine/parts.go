package engine

import (
	"cmp"
	"context"
	"fmt"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"

	"ringfence/engine/query"
)

// minPart is how many documents are worth a goroutine of their own.
const minPart = 1000

// inParts asks about equal parts of the documents, one for each core, where the
// control's plan is local: each element of its sets follows from one document. The
// answers add up. An error must not depend on the parts, so where one fails, all is
// asked at once.
func (a *asking) inParts(next asker) asker {
	return func(ctx context.Context, all documents) (query.Answer, error) {
		if n := a.parts(all); n > 1 {
			if answer, err := askParts(ctx, next, all, n); err == nil {
				return answer, nil
			}
		}

		answer, err := next(ctx, all)
		if err == nil {
			err = answer.Check()
		}
		return answer, err
	}
}

// parts is how many parts of the documents are worth asking about side by side.
func (a *asking) parts(all documents) int {
	for _, array := range all {
		if a.control.Plan.Local && array.Len() >= minPart*2 {
			return cmp.Or(a.Parallel, runtime.GOMAXPROCS(0))
		}
	}
	return 1
}

func askParts(ctx context.Context, next asker, all documents, n int) (query.Answer, error) {
	answers := make([]query.Answer, n) // each element is written by one goroutine
	tasks := make([]func(context.Context) error, n)
	for i := range tasks {
		tasks[i] = func(ctx context.Context) (err error) {
			answers[i], err = next(ctx, part(all, i, n))
			return err
		}
	}

	if err := sideBySide(ctx, n, tasks); err != nil {
		return query.Answer{}, err
	}

	sum := answers[0]
	for _, answer := range answers[1:] {
		if err := sum.Add(answer); err != nil {
			return query.Answer{}, err
		}
	}

	return sum, sum.Check()
}

// part is the i-th of n parts of each dataset.
func part(all documents, i, n int) documents {
	parts := documents{}
	for name, array := range all {
		parts[name] = array.Slice(array.Len()*i/n, array.Len()*(i+1)/n)
	}
	return parts
}

// sideBySide runs tasks on some goroutines, in order, until one fails: no further
// one is begun then, and those that were are waited for. Of several errors it
// returns that of the first task, so that it does not depend on which was faster. A
// lone goroutine is the caller's own: its stack has grown before.
func sideBySide(ctx context.Context, workers int, tasks []func(context.Context) error) error {
	errs := make([]error, len(tasks)) // each element is written by one goroutine
	var next atomic.Int64
	var failed atomic.Bool
	run := func() {
		for i := next.Add(1) - 1; i < int64(len(tasks)) && !failed.Load(); i = next.Add(1) - 1 {
			if errs[i] = ctx.Err(); errs[i] == nil {
				errs[i] = guarded(ctx, tasks[i])
			}
			if errs[i] != nil {
				failed.Store(true)
			}
		}
	}

	var others sync.WaitGroup
	for range workers - 1 {
		others.Go(run)
	}

	run()
	others.Wait()
	return cmp.Or(errs...)
}

// PanicError says that a defect of ours, or of what evaluates policies, was met. It is
// the error of the one who was being judged, and ends nobody else's judgement.
type PanicError struct {
	Value any
	Stack string
}

func (e *PanicError) Error() string { return fmt.Sprintf("a defect of ringfence: %v", e.Value) }

// guarded is what a task returns; a panic is its error. In a goroutine of its own it
// would end the process.
func guarded(ctx context.Context, task func(context.Context) error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &PanicError{v, string(debug.Stack())}
		}
	}()
	return task(ctx)
}
