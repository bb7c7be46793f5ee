package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/spf13/cobra"

	"ringfence/collectors/snapshot"
	"ringfence/engine"
	"ringfence/engine/intent"
	"ringfence/internal/fleetfile"
	"ringfence/internal/run"
	"ringfence/internal/runfolder/layout"
)

type evaluateFlags struct {
	fleet, out, data, key, passphraseFile, policies, asOf, only string
	noCache                                                     bool
	snapshots                                                   []string
	floors                                                      run.Floors
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
	c.Flags().StringArrayVar(&f.snapshots, "snapshot", nil, "snapshot folder, run folder, or a folder of them; may be repeated (required)")
	c.Flags().StringVar(&f.out, "out", "", "folder for the run folders, one a client")
	c.Flags().StringVar(&f.asOf, "as-of", "", "the time to judge for (default: now)")
	c.Flags().StringVar(&f.data, "data", "", "store whose cache holds the outcomes of earlier runs (default: compute everything)")
	c.Flags().BoolVar(&f.noCache, "no-cache", false, "compute everything; leave the cache of --data alone")
	c.Flags().StringVar(&f.only, "only", "", "findings: write findings.json and verdicts.ndjson alone")
	evaluationFlags(c, &f.key, &f.passphraseFile, &f.policies)
	floorFlags(c, &f.floors)

	return c
}

func (a *app) runEvaluate(c *cobra.Command, f evaluateFlags) error {
	if err := checkFloors(f.floors); err != nil {
		return err
	}

	boundHeap()

	if len(f.snapshots) == 0 {
		return usage(`"ringfence snapshot export" makes one from the store`, "no --snapshot is given")
	}
	if f.only != "" && f.only != "findings" {
		return usage(`the only value is "findings"`, "--only %q", f.only)
	}
	if f.only != "" && f.out == "" {
		return usage("--out DIR says where; without --only the exit code is the answer, and nothing is written", "--only %s writes files, and no --out is given", f.only)
	}
	if err := disjoint("out", f.out, "data", f.data); err != nil {
		return err
	}

	asOf, err := parseAsOf(f.asOf)
	if err != nil {
		return err
	}

	dirs, err := snapshotFolders(f.snapshots)
	if err != nil {
		return err
	}
	if err := oneEach(dirs); err != nil {
		return err
	}

	e, fleet, err := a.engineAndFleet(f.policies, f.fleet)
	if err != nil {
		return err
	}
	if dirs, err = a.judged(dirs, e, fleet); err != nil {
		return err
	}

	key, err := signer(f.key, f.passphraseFile)
	if err != nil {
		return err
	}

	if f.out != "" {
		if err := tryFolder("out", f.out); err != nil {
			return err
		}
	}

	ev := evaluation{f: f, dirs: dirs, asOf: asOf, engine: e, fleet: fleet, uncached: make([]error, len(dirs))}
	t, done := a.tally(), 0
	err = run.EvaluateAll(c.Context(), len(dirs), ev.inputs, run.Options{
		Key: key, Floors: f.floors, Out: f.out, OnlyFindings: f.only == "findings", Now: time.Now,
	}, func(o run.Outcome) {
		if o.Err != nil {
			o.Err = evaluationError(dirs[done], o.Err)
		} else {
			o.Unmatched = fleet.UnmatchedExceptions(o.Set)
		}
		t.add(o)
		done++
	})
	if err != nil {
		return err
	}

	a.warnUncached(ev)
	return t.finish()
}

// evaluation is what all snapshots of one call share.
type evaluation struct {
	f      evaluateFlags
	dirs   []string
	asOf   time.Time
	engine *engine.Engine
	fleet  *fleetfile.Fleet
	// uncached is why outcomes were not kept, by snapshot.
	uncached []error
}

