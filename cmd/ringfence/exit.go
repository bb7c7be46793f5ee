package main

import (
	"errors"
	"fmt"

	"ringfence/collectors"
	"ringfence/collectors/snapshot"
	"ringfence/internal/run"
)

// failure is an error with an exit code and the user's next step.
type failure struct {
	code   int
	err    error
	hint   string
	detail string // text of several lines, such as a compiler's
}

func (f *failure) Error() string { return f.err.Error() }
func (f *failure) Unwrap() error { return f.err }

// exit carries an exit code that is a result and not an error: nothing is printed.
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

// isFailure reports whether an error has its exit code and next step already.
func isFailure(err error) bool {
	var f *failure
	return errors.As(err, &f)
}

// exitHelp is the part of a verb's help that a pipeline is written from.
const exitHelp = `

Exit codes; the first of 2, 5, 3, 1, 4, 0 that holds:
    0  everything is satisfied or not applicable
    1  the tool or a policy failed
    2  usage or configuration
    3  a finding at or above --fail-on is not satisfied and not excepted
    4  something at or above --undetermined-on is undetermined
    5  evidence does not verify
  130  interrupted`

// The next steps that several verbs name.
const (
	hintOut      = "give another --out, or move the folder away"
	hintResealed = "the snapshot was changed after it was sealed: take a new one"
	hintLocked   = "wait until the other run has ended; a lock never outlives its process"
	hintTenant   = "compare the client's block in the fleet file with its tenant: tenant_id, azure, graph"
	hintStore    = "the store was changed: move the client's folder away and collect again"
)

// outcomeCode is the exit code that a client's failure stands for.
func outcomeCode(err error) int {
	var (
		failed *failure
		config *collectors.ConfigError
		tenant *collectors.WrongTenantError
		token  *collectors.CredentialError
		out    *run.OutError
		digest *snapshot.DigestError
	)
	switch {
	case errors.As(err, &failed):
		return failed.code
	case errors.As(err, &config), errors.As(err, &tenant), errors.As(err, &out):
		return run.ExitUsage
	case errors.As(err, &token) && token.Refused:
		return run.ExitUsage
	case errors.As(err, &digest):
		return run.ExitEvidence
	}

	return run.ExitTool
}

// explained adds the next step to a client's failure, unless it has one.
func explained(err error) error {
	var out *run.OutError
	var token *collectors.CredentialError
	switch {
	case isFailure(err):
		return err
	case errors.Is(err, snapshot.ErrLocked):
		return locked(err)
	case errors.As(err, &out):
		return usage(hintOut, "%w", err)
	}

	f := &failure{code: outcomeCode(err), err: err}
	switch {
	case errors.As(err, &token): // its message says what to do
	case f.code == run.ExitUsage:
		f.hint = hintTenant
	case f.code == run.ExitEvidence:
		f.hint = hintStore
	}

	return f
}

// locked gives the next step to a user whose run meets another one.
func locked(err error) error {
	if errors.Is(err, snapshot.ErrLocked) {
		return broken(hintLocked, "%w", err)
	}
	return err
}
