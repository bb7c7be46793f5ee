package main

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"ringfence/collectors"
	"ringfence/collectors/snapshot"
	engineevidence "ringfence/engine/evidence"
	"ringfence/engine/intent"
	"ringfence/internal/fleetfile"
	"ringfence/internal/run"
	"ringfence/internal/terminal"
)

// importFlags are those of "snapshot import".
type importFlags struct {
	fleet, client, at, from, out, shares string
	strict                               bool
}

func (a *app) snapshotImport() *cobra.Command {
	var f importFlags
	c := &cobra.Command{
		Use:   "import --fleet FILE --client C --collected-at T --from DIR --out DIR",
		Short: "Make a snapshot of saved API responses, without access to the tenant",
		Long: `Reads <dataset>.json (a list body, an array of page bodies, or a singleton's object)
and <dataset>/<parent id>.json for datasets that are read per parent: a subscription
is its GUID, each "/" of an Azure id is %2F; their case does not matter. UTF-8 with or
without a byte order mark, and UTF-16. entra.organization.json is required; datasets
without a file are skipped.
Prints how complete each dataset is and why, and warns of files that no dataset reads;
with --strict, those end it with exit code 2. An answer that is cut or failed does not:
what needs it is undetermined.`,
		Example: "  ringfence snapshot import --fleet fleet.hcl --client fabrikam --collected-at 2026-11-23T10:00:00Z --from ./saved --out ./snap\n" +
			"  ringfence snapshot import --fleet fleet.hcl --client fleet --collected-at 2026-11-23T10:00:00Z --from ./msp --out ./msp-snap --shares ./shares",
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error { return a.importSaved(f) },
	}

	c.Flags().StringVar(&f.fleet, "fleet", "", "fleet file (required)")
	c.Flags().StringVar(&f.client, "client", "", `whose responses these are, "fleet" for the MSP's own tenant (required)`)
	c.Flags().StringVar(&f.at, "collected-at", "", "when they were saved (required)")
	c.Flags().StringVar(&f.from, "from", "", "folder of saved responses (required)")
	c.Flags().StringVar(&f.out, "out", "", "folder for the snapshot (required)")
	c.Flags().BoolVar(&f.strict, "strict", false, "refuse files that no dataset reads")
	c.Flags().StringVar(&f.shares, "shares", "", "with --client fleet: folder for what the MSP's tenant says about each client, to be added to the client's saved responses")

	return c
}

func (a *app) importSaved(f importFlags) error {
	fleet, err := a.fleetFile(f.fleet, nil)
	if err != nil {
		return err
	}

	cfg, err := importConfig(fleet, f)
	if err != nil {
		return err
	}

	var ignored []collectors.Ignored
	cfg.Ignored = func(i collectors.Ignored) { ignored = append(ignored, i) }
	snap, err := collectors.Import(cfg)
	if err != nil {
		return usage("the message names the file", "importing %s: %w", f.from, err)
	}
	if err := write(snap, f.out); err != nil {
		return err
	}
	if err := writeShares(fleet, snap, f.shares); err != nil {
		return err
	}

	for _, i := range ignored {
		a.warn("%s", i)
	}

	return a.showImport(snap, f.out, ignored)
}

