package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"ringfence/collectors/snapshot"
	"ringfence/engine"
	"ringfence/engine/intent"
	"ringfence/internal/run"
)

type exportFlags struct {
	data, client string // a client's newest snapshot in the store
	snapshot     string // or a folder
	out          string

	asInput              bool
	control, fleet, asOf string // only with asInput
	policies             policyFlags
}

var exportText = text{
	use:   "export --client C --out DIR",
	short: "Copy a client's newest snapshot out of the store",
	long: `Copies a snapshot as a folder. With --as-input it writes the one JSON document
that policies see instead, for any other evaluator of Rego:
  {"client", "msp", "params", "as_of", "collected_at", "snapshot",
   "<area>": {"<dataset>": [...]}}
"params" are those of one control with --control, and without it those of all
together; "fleet" is added for the MSP's own snapshot (--client fleet). What a gap
in the evidence does to a verdict is ringfence's own business: a document says
nothing about what was not seen.`,
	example: `  ringfence snapshot export --client fabrikam --out ./snap
  ringfence snapshot export --as-input --fleet fleet.hcl --snapshot ./snap --out input.json
  opa eval --data policies/ringfence --input input.json data.ringfence.isolation`,
}

func (a *app) snapshotExport() *cobra.Command {
	var f exportFlags
	c := verb(exportText, cobra.NoArgs, func(context.Context, []string) error { return a.runExport(f) })

	flags := c.Flags()
	flags.StringVar(&f.data, "data", "ringfence-data", "folder of snapshots and runs")
	flags.StringVar(&f.client, "client", "", "whose snapshot (this or --snapshot)")
	flags.StringVar(&f.snapshot, "snapshot", "", "a snapshot folder, instead of the store")
	flags.StringVar(&f.out, "out", "", "folder for the snapshot, file with --as-input (required)")
	flags.BoolVar(&f.asInput, "as-input", false, "write the document that policies see")
	flags.StringVar(&f.fleet, "fleet", "", "with --as-input: fleet file, or a folder of *.hcl (required)")
	flags.StringVar(&f.asOf, "as-of", "",
		"with --as-input: the time to judge for (default: when the snapshot was collected)")
	flags.StringVar(&f.control, "control", "",
		"with --as-input: the control whose parameters count (default: all together)")
	f.policies.addTo(flags, "with --as-input: ")

	return c
}

func (a *app) runExport(f exportFlags) error {
	if err := f.check(); err != nil {
		return err
	}

	snap, err := f.source()
	if err != nil {
		return err
	}
	if f.asInput {
		return a.exportInput(snap, f)
	}

	if err := write(snap, f.out); err != nil {
		return err
	}

	return a.printExported("dir", "snapshot %s of client %s", snap, f.out)
}

// check refuses flags that would be ignored: whoever gives --as-of expects a
// document for that time.
func (f exportFlags) check() error {
	if f.asInput {
		return nil
	}

	onlyAsInput := []struct{ flag, value string }{
		{"fleet", f.fleet}, {"as-of", f.asOf}, {"control", f.control}, {"policies", f.policies.dir},
	}
	for _, x := range onlyAsInput {
		if x.value != "" {
			return usage(hintAsInput, "--%s belongs to --as-input", x.flag)
		}
	}

	return f.policies.check()
}

// source opens the snapshot that the flags name.
func (f exportFlags) source() (snap snapshot.Snapshot, err error) {
	if f.snapshot != "" && f.client != "" {
		return snap, usage(hintOwner, "--client and --snapshot exclude each other")
	}
	if f.snapshot != "" {
		return openSnapshot(f.snapshot)
	}

	store, err := snapshot.OpenStore(f.data, f.client)
	if err != nil {
		return snap, usage("--client takes a label of the fleet file", "%w", err)
	}

	snap, err = store.Latest()
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return snap, usage(`"ringfence collect" takes one`, "client %s: %w", f.client, err)
	case err != nil:
		return snap, evidence("", "%w", err)
	}

	return snap, nil
}

