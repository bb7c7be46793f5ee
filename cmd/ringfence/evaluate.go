package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"ringfence/collectors/snapshot"
	"ringfence/engine"
	"ringfence/internal/fleetfile"
	"ringfence/internal/run"
	"ringfence/oscal/attest"
)

type evaluateFlags struct {
	fleet, out, key, passphraseFile, policies, asOf, only string
	snapshots                                             []string
	floors                                                run.Floors
}

func (a *app) evaluate() *cobra.Command {
	var f evaluateFlags
	c := &cobra.Command{
		Use:   "evaluate --fleet FILE --snapshot DIR",
		Short: "Judge snapshots, offline",
		Long: `The pure stage: the same snapshot, intent, policies, engine version and as-of
give the same bytes, on any machine. No credential is needed and no network is
touched. Without --out nothing is written and the exit code is the answer.` + exitHelp,
		Example: `  ringfence evaluate --fleet fleet.hcl --snapshot ./snap --as-of 2026-11-23T12:00:00Z --out ./out
  ringfence evaluate --fleet fleet.hcl --snapshot ./snap --fail-on high
  ringfence evaluate --fleet fleet.hcl --snapshot ./snapshots --out ./out`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return a.runEvaluate(c, f) },
	}
	c.Flags().StringVar(&f.fleet, "fleet", "", "fleet file, or a folder of *.hcl (required)")
	c.Flags().StringSliceVar(&f.snapshots, "snapshot", nil, "snapshot folder, or a folder of them; may be repeated (required)")
	c.Flags().StringVar(&f.out, "out", "", "folder for the run folders, one a client")
	c.Flags().StringVar(&f.asOf, "as-of", "", "the time to judge for (default: now)")
	c.Flags().StringVar(&f.only, "only", "", "findings: write findings.json and verdicts.ndjson alone")
	evaluationFlags(c, &f.key, &f.passphraseFile, &f.policies)
	floorFlags(c, &f.floors)
	return c
}

func (a *app) runEvaluate(c *cobra.Command, f evaluateFlags) error {
	if err := checkFloors(f.floors); err != nil {
		return err
	}
	if len(f.snapshots) == 0 {
		return usage(`"ringfence snapshot export" makes one from the store`, "no --snapshot is given")
	}
	if f.only != "" && f.only != "findings" {
		return usage(`the only value is "findings"`, "--only %q", f.only)
	}
	asOf, err := parseAsOf(f.asOf)
	if err != nil {
		return err
	}
	e, err := a.engine(f.policies)
	if err != nil {
		return err
	}
	fleet, err := a.fleetFile(f.fleet, e)
	if err != nil {
		return err
	}
	key, err := signer(f.key, f.passphraseFile)
	if err != nil {
		return err
	}
	var outcomes []run.Outcome
	for _, dir := range snapshotFolders(f.snapshots) {
		o, err := a.evaluateOne(c, f, evaluation{dir, asOf, e, fleet, key})
		if err != nil {
			return err
		}
		outcomes = append(outcomes, o)
	}
	return a.finish(outcomes)
}

type evaluation struct {
	dir   string
	asOf  time.Time
	e     *engine.Engine
	fleet *fleetfile.Fleet
	key   *attest.Key
}

func (a *app) evaluateOne(c *cobra.Command, f evaluateFlags, ev evaluation) (run.Outcome, error) {
	start := time.Now()
	snap, err := openSnapshot(ev.dir)
	if err != nil {
		return run.Outcome{}, err
	}
	in := run.Inputs{Snapshot: snap, Engine: ev.e, AsOf: ev.asOf}
	if err := promised(&in, ev.fleet); err != nil {
		return run.Outcome{}, usage("the snapshot's manifest.json says whose it is", "%s: %w", ev.dir, err)
	}
	if in.AsOf.IsZero() {
		in.AsOf = run.DefaultAsOf(snap.Manifest, start)
	}
	o, err := run.Evaluate(c.Context(), in, f.out,
		run.Options{Key: ev.key, Floors: f.floors, Start: start, Now: time.Now}, f.only == "findings")
	o.Unmatched = ev.fleet.UnmatchedExceptions(o.Set)
	o.Set.Verdicts = nil // written; a fleet has many
	return o, a.evaluationError(ev.dir, err)
}

func (a *app) evaluationError(dir string, err error) error {
	var digest *snapshot.DigestError
	var input *engine.InputError
	switch {
	case errors.As(err, &digest):
		return evidence("the snapshot was changed after it was sealed: take a new one", "%s: %w", dir, err)
	case errors.As(err, &input):
		return usage("", "%s: %w", dir, err)
	case err != nil:
		return fmt.Errorf("%s: %w", dir, err)
	}
	return nil
}

// promised finds what the snapshot's owner was promised: a client, or with the
// label "fleet" the MSP's own tenant.
func promised(in *run.Inputs, f *fleetfile.Fleet) (err error) {
	if in.Snapshot.Manifest.Client == snapshot.FleetClient {
		fleet := f.FleetIntent()
		in.Fleet = &fleet
		return nil
	}
	in.Intent, err = f.Intent(in.Snapshot.Manifest.Client)
	return err
}

// snapshotFolders lists the snapshot folders that the named folders stand for:
// themselves, or without a manifest the folders in them, by name. A folder with
// neither is left for openSnapshot to refuse.
func snapshotFolders(named []string) (dirs []string) {
	for _, dir := range named {
		inside := foldersIn(dir)
		if len(inside) == 0 {
			inside = []string{dir}
		}
		dirs = append(dirs, inside...)
	}
	return dirs
}

// foldersIn lists the folders in one that is no snapshot but holds some. All of
// them count: one that is no snapshot is an error later, never left out.
func foldersIn(dir string) (dirs []string) {
	entries, err := os.ReadDir(dir)
	if err != nil || isSnapshot(dir) {
		return nil
	}
	for _, e := range entries {
		sub := filepath.Join(dir, e.Name())
		if info, err := os.Stat(sub); err != nil || info.IsDir() {
			dirs = append(dirs, sub)
		}
	}
	if !slices.ContainsFunc(dirs, isSnapshot) {
		return nil
	}
	return dirs
}

func isSnapshot(dir string) bool {
	_, err := os.Lstat(filepath.Join(dir, snapshot.ManifestFile))
	return err == nil
}

// openSnapshot opens a snapshot folder that a user named.
func openSnapshot(dir string) (snapshot.Snapshot, error) {
	if _, err := os.Stat(dir); err != nil {
		return snapshot.Snapshot{}, usage(`"ringfence snapshot export" makes one from the store, "ringfence snapshot import" one of saved answers`, "%w", err)
	}
	snap, err := snapshot.OpenFolder(dir)
	if err != nil {
		return snap, evidence("a snapshot is a folder with manifest.json and <dataset>.ndjson files", "%w", err)
	}
	return snap, nil
}
