package main

import (
	"fmt"

	"ringfence/internal/run"
)

// failure is an error with an exit code and the user's next step.
type failure struct {
	code   int
	err    error
	hint   string
	detail string // more, in several lines, such as a compiler's
}

func (f *failure) Error() string { return f.err.Error() }
func (f *failure) Unwrap() error { return f.err }

// exit carries an exit code that is a result, not an error: nothing is printed.
type exit int

func (e exit) Error() string { return fmt.Sprint("exit ", int(e)) }

func usage(hint, format string, args ...any) error {
	return &failure{code: run.ExitUsage, err: fmt.Errorf(format, args...), hint: hint}
}

func broken(hint, format string, args ...any) error {
	return &failure{code: run.ExitTool, err: fmt.Errorf(format, args...), hint: hint}
}

func evidence(hint, format string, args ...any) error {
	return &failure{code: run.ExitEvidence, err: fmt.Errorf(format, args...), hint: hint}
}