// exportInput writes the document that policies see.
func (a *app) exportInput(snap snapshot.Snapshot, f exportFlags) error {
	if err := checkFile(f.out); err != nil {
		return err
	}

	e, promise, asOf, err := a.judging(snap, f)
	if err != nil {
		return err
	}

	err = writeAll(f.out, func(w io.Writer) error { return e.AsInput(w, snap, promise, asOf, f.control) })
	if err != nil {
		return exportError(err)
	}

	return a.printExported("file", "input of client %[2]s, snapshot %[1]s", snap, f.out)
}

// judging is what a snapshot is judged with: the policy set, the promise to whose tenant it is,
// and the time, by default that of its collection.
func (a *app) judging(
	snap snapshot.Snapshot, f exportFlags,
) (e *engine.Engine, promise intent.Promise, asOf time.Time, err error) {
	if asOf, err = parseAsOf(f.asOf); err != nil {
		return nil, nil, asOf, err
	}
	if asOf.IsZero() {
		asOf = run.DefaultAsOf(snap.Manifest, time.Time{})
	}

	e, fleet, err := a.engineAndFleet(f.policies, f.fleet)
	if err != nil {
		return nil, nil, asOf, err
	}
	if promise, err = fleet.Promise(snap.Manifest.Client); err != nil {
		return nil, nil, asOf, usage(hintOwner, "%w", err)
	}

	return e, promise, asOf, nil
}

// printExported prints where a snapshot was exported to. kind is the JSON member
// that holds the path; text says what is there, from the digest and the client.
func (a *app) printExported(kind, text string, snap snapshot.Snapshot, path string) error {
	client, digest := snap.Manifest.Client, snap.Digest()
	if a.format == "json" {
		return a.json(map[string]any{
			"schema": "ringfence.exported/1", "client": client, kind: path, "snapshot": digest,
		})
	}
	return a.printf("%s: %s\n", path, fmt.Sprintf(text, digest, client))
}

func exportError(err error) error {
	switch {
	case is[*snapshot.DigestError](err):
		return evidence(hintResealed, "%w", err)
	case is[*engine.InputError](err):
		return usage("", "%w", err)
	}

	return err
}

// checkFile refuses a name that no file can be written to.
func checkFile(name string) error {
	if name == "" {
		return usage(hintNewFile, "no --out is given")
	}
	if info, err := os.Stat(name); err == nil && !info.Mode().IsRegular() {
		return usage(hintNewFile, "--out %s is no file", name) // a rename would put one in a device's place
	}
	if info, err := os.Stat(filepath.Dir(name)); err != nil || !info.IsDir() {
		return usage(hintNewFile, "--out %s: %s is no folder", name, filepath.Dir(name))
	}

	return nil
}

// writeAll writes a file by way of a temporary one, so that it is complete or not
// there. Errors name it, not the temporary one.
func writeAll(name string, write func(io.Writer) error) error {
	f, err := os.CreateTemp(filepath.Dir(name), ".tmp-*")
	if err != nil {
		return renamed(err, name)
	}
	defer os.Remove(f.Name())

	err = write(f)
	if err = errors.Join(err, f.Chmod(0o644), f.Close()); err != nil {
		return renamed(err, name)
	}

	return renamed(os.Rename(f.Name(), name), name)
}

// renamed puts the name of the file that was asked for into an error about the
// temporary one. Errors about other files, which are read meanwhile, stay.
func renamed(err error, name string) error {
	var path *fs.PathError
	var link *os.LinkError
	switch {
	case errors.As(err, &link):
		return fmt.Errorf("writing %s: %w", name, link.Err)
	case errors.As(err, &path) && strings.HasPrefix(filepath.Base(path.Path), ".tmp-"):
		return fmt.Errorf("writing %s: %w", name, path.Err)
	}

	return err
}
