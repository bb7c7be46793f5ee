package main

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"ringfence/collectors/snapshot"
	"ringfence/engine"
	"ringfence/engine/finding"
	"ringfence/engine/foreign"
	"ringfence/internal/inputfile"
	"ringfence/internal/run"
	"ringfence/internal/runfolder"
	"ringfence/internal/runfolder/layout"
	"ringfence/internal/toolresults"
)

type importResultsFlags struct {
	snapshot, data, client string

	// What is written, and signed.
	out, fleet, key, passphraseFile string
}

var importResultsText = text{
	use:   "import-results maester|prowler|scuba|zta FILE",
	short: "Hold what another tool passed to the evidence of a snapshot",
	long: `Reads the results of Maester (TestResults.json), Prowler (OCSF JSON or CSV), ScubaGear
(ScubaResults.json) or Zero Trust Assessment (ZeroTrustAssessmentReport.json), puts the
checks that ask the same beside the control of ours that does, and calls out each pass
of which the evidence is not there: in --snapshot, in the newest snapshot of --data, or
in the tool's own file. A pass whose evidence is complete is never called out. Without a
snapshot nothing is compared, which it says.

--out leaves a run folder like that of an audit, with report.html and OSCAL: a control for
each check, satisfied where it passed and its evidence is complete. --key signs it.

Exit codes:
  0  every pass was compared as far as the table goes, and its evidence is there
  1  the tool failed
  2  usage, or results of another tenant
  4  a pass without evidence, or nothing was compared
  5  the snapshot is not what its manifest says`,
	example: `  ringfence import-results maester TestResults.json --snapshot ./snap
  ringfence import-results prowler prowler.ocsf.json --data ringfence-data --client fabrikam
  ringfence import-results scuba ScubaResults.json --snapshot ringfence-out/fabrikam --format json`,
}

func (a *app) importResults() *cobra.Command {
	var f importResultsFlags
	c := verb(importResultsText, cobra.ExactArgs(2), func(ctx context.Context, args []string) error {
		return a.runImportResults(ctx, f, args[0], args[1])
	})
	c.ValidArgs = toolresults.Tools()
	flags := c.Flags()
	flags.StringVar(&f.snapshot, "snapshot", "", "snapshot or run folder to compare with")
	flags.StringVar(&f.data, "data", "", "store whose newest snapshot of --client to compare with")
	flags.StringVar(&f.client, "client", "", "with --data: whose snapshot")
	flags.StringVar(&f.out, "out", "", "folder for a run folder, one a client: report, OSCAL, evidence")
	flags.StringVar(&f.fleet, "fleet", "", "with --out: fleet file with the client's promise and exceptions")
	flags.StringVar(&f.key, "key", "", "with --out: the machine's key, an encrypted PEM file")
	flags.StringVar(&f.passphraseFile, "passphrase-file", "",
		"file with the key's passphrase (or set RINGFENCE_KEY_PASSPHRASE)")

	return c
}

const (
	hintResults = `the tools are maester, prowler, scuba and zta; "ringfence import-results --help" names their files`
	hintCompare = "--snapshot DIR, or --data DIR --client NAME, says what to compare with"
)

// maxResults bounds a file of results, in bytes: Prowler writes a finding a resource.
const maxResults = 256 << 20

// check refuses flags that do not go together.
func (f importResultsFlags) check() error {
	switch {
	case f.snapshot != "" && (f.data != "" || f.client != ""):
		return usage(hintCompare, "--snapshot and --data are both given")
	case (f.data == "") != (f.client == ""):
		return usage(hintCompare, "--data and --client belong together")
	case f.out == "" && (f.fleet != "" || f.key != ""):
		return usage("add --out DIR", "--fleet and --key are about what --out leaves")
	case f.out != "" && f.snapshot == "" && f.data == "":
		return usage(hintCompare, "--out keeps a comparison, and there is nothing to compare with")
	}
	return disjoint("out", f.out, "data", f.data)
}