// importConfig is whose responses are imported: a client's, or with the label
// "fleet" the MSP's own tenant's.
func importConfig(f *fleetfile.Fleet, flags importFlags) (collectors.ImportConfig, error) {
	cfg := collectors.ImportConfig{Client: flags.client, Tool: "ringfence " + run.ToolVersion, Strict: flags.strict}
	switch cl, ok := f.Client(flags.client); {
	case flags.client == snapshot.FleetClient:
		promise := engineevidence.PromiseOf(intent.Client{Azure: f.MSP.Azure})
		cfg.TenantID, cfg.CloudName, cfg.Azure = f.MSP.TenantID, f.MSP.Cloud, promise.Azure
	case flags.shares != "":
		return cfg, usage("--shares goes with --client fleet", "client %q has nothing to share", flags.client)
	case !ok:
		return cfg, usage(`"ringfence fleet show" lists the clients; "fleet" is the MSP's own tenant`, "--client: the fleet file has no client %q", flags.client)
	default:
		promise := engineevidence.PromiseOf(cl.Client)
		cfg.TenantID, cfg.CloudName, cfg.Azure, cfg.Vaults = cl.TenantID, cl.Cloud, promise.Azure, promise.Vaults
	}

	when, err := time.Parse(time.RFC3339, flags.at)
	if err != nil {
		return cfg, usage("write it like 2026-11-23T10:00:00Z", "--collected-at %q is not an RFC 3339 time", flags.at)
	}
	if info, err := os.Stat(flags.from); err != nil || !info.IsDir() {
		return cfg, usage("--from takes a folder of saved responses", "--from %s is no folder", flags.from)
	}
	if there, err := os.ReadDir(flags.shares); len(there) > 0 || err != nil && flags.shares != "" && !errors.Is(err, fs.ErrNotExist) {
		return cfg, usage(hintShares, "--shares: %s is no empty folder", flags.shares)
	}

	cfg.CollectedAt, cfg.From = when.UTC(), os.DirFS(flags.from)
	return cfg, nil
}

const hintShares = "--shares takes a folder that is not there yet, or empty"

// writeShares writes what the MSP's tenant says about each client into a new
// folder: <dir>/<client>/<dataset>.json, and so on.
func writeShares(f *fleetfile.Fleet, msp snapshot.Snapshot, dir string) error {
	if dir == "" {
		return nil
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return usage(hintShares, "%w", err)
	}

	root, err := os.OpenRoot(dir)
	if err != nil {
		return usage(hintShares, "%w", err)
	}
	defer root.Close()

	shares, err := collectors.OpenShares(msp)
	if err != nil {
		return err
	}

	for _, c := range f.Clients {
		files, err := shares.Saved(c.TenantID)
		if err != nil {
			return err
		}
		for _, name := range slices.Sorted(maps.Keys(files)) {
			at := path.Join(c.Name, name)
			if err := root.MkdirAll(path.Dir(at), 0o700); err != nil {
				return err
			}
			if err := root.WriteFile(at, files[name], 0o600); err != nil {
				return err
			}
		}
	}

	return nil
}

// imported is the line of a dataset: what there is, and what is missing.
type imported struct {
	Name   string          `json:"name"`
	Status snapshot.Status `json:"status"`
	Count  int             `json:"count"`
	Proof  string          `json:"proof,omitempty"`
	Reason string          `json:"reason,omitempty"`
}

func (a *app) showImport(snap snapshot.Snapshot, out string, ignored []collectors.Ignored) error {
	var lines []imported
	for _, name := range slices.Sorted(maps.Keys(snap.Manifest.Datasets)) {
		c := snap.Manifest.Datasets[name]
		lines = append(lines, imported{name, c.Status, c.Count, c.Proof, reason(c)})
	}

	if a.format == "json" {
		return a.json(map[string]any{"schema": "ringfence.imported/1", "client": snap.Manifest.Client, "dir": out,
			"snapshot": snap.Digest(), "datasets": lines, "ignored": append([]collectors.Ignored{}, ignored...)})
	}

	a.printf("%s: snapshot %s of client %s\n\n", out, snap.Digest(), snap.Manifest.Client)
	t := table(a.stdout, "DATASET", "STATUS", "COUNT", "PROOF", "REASON")
	for _, l := range lines {
		terminal.Printf(t, "%s\t%s\t%d\t%s\t%s\n", l.Name, l.Status, l.Count, l.Proof, l.Reason)
	}

	return t.Flush()
}

// reason says why a dataset is not complete: the first hole, where it is one of
// several scopes, and the evidence.
func reason(c snapshot.Coverage) string {
	if c.CompleteEverywhere() {
		return ""
	}

	holes := c.Holes()
	first, where := holes[0], ""
	if first.Scope != snapshot.ScopeUnknown {
		where = first.Scope + ": "
	}

	text := where + string(first.Status)

	if first.Evidence != nil {
		text = where + first.Evidence.Error()
	}

	if n := len(holes); n > 1 {
		text += fmt.Sprintf(" (and %d more)", n-1)
	}

	return text
}
