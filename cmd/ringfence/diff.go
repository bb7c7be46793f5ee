package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"sync"

	"github.com/spf13/cobra"

	"ringfence/collectors/snapshot"
	"ringfence/internal/run"
)

type diffFlags struct {
	data, client string // snapshots of the store
	exitCode     bool
}

var diffText = text{
	use:   "diff A B",
	short: "Show what changed between two snapshots of a tenant",
	long: `A and B are snapshot folders, run folders or archives (.tar.zst). With --client they
are snapshots of the store: "latest", "previous", the beginning of a digest as
"snapshot list" prints it, or a time; without any they are previous and latest.

Documents are compared property by property. What changes without anybody changing
the configuration, such as the time of a device's last sync, is shown apart. A
document that is missing from a list that was not read whole is not removed: it is
unknown, and the change of the coverage is shown. So is an event that is older than
the days of which the later log was read, and it is only counted.

The exit code is 0, however much differs; with --exit-code it is 1 where something
differs, as with git diff.`,
	example: `  ringfence snapshot diff ./monday ./tuesday
  ringfence snapshot diff --client fabrikam previous latest --format json`,
}

func (a *app) snapshotDiff() *cobra.Command {
	var f diffFlags
	c := verb(diffText, cobra.MaximumNArgs(2), func(ctx context.Context, args []string) error {
		return a.runDiff(ctx, f, args)
	})

	c.Flags().StringVar(&f.client, "client", "", "compare this client's snapshots in the store")
	c.Flags().StringVar(&f.data, "data", "ringfence-data", "with --client: folder of snapshots and runs")
	c.Flags().BoolVar(&f.exitCode, "exit-code", false, "end with exit code 1 where something differs")

	return c
}

func (a *app) runDiff(ctx context.Context, f diffFlags, args []string) error {
	before, after, done, err := f.open(args)
	defer done()
	if err != nil {
		return err
	}
	if b, c := before.Manifest, after.Manifest; b.TenantID != c.TenantID {
		return usage(hintOwner, "the snapshots are of two tenants: %s (client %s) and %s (client %s)",
			b.TenantID, b.Client, c.TenantID, c.Client)
	}

	view := a.diffText
	if a.format == "json" {
		view = a.diffJSON
	}

	show := view(before, after)
	begin := sync.OnceFunc(show.begin) // not before the digests are right
	datasets, err := snapshot.Diff(before, after, func(c snapshot.Change) error {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		begin()
		return show.change(c)
	})
	switch {
	case is[*snapshot.DigestError](err):
		return evidence(hintResealed, "%w", err)
	case err != nil:
		return err
	}

	begin()
	if err := show.finish(datasets); err != nil {
		return err
	}

	differs := func(d snapshot.DatasetDiff) bool { return !d.IsSame() }
	if f.exitCode && slices.ContainsFunc(datasets, differs) {
		return exit(run.ExitTool)
	}
	return nil
}

// open opens the two snapshots. done removes what was unpacked.
func (f diffFlags) open(args []string) (before, after snapshot.Snapshot, done func(), err error) {
	var opened []func()
	done = func() {
		for _, close := range opened {
			close()
		}
	}

	if f.client != "" {
		before, after, err = f.stored(args)
		return before, after, done, err
	}
	if len(args) != 2 {
		return before, after, done, usage("name two snapshots, or a --client of the store",
			"there is nothing to compare")
	}

	for i, into := range []*snapshot.Snapshot{&before, &after} {
		snap, close, err := openAny(args[i])
		opened = append(opened, close)
		if err != nil {
			return before, after, done, err
		}
		*into = snap
	}

	return before, after, done, nil
}

// stored opens two snapshots of the store.
func (f diffFlags) stored(args []string) (before, after snapshot.Snapshot, err error) {
	names := []string{"previous", "latest"}
	if len(args) == 1 {
		return before, after, usage("name both, or none for previous and latest", "there is one snapshot to compare")
	}
	if len(args) == 2 {
		names = args
	}

	store, err := snapshot.OpenStore(f.data, f.client)
	if err != nil {
		return before, after, usage("--client takes a label of the fleet file", "%w", err)
	}
	if before, err = openStored(store, f.client, names[0]); err != nil {
		return before, after, err
	}

	after, err = openStored(store, f.client, names[1])
	return before, after, err
}

