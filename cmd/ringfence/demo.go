package main

import (
	"crypto/rand"
	"encoding/hex"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"ringfence/collectors/emulator"
	"ringfence/engine/finding"
	"ringfence/internal/run"
	"ringfence/internal/summary"
)

func (a *app) demo() *cobra.Command {
	var f worldFlags
	c := &cobra.Command{
		Use:   "demo",
		Short: "Audit an emulated fleet of 12 clients, end to end",
		Long: `Starts an emulated fleet of tenants on loopback, and does the main job against it
over HTTPS: collect, evaluate, sign, verify. What is wrong in the fleet is
written to planted.json before any policy runs, and compared with what was
found. The exit code is 0 when the whole flow worked, whatever it found.`,
		Example: "  ringfence demo --dir ./demo",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := f.check(); err != nil {
				return err
			}
			return a.runDemo(c, f)
		},
	}

	f.add(c, "demo")
	return c
}

func (a *app) runDemo(c *cobra.Command, f worldFlags) error {
	if err := clearDemo(f.dir); err != nil {
		return err
	}

	a.quiet = true // the fleet file promises more than today's controls read
	secret := make([]byte, 24)
	rand.Read(secret)

	key, err := makeKey(filepath.Join(f.dir, "keys"), "machine", []byte(hex.EncodeToString(secret)))
	if err != nil {
		return err
	}

	l, err := startLab(f, emulator.Options{}, []string{key.Public().SPKI()})
	if err != nil {
		return err
	}
	defer l.server.Close()

	audit, names, err := a.prepareAudit(auditFlags{
		judgeFlags: judgeFlags{
			fleet:  l.fleetFile,
			data:   filepath.Join(f.dir, "ringfence-data"),
			out:    filepath.Join(f.dir, "out"),
			floors: run.Floors{FailOn: "low", UndeterminedOn: "low"},
		},
	}, key)
	if err != nil {
		return err
	}

	var outcomes []run.Outcome
	err = audit.Run(c.Context(), names, true, func(o run.Outcome) { outcomes = append(outcomes, o) })
	if err != nil {
		return err
	}

	return a.demoResult(c, f, l, outcomes)
}

// clearDemo makes room for a demo: an earlier one is replaced, anything else is
// left alone.
func clearDemo(dir string) error {
	entries, err := os.ReadDir(dir)
	if os.IsNotExist(err) || err == nil && len(entries) == 0 {
		return nil
	}
	if _, planted := os.Stat(filepath.Join(dir, "planted.json")); err != nil || planted != nil {
		return usage("--dir takes a folder that is not there yet, empty, or of an earlier demo", "%s holds something else than a demo", dir)
	}

	for _, name := range []string{"planted.json", "fleet.hcl", "ca.pem", "emulator-secret", "ringfence-data", "out", "keys"} {
		if err := os.RemoveAll(filepath.Join(dir, name)); err != nil {
			return err
		}
	}

	return nil
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

// demoResult prints the matrix and checks the flow: every client came through,
// what was planted was found and nothing else, and every folder verifies.
func (a *app) demoResult(c *cobra.Command, f worldFlags, l *lab, outcomes []run.Outcome) error {
	s := demoSummary{Schema: "ringfence.demo/1", Clients: []string{}, Planted: len(l.world.Planted()),
		Out: filepath.Join(f.dir, "out"), Key: filepath.Join(f.dir, "keys", "machine.pub")}
	for _, o := range outcomes {
		if o.Err != nil {
			return broken("", "client %s: %w", o.Client, o.Err)
		}
		if len(o.Set.Errors) > 0 {
			return broken("", "client %s: policy errors: %v", o.Client, o.Set.Errors)
		}
		s.Clients = append(s.Clients, o.Client)
	}

	s.Missed, s.Extra = comparePlanted(l.world.Planted(), outcomes)

	if err := a.demoVerify(c, l.fleetFile, outcomes); err != nil {
		return err
	}

	s.Verified = len(outcomes)

	if a.format == "json" {
		if err := a.json(s); err != nil {
			return err
		}
	} else {
		fleet := summary.New(0)
		for _, o := range outcomes {
			fleet.Add(newClient(o), nil)
		}

		a.printMatrix(fleet.Matrix())
		a.printDemo(s, l.fleetFile)
	}

	if len(s.Missed)+len(s.Extra) > 0 {
		return broken("", "what was found is not what was planted")
	}

	return nil
}

func (a *app) printDemo(s demoSummary, fleet string) {
	a.printf("\nplanted violations: %d, missed: %d, found beside them: %d\n", s.Planted, len(s.Missed), len(s.Extra))
	for _, p := range slices.Concat(s.Missed, s.Extra) {
		a.printf("  %s %s %s\n", p.Client, p.Control, p.Subject)
	}
	a.printf(`verified against %s: %d of %d run folders
reports: %s
The signing key's passphrase was made for this demo and is not kept: the key in
%s can sign nothing more.
Check it yourself: ringfence verify %s --key %s
`, fleet, s.Verified, s.Verified, filepath.Join(s.Out, "<client>", run.ReportFile), filepath.Dir(s.Key), s.Out, s.Key)
}

func (a *app) demoVerify(c *cobra.Command, fleet string, outcomes []run.Outcome) error {
	anchor, err := a.anchor(fleet, "")
	if err != nil {
		return err
	}

	for _, o := range outcomes {
		r, err := run.Verify(c.Context(), o.Dir, anchor)
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

// comparePlanted says which planted violations were not found, and which were
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
