package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"ringfence/collectors"
	"ringfence/collectors/snapshot"
	"ringfence/engine"
	"ringfence/internal/access"
	"ringfence/internal/fleetfile"
	"ringfence/internal/inputfile"
	"ringfence/internal/preflight"
	"ringfence/internal/run"
	"ringfence/internal/runfolder"
	"ringfence/oscal/attest"
)

type preflightFlags struct {
	policies          policyFlags
	fleet, asOf       string
	client            string
	from, collectedAt string // saved answers instead of the tenant
	data, out         string
	offers            []string // Lighthouse templates
	parameters        []string // of those
	timeout           time.Duration

	key, passphraseFile string // the machine's: a run is kept that a person can attest
	requester           string
}

var preflightText = text{
	use:   "preflight --fleet FILE --client C",
	short: "Say what stands in the way before a client is onboarded",
	long: `The gate before onboarding: all critical controls and those about provisioning, from
read-only access or from saved answers (--from, as for "snapshot import"). No earlier
run is needed. What waits to be accepted is judged before anybody accepts it: delegated
admin relationships and tenant governance requests that the tenant shows, and Lighthouse
offers (--offer).

Writes a one-page sheet for the people who decide, as HTML and Markdown. It is not signed
and attests nothing. With --key, and if nothing blocks, a signed run is kept in the store,
too, which somebody else than --requester attests with ringfence-attest: where the fleet
file promises gate = "attested", the client can become live then (RF-P-02).

A control counts as passed if it is satisfied, validly excepted, or if it is proven that
there is nothing to judge. What nobody promised was not checked, and does not count: make
the promise, or accept by an exception of kind evidence-gap that there is none.

Exit codes; the first of 2, 5, 3, 1, 4, 0 that holds:
    0  nothing blocks
    1  the tool or a policy failed
    2  usage or configuration
    3  a control of the gate is not satisfied, or would not be
    4  one is undetermined or nothing was promised, or what is pending is not known
    5  evidence does not verify
  130  interrupted`,
	example: `  ringfence preflight --fleet fleet.hcl --client fabrikam
  ringfence preflight --fleet fleet.hcl --client fabrikam --from ./saved --collected-at 2026-11-23T10:00:00Z
  ringfence preflight --fleet fleet.hcl --client fabrikam --offer lighthouse.json --offer-parameters values.json`,
}

func (a *app) preflight() *cobra.Command {
	var f preflightFlags
	c := verb(preflightText, cobra.NoArgs, func(ctx context.Context, _ []string) error {
		return a.runPreflight(ctx, f)
	})

	fleetFlag(c, &f.fleet)
	f.policies.add(c)
	flags := c.Flags()
	flags.StringVar(&f.client, "client", "", "the client (required)")
	flags.StringVar(&f.from, "from", "",
		"folder of saved answers, or a snapshot (default: the tenant is read)")
	flags.StringVar(&f.collectedAt, "collected-at", "",
		"when the answers of --from were saved (default: the time of the oldest file)")
	flags.StringVar(&f.asOf, "as-of", "", "the time to judge for (default: now)")
	flags.StringVar(&f.data, "data", "ringfence-data",
		"folder of snapshots, when the tenant is read, and of kept runs")
	flags.StringVar(&f.out, "out", "ringfence-preflight", "folder for the sheet")
	flags.StringArrayVar(&f.offers, "offer", nil,
		"a Lighthouse template that the client is asked to deploy; may be repeated")
	flags.StringArrayVar(&f.parameters, "offer-parameters", nil,
		"the parameters of the --offer of the same place")
	flags.StringVar(&f.key, "key", "", "the machine's key: keep a signed run that a person can attest")
	flags.StringVar(&f.passphraseFile, "passphrase-file", "",
		"file with the key's passphrase (or set RINGFENCE_KEY_PASSPHRASE)")
	flags.StringVar(&f.requester, "requester", "", "with --key, your name: whoever attests is somebody else")
	flags.DurationVar(&f.timeout, "client-timeout", run.DefaultTimeout,
		"longest that reading the tenant may take")
	return c
}

func (f preflightFlags) check() error {
	switch {
	case f.client == "":
		return usage(hintClients, "no --client is given")
	case f.from == "" && f.collectedAt != "":
		return usage("--from names the saved answers", "--collected-at is given without --from")
	case (f.key == "") != (f.requester == ""):
		return usage("who asks for a preflight does not attest it", "--key and --requester belong together")
	case len(f.parameters) > len(f.offers):
		return usage("one --offer-parameters belongs to each --offer",
			"more --offer-parameters than --offer are given")
	}
	return nil
}