func (a *app) runImportResults(ctx context.Context, f importResultsFlags, tool, path string) error {
	if err := f.check(); err != nil {
		return err
	}

	data, err := readResults(path)
	if err != nil {
		return usage(hintResults, "%w", err)
	}
	report, err := toolresults.Parse(tool, data)
	if err != nil {
		return usage(hintResults, "%s: %w", path, err)
	}

	snap, ours, err := f.evidence()
	if err != nil {
		return err
	}
	if err := a.sameTenant(path, report, snap); err != nil {
		return err
	}

	c, err := toolresults.Compare(report, snap, ours)
	if err != nil {
		return err
	}
	if err := checkCompared(snap, c); err != nil {
		return err
	}

	if f.out != "" {
		if err := a.keepResults(ctx, f, path, snap, c); err != nil {
			return err
		}
	}

	if a.format == "json" {
		err = a.json(c)
	} else {
		a.printComparison(c)
	}
	if err != nil {
		return err
	}

	if snap == nil || c.Counts[toolresults.NotSeen] > 0 {
		return exit(run.ExitUndetermined)
	}
	return nil
}

// keepResults writes a comparison as a run folder.
func (a *app) keepResults(
	ctx context.Context, f importResultsFlags, path string, snap *snapshot.Snapshot, c toolresults.Comparison,
) error {
	in, err := a.resultInputs(f, path, snap.Manifest, c)
	if err != nil {
		return err
	}
	key, err := a.signer(f.key, f.passphraseFile)
	if err != nil {
		return err
	}
	if err := tryFolder("out", f.out); err != nil {
		return err
	}

	options := run.Options{
		Key: key, Floors: run.Floors{FailOn: "low", UndeterminedOn: "low"}, Out: f.out,
		Start: time.Now(), Now: time.Now,
	}
	if _, err = run.Evaluate(ctx, in, options); err != nil {
		return evaluationError(path, err)
	}
	return nil
}

// resultInputs are a comparison as what a run follows from: a generated pack, and what
// the tool says as its input.
func (a *app) resultInputs(
	f importResultsFlags, path string, m snapshot.Manifest, c toolresults.Comparison,
) (in run.Inputs, err error) {
	ours, err := a.engine(policyFlags{})
	if err != nil {
		return in, err
	}
	severities := map[string]string{}
	for _, control := range ours.Controls() {
		severities[control.ID] = control.Severity
	}

	manifest, files, input, err := c.Pack(severities)
	if err != nil {
		return in, usage(hintResults, "%s: %w", path, err)
	}
	if files, err = foreign.Bundle(manifest, files); err != nil {
		return in, err
	}
	if in.Engine, err = engine.LoadFiles(files); err != nil {
		return in, err
	}

	named := evaluateFlags{pack: packFlags{client: m.Client, input: path}}
	named.fleet = f.fleet
	promise, _, err := a.packPromise(named, in.Engine, m.TenantID)
	if err != nil {
		return in, err
	}
	if f.fleet == "" {
		promise.Client.Cloud = m.Cloud
	}
	in.Promise = promise

	collected, err := time.Parse(time.RFC3339, m.CollectedAt)
	if err != nil {
		return in, err
	}
	m = snapshot.Manifest{
		Client: m.Client, TenantID: m.TenantID, Cloud: m.Cloud, Tool: m.Tool,
	}
	if in.Snapshot, err = foreign.Snapshot(m, input, collected); err != nil {
		return in, err
	}
	in.AsOf = run.DefaultAsOf(in.Snapshot.Manifest, collected)
	return in, nil
}

func readResults(path string) ([]byte, error) {
	file, err := inputfile.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()

	data, err := io.ReadAll(io.LimitReader(file, maxResults+1))
	if err == nil && len(data) > maxResults {
		err = fmt.Errorf("%s is larger than %d MiB", path, maxResults>>20)
	}
	return data, err
}

// evidence is the snapshot to compare with, nil for none, and what a run folder around
// it says of our own controls.
func (f importResultsFlags) evidence() (*snapshot.Snapshot, map[string]string, error) {
	switch {
	case f.snapshot != "":
		dir := snapshotIn(f.snapshot)
		snap, err := openSnapshot(dir)
		if err != nil || dir == f.snapshot {
			return &snap, nil, err
		}
		return &snap, outcomesIn(f.snapshot), nil

	case f.data != "":
		store, err := snapshot.OpenStore(f.data, f.client)
		if err != nil {
			return nil, nil, usage(hintStored, "%w", err)
		}
		snap, err := store.Latest()
		if err != nil {
			return nil, nil, usage(hintStored, "--data %s: client %s: %w", f.data, f.client, err)
		}
		return &snap, nil, nil
	}

	return nil, nil, nil
}

