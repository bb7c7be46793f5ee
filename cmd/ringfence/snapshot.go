package main

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"ringfence/collectors"
	"ringfence/collectors/snapshot"
	"ringfence/engine"
	"ringfence/internal/fleetfile"
	"ringfence/internal/run"
	"ringfence/internal/terminal"
)

func (a *app) snapshot() *cobra.Command {
	return group("snapshot", "Snapshots: import, export, show", a.snapshotImport(), a.snapshotExport(), a.snapshotShow())
}

func (a *app) snapshotImport() *cobra.Command {
	var fleet, client, at, from, out string
	c := &cobra.Command{
		Use:   "import --fleet FILE --client C --collected-at T --from DIR --out DIR",
		Short: "Make a snapshot of saved API responses, without access to the tenant",
		Long: `Reads <dataset>.json (a list body, an array of page bodies, or a single object)
and <dataset>/<parent id>.json for datasets that are read per parent.
entra.organization.json is required; datasets without a file are skipped.`,
		Example: "  ringfence snapshot import --fleet fleet.hcl --client fabrikam --collected-at 2026-11-23T10:00:00Z --from ./saved --out ./snap",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			f, err := a.fleetFile(fleet, nil)
			if err != nil {
				return err
			}
			cfg, err := importConfig(f, client)
			if err != nil {
				return err
			}
			when, err := time.Parse(time.RFC3339, at)
			if err != nil {
				return usage("write it like 2026-11-23T10:00:00Z", "--collected-at %q is not an RFC 3339 time", at)
			}
			if info, err := os.Stat(from); err != nil || !info.IsDir() {
				return usage("--from takes a folder of saved responses", "--from %s is no folder", from)
			}
			cfg.CollectedAt, cfg.From = when.UTC(), os.DirFS(from)
			snap, err := collectors.Import(cfg)
			if err != nil {
				return usage("the message names the file", "importing %s: %w", from, err)
			}
			return a.export(snap, out)
		},
	}
	c.Flags().StringVar(&fleet, "fleet", "", "fleet file (required)")
	c.Flags().StringVar(&client, "client", "", "whose responses these are (required)")
	c.Flags().StringVar(&at, "collected-at", "", "when they were saved (required)")
	c.Flags().StringVar(&from, "from", "", "folder of saved responses (required)")
	c.Flags().StringVar(&out, "out", "", "folder for the snapshot (required)")
	return c
}

// importConfig is whose responses are imported: a client, or with the label
// "fleet" the MSP's own tenant.
func importConfig(f *fleetfile.Fleet, label string) (collectors.ImportConfig, error) {
	cfg := collectors.ImportConfig{Client: label, Tool: "ringfence " + run.ToolVersion}
	if label == snapshot.FleetClient {
		cfg.TenantID, cfg.CloudName = f.MSP.TenantID, f.MSP.Cloud
		return cfg, nil
	}
	cl, ok := f.Client(label)
	if !ok {
		return cfg, usage(`"ringfence fleet show" lists the clients; "fleet" is the MSP's own tenant`, "--client: the fleet file has no client %q", label)
	}
	promise := engine.PromiseOf(cl.Client)
	cfg.TenantID, cfg.CloudName, cfg.Azure, cfg.Vaults = cl.TenantID, cl.Cloud, promise.Azure, promise.Vaults
	return cfg, nil
}

func (a *app) export(snap snapshot.Snapshot, out string) error {
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
	if a.format == "json" {
		return a.json(map[string]any{"schema": "ringfence.exported/1", "client": snap.Manifest.Client, "dir": out, "snapshot": snap.Digest()})
	}
	err = a.printf("%s: snapshot %s of client %s\n", out, snap.Digest(), snap.Manifest.Client)
	return err
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
