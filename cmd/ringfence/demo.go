package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"ringfence/collectors/emulator"
	"ringfence/collectors/snapshot"
	"ringfence/engine/finding"
	"ringfence/internal/run"
	"ringfence/internal/runfolder/layout"
	"ringfence/internal/summary"
)

var demoText = text{
	use:   "demo",
	short: "Audit an emulated fleet of 12 clients, end to end",
	long: `Starts an emulated fleet of tenants on loopback, and does the main job against it
over HTTPS: collect, evaluate, sign, verify. What is wrong in the fleet is
written to planted.json before any policy runs, and compared with what was
found. The exit code is 0 when the whole flow worked, whatever it found.`,
	example: "  ringfence demo --dir ./demo",
}

func (a *app) demo() *cobra.Command {
	var f worldFlags
	c := verb(demoText, cobra.NoArgs, func(ctx context.Context, _ []string) error {
		return a.runDemo(ctx, f)
	})

	f.add(c, "demo")
	return c
}

// fleetKeyFile is the key under which a demo's clients are compared.
const fleetKeyFile = "fleet.key"

// demoFiles are what a demo leaves in its folder.
var demoFiles = []string{
	"planted.json", "fleet.hcl", "fleet.key", "ca.pem", "emulator-secret", "ringfence-data", "out", "keys",
}

// demoSummary is what the demo prints with --format json.
type demoSummary struct {
	Schema   string             `json:"schema"`
	Clients  []string           `json:"clients"`
	Planted  int                `json:"planted"`
	Missed   []emulator.Planted `json:"missed"`
	Extra    []emulator.Planted `json:"extra"` // found, and nobody planted it
	Verified int                `json:"verified"`
	Out      string             `json:"out"`
	Key      string             `json:"key"` // public
}

func (a *app) runDemo(ctx context.Context, f worldFlags) error {
	if err := f.check(); err != nil {
		return err
	}
	if err := clearDemo(f.dir); err != nil {
		return err
	}

	a.quiet = true // the fleet file promises more than today's controls read
	l, outcomes, err := a.auditLab(ctx, f)
	if err != nil {
		return err
	}
	defer l.server.Close()

	s, err := checkDemo(f, l.world.Planted(), outcomes)
	if err != nil {
		return err
	}

	if err := a.verifyDemo(ctx, l.fleetFile, outcomes); err != nil {
		return err
	}
	s.Verified = len(outcomes)

	if err := a.printDemo(s, l.fleetFile, outcomes); err != nil {
		return err
	}
	if len(s.Missed)+len(s.Extra) > 0 {
		return broken("", "what was found is not what was planted")
	}

	return nil
}

// clearDemo makes room for a demo: an earlier one is replaced, anything else is
// left alone.
func clearDemo(dir string) error {
	entries, err := os.ReadDir(dir)
	if os.IsNotExist(err) || err == nil && len(entries) == 0 {
		return nil
	}
	if _, planted := os.Stat(filepath.Join(dir, "planted.json")); err != nil || planted != nil {
		return usage(hintDemo, "%s holds something else than a demo", dir)
	}

	for _, name := range demoFiles {
		if err := os.RemoveAll(filepath.Join(dir, name)); err != nil {
			return err
		}
	}

	return nil
}

// auditLab starts the emulated fleet and audits all of it, with a key that nobody
// can use again: its passphrase is not kept.
func (a *app) auditLab(ctx context.Context, f worldFlags) (*lab, []run.Outcome, error) {
	secret := make([]byte, 24)
	rand.Read(secret)
	key, err := makeKey(filepath.Join(f.dir, "keys"), "machine", []byte(hex.EncodeToString(secret)))
	if err != nil {
		return nil, nil, err
	}

	if _, err := makeFleetKey(filepath.Join(f.dir, fleetKeyFile)); err != nil {
		return nil, nil, err
	}

	written := emulator.Addresses{MachineKeys: []string{key.Public().SPKI()}, FleetKeyFile: fleetKeyFile}
	l, err := startLab(f, emulator.Plan{}, "", written)
	if err != nil {
		return nil, nil, err
	}

	var outcomes []run.Outcome
	audit, names, err := a.prepareAudit(auditFlags{
		judgeFlags: judgeFlags{
			fleet:  l.fleetFile,
			data:   filepath.Join(f.dir, "ringfence-data"),
			out:    filepath.Join(f.dir, "out"),
			floors: run.Floors{FailOn: "low", UndeterminedOn: "low"},
		},
		fleetFlags: fleetFlags{run.DefaultParallel, run.DefaultTimeout},
	}, key)
	if err == nil {
		names = append(names, snapshot.FleetClient)
		b := a.newBoard(len(names))
		audit.Watch = b.watch
		err = audit.Run(ctx, names, func(o run.Outcome) { outcomes = append(outcomes, o) })
		b.close()
	}

	slices.SortFunc(outcomes, func(x, y run.Outcome) int {
		return slices.Index(names, x.Client) - slices.Index(names, y.Client)
	})

	if err != nil {
		l.server.Close()
		return nil, nil, err
	}

	return l, outcomes, nil
}