func (a *app) runPreflight(ctx context.Context, f preflightFlags) error {
	if err := f.check(); err != nil {
		return err
	}
	asOf, err := parseAsOf(f.asOf)
	if err != nil {
		return err
	}

	key, err := a.signer(f.key, f.passphraseFile)
	if err != nil {
		return err
	}
	e, fleet, err := a.engineAndFleet(f.policies, f.fleet)
	if err != nil {
		return err
	}
	promise, err := fleet.Intent(f.client)
	if err != nil {
		return usage(hintClients, "--client: %w", err)
	}
	promise.Compared = false // a preflight looks at one tenant; the next audit compares it
	if err := tryFolder("out", f.out); err != nil {
		return err
	}

	c := preflight.Case{Engine: e, Promise: promise, AsOf: asOf}
	if c.Snapshot, err = a.preflightSnapshot(ctx, f, fleet, e); err != nil {
		return err
	}
	if c.AsOf.IsZero() {
		c.AsOf = run.DefaultAsOf(c.Snapshot.Manifest, time.Now())
	}
	if c.Offers, err = f.lighthouse(c.Snapshot); err != nil {
		return usage("--offer takes the template that the client deploys, --offer-parameters its values",
			"%w", err)
	}

	a.startJudging()
	sheet, err := preflight.Judge(ctx, c)
	if err != nil {
		return evaluationError(f.client, err)
	}

	kept := ""
	if key != nil && sheet.Open() {
		if kept, err = keepPreflight(ctx, f, c, key); err != nil {
			return err
		}
	}
	return a.publishSheet(f, sheet, kept)
}

// keepPreflight judges once more, as an audit does, and keeps the signed run in the store. It
// returns the run's folder.
func keepPreflight(ctx context.Context, f preflightFlags, c preflight.Case, key *attest.Key) (string, error) {
	store, err := run.OnDisk(f.data)(f.client)
	if err != nil {
		return "", err
	}
	unlock, err := store.Lock()
	if err != nil {
		return "", locked(err)
	}
	defer unlock()

	outcome, err := run.Judge(ctx, store,
		run.Inputs{Snapshot: c.Snapshot, Promise: c.Promise, Engine: c.Engine, AsOf: c.AsOf},
		run.Options{
			Key: key, Kind: runfolder.Preflight, Requester: f.requester, Start: time.Now(), Now: time.Now,
			Floors: run.Floors{FailOn: "low", UndeterminedOn: "low"},
		})
	if err != nil {
		return "", evaluationError(f.client, err)
	}

	place, err := snapshot.OpenStore(f.data, f.client)
	return place.RunDir(outcome.Run), err
}

// preflightSnapshot reads the tenant, or what was saved of it.
func (a *app) preflightSnapshot(
	ctx context.Context, f preflightFlags, fleet *fleetfile.Fleet, e *engine.Engine,
) (snapshot.Snapshot, error) {
	if f.from == "" {
		return a.preflightCollect(ctx, f, fleet, e)
	}
	if dir := snapshotIn(f.from); isSnapshot(dir) {
		snap, err := openSnapshot(dir)
		if err == nil && snap.Manifest.Client != f.client {
			err = usage(hintOwner, "%s is a snapshot of client %q", f.from, snap.Manifest.Client)
		}
		return snap, err
	}

	i := importFlags{client: f.client, from: f.from, collectedAt: f.collectedAt}
	if i.collectedAt == "" {
		oldest, err := oldestFile(f.from)
		if err != nil {
			return snapshot.Snapshot{}, usage("--from takes a folder of saved answers", "--from: %w", err)
		}
		i.collectedAt = oldest.UTC().Truncate(time.Second).Format(time.RFC3339)
		a.warn("--collected-at is not given: the oldest file in %s is of %s", f.from, i.collectedAt)
	}

	config, err := i.config(fleet)
	if err != nil {
		return snapshot.Snapshot{}, err
	}
	config.Ignored = func(i collectors.Ignored) { a.warn("%s", i) }
	snap, err := collectors.Import(config)
	if err != nil {
		return snap, usage("the message names the file", "importing %s: %w", f.from, err)
	}
	return snap, nil
}

// oldestFile is the time of the oldest file in a folder. Nothing is younger than it says,
// unless files were copied without their times.
func oldestFile(dir string) (oldest time.Time, err error) {
	err = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err == nil && (oldest.IsZero() || info.ModTime().Before(oldest)) {
			oldest = info.ModTime()
		}
		return err
	})
	if err == nil && oldest.IsZero() {
		err = fmt.Errorf("%s holds no files", dir)
	}
	return oldest, err
}

