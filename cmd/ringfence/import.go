package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strings"
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
	fleet, client string
	collectedAt   string
	from          string // folder of saved responses
	out, shares   string // folders that are written
	strict        bool
	format        importFormat
	list          listing
}

// importFormat is the --format of "snapshot import": who wrote the files, and as for
// every verb text or json for what is printed. Both may be given: azurehound,json.
type importFormat struct {
	source string
	output *string // the app's
}

// Set implements [pflag.Value].
func (f *importFormat) Set(value string) error {
	known := collectors.Formats()
	for _, one := range strings.Split(value, ",") {
		switch {
		case one == "text", one == "json":
			*f.output = one
		case slices.Contains(known, one):
			f.source = one
		default:
			return fmt.Errorf("%q is none of %s, text, json", one, strings.Join(known, ", "))
		}
	}
	return nil
}

// String implements [pflag.Value].
func (f *importFormat) String() string { return f.source }

// Type implements [pflag.Value].
func (f *importFormat) Type() string { return "format" }

var importText = text{
	use:   "import --fleet FILE --client C --collected-at T --from DIR --out DIR",
	short: "Make a snapshot of saved API responses or of another tool's export, without access to the tenant",
	long: `Reads <dataset>.json (a list body, an array of page bodies, or a singleton's object)
and <dataset>/<parent id>.json for datasets that are read per parent: a subscription
is its GUID, each "/" of an Azure id is %2F; their case does not matter. UTF-8 with or
without a byte order mark, and UTF-16. entra.organization.json is required; datasets
without a file are skipped.
Prints how complete each dataset is and why, and warns of files that no dataset reads;
with --strict, those end it with exit code 2. An answer that is cut or failed does not:
what needs it is undetermined.

--format says that another tool wrote the files: az-cli, powershell, azurehound,
scubagear or entraexporter. What it lists is read, and is never complete: no tool says
whether it saw all, and each leaves properties out. The reason of each dataset names
them. "--format azurehound,json" prints JSON.

--list prints which files are expected, and --script bash or powershell a program that
saves them with "az rest" or Invoke-MgGraphRequest, for the controls of the policy set.`,
	example: "  ringfence snapshot import --fleet fleet.hcl --client fabrikam " +
		"--collected-at 2026-11-23T10:00:00Z --from ./saved --out ./snap\n" +
		"  ringfence snapshot import --fleet fleet.hcl --client fleet " +
		"--collected-at 2026-11-23T10:00:00Z --from ./msp --out ./msp-snap --shares ./shares\n" +
		"  ringfence snapshot import --format azurehound --fleet fleet.hcl --client fabrikam " +
		"--collected-at 2026-11-23T10:00:00Z --from ./hound --out ./snap\n" +
		"  ringfence snapshot import --list --script bash > save.sh",
}

func (a *app) snapshotImport() *cobra.Command {
	f := importFlags{format: importFormat{output: &a.format}}
	c := verb(importText, cobra.NoArgs, func(context.Context, []string) error {
		if f.list.wanted {
			return a.runImportList(f)
		}
		return a.runImport(f)
	})

	flags := c.Flags()
	flags.Var(&f.format, "format", "who wrote the files: ringfence (saved responses, the default), "+
		"az-cli, powershell, azurehound, scubagear, entraexporter; and output on stdout: text or json")
	f.list.add(flags)
	flags.StringVar(&f.fleet, "fleet", "", "fleet file (required)")
	flags.StringVar(&f.client, "client", "",
		`whose responses these are, "fleet" for the MSP's own tenant (required)`)
	flags.StringVar(&f.collectedAt, "collected-at", "", "when they were saved (required)")
	flags.StringVar(&f.from, "from", "", "folder of saved responses (required)")
	flags.StringVar(&f.out, "out", "", "folder for the snapshot (required)")
	flags.BoolVar(&f.strict, "strict", false, "refuse files that no dataset reads")
	flags.StringVar(&f.shares, "shares", "", "with --client fleet: folder for what the MSP's tenant says "+
		"about each client, to be added to the client's saved responses")

	return c
}

func (a *app) runImport(f importFlags) error {
	if f.list.script != "" || f.list.policies.given() {
		return usage("add --list, which prints and imports nothing", "--script and --policies belong to --list")
	}

	fleet, err := a.fleetFile(f.fleet, nil)
	if err != nil {
		return err
	}

	config, err := f.config(fleet)
	if err != nil {
		return err
	}

	ignored := []collectors.Ignored{}
	config.Ignored = func(i collectors.Ignored) { ignored = append(ignored, i) }
	snap, err := collectors.Import(config)
	for _, i := range ignored { // what was not read may be why there is no snapshot
		a.warn("%s", i)
	}
	if err != nil {
		return usage("the message names the file", "importing %s: %w", f.from, err)
	}
	if err := write(snap, f.out); err != nil {
		return err
	}
	if err := writeShares(fleet, snap, f.shares); err != nil {
		return err
	}

	return a.printImport(snap, f.out, ignored)
}

