// Command ringfence-attest lets a reviewer sign a run: it checks the machine's
// signature, shows what was found, takes a decision on each finding and signs
// them with the reviewer's own key. It works on a terminal only. Stock
// `cosign attest-blob --statement` can do the same.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"

	"golang.org/x/term"

	"ringfence/internal/terminal"
)

// Exit codes, as for every program of ringfence.
const (
	exitTool        = 1
	exitUsage       = 2
	exitEvidence    = 5
	exitInterrupted = 130
)

func main() {
	state, _ := term.GetState(int(os.Stdin.Fd()))
	interrupted := make(chan os.Signal, 1)
	signal.Notify(interrupted, os.Interrupt)

	go func() {
		<-interrupted
		if state != nil { // the echo may be off
			term.Restore(int(os.Stdin.Fd()), state)
		}
		os.Exit(exitInterrupted)
	}()

	c := console{in: os.Stdin, out: os.Stdout, err: os.Stderr, getenv: os.Getenv}
	os.Exit(c.main(context.Background(), os.Args[1:]))
}

// failure is an error with its exit code and, if there is one, the next step.
type failure struct {
	code int
	err  error
	hint string
}

func (f *failure) Error() string { return f.err.Error() }
func (f *failure) Unwrap() error { return f.err }

func usage(hint, format string, args ...any) error {
	return &failure{exitUsage, fmt.Errorf(format, args...), hint}
}

func evidence(format string, args ...any) error {
	return &failure{exitEvidence, fmt.Errorf(format, args...), "`ringfence verify` checks the whole folder"}
}

// main runs the command and returns the exit code.
func (c console) main(ctx context.Context, args []string) int {
	root := c.command()
	root.SetArgs(args)

	err := root.ExecuteContext(ctx)
	if err == nil {
		return 0
	}

	terminal.Printf(c.err, "ringfence-attest: error: %v\n", err)
	var f *failure
	if !errors.As(err, &f) {
		return exitTool
	}

	if f.hint != "" {
		terminal.Printf(c.err, "ringfence-attest: hint: %s\n", f.hint)
	}

	return f.code
}