// checkDemo checks that every client came through, and compares what was planted
// with what was found.
func checkDemo(f worldFlags, planted []emulator.Planted, outcomes []run.Outcome) (demoSummary, error) {
	s := demoSummary{
		Schema:  "ringfence.demo/1",
		Clients: []string{},
		Planted: len(planted),
		Out:     filepath.Join(f.dir, "out"),
		Key:     filepath.Join(f.dir, "keys", "machine.pub"),
	}

	for _, o := range outcomes {
		if o.Err != nil {
			return s, broken("", "client %s: %w", o.Client, o.Err)
		}
		if len(o.Set.Errors) > 0 {
			return s, broken("", "client %s: policy errors: %v", o.Client, o.Set.Errors)
		}
		s.Clients = append(s.Clients, o.Client)
	}

	s.Missed, s.Extra = comparePlanted(planted, outcomes)
	return s, nil
}

// comparePlanted returns the planted violations that were not found, and those
// found that nobody planted.
func comparePlanted(planted []emulator.Planted, outcomes []run.Outcome) (missed, extra []emulator.Planted) {
	missed, extra = []emulator.Planted{}, []emulator.Planted{}
	found := map[emulator.Planted]bool{}
	for _, o := range outcomes {
		for _, x := range o.Set.Findings {
			if x.Outcome == finding.NotSatisfied {
				found[emulator.Planted{Client: o.Client, Control: x.Control, Subject: x.Subject}] = true
			}
		}
	}

	for _, p := range planted {
		if !found[p] {
			missed = append(missed, p)
		}
		delete(found, p)
	}

	for p := range found {
		extra = append(extra, p)
	}

	return missed, extra
}

func (a *app) verifyDemo(ctx context.Context, fleet string, outcomes []run.Outcome) error {
	anchor, err := a.anchor(fleet, "")
	if err != nil {
		return err
	}

	var policies run.Policies
	for _, o := range outcomes {
		r, err := policies.Verify(ctx, o.Dir, anchor)
		if err != nil {
			return err
		}
		if r.Code() != run.ExitOK {
			a.printReports([]run.Report{r})
			return evidence("", "%s does not verify", o.Dir)
		}
	}

	return nil
}

// demoResult is printed below the matrix and the comparison: fleet file, number of
// run folders verified and of all, a report's path, folder of the key, results, key.
const demoResult = `verified against %s: %d of %d run folders
reports: %s
The signing key's passphrase was made for this demo and is not kept: the key in
%s can sign nothing more.
Check it yourself: ringfence verify %s --key %s
`

func (a *app) printDemo(s demoSummary, fleetFile string, outcomes []run.Outcome) error {
	if a.format == "json" {
		return a.json(s)
	}

	fleet := summary.New(0)
	for _, o := range outcomes {
		fleet.Add(newClient(o), nil)
	}
	a.printMatrix(fleet.Matrix())

	a.printf("\nplanted violations: %d, missed: %d, found beside them: %d\n",
		s.Planted, len(s.Missed), len(s.Extra))
	for _, p := range slices.Concat(s.Missed, s.Extra) {
		a.printf("  %s %s %s\n", p.Client, p.Control, p.Subject)
	}

	report := filepath.Join(s.Out, "<client>", layout.Report)
	a.printf(demoResult, fleetFile, s.Verified, s.Verified, report, filepath.Dir(s.Key), s.Out, s.Key)

	return nil
}
