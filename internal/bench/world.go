package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"ringfence/collectors"
	"ringfence/collectors/emulator"
	"ringfence/internal/fleetfile"
	"ringfence/internal/run"
)

// collectedAt is the injected clock of every collection: workloads are a function of the seed.
var collectedAt = time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)

// world is an emulated fleet, served and described by a fleet file.
type world struct {
	*emulator.World
	server    *emulator.Server
	collector run.Collector
	shares    *collectors.Shares
	msp       run.Collected
}

// serve starts the emulated tenants and reads the MSP's own. dir is scratch space. Unless
// there is an error, the caller calls Close.
func serve(ctx context.Context, w *emulator.World, dir string) (_ *world, err error) {
	server, err := emulator.Start(w, emulator.Options{})
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			server.Close()
		}
	}()

	hcl := w.FleetHCL(emulator.Addresses{Base: server.URL, CAFile: "ca.pem", SecretFile: "secret"})
	for name, data := range map[string][]byte{
		"ca.pem":    server.CA,
		"secret":    []byte(w.Secret()),
		"fleet.hcl": hcl,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			return nil, err
		}
	}

	file, diags := fleetfile.Load(filepath.Join(dir, "fleet.hcl"))
	if diags.HasErrors() {
		return nil, diags
	}

	var requests atomic.Int64
	collector := run.Collector{
		Fleet:     file,
		Stores:    run.OnDisk(filepath.Join(dir, "data")),
		Log:       slog.New(slog.DiscardHandler),
		Now:       func() time.Time { return collectedAt },
		RequestID: func() string { return fmt.Sprintf("00000000-0000-4000-8000-%012d", requests.Add(1)) },
	}

	msp, err := collector.CollectMSP(ctx)
	return &world{w, server, collector, collector.Shares(msp, err), msp}, err
}

// Close stops the server.
func (w *world) Close() { w.server.Close() }

// export collects every client, two at a time, and writes its snapshot to
// dir/<label>.
func (w *world) export(ctx context.Context, dir string) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(2)

	for _, t := range w.Clients {
		group.Go(func() error {
			snap, err := w.collector.Collect(ctx, t.Label, w.shares)
			if err != nil {
				return fmt.Errorf("collecting %s: %w", t.Label, err)
			}
			return snap.Export(filepath.Join(dir, t.Label))
		})
	}

	return group.Wait()
}

// keptFleet is the fleet file that stays with a workload: no server is behind its addresses
// any more.
func keptFleet(w *emulator.World) []byte {
	return w.FleetHCL(emulator.Addresses{Base: "https://127.0.0.1:1", CAFile: "ca.pem", SecretFile: "secret"})
}