// outcomesIn are the outcomes of our controls in a run folder, by id: for showing, and
// for no verdict.
func outcomesIn(dir string) map[string]string {
	folder, err := runfolder.Open(filepath.Clean(dir))
	if err != nil {
		return nil
	}
	defer folder.Close()

	data, err := folder.Read(layout.Findings, runfolder.MaxParsed)
	if err != nil {
		return nil
	}
	set, err := finding.Parse(data, nil)
	if err != nil {
		return nil
	}

	outcomes := map[string]string{}
	for _, c := range set.Controls {
		outcomes[c.ID] = string(c.Outcome)
	}
	return outcomes
}

// apart is how far results and snapshot may be from each other without a word.
const apart = 24 * time.Hour

// sameTenant refuses results of another tenant than the snapshot's.
func (a *app) sameTenant(path string, r toolresults.Report, snap *snapshot.Snapshot) error {
	if snap == nil {
		return nil
	}

	m := snap.Manifest
	switch {
	case r.TenantID == "":
		a.warn("%s does not say of which tenant it is: it is taken for that of %s", path, m.Client)
	case !strings.EqualFold(r.TenantID, m.TenantID):
		return usage(hintCompare, "%s is of tenant %s, the snapshot of %s (client %s)",
			path, r.TenantID, m.TenantID, m.Client)
	}

	ran, err := time.Parse(time.RFC3339, r.At)
	collected, errCollected := time.Parse(time.RFC3339, m.CollectedAt)
	if err == nil && errCollected == nil && ran.Sub(collected).Abs() > apart {
		a.warn("%s is of %s, the snapshot of %s: the tenant may have changed in between", path, r.At, m.CollectedAt)
	}
	return nil
}

// checkCompared holds the datasets that a comparison rests on to the manifest.
func checkCompared(snap *snapshot.Snapshot, c toolresults.Comparison) error {
	if snap == nil {
		return nil
	}

	checked := map[string]bool{}
	for _, line := range c.Lines {
		for _, name := range line.Evidence {
			if checked[name] {
				continue
			}
			checked[name] = true
			if err := snap.CheckDigest(name); err != nil {
				return evidence(hintResealed, "%w", err)
			}
		}
	}
	return nil
}

// printComparison prints the checks by control of ours, then the passes that nothing
// stands behind.
func (a *app) printComparison(c toolresults.Comparison) {
	var counts []string
	for _, o := range toolresults.Outcomes {
		if n := c.Outcomes[o]; n > 0 {
			counts = append(counts, fmt.Sprintf("%d %s", n, o))
		}
	}
	a.printf("%s %s, tenant %s, at %s: %d checks (%s)\n", c.Tool, c.Version,
		orUnknown(c.TenantID), orUnknown(c.At), len(c.Checks), strings.Join(counts, ", "))
	if c.Snapshot == "" {
		a.printf("Nothing was compared: no snapshot is given. A pass is the tool's word alone.\n")
	} else {
		a.printf("Compared with the snapshot of %s, collected at %s: of %d passes the evidence of %d is complete, "+
			"of %d it is not, %d have none in the table.\n", c.Client, c.Collected, c.Outcomes[toolresults.Pass],
			c.Counts[toolresults.Seen], c.Counts[toolresults.NotSeen], c.Counts[toolresults.NotCompared])
	}

	a.printf("\n")
	t := table(a.stdout, "CONTROL", "OURS", "CHECK", "THEIRS", "EVIDENCE", "TITLE")
	others := 0
	for _, line := range c.Lines {
		if line.Control == "" && line.Conclusion != toolresults.NotSeen {
			others++
			continue
		}
		tableRow(t, dash(line.Control), dash(line.Ours), line.ID, string(line.Outcome),
			evidenceWord(line, c.Snapshot != ""), line.Title)
	}
	t.Flush()
	if others > 0 {
		a.printf("and %d checks that no control of ours asks: --format json lists all\n", others)
	}

	a.printUnseen(c)
}

func (a *app) printUnseen(c toolresults.Comparison) {
	if c.Counts[toolresults.NotSeen] == 0 {
		return
	}

	a.printf("\nPassed, and the evidence is not there:\n")
	for _, line := range c.Lines {
		if line.Conclusion == toolresults.NotSeen {
			a.printf("  %s %s\n", line.ID, line.Title)
			for _, what := range line.Missing {
				a.printf("    %s\n", what)
			}
		}
	}
}

// evidenceWord is the cell of a line's evidence.
func evidenceWord(line toolresults.Line, compared bool) string {
	switch {
	case len(line.Missing) > 0:
		return "not there"
	case !compared || len(line.Evidence) == 0:
		return "not compared"
	}
	return "complete"
}

func dash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

func orUnknown(s string) string {
	if s == "" {
		return "unknown"
	}
	return s
}