// preflightCollect takes a snapshot of the tenant into the store.
func (a *app) preflightCollect(
	ctx context.Context, f preflightFlags, fleet *fleetfile.Fleet, e *engine.Engine,
) (snapshot.Snapshot, error) {
	if err := tryFolder("data", f.data); err != nil {
		return snapshot.Snapshot{}, err
	}

	collector := run.Collector{
		Fleet: fleet, Stores: run.OnDisk(f.data), Log: a.progressLog(), Timeout: f.timeout,
		Limits: collectors.NewLimits(nil, nil), Only: access.Properties(e, isCompared(fleet)),
	}
	a.warnEnds(collector, []string{f.client})

	var taken run.Collected
	var failed error
	shares := collector.Shares(collector.FreshMSP(ctx, mspMaxAge))
	err := collector.CollectEach(ctx, []string{f.client}, shares, func(_ string, c run.Collected, err error) {
		taken, failed = c, err
	})
	if err == nil && failed != nil {
		err = fmt.Errorf("client %s: collecting into %s: %w", f.client, filepath.Clean(f.data), failed)
		err = explained(err)
	}
	return taken.Snapshot, err
}

// lighthouse reads the offers that the tenant does not show.
func (f preflightFlags) lighthouse(snap snapshot.Snapshot) (offers []preflight.Offer, err error) {
	for i, name := range f.offers {
		t := preflight.Template{File: name}
		if t.Template, err = inputfile.Read(name); err != nil {
			return nil, err
		}
		if i < len(f.parameters) {
			if t.Parameters, err = inputfile.Read(f.parameters[i]); err != nil {
				return nil, err
			}
		}

		found, err := t.Offers(snap)
		if err != nil {
			return nil, err
		}
		offers = append(offers, found...)
	}
	return offers, nil
}

// preflightResult is the sheet on stdout as JSON.
type preflightResult struct {
	preflight.Sheet
	Decision string   `json:"decision"`
	Files    []string `json:"files"`

	// Run is the folder that somebody else than Requester can attest; "": none was kept.
	Run       string `json:"run,omitempty"`
	Requester string `json:"requester,omitempty"`
	Exit      int    `json:"exit"`
}

// publishSheet writes the sheet in both forms, and tells the decision.
func (a *app) publishSheet(f preflightFlags, s preflight.Sheet, kept string) error {
	page, err := s.HTML()
	if err != nil {
		return err
	}

	r := preflightResult{
		Sheet: s, Decision: s.Decision(), Exit: run.First(s.Conditions), Run: kept, Requester: f.requester,
	}
	for name, data := range map[string][]byte{".html": page, ".md": s.Markdown()} {
		file := filepath.Join(f.out, f.client+name)
		if err := snapshot.WriteFile(file, data); err != nil {
			return usage(hintOut, "%w", err)
		}
	}
	r.Files = []string{filepath.Join(f.out, f.client+".html"), filepath.Join(f.out, f.client+".md")}

	if a.format == "json" {
		err = a.json(r)
	} else {
		err = a.printSheet(r)
	}
	return errors.Join(err, exit(r.Exit))
}

func (a *app) printSheet(r preflightResult) error {
	a.printf("%s: %s\n\n", r.Client, r.Decision)
	t := table(a.stdout, "CONTROL", "SEVERITY", "NOW", "ONCE ACCEPTED", "WHAT")
	for _, l := range r.Lines {
		after := ""
		if l.After != l.State {
			after = string(l.After)
		}
		tableRow(t, l.ID, l.Severity, string(l.State), after, shortened(whatDecides(l)))
	}
	if err := t.Flush(); err != nil {
		return err
	}

	for _, o := range r.Offers {
		a.printf("\npending: %s %s of tenant %s\n", o.Kind, o.Name, o.From)
	}
	if r.Simulation != nil {
		a.printf("%s\n", r.Prediction())
	}
	for _, gap := range r.Unseen {
		a.printf("\npending: unknown, %s is %s: %s\n", gap.Dataset, gap.Status, gap.Reason)
	}
	a.printf("\nThe sheet for the people who decide: %s\n", r.Files[0])
	if r.Run == "" {
		return nil
	}
	return a.printf("Somebody else than %s attests: ringfence-attest %s --fleet FLEET --key THEIR-KEY\n",
		r.Requester, r.Run)
}

// whatDecides is why a control is as it is: the first of its findings, and how many more there
// are; or what it demands, where nothing is wrong.
func whatDecides(l preflight.Line) string {
	switch more := len(l.Findings) - 1; {
	case l.Reason != "":
		return l.Reason
	case more > 0:
		return fmt.Sprintf("(and %d more) %s", more, l.Findings[0].Message)
	case more == 0:
		return l.Findings[0].Message
	}
	return l.Title
}

// shortened is a text for a cell of a table.
func shortened(s string) string {
	const most = 100
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}
