package main

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"ringfence/collectors"
	"ringfence/internal/run"
)

type collectFlags struct {
	fleet, data string
	clients     []string
}

var collectText = text{
	use:     "collect --fleet FILE",
	short:   "Take a snapshot of each client's tenant, and stop there",
	example: "  ringfence collect --fleet fleet.hcl --client fabrikam",
}

func (a *app) collect() *cobra.Command {
	var f collectFlags
	c := verb(collectText, cobra.NoArgs, func(ctx context.Context, _ []string) error {
		return a.runCollect(ctx, f)
	})

	fleetFlag(c, &f.fleet)
	c.Flags().StringSliceVar(&f.clients, "client", nil, "only this client; may be repeated")
	c.Flags().StringVar(&f.data, "data", "ringfence-data", "folder of snapshots and runs")

	return c
}

func (a *app) runCollect(ctx context.Context, f collectFlags) error {
	fleet, err := a.fleetFile(f.fleet, nil)
	if err != nil {
		return err
	}

	names, err := labels(fleet, f.clients)
	if err != nil {
		return err
	}
	if err := tryFolder("data", f.data); err != nil {
		return err
	}

	collector := run.Collector{Fleet: fleet, Stores: run.OnDisk(f.data), Log: a.log()}
	clients, code, err := a.collectAll(ctx, collector, f.data, names)
	if err != nil {
		return err
	}
	if err := a.printCollected(clients, code); err != nil {
		return err
	}

	return exit(code)
}

// mspMaxAge is how old the MSP's snapshot may be before it is taken anew for the
// share of it that a client's snapshot gets.
const mspMaxAge = 24 * time.Hour

// collected is what became of one client: a snapshot, or an error.
type collected struct {
	Client      string `json:"client"`
	CollectedAt string `json:"collected_at,omitempty"`
	Snapshot    string `json:"snapshot,omitempty"` // digest
	Error       string `json:"error,omitempty"`
}

// collectAll goes on after a client that fails; the worst failure is the code. Only
// an interrupt ends it.
func (a *app) collectAll(
	ctx context.Context, collector run.Collector, data string, names []string,
) (clients []collected, code int, err error) {
	clients = []collected{}
	var conditions []int
	shares := collector.Shares(collector.FreshMSP(ctx, mspMaxAge))
	for _, name := range names {
		snap, err := collectOne(ctx, collector, data, name, shares)
		if ctx.Err() != nil {
			return nil, 0, ctx.Err()
		}

		client := collected{Client: name}
		if err == nil {
			client.CollectedAt, client.Snapshot = snap.Manifest.CollectedAt, snap.Digest()
		} else {
			err = explained(fmt.Errorf("client %s: %w", name, err))
			client.Error = err.Error()
			conditions = append(conditions, outcomeCode(err))
			a.report(ctx, err)
		}

		clients = append(clients, client)
	}

	return clients, run.First(conditions), nil
}

func collectOne(
	ctx context.Context, collector run.Collector, data, name string, shares *collectors.Shares,
) (snap run.Collected, err error) {
	store, err := collector.Stores(name)
	if err != nil {
		return snap, err
	}

	unlock, err := store.Lock()
	if err != nil {
		return snap, err
	}
	defer unlock()

	if snap, err = collector.Collect(ctx, name, shares); err != nil {
		err = fmt.Errorf("collecting into %s: %w", filepath.Clean(data), err)
	}

	return snap, err
}

func (a *app) printCollected(clients []collected, code int) error {
	if a.format == "json" {
		return a.json(map[string]any{"schema": "ringfence.collected/1", "exit": code, "clients": clients})
	}

	t := table(a.stdout, "CLIENT", "COLLECTED", "SNAPSHOT")
	for _, c := range clients {
		when := c.CollectedAt
		if c.Error != "" {
			when = "failed"
		}
		tableRow(t, c.Client, when, c.Snapshot)
	}

	return t.Flush()
}
