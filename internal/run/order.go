package run

import (
	"context"

	"golang.org/x/sync/errgroup"
)

// inOrder runs n jobs, limit of them side by side, and hands over their
// outcomes in the order of the jobs. It ends early, with the error, when each
// returns one or ctx ends; jobs that run are waited for.
func inOrder(ctx context.Context, n, limit int, do func(ctx context.Context, i int) Outcome, each func(Outcome) error) error {
	work, stop := context.WithCancel(ctx)
	defer stop()
	done := make([]chan Outcome, n)
	for i := range done {
		done[i] = make(chan Outcome, 1)
	}
	var jobs errgroup.Group
	jobs.SetLimit(limit + 1) // and the one that starts them
	jobs.Go(func() error {
		for i := range n {
			if work.Err() != nil {
				break // interrupted: a long list is not walked to its end
			}
			jobs.Go(func() error {
				done[i] <- do(work, i)
				return nil
			})
		}
		return nil
	})
	err := handOver(work, done, each)
	stop()
	jobs.Wait()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

func handOver(ctx context.Context, done []chan Outcome, each func(Outcome) error) error {
	for _, d := range done {
		select {
		case o := <-d:
			if err := each(o); err != nil {
				return err
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}
