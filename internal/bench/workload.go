package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"ringfence/collectors/emulator"
	"ringfence/collectors/snapshot"
	"ringfence/engine"
	"ringfence/internal/fleetfile"
)

// workload is a set of snapshots on disk that programs are run on:
//
//	<dir>/fleet/*.hcl           the fleet file of all its clients
//	<dir>/snapshots/<client>/   one snapshot folder each
//	<dir>/inputs/<client>.json  what policies see of it, for opa and conftest
//	<dir>/workload.json         written last: what is in it
type workload struct {
	Name    string `json:"name"`
	Seed    uint64 `json:"seed"`
	Version int    `json:"version"` // of the generator: another one generates anew
	Clients int    `json:"clients"`
	Bytes   int64  `json:"bytes"` // of all dataset files
	AsOf    string `json:"as_of"`

	dir string
}

// generation is raised whenever workloads are made another way.
const generation = 1

// asOf is the time that all workloads are judged for, if their recipe names no other.
const asOf = "2026-11-23T12:00:00Z"

func (w workload) fleet() string                { return filepath.Join(w.dir, "fleet") }
func (w workload) fleetFile(name string) string { return filepath.Join(w.fleet(), name) }
func (w workload) snapshots() string            { return filepath.Join(w.dir, "snapshots") }
func (w workload) inputs() string               { return filepath.Join(w.dir, "inputs") }

func (w workload) writeFleet(name string, text []byte) error {
	if err := os.MkdirAll(w.fleet(), 0o755); err != nil {
		return err
	}
	return os.WriteFile(w.fleetFile(name), text, 0o644)
}

// recipe says how a workload is made: collected from emulated tenants of a size, or derived
// from another workload.
type recipe struct {
	clients int
	size    emulator.Size
	derive  func(generator, context.Context, workload) error
	asOf    string // "": asOf
}

// Sizes are reached by the number of objects, never by properties that no API returns.
var (
	midSize   = emulator.Size{Tier: "large", Users: 2800, Subscriptions: 4, Resources: 850}
	hugeSize  = emulator.Size{Tier: "large", Users: 255000, Subscriptions: 40, Resources: 70000}
	smallSize = emulator.Size{Tier: "small", Users: 200, Subscriptions: 1, Resources: 100}
)

// recipes returns how each workload is made. Documents are what the emulator answers and the
// collectors keep.
func recipes() map[string]recipe {
	return map[string]recipe{
		"mid":         {clients: 100, size: midSize},
		"huge":        {clients: 1, size: hugeSize},
		"small":       {clients: 1000, size: smallSize},
		"changed":     {clients: 1000, derive: generator.change, asOf: "2026-11-24T12:00:00Z"},
		"scale-10":    {clients: 10, derive: generator.scale},
		"scale-100":   {clients: 100, derive: generator.scale},
		"scale-1000":  {clients: 1000, derive: generator.scale},
		"scale-10000": {clients: 10000, derive: generator.scale},
	}
}

// generator makes workloads below dir, once.
type generator struct {
	dir    string
	seed   uint64
	engine *engine.Engine
}

// workload returns a workload, making it if it is not there.
func (g generator) workload(ctx context.Context, name string) (workload, error) {
	dir := filepath.Join(g.dir, name)
	made, err := readWorkload(dir)
	if err == nil && made.Seed == g.seed && made.Version == generation {
		return made, nil
	}

	r, known := recipes()[name]
	if !known {
		return workload{}, fmt.Errorf("no workload %q", name)
	}

	progress("making workload %s, %d clients", name, r.clients)
	w := workload{
		Name: name, Seed: g.seed, Version: generation,
		Clients: r.clients, AsOf: cmp.Or(r.asOf, asOf), dir: dir,
	}

	if err := os.RemoveAll(w.dir); err != nil {
		return w, err
	}
	if err := os.MkdirAll(w.snapshots(), 0o755); err != nil {
		return w, err
	}

	if r.derive == nil {
		r.derive = r.collect
	}
	if err := r.derive(g, ctx, w); err != nil {
		return w, fmt.Errorf("making workload %s: %w", name, err)
	}
	return w, w.seal()
}

// collect serves an emulated fleet and reads it over loopback. It also writes what policies
// see of it, for the other programs.
func (r recipe) collect(g generator, ctx context.Context, w workload) error {
	scratch, err := os.MkdirTemp(g.dir, ".collect-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(scratch)

	fleet := emulator.GenerateClients(g.seed, nil)
	for _, label := range emulator.Labels(12 + r.clients)[12:] {
		fleet.Add(label, r.size)
	}

	served, err := serve(ctx, fleet, scratch)
	if err != nil {
		return err
	}
	defer served.Close()

	if err := served.export(ctx, w.snapshots()); err != nil {
		return err
	}
	if err := w.writeFleet("fleet.hcl", keptFleet(fleet)); err != nil {
		return err
	}

	return w.writeInputs(g.engine)
}

// writeInputs writes what policies see of each client, two at a time.
func (w workload) writeInputs(e *engine.Engine) error {
	fleet, diags := fleetfile.Load(w.fleet())
	if diags.HasErrors() {
		return diags
	}

	at, err := time.Parse(time.RFC3339, w.AsOf)
	if err != nil {
		return err
	}

	labels, err := w.labels()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(w.inputs(), 0o755); err != nil {
		return err
	}

	var group errgroup.Group
	group.SetLimit(2)
	for _, label := range labels {
		group.Go(func() error { return w.writeInput(e, fleet, label, at) })
	}
	return group.Wait()
}

func (w workload) writeInput(e *engine.Engine, fleet *fleetfile.Fleet, label string, at time.Time) error {
	snap, err := snapshot.OpenFolder(filepath.Join(w.snapshots(), label))
	if err != nil {
		return err
	}

	in, err := fleet.Intent(label)
	if err != nil {
		return err
	}

	f, err := os.Create(filepath.Join(w.inputs(), label+".json"))
	if err != nil {
		return err
	}

	return errors.Join(e.AsInput(f, snap, in, at, ""), f.Close())
}

// labels are the clients of a workload, by name.
func (w workload) labels() (labels []string, err error) {
	entries, err := os.ReadDir(w.snapshots())
	for _, e := range entries {
		labels = append(labels, e.Name())
	}
	return labels, err
}

// seal counts what is there and marks the workload as complete.
func (w *workload) seal() error {
	labels, err := w.labels()
	if err != nil {
		return err
	}

	w.Clients = len(labels)
	if _, w.Bytes, err = datasetFiles(w.snapshots()); err != nil {
		return err
	}

	b, err := json.MarshalIndent(w, "", "  ")
	if err != nil {
		return err
	}

	return os.WriteFile(filepath.Join(w.dir, "workload.json"), append(b, '\n'), 0o644)
}

func readWorkload(dir string) (workload, error) {
	b, err := os.ReadFile(filepath.Join(dir, "workload.json"))
	if err != nil {
		return workload{}, err
	}

	w := workload{dir: dir}
	return w, json.Unmarshal(b, &w)
}

// datasetFiles lists all dataset files below a folder, sorted, and their size together.
func datasetFiles(dir string) (files []string, size int64, err error) {
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".ndjson") {
			return err
		}

		info, err := d.Info()
		if err != nil {
			return err
		}
		files, size = append(files, path), size+info.Size()
		return nil
	})
	return files, size, err
}

// warm reads all files of a workload once, so that every program finds them in
// the page cache.
func (w workload) warm() error {
	return filepath.WalkDir(w.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}

		f, err := os.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()

		_, err = io.Copy(io.Discard, f)
		return err
	})
}
