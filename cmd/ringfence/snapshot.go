package main

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/spf13/cobra"

	"ringfence/collectors/snapshot"
	"ringfence/internal/terminal"
)

func (a *app) snapshot() *cobra.Command {
	return group("snapshot", "Snapshots: import, export, show", a.snapshotImport(), a.snapshotExport(), a.snapshotShow())
}

// write puts a snapshot into a folder.
func write(snap snapshot.Snapshot, out string) error {
	if out == "" {
		return usage("--out takes a folder that is not there yet, or empty", "no --out is given")
	}

	err := snap.Verify() // before anything is written
	if err == nil {
		err = snap.Export(out)
	}

	var digest *snapshot.DigestError
	if errors.As(err, &digest) {
		return evidence("the store was changed: collect again", "%w", err)
	}
	if err != nil {
		return usage("--out takes a folder that is not there yet, or empty", "%w", err)
	}

	return nil
}

func (a *app) export(snap snapshot.Snapshot, out string) error {
	if err := write(snap, out); err != nil {
		return err
	}
	if a.format == "json" {
		return a.json(map[string]any{"schema": "ringfence.exported/1", "client": snap.Manifest.Client, "dir": out, "snapshot": snap.Digest()})
	}
	return a.printf("%s: snapshot %s of client %s\n", out, snap.Digest(), snap.Manifest.Client)
}

func (a *app) snapshotShow() *cobra.Command {
	return &cobra.Command{
		Use:     "show DIR",
		Short:   "Show what a snapshot covers, after checking its digests",
		Example: "  ringfence snapshot show ./snap --format json",
		Args:    cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			snap, err := openSnapshot(args[0])
			if err != nil {
				return err
			}
			if err := snap.Verify(); err != nil {
				return evidence("the snapshot was changed after it was sealed: take a new one", "%s: %w", args[0], err)
			}

			if a.format == "json" {
				err := a.rawJSON(snap.Raw)
				return err
			}

			return a.showSnapshot(snap)
		},
	}
}

func (a *app) showSnapshot(snap snapshot.Snapshot) error {
	m := snap.Manifest
	a.printf("client %s, tenant %s, collected %s, cloud %s\nsnapshot %s\n\n", m.Client, m.TenantID, m.CollectedAt, m.Cloud, snap.Digest())

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

	h := c.Holes()[0]
	text := h.Scope + ": " + string(h.Status)

	if h.Evidence != nil {
		text += " " + h.Evidence.Code
	}

	if n := len(c.Holes()); n > 1 {
		text += fmt.Sprintf(" and %d more", n-1)
	}

	return text
}
