package engine

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
)

// TestSideBySide: of several errors the first task's is returned, however late it
// comes, and after one no task is begun.
func TestSideBySide(t *testing.T) {
	first, second := errors.New("first"), errors.New("second")
	secondFailed := make(chan struct{})
	var begun atomic.Int64
	tasks := []func(context.Context) error{
		func(context.Context) error { begun.Add(1); return nil },
		func(context.Context) error { begun.Add(1); <-secondFailed; return first },
		func(context.Context) error { begun.Add(1); close(secondFailed); return second },
		func(context.Context) error { begun.Add(1); return nil },
	}

	if err := sideBySide(t.Context(), 2, tasks[:3]); err != first {
		t.Errorf("%v", err)
	}

	begun.Store(0)
	secondFailed = make(chan struct{})
	close(secondFailed)
	if err := sideBySide(t.Context(), 1, tasks); err != first || begun.Load() != 2 {
		t.Errorf("%v after %d tasks", err, begun.Load())
	}

	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	begun.Store(0)
	if err := sideBySide(cancelled, 2, tasks); err != context.Canceled || begun.Load() != 0 {
		t.Errorf("%v after %d tasks", err, begun.Load())
	}
}

// TestSideBySidePanic: a panic in any goroutine is an error, with where it happened.
func TestSideBySidePanic(t *testing.T) {
	fine := func(context.Context) error { return nil }
	broken := func(context.Context) error { panic("no such index") }
	for _, workers := range []int{1, 3} {
		err := sideBySide(t.Context(), workers, []func(context.Context) error{fine, broken, fine})
		var defect *PanicError
		if !errors.As(err, &defect) || !strings.Contains(defect.Stack, "parts_test.go") {
			t.Errorf("%d workers: %v", workers, err)
		}
	}
}