// config checks the flags, and says whose responses are imported: a client's, or
// with the label "fleet" those of the MSP's own tenant.
func (f importFlags) config(fleet *fleetfile.Fleet) (collectors.ImportConfig, error) {
	config := collectors.ImportConfig{
		Client: f.client,
		Tool:   "ringfence " + run.ToolVersion,
		Strict: f.strict,
		Format: f.format.source,
	}

	if err := f.setTenant(&config, fleet); err != nil {
		return config, err
	}

	when, err := time.Parse(time.RFC3339, f.collectedAt)
	if err != nil {
		return config, usage("write it like 2026-11-23T10:00:00Z",
			"--collected-at %q is not an RFC 3339 time", f.collectedAt)
	}
	if info, err := os.Stat(f.from); err != nil || !info.IsDir() {
		return config, usage("--from takes a folder of saved responses", "--from %s is no folder", f.from)
	}
	if f.shares != "" && !emptyFolder(f.shares) {
		return config, usage(hintShares, "--shares: %s is no empty folder", f.shares)
	}

	config.CollectedAt, config.From = when.UTC(), os.DirFS(f.from)
	return config, nil
}

// setTenant sets the tenant that the responses have to be of, and what of it was
// promised to be seen.
func (f importFlags) setTenant(config *collectors.ImportConfig, fleet *fleetfile.Fleet) error {
	if f.client == snapshot.FleetClient {
		promise := engineevidence.PromiseOf(intent.Client{TenantID: fleet.MSP.TenantID, Azure: fleet.MSP.Azure})
		config.TenantID, config.CloudName = fleet.MSP.TenantID, fleet.MSP.Cloud
		config.Azure = promise.Azure
		return nil
	}

	if f.shares != "" {
		return usage("--shares goes with --client fleet", "client %q has nothing to share", f.client)
	}

	client, ok := fleet.Client(f.client)
	if !ok {
		return usage(hintClients+`; "fleet" is the MSP's own tenant`,
			"--client: the fleet file has no client %q", f.client)
	}

	promise := engineevidence.PromiseOf(client.Client)
	config.TenantID, config.CloudName = client.TenantID, client.Cloud
	config.Azure, config.Vaults, config.Domains = promise.Azure, promise.Vaults, promise.Domains

	return nil
}

// emptyFolder reports whether a folder is empty or not there yet.
func emptyFolder(dir string) bool {
	entries, err := os.ReadDir(dir)
	return len(entries) == 0 && (err == nil || errors.Is(err, fs.ErrNotExist))
}

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
			file := path.Join(c.Name, name)
			if err := root.MkdirAll(path.Dir(file), 0o700); err != nil {
				return err
			}
			if err := root.WriteFile(file, files[name], 0o600); err != nil {
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

func (a *app) printImport(snap snapshot.Snapshot, out string, ignored []collectors.Ignored) error {
	var datasets []imported
	for _, name := range slices.Sorted(maps.Keys(snap.Manifest.Datasets)) {
		c := snap.Manifest.Datasets[name]
		datasets = append(datasets, imported{name, c.Status, c.Count, c.Proof, reason(c)})
	}

	if a.format == "json" {
		return a.json(map[string]any{
			"schema": "ringfence.imported/1", "client": snap.Manifest.Client, "dir": out,
			"snapshot": snap.Digest(), "datasets": datasets, "ignored": ignored,
		})
	}

	a.printf("%s: snapshot %s of client %s\n\n", out, snap.Digest(), snap.Manifest.Client)
	t := table(a.stdout, "DATASET", "STATUS", "COUNT", "PROOF", "REASON")
	for _, d := range datasets {
		terminal.Printf(t, "%s\t%s\t%d\t%s\t%s\n", d.Name, d.Status, d.Count, d.Proof, d.Reason)
	}

	return t.Flush()
}

// reason says why a dataset is not complete: of its first hole the scope, where
// there are several, and the evidence.
func reason(c snapshot.Coverage) string {
	if c.CompleteEverywhere() {
		return ""
	}

	holes := c.Holes()
	first, text := holes[0], string(holes[0].Status)
	if first.Evidence != nil {
		text = first.Evidence.Error()
	}
	if first.Scope != snapshot.ScopeUnknown {
		text = first.Scope + ": " + text
	}
	if len(holes) > 1 {
		text += fmt.Sprintf(" (and %d more)", len(holes)-1)
	}

	return text
}
