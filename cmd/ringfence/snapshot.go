package main

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/spf13/cobra"

	"ringfence/collectors/snapshot"
	"ringfence/internal/terminal"
)

func (a *app) snapshot() *cobra.Command {
	return group("snapshot", "Snapshots: import, export, show",
		a.snapshotImport(), a.snapshotExport(), a.snapshotShow())
}

// write puts a snapshot into a folder.
func write(snap snapshot.Snapshot, out string) error {
	if out == "" {
		return usage(hintNewFolder, "no --out is given")
	}

	err := snap.Verify() // before anything is written
	if err == nil {
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
	use:     "show DIR",
	short:   "Show what a snapshot covers, after checking its digests",
	example: "  ringfence snapshot show ./snap --format json",
}

func (a *app) snapshotShow() *cobra.Command {
	return verb(snapshotShowText, cobra.ExactArgs(1), func(_ context.Context, args []string) error {
		return a.runShow(args[0])
	})
}

func (a *app) runShow(dir string) error {
	snap, err := openSnapshot(dir)
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
