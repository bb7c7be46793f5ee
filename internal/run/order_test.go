package run

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"testing"
	"time"
)

// TestInOrder: outcomes come in the order of the jobs, whichever ends first.
func TestInOrder(t *testing.T) {
	var got []string
	job := func(_ context.Context, i int) Outcome {
		time.Sleep(time.Duration(5-i) * time.Millisecond)
		return Outcome{Client: strconv.Itoa(i)}
	}
	err := inOrder(t.Context(), 5, 3, job, func(o Outcome) { got = append(got, o.Client) })
	if err != nil || !slices.Equal(got, []string{"0", "1", "2", "3", "4"}) {
		t.Error(got, err)
	}
}

// TestInOrderInterrupted: no job starts after an interrupt, and those that run are
// waited for.
func TestInOrderInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	started, ended := 0, 0
	job := func(ctx context.Context, i int) Outcome {
		if started++; i == 1 {
			cancel()
			<-ctx.Done()
		}
		ended++
		return Outcome{}
	}

	err := inOrder(ctx, 5, 1, job, func(Outcome) {})
	if !errors.Is(err, context.Canceled) || started != 2 || ended != 2 {
		t.Error(started, ended, err)
	}
}

// TestInOrderPanic: a panic is the outcome of its own job.
func TestInOrderPanic(t *testing.T) {
	var got []error
	job := func(_ context.Context, i int) Outcome {
		if i == 1 {
			panic("no such index")
		}
		return Outcome{}
	}

	err := inOrder(t.Context(), 3, 2, job, func(o Outcome) { got = append(got, o.Err) })
	if err != nil || len(got) != 3 || got[0] != nil || got[2] != nil || !errors.As(got[1], new(*PanicError)) {
		t.Error(got, err)
	}
}