// openStored opens a snapshot of the store by a name that a person gives.
func openStored(store snapshot.Store, client, name string) (snapshot.Snapshot, error) {
	files, err := store.Snapshots()
	if err != nil {
		return snapshot.Snapshot{}, err
	}

	var found []string
	switch {
	case name == "latest" && len(files) > 0:
		found = files[len(files)-1:]
	case name == "previous" && len(files) > 1:
		found = files[len(files)-2 : len(files)-1]
	case name != "latest" && name != "previous":
		found = slices.DeleteFunc(slices.Clone(files), func(file string) bool { return !namesSnapshot(name, file) })
	}

	switch len(found) {
	case 0:
		return snapshot.Snapshot{}, usage(hintStored, "client %s has no snapshot %q", client, name)
	case 1:
	default:
		return snapshot.Snapshot{}, usage(hintStored, "client %s has %d snapshots that begin with %q",
			client, len(found), name)
	}

	snap, err := store.OpenSnapshot(found[0])
	if err != nil {
		return snap, evidence(hintStore, "%w", err)
	}
	return snap, nil
}

// minDigest is how much of a digest names a snapshot.
const minDigest = 6

// namesSnapshot reports whether a name is the beginning of a digest, or the time, of a
// manifest's file ("20261123T080000Z-<digest>.json").
func namesSnapshot(name, file string) bool {
	at, _, _ := strings.Cut(file, "-")
	plain := strings.NewReplacer(":", "", "-", "").Replace(name)
	return len(name) >= minDigest && strings.HasPrefix(snapshot.SnapshotDigest(file), strings.ToLower(name)) ||
		strings.EqualFold(plain, at)
}

// openAny opens what a user named: a snapshot folder, a run folder, or an archive.
// close removes what was unpacked; it is never nil.
func openAny(path string) (snap snapshot.Snapshot, close func(), err error) {
	close = func() {}
	info, err := os.Stat(path)
	if err != nil || info.IsDir() || !strings.HasSuffix(path, snapshot.ArchiveSuffix) {
		snap, err = openSnapshot(snapshotIn(path))
		return snap, close, err
	}

	f, err := os.Open(path)
	if err != nil {
		return snap, close, usage("", "%w", err)
	}
	defer f.Close()

	dir, err := os.MkdirTemp("", "ringfence-*")
	if err != nil {
		return snap, close, err
	}
	close = func() { os.RemoveAll(dir) }

	if err := snapshot.Unpack(f, dir); err != nil {
		if e := (*fs.PathError)(nil); errors.As(err, &e) && !errors.Is(err, io.ErrUnexpectedEOF) {
			return snap, close, err // the disk, not the archive
		}
		return snap, close, evidence(hintSnapshot, "%s: %w", path, err)
	}

	snap, err = snapshot.OpenFolder(dir)
	switch {
	case is[*snapshot.VersionError](err):
		err = usage(hintVersion, "%s: %w", path, err)
	case err != nil:
		err = evidence(hintSnapshot, "%s: %w", path, err)
	}

	return snap, close, err
}

// diffView shows changes as they come, and what they add up to.
type diffView struct {
	begin  func()
	change func(snapshot.Change) error
	finish func([]snapshot.DatasetDiff) error
}

// shownValue is how much of a value the text output shows, in characters.
const shownValue = 100

// diffText shows changes for people: "+" added, "-" removed, "~" changed, "?" unknown.
func (a *app) diffText(before, after snapshot.Snapshot) diffView {
	last := ""
	return diffView{
		begin: func() {
			b, c := before.Manifest, after.Manifest
			a.printf("client %s, tenant %s\n", c.Client, c.TenantID)
			a.printf("from %s, collected %s\n", before.Digest(), b.CollectedAt)
			a.printf("to   %s, collected %s\n", after.Digest(), c.CollectedAt)
		},
		change: func(c snapshot.Change) error {
			if c.Dataset != last {
				last = c.Dataset
				a.printf("\n%s\n", c.Dataset)
			}
			return a.printChange(c)
		},
		finish: a.printDatasets,
	}
}

// marks are the signs in front of a change.
var marks = map[snapshot.ChangeKind]string{
	snapshot.Added: "+", snapshot.Removed: "-", snapshot.Changed: "~",
	snapshot.UnknownBefore: "?", snapshot.UnknownAfter: "?",
}

