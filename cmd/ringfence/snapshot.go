package main

import (
	"context"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"ringfence/collectors/snapshot"
	"ringfence/internal/terminal"
)

func (a *app) snapshot() *cobra.Command {
	return group("snapshot", "Snapshots: import, export, show, list, diff",
		a.snapshotImport(), a.snapshotExport(), a.snapshotShow(), a.snapshotList(), a.snapshotDiff())
}

// write puts a snapshot into a folder, or into an archive where the name says so.
func write(snap snapshot.Snapshot, out string) error {
	if out == "" {
		return usage(hintNewFolder, "no --out is given")
	}

	isArchive := strings.HasSuffix(out, snapshot.ArchiveSuffix)
	if _, err := os.Lstat(out); isArchive && err == nil {
		return usage(hintNewFolder, "--out %s is there already", out)
	}

	err := snap.Verify() // before anything is written
	switch {
	case err != nil:
	case isArchive:
		err = writeAll(out, snap.WriteArchive)
	default:
		err = snap.Export(out)
	}

	switch {
	case is[*snapshot.DigestError](err):
		return evidence("the store was changed: collect again", "%w", err)
	case err != nil:
		return usage(hintNewFolder, "%w", err)
	}

	return nil
}

var snapshotShowText = text{
	use:     "show SNAPSHOT",
	short:   "Show what a snapshot (a folder or a .tar.zst) covers, after checking its digests",
	example: "  ringfence snapshot show ./snap --format json",
}

func (a *app) snapshotShow() *cobra.Command {
	return verb(snapshotShowText, cobra.ExactArgs(1), func(_ context.Context, args []string) error {
		return a.runShow(args[0])
	})
}

func (a *app) runShow(dir string) error {
	snap, close, err := openAny(dir)
	defer close()
	if err != nil {
		return err
	}
	if err := snap.Verify(); err != nil {
		return evidence(hintResealed, "%s: %w", dir, err)
	}

	if a.format == "json" {
		return a.rawJSON(snap.Raw)
	}

	m := snap.Manifest
	a.printf("client %s, tenant %s, collected %s, cloud %s\n", m.Client, m.TenantID, m.CollectedAt, m.Cloud)
	a.printf("snapshot %s\n\n", snap.Digest())

	t := table(a.stdout, "DATASET", "STATUS", "COUNT", "PROOF", "NOT COMPLETE")
	for _, name := range slices.Sorted(maps.Keys(m.Datasets)) {
		c := m.Datasets[name]
		terminal.Printf(t, "%s\t%s\t%d\t%s\t%s\n", name, c.Status, c.Count, c.Proof, incomplete(c))
	}

	return t.Flush()
}

// incomplete says in a few words what a dataset lacks.
func incomplete(c snapshot.Coverage) string {
	if c.CompleteEverywhere() {
		return ""
	}

	holes := c.Holes()
	text := holes[0].Scope + ": " + string(holes[0].Status)
	if holes[0].Evidence != nil {
		text += " " + holes[0].Evidence.Code
	}
	if len(holes) > 1 {
		text += fmt.Sprintf(" and %d more", len(holes)-1)
	}

	return text
}
