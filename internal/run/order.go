package run

import (
	"context"
	"runtime/debug"
	"sync/atomic"

	"golang.org/x/sync/errgroup"
)

// inOrder runs n jobs, limit of them side by side, and hands over their outcomes
// in the order of the jobs. It ends early, with an error, when ctx ends; jobs that
// run are waited for. A worker goes on with the next job, so that its stack, which
// policies make deep, grows once.
func inOrder(
	ctx context.Context, n, limit int, do func(ctx context.Context, i int) Outcome, each func(Outcome),
) error {
	work, stop := context.WithCancel(ctx)
	defer stop()

	done := make([]chan Outcome, n)
	for i := range done {
		done[i] = make(chan Outcome, 1)
	}

	var next atomic.Int64
	var workers errgroup.Group
	for range min(n, limit) {
		workers.Go(func() error {
			for i := next.Add(1) - 1; i < int64(n) && work.Err() == nil; i = next.Add(1) - 1 {
				done[i] <- guarded(func() Outcome { return do(work, int(i)) })
			}
			return nil
		})
	}

	err := handOver(ctx, done, each)
	stop()
	workers.Wait()

	return err
}

func handOver(ctx context.Context, done []chan Outcome, each func(Outcome)) error {
	for _, d := range done {
		select {
		case o := <-d:
			each(o)
		case <-ctx.Done():
			return ctx.Err()
		}
	}

	return ctx.Err()
}

// guarded is the outcome of a job; a panic is its error, and ends no other job.
func guarded(do func() Outcome) (o Outcome) {
	defer func() {
		if v := recover(); v != nil {
			o = Outcome{Err: &PanicError{Value: v, Stack: string(debug.Stack())}}
		}
	}()
	return do()
}
