package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"ringfence/collectors/snapshot"
	"ringfence/engine"
	"ringfence/engine/finding"
	"ringfence/engine/intent"
	"ringfence/internal/fleetfile"
	"ringfence/internal/run"
	"ringfence/internal/terminal"
	"ringfence/internal/trial"
)

type tryFlags struct {
	snapshot, input     string
	fleet, client, asOf string
	policies            policyFlags
}

var policyTryText = text{
	use:   "try ID",
	short: "Try a control on a snapshot, or on a document that you write, and say why",
	long: `Judges one snapshot, or one JSON document, by one control: what the policy says of
each subject, what the verdict is, and why it is another one, with the evidence that the
control reads. What the policy prints goes to stderr.

A document is one that "ringfence snapshot export --as-input" writes, of which everything
may be left out. A dataset that is not in it is missing, not empty; one that is in it is
all that there is, unless "coverage" says otherwise: {"coverage": {"entra.users": "denied"}}.
Of the client, only what is written is promised; --fleet and --client give its promises.
What comes of a document that somebody wrote proves nothing about any tenant.

Exit codes: 0 whatever the verdicts are; 1 the policy failed; 2 usage; 5 the snapshot
does not verify.`,
	example: `  ringfence policy try RF-K-04 --input input.json
  ringfence policy try RF-K-04 --snapshot ./snap --fleet fleet.hcl
  ringfence policy try ACME-K-01 --policies ./my-policies --input input.json`,
}

func (a *app) policyTry() *cobra.Command {
	var f tryFlags
	c := verb(policyTryText, cobra.ExactArgs(1), func(ctx context.Context, args []string) error {
		return a.runTry(ctx, args[0], f)
	})

	flags := c.Flags()
	flags.StringVar(&f.snapshot, "snapshot", "", "snapshot or run folder (this or --input)")
	flags.StringVar(&f.input, "input", "", `JSON file; "-" is stdin`)
	flags.StringVar(&f.fleet, "fleet", "", "fleet file, or a folder of *.hcl (required with --snapshot)")
	flags.StringVar(&f.client, "client", "", "with --input: the client whose promises hold")
	flags.StringVar(&f.asOf, "as-of", "", "the time to judge for (default: now, or when the snapshot was taken)")
	f.policies.add(c)

	return c
}

func (f tryFlags) check() error {
	switch {
	case f.snapshot == "" && f.input == "":
		return usage(`--input FILE, or --snapshot DIR with --fleet FILE`, "nothing is given to try the control on")
	case f.snapshot != "" && f.input != "":
		return usage("leave one of them out", "--snapshot and --input exclude each other")
	case f.snapshot != "" && f.client != "":
		return usage(hintOwner, "--client belongs to --input")
	case f.input != "" && (f.client == "") != (f.fleet == ""):
		return usage("with --input, --fleet and --client are given together", "one of --fleet and --client is missing")
	}
	return nil
}

func (a *app) runTry(ctx context.Context, id string, f tryFlags) error {
	if err := f.check(); err != nil {
		return err
	}

	e, err := a.engine(f.policies)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(e.Controls(), func(c finding.Control) bool { return strings.EqualFold(c.ID, id) })
	if i < 0 {
		return usage(`"ringfence policy list" lists them`, "no control %q", id)
	}

	asOf, err := parseAsOf(f.asOf)
	if err != nil {
		return err
	}

	tried := tryDocument
	if f.snapshot != "" {
		tried = trySnapshot
	}
	t, err := tried(a, ctx, e, e.Controls()[i], f, asOf)
	if err != nil {
		return tryError(cmp.Or(f.snapshot, f.input), err)
	}

	if err := trial.Print(ctx, terminal.Writer{To: a.stderr}, e, t.Control, t.Input); err != nil {
		return err
	}
	if err := a.printTrial(e, t, f.input != ""); err != nil {
		return err
	}
	if t.Opinion.Error != "" {
		return broken(hintMend, "%s: %s", t.Control.ID, t.Opinion.Error)
	}
	return nil
}

// tryError says what was tried, and the next step.
func tryError(what string, err error) error {
	switch {
	case is[*failure](err):
		return err
	case is[*snapshot.DigestError](err):
		return evidence(hintResealed, "%s: %w", what, err)
	case is[*engine.InputError](err):
		return usage(hintInput, "%s: %w", what, err)
	}
	return err
}

// trySnapshot judges a snapshot.
func trySnapshot(
	a *app, ctx context.Context, e *engine.Engine, c finding.Control, f tryFlags, asOf time.Time,
) (engine.Trial, error) {
	fleet, err := a.fleetFile(f.fleet, e)
	if err != nil {
		return engine.Trial{}, err
	}

	snap, close, err := openAny(f.snapshot)
	defer close()
	if err != nil {
		return engine.Trial{}, err
	}

	promise, err := fleet.Promise(snap.Manifest.Client)
	if err != nil {
		return engine.Trial{}, usage(hintOwner, "%s: %w", f.snapshot, err)
	}
	if asOf.IsZero() {
		asOf = run.DefaultAsOf(snap.Manifest, time.Time{})
	}

	return e.Try(ctx, c.ID, snap, promise, asOf)
}