// inputs opens the i-th snapshot and finds what its owner was promised.
func (ev evaluation) inputs(i int) (run.Inputs, error) {
	dir := ev.dirs[i]
	snap, err := openSnapshot(dir)
	if err != nil {
		return run.Inputs{}, err
	}

	promise, err := ev.fleet.Promise(snap.Manifest.Client)
	if err != nil {
		return run.Inputs{Snapshot: snap}, usage("the snapshot's manifest.json says whose it is", "%s: %w", dir, err)
	}

	in := run.Inputs{Snapshot: snap, Promise: promise, Engine: ev.engine, AsOf: ev.asOf}
	if in.AsOf.IsZero() {
		in.AsOf = run.DefaultAsOf(snap.Manifest, time.Now())
	}

	if ev.f.data != "" && !ev.f.noCache {
		store, err := snapshot.OpenStore(ev.f.data, snap.Manifest.Client)
		if err != nil {
			return in, err
		}

		in.Cache = &store
		in.Uncached = func(err error) { ev.uncached[i] = fmt.Errorf("client %s: %w", snap.Manifest.Client, err) }
	}

	return in, nil
}

// warnUncached says once that --data keeps nothing: with a full disk it is the
// same for all clients.
func (a *app) warnUncached(ev evaluation) {
	lost := slices.DeleteFunc(slices.Clone(ev.uncached), func(err error) bool { return err == nil })
	if len(lost) > 0 {
		a.warn("the cache in --data %s cannot be written for %d of %d snapshots, whose outcomes are computed again next time: %v", ev.f.data, len(lost), len(ev.dirs), lost[0])
	}
}

// evaluationError says which snapshot it was, and the next step.
func evaluationError(dir string, err error) error {
	if f := (*failure)(nil); errors.As(err, &f) {
		return err
	}

	var digest *snapshot.DigestError
	var input *engine.InputError
	var out *run.OutError
	switch {
	case errors.As(err, &digest):
		return evidence("the snapshot was changed after it was sealed: take a new one", "%s: %w", dir, err)
	case errors.As(err, &out):
		return usage(outHint, "%w", err)
	case errors.As(err, &input):
		return usage("a snapshot is judged for a time after it was taken, against the promise of the client and tenant that its manifest.json names", "%s: %w", dir, err)
	}

	return fmt.Errorf("%s: %w", dir, err)
}

// snapshotFolders lists the snapshot folders that the named folders stand for:
// themselves, or without a manifest the folders in them, by name.
func snapshotFolders(named []string) ([]string, error) {
	var dirs []string
	for _, dir := range named {
		inside := foldersIn(dir)
		if len(inside) == 0 {
			inside = []string{snapshotIn(dir)}
			if err := refuseOther(inside[0]); err != nil {
				return nil, err
			}
		}

		dirs = append(dirs, inside...)
	}

	return dirs, nil
}

// foldersIn lists the snapshots in a folder that is none but holds some. All
// folders in it count: one that is no snapshot is an error later, never left out.
func foldersIn(dir string) (dirs []string) {
	entries, err := os.ReadDir(dir)
	if err != nil || isSnapshot(snapshotIn(dir)) {
		return nil
	}

	for _, e := range entries {
		sub := filepath.Join(dir, e.Name())
		if info, err := os.Stat(sub); err != nil || info.IsDir() {
			dirs = append(dirs, snapshotIn(sub))
		}
	}

	if !slices.ContainsFunc(dirs, isSnapshot) {
		return nil
	}

	return dirs
}

// snapshotIn is the folder itself, or of a run folder the snapshot in it.
func snapshotIn(dir string) string {
	if _, err := os.Lstat(filepath.Join(dir, layout.Run)); err == nil {
		return filepath.Join(dir, layout.SnapshotDir)
	}
	return dir
}

