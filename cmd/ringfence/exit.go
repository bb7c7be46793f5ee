package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"ringfence/internal/run"
)

// failure is an error with an exit code and the user's next step.
type failure struct {
	code int
	err  error
	hint string
}

func (f *failure) Error() string { return f.err.Error() }
func (f *failure) Unwrap() error { return f.err }

// exit carries an exit code that is a result, not an error: nothing is printed.
type exit int

func (e exit) Error() string { return fmt.Sprint("exit ", int(e)) }

func usage(hint, format string, args ...any) error {
	return &failure{run.ExitUsage, fmt.Errorf(format, args...), hint}
}

func broken(hint, format string, args ...any) error {
	return &failure{run.ExitTool, fmt.Errorf(format, args...), hint}
}

func evidence(hint, format string, args ...any) error {
	return &failure{run.ExitEvidence, fmt.Errorf(format, args...), hint}
}

// report prints an error the way every verb does and returns the exit code.
func report(ctx context.Context, err error, stderr io.Writer) int {
	if err == nil {
		return run.ExitOK
	}
	if ctx.Err() != nil {
		fmt.Fprintln(stderr, "ringfence: interrupted")
		return run.ExitInterrupted
	}
	if code := exit(0); errors.As(err, &code) {
		return int(code)
	}
	fmt.Fprintf(stderr, "ringfence: error: %s\n", strings.TrimSpace(err.Error()))
	f := &failure{code: run.ExitTool}
	if errors.As(err, &f) && f.hint != "" {
		fmt.Fprintf(stderr, "ringfence: hint: %s\n", f.hint)
	}
	return f.code
}