// tryDocument judges what a person wrote.
func tryDocument(
	a *app, ctx context.Context, e *engine.Engine, c finding.Control, f tryFlags, asOf time.Time,
) (engine.Trial, error) {
	data, err := readDocument(f.input)
	if err != nil {
		return engine.Trial{}, usage("--input takes a JSON file", "%w", err)
	}

	base := trial.Base{Client: trial.Nobody(), AsOf: asOf, Fleet: c.Scope != finding.ClientScope}
	if asOf.IsZero() {
		base.AsOf = time.Now()
	}
	if f.fleet != "" {
		fleet, err := a.fleetFile(f.fleet, e)
		if err != nil {
			return engine.Trial{}, err
		}
		if base.Client, base.MSP, err = promised(fleet, f.client); err != nil {
			return engine.Trial{}, err
		}
	}

	d, err := trial.Read(data, base)
	if err != nil {
		hint := `"ringfence snapshot export --as-input" writes such a document`
		return engine.Trial{}, usage(hint, "%s: %w", f.input, err)
	}
	return e.TryDocument(ctx, c.ID, d)
}

func promised(fleet *fleetfile.Fleet, client string) (intent.Client, intent.MSP, error) {
	promise, err := fleet.Promise(client)
	if err != nil {
		return intent.Client{}, intent.MSP{}, usage(hintClients, "%w", err)
	}
	tenant := promise.Tenant()
	return tenant.Client, tenant.MSP, nil
}

// mostInput is how long a document may be.
const mostInput = 64 << 20

func readDocument(name string) ([]byte, error) {
	if name == "-" {
		return readUpTo(os.Stdin, name)
	}

	info, err := os.Stat(name)
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s is no file", name)
	}

	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return readUpTo(file, name)
}

// triedSubject is one subject of a trial.
type triedSubject struct {
	Subject  string          `json:"subject"`
	Policy   string          `json:"policy"` // "pass", "fail", "neither"; "" for a hole in the evidence
	Verdict  finding.Outcome `json:"verdict"`
	Why      string          `json:"why"`
	Lead     bool            `json:"lead,omitempty"`
	Observed any             `json:"observed,omitempty"`
	Expected any             `json:"expected,omitempty"`
	Evidence []string        `json:"evidence"`
}

func triedSubjects(t engine.Trial) []triedSubject {
	found := map[string]finding.Finding{}
	for _, f := range t.Opinion.Findings {
		found[f.Subject] = f
	}

	all := []triedSubject{}
	for _, v := range t.Opinion.Verdicts {
		f := found[v.Subject]
		all = append(all, triedSubject{
			Subject: v.Subject, Policy: t.Said[v.Subject], Verdict: v.Outcome, Why: f.Message, Lead: f.Lead,
			Observed: f.Observed, Expected: f.Expected, Evidence: notNil(f.Evidence),
		})
	}
	return all
}

// handWritten is said of every verdict on a document that somebody wrote.
const handWritten = "This input was written by hand: its verdicts prove nothing about any tenant."

func (a *app) printTrial(e *engine.Engine, t engine.Trial, written bool) error {
	subjects := triedSubjects(t)
	if a.format == "json" {
		note := ""
		if written {
			note = handWritten
		}
		return a.json(map[string]any{
			"schema": "ringfence.trial/1", "control": t.Control.ID, "title": t.Control.Title, "hand_written": written,
			"note": note, "reason": t.Opinion.Reason, "subjects": subjects,
			"coverage": t.Coverage, "documents": t.Documents,
		})
	}

	a.printf("%s  %s\n", t.Control.ID, t.Control.Title)
	if written {
		a.printf("%s\n", handWritten)
	}

	a.print("\n")
	p, _ := e.Plan(t.Control.ID)
	reads := table(a.stdout, "READS", "STATUS", "DOCUMENTS", "WHY")
	for _, name := range slices.Sorted(maps.Keys(t.Coverage)) {
		c, count := t.Coverage[name], "-"
		if n := t.Documents[name]; n != nil {
			count = fmt.Sprint(*n)
		}
		tableRow(reads, name, c.Status, count, c.Reason)
	}
	if err := reads.Flush(); err != nil {
		return err
	}
	if promises := p.Promises(); len(promises) > 0 {
		a.printf("Promises: %s\n", listed(promises))
	}

	if len(subjects) == 0 {
		return a.printf("\nnot-applicable: %s\n", or(t.Opinion.Reason, "there is nothing to judge"))
	}
	return a.printTried(subjects)
}

func (a *app) printTried(subjects []triedSubject) error {
	for _, s := range subjects {
		a.printf("\n%s\n", s.Subject)
		a.printf("  the policy says %s, the verdict is %s\n", or(s.Policy, "nothing"), s.Verdict)
		if s.Why != "" {
			a.printf("  why: %s\n", s.Why)
		}
		if s.Observed != nil || s.Expected != nil {
			a.printf("  observed %v, expected %v\n", plainJSON(s.Observed), plainJSON(s.Expected))
		}
		if len(s.Evidence) > 0 {
			a.printf("  evidence: %s\n", strings.Join(s.Evidence, ", "))
		}
	}
	return nil
}

// plainJSON is a value on one line.
func plainJSON(v any) string {
	b, err := snapshot.Canonical(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(b)
}

var errTooLong = errors.New("it is longer than 64 MiB")

func readUpTo(from io.Reader, name string) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(from, mostInput+1))
	if err == nil && len(data) > mostInput {
		err = errTooLong
	}
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", name, err)
	}
	return data, nil
}