func (a *app) printChange(c snapshot.Change) error {
	note := ""
	switch c.Kind {
	case snapshot.UnknownBefore:
		note = "  (new or not: the earlier snapshot did not see all)"
	case snapshot.UnknownAfter:
		note = "  (still there or not: the later snapshot did not see all)"
	}

	mark := marks[c.Kind]
	if len(c.Properties) == 0 && len(c.Observed) > 0 {
		mark = "."
	}
	if err := a.printf("  %s %s%s\n", mark, c.Subject, note); err != nil {
		return err
	}

	for _, p := range c.Properties {
		a.printProperty("      ", p)
	}
	for _, p := range c.Observed {
		a.printProperty("      observed ", p)
	}

	return nil
}

func (a *app) printProperty(indent string, p snapshot.PropertyChange) {
	if p.Set {
		a.printf("%s%s: lost %s, gained %s\n", indent, p.Path, shortValue(p.Before), shortValue(p.After))
		return
	}
	a.printf("%s%s: %s → %s\n", indent, p.Path, shortValue(p.Before), shortValue(p.After))
}

// shortValue is a JSON value on one line, cut where it is long.
func shortValue(v []byte) string {
	if v == nil {
		return "nothing"
	}
	if text := []rune(string(v)); len(text) > shownValue {
		return string(text[:shownValue]) + "…"
	}
	return string(v)
}

// printDatasets prints how much each dataset differs, and how its coverage does.
func (a *app) printDatasets(datasets []snapshot.DatasetDiff) error {
	if len(datasets) == 0 {
		return a.print("\nNothing differs.\n")
	}

	a.print("\n")
	t := table(a.stdout, "DATASET", "ADDED", "REMOVED", "CHANGED", "UNKNOWN", "OBSERVED ONLY", "COVERAGE")
	for _, d := range datasets {
		unknown := d.Counts[snapshot.UnknownBefore] + d.Counts[snapshot.UnknownAfter]
		tableRow(t, d.Dataset, fmt.Sprint(d.Counts[snapshot.Added]), fmt.Sprint(d.Counts[snapshot.Removed]),
			fmt.Sprint(d.Counts[snapshot.Changed]), fmt.Sprint(unknown), fmt.Sprint(d.Observed), coverageChange(d))
	}

	return t.Flush()
}

// coverageChange says in a few words how the coverage differs.
func coverageChange(d snapshot.DatasetDiff) string {
	before, after := statusText(d.Before), statusText(d.After)
	switch {
	case d.SameCoverage():
		return after
	case before == after:
		return after + ", in other scopes"
	}
	return before + " → " + after
}

// statusText is a coverage's status, and why it is no better.
func statusText(c snapshot.Coverage) string {
	switch {
	case c.Status == "":
		return "not known"
	case c.CompleteEverywhere():
		return string(c.Status)
	}

	if e := c.Holes()[0].Evidence; e != nil && e.Code != "" {
		return fmt.Sprintf("%s (%s)", c.Status, e.Code)
	}
	return string(c.Status)
}

// datasetJSON is a dataset of the JSON output.
type datasetJSON struct {
	Dataset  string                      `json:"dataset"`
	Counts   map[snapshot.ChangeKind]int `json:"counts"`
	Observed int                         `json:"observed_only"`
	Before   *snapshot.Coverage          `json:"coverage_before"` // null: the snapshot does not know it
	After    *snapshot.Coverage          `json:"coverage_after"`
}

// diffJSON writes one JSON object, change by change: there may be a hundred thousand.
func (a *app) diffJSON(before, after snapshot.Snapshot) diffView {
	w := jsonStream{app: a}
	return diffView{
		begin: func() {
			w.open(map[string]any{
				"schema": "ringfence.diff/1", "client": after.Manifest.Client, "tenant_id": after.Manifest.TenantID,
				"from": sideOf(before), "to": sideOf(after),
			}, "changes")
		},
		change: func(c snapshot.Change) error { return w.element(c) },
		finish: func(datasets []snapshot.DatasetDiff) error {
			all := []datasetJSON{}
			for _, d := range datasets {
				before, after := knownCoverage(d.Before), knownCoverage(d.After)
				all = append(all, datasetJSON{d.Dataset, d.Counts, d.Observed, before, after})
			}
			return w.close("datasets", all)
		},
	}
}

func sideOf(s snapshot.Snapshot) map[string]string {
	return map[string]string{"snapshot": s.Digest(), "collected_at": s.Manifest.CollectedAt}
}

func knownCoverage(c snapshot.Coverage) *snapshot.Coverage {
	if c.Status == "" {
		return nil
	}
	return &c
}
