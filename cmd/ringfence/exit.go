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

// usage is a mistake in flags, configuration or the files that they name.
func usage(hint, format string, args ...any) error {
	return &failure{code: run.ExitUsage, err: fmt.Errorf(format, args...), hint: hint}
}

// broken is a failure of the tool or a policy.
func broken(hint, format string, args ...any) error {
	return &failure{code: run.ExitTool, err: fmt.Errorf(format, args...), hint: hint}
}

// evidence is evidence that does not verify.
func evidence(hint, format string, args ...any) error {
	return &failure{code: run.ExitEvidence, err: fmt.Errorf(format, args...), hint: hint}
}

// is reports whether an error is one of type T, or wraps one: is[*failure] is an
// error that has its exit code and next step already.
func is[T error](err error) bool {
	_, ok := errors.AsType[T](err)
	return ok
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

// The next steps of a user.
const (
	// of a client's failure
	hintOut     = "give another --out, or move the folder away"
	hintLocked  = "wait until the other run has ended; a lock never outlives its process"
	hintTenant  = "compare the client's block in the fleet file with its tenant: tenant_id, azure, graph"
	hintDefect  = "please report it, with the lines above; the other clients are not affected"
	hintTimeout = "give it more time with --client-timeout, or see in the log what it waits for"
	hintStore   = "the store was changed: move the client's folder away and collect again"

	// about the fleet file and the policies
	hintClients     = `"ringfence fleet show" lists the clients`
	hintDiagnostics = "the messages above name file, line and what to write instead"
	hintPolicies    = "--policies takes a folder that holds <pack>/<family>/<control>/*.rego"
	hintMend        = "mend the policy, or leave --policies out to use the built-in set"
	hintClash       = "--replace ID puts a control of yours in the built-in one's place; " +
		"--policies-only judges by the folder alone"
	hintScopes = `"ringfence policy list" says of which scope each control is`

	// about snapshots
	hintSnapshot = "a snapshot is a folder with manifest.json and <dataset>.ndjson files, or a .tar.zst of one"
	hintOwner    = "the snapshot's manifest.json says whose it is"
	hintResealed = "the snapshot was changed after it was sealed: take a new one"
	hintStored   = `"ringfence snapshot list" lists them; "latest", "previous", a digest or a time names one`
	hintVersion  = "another version of ringfence wrote it: use that one, or export the snapshot again"
	hintOneEach  = "a client has one result: name one of the two with --snapshot"
	hintAsInput  = "a snapshot is copied as it is: add --as-input for the document that policies see"
	hintMake     = `"ringfence snapshot export" makes one from the store, ` +
		`"ringfence snapshot import" one of saved answers`
	hintInput = "a snapshot is judged for a time after it was taken, against the promise of the client " +
		"and tenant that its manifest.json names"

	// about keys
	hintPublicKey  = "--key takes a public key in a PEM file, like keys/machine.pub"
	hintMachineKey = "add machine_keys to its msp block, or give --key"
	hintPassphrase = "give --passphrase-file FILE or set RINGFENCE_KEY_PASSPHRASE"
	hintOldKey     = "move the old key away first: results that it signed need its public half"
	hintLabel      = "at most 63 letters a-z, digits and -, starting with a letter"

	// about folders and files that are written
	hintNewFolder = "--out takes a folder that is not there yet, or empty, or a new FILE.tar.zst"
	hintNewFile   = "--out takes a file, in a folder that is there"
	hintShares    = "--shares takes a folder that is not there yet, or empty"
	hintDemo      = "--dir takes a folder that is not there yet, empty, or of an earlier demo"
	hintLab       = "--dir takes a folder of the emulator's own"
	hintOnly      = "--out DIR says where; without --only the exit code is the answer, and nothing is written"
)

// outcomeCode is the exit code that a client's failure stands for.
func outcomeCode(err error) int {
	if f, ok := errors.AsType[*failure](err); ok {
		return f.code
	}

	token, ok := errors.AsType[*collectors.CredentialError](err)
	refused := ok && token.Refused
	switch {
	case refused, is[*collectors.ConfigError](err), is[*collectors.WrongTenantError](err),
		is[*run.OutError](err):
		return run.ExitUsage
	case is[*snapshot.DigestError](err):
		return run.ExitEvidence
	}

	return run.ExitTool
}

// explained adds the next step to a client's failure, unless it has one.
func explained(err error) error {
	switch {
	case is[*failure](err):
		return err
	case errors.Is(err, snapshot.ErrLocked):
		return locked(err)
	case is[*run.OutError](err):
		return usage(hintOut, "%w", err)
	}

	f := &failure{code: outcomeCode(err), err: err}
	if defect, ok := errors.AsType[*run.PanicError](err); ok {
		f.hint, f.detail = hintDefect, defect.Stack
		return f
	}
	if is[*run.TimeoutError](err) {
		f.hint = hintTimeout
		return f
	}

	switch {
	case is[*collectors.CredentialError](err): // its message says what to do, and perhaps where
		token, _ := errors.AsType[*collectors.CredentialError](err)
		f.hint = token.Next
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
