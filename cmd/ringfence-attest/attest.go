package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"ringfence/cmd/ringfence-attest/internal/sign"
	"ringfence/internal/flags"
	"ringfence/internal/fleetfile"
	"ringfence/internal/runfolder"
	"ringfence/internal/runfolder/layout"
	"ringfence/internal/terminal"
	"ringfence/oscal/attest"
)

// console is where the human is.
type console struct {
	in       *os.File
	out, err io.Writer
	getenv   func(string) string
}

// command holds the flags.
type command struct {
	console

	key, fleet, decisions, reviewer, passphraseFile, prepared string
}

const (
	example = `  ringfence-attest out/fabrikam --fleet fleet.hcl --key ~/keys/security-lead.key
  ringfence-attest out/fabrikam --fleet fleet.hcl --key lead.key --decisions decisions.json
  ringfence-attest out/fabrikam --fleet fleet.hcl --reviewer security-lead --prepare statement.json`

	long = `Checks the machine's signature over the run folder, shows each finding, asks for your
decision on it, and writes review/<reviewer>.sigstore.json into the folder. A decision
is confirmed, disputed or accepted-risk; the last two need a note. Verdicts do not change.

A decisions file is a JSON array of {"uuid", "decision", "note"}, one for each finding.
With --prepare nothing is signed and no key is needed: the statement is written for
stock cosign, which can sign it with a key that never leaves a KMS or a token.

The passphrase comes from --passphrase-file, RINGFENCE_KEY_PASSPHRASE or the terminal.`
)

// options are the flags; a word in backquotes is the name of the value in --help.
var options = []struct {
	name, help string
	value      func(*command) *string
}{
	{"key", "your private key: an encrypted sigstore or cosign key `file`",
		func(x *command) *string { return &x.key }},
	{"fleet", "the fleet `file` or folder, which names the machine keys and the reviewers",
		func(x *command) *string { return &x.fleet }},
	{"decisions", "take the decisions from a JSON `file` instead of asking",
		func(x *command) *string { return &x.decisions }},
	{"reviewer", "refuse unless the key is that of this reviewer (`name` in the fleet file)",
		func(x *command) *string { return &x.reviewer }},
	{"prepare", "write the statement to this new `file`, " +
		"for `cosign attest-blob --statement`, and sign nothing",
		func(x *command) *string { return &x.prepared }},
	{"passphrase-file", "`file` that holds the passphrase of the key",
		func(x *command) *string { return &x.passphraseFile }},
}

func (c console) command() *cobra.Command {
	x := &command{console: c}
	root := &cobra.Command{
		Use:   "ringfence-attest RUN --key KEY --fleet FLEET",
		Short: "Review a run and sign your decisions, as a human on a terminal",
		Long:  long, Example: example, SilenceErrors: true, SilenceUsage: true,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usage("see --help", "one run folder is needed, not %d", len(args))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if x.prepared != "" {
				return x.prepare(args[0])
			}
			return x.attest(cmd.Context(), args[0])
		},
	}

	root.SetOut(c.out)
	root.SetErr(c.err)
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usage("see --help", "%w", err) })
	for _, o := range options {
		root.Flags().StringVar(o.value(x), o.name, "", o.help)
	}

	flags.Strict(root)
	return root
}

// attest is the whole flow: check, load the key, show, decide, sign, store.
func (x *command) attest(ctx context.Context, dir string) error {
	if !term.IsTerminal(int(x.in.Fd())) {
		return usage("run it yourself in a terminal, or sign with `cosign attest-blob --statement`",
			"a review is signed by a human: stdin is not a terminal")
	}

	fleet, err := x.loadFleet()
	if err != nil {
		return err
	}

	r, err := openRun(dir, fleet)
	if err != nil {
		return err
	}

	key, who, err := x.loadKey(fleet)
	if err != nil {
		return err
	}
	if err := r.free(who); err != nil {
		return err
	}

	bundle, err := x.decideAndSign(ctx, r, key, who, fleet.MSP.MachineKeys)
	if err != nil {
		return err
	}
	if err := store(dir, who, bundle); err != nil {
		return err
	}

	terminal.Printf(x.out, "Signed: %s\n", layout.Review(who.Name))
	return nil
}

// decideAndSign asks the human and returns the signed review, already checked
// as every verifier will check it.
func (x *command) decideAndSign(
	ctx context.Context, r *run, key *attest.Key, who attest.ReviewerKey, machineKeys []string,
) ([]byte, error) {
	p := newPrompt(x.in, x.out)
	statement, err := x.statement(p, r, who)
	if err != nil {
		return nil, err
	}
	if err := p.consent(r, statement); err != nil {
		return nil, err
	}

	bundle, err := sign.Review(ctx, key, statement)
	if err != nil {
		return nil, err
	}

	roster, files := []attest.ReviewerKey{who}, runfolder.Reviewed(r.digests)
	if _, err := attest.CheckReview(bundle, roster, machineKeys, files, r.uuids()); err != nil {
		return nil, fmt.Errorf("checking the new review: %w", err)
	}

	return bundle, nil
}

// statement shows the run, takes the decisions and returns what is to be signed.
func (x *command) statement(p *prompt, r *run, who attest.ReviewerKey) ([]byte, error) {
	now, made := time.Now(), r.record.Made()
	if now.Before(made) {
		return nil, usage(
			"a review that was made before its run does not count: set this machine's clock, or wait",
			"it is %s here, and the run is of %s",
			now.UTC().Format(time.RFC3339), made.UTC().Format(time.RFC3339))
	}

	if err := r.show(x.out, who); err != nil {
		return nil, err
	}

	decisions, err := x.decide(p, r)
	if err != nil {
		return nil, err
	}

	review := attest.Review{
		Run: r.record.Run, Client: r.record.Client, Reviewer: who.Name,
		ReviewedAt: time.Now(), Decisions: decisions,
	}

	statement, err := attest.PrepareReview(review, runfolder.Reviewed(r.digests), r.uuids())
	if err != nil {
		return nil, usage("", "%w", err)
	}

	return statement, nil
}

func (x *command) loadFleet() (*fleetfile.Fleet, error) {
	if x.fleet == "" || x.key == "" && x.prepared == "" {
		return nil, usage("see --help", "--fleet and --key are needed")
	}

	fleet, diags := fleetfile.Load(x.fleet)
	if diags.HasErrors() {
		diags.Write(x.err, false, 0)
		return nil, usage("", "the fleet file cannot be used: %w", errors.New(diags.Error()))
	}

	return fleet, nil
}