// judged leaves out the snapshots that no control of the set is about: the MSP's
// own, or those of clients. What is wrong with one is said later.
func (a *app) judged(dirs []string, e *engine.Engine, f *fleetfile.Fleet) ([]string, error) {
	if e.Judges(intent.FleetKind) && e.Judges(intent.ClientKind) {
		return dirs, nil
	}

	var kept, left []string
	for _, dir := range dirs {
		if kind, known := kindOf(dir, f); known && !e.Judges(kind) {
			left = append(left, dir)
		} else {
			kept = append(kept, dir)
		}
	}

	if len(kept) == 0 {
		return nil, usage("\"ringfence policy list\" says of which scope each control is", "no control of the policy set is about %s", strings.Join(left, ", "))
	}

	if len(left) > 0 {
		a.warn("left out, since no control of the policy set is about them: %s", strings.Join(left, ", "))
	}

	return kept, nil
}

// kindOf is the kind of promise that a snapshot is judged by; known is false where
// it is not of the client, or not of the tenant, that it says.
func kindOf(dir string, f *fleetfile.Fleet) (kind intent.Kind, known bool) {
	snap, err := openSnapshot(dir)
	if err != nil {
		return "", false
	}

	promise, err := f.Promise(snap.Manifest.Client)
	if err != nil {
		return "", false
	}

	return promise.Kind(), strings.EqualFold(promise.Tenant().Client.TenantID, snap.Manifest.TenantID)
}

// oneEach refuses two snapshots of one client: both results would be called
// <out>/<client>, and chance would say which one stays.
func oneEach(dirs []string) error {
	first := map[string]string{} // client -> folder
	for _, dir := range dirs {
		client := owner(dir)
		if other, ok := first[client]; ok && client != "" {
			return usage("a client has one result: name one of the two with --snapshot", "%s and %s are both snapshots of client %s", other, dir, client)
		}
		first[client] = dir
	}

	return nil
}

// owner is whose snapshot a folder holds, "" where that cannot be read. It reads
// no further in the manifest: what is wrong with it is openSnapshot's to say.
func owner(dir string) string {
	path := filepath.Join(dir, snapshot.ManifestFile)
	if info, err := os.Lstat(path); err != nil || !info.Mode().IsRegular() {
		return "" // a pipe would never end
	}

	file, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer file.Close()

	d := jsontext.NewDecoder(io.LimitReader(file, 64<<20)) // a manifest is far smaller
	if t, err := d.ReadToken(); err != nil || t.Kind() != '{' {
		return ""
	}

	for d.PeekKind() == '"' {
		name, _ := d.ReadToken()
		if is := name.String() == "client"; is && d.PeekKind() == '"' {
			client, _ := d.ReadToken()
			return client.String()
		}
		if d.SkipValue() != nil {
			break
		}
	}

	return ""
}

func isSnapshot(dir string) bool {
	_, err := os.Lstat(filepath.Join(dir, snapshot.ManifestFile))
	return err == nil
}

// openSnapshot opens a snapshot folder that a user named.
func openSnapshot(dir string) (snapshot.Snapshot, error) {
	if err := refuseOther(dir); err != nil {
		return snapshot.Snapshot{}, err
	}

	snap, err := snapshot.OpenFolder(dir)
	if version := (*snapshot.VersionError)(nil); errors.As(err, &version) {
		return snap, usage("another version of ringfence wrote it: use that one, or export the snapshot again", "%w", err)
	}
	if err != nil {
		return snap, evidence("a snapshot is a folder with manifest.json and <dataset>.ndjson files", "%w", err)
	}

	return snap, nil
}

// refuseOther refuses what is no snapshot at all: the wrong folder was named,
// which says nothing about evidence.
func refuseOther(dir string) error {
	if _, err := os.Stat(dir); err != nil {
		return usage(`"ringfence snapshot export" makes one from the store, "ringfence snapshot import" one of saved answers`, "%w", err)
	}
	if _, err := os.Lstat(filepath.Join(dir, snapshot.ManifestFile)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return usage("", "%w", err)
	}
	if !isSnapshot(dir) {
		return usage("a snapshot is a folder with manifest.json and <dataset>.ndjson files", "%s is not a snapshot: it has no %s", dir, snapshot.ManifestFile)
	}

	return nil
}
