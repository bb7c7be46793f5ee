package main

import (
	"fmt"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"ringfence/collectors"
	"ringfence/internal/run"
	"ringfence/internal/terminal"
)

func (a *app) collect() *cobra.Command {
	var fleet, data string
	var clients []string
	c := &cobra.Command{
		Use:     "collect --fleet FILE",
		Short:   "Take a snapshot of each client's tenant, and stop there",
		Example: "  ringfence collect --fleet fleet.hcl --client fabrikam",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			f, err := a.fleetFile(fleet, nil)
			if err != nil {
				return err
			}

			names, err := labels(f, clients)
			if err != nil {
				return err
			}
			if err := tryFolder("data", data); err != nil {
				return err
			}

			return a.collectAll(c, run.Collector{Fleet: f, Stores: run.OnDisk(data), Log: a.log()}, data, names)
		},
	}

	c.Flags().StringVar(&fleet, "fleet", "", "fleet file, or a folder of *.hcl (required)")
	c.Flags().StringSliceVar(&clients, "client", nil, "only this client; may be repeated")
	c.Flags().StringVar(&data, "data", "ringfence-data", "folder of snapshots and runs")

	return c
}

// mspMaxAge is how old the MSP's snapshot may be before a client's share of it
// is taken anew.
const mspMaxAge = 24 * time.Hour

// collected is what became of one client.
type collected struct {
	Client      string `json:"client"`
	CollectedAt string `json:"collected_at,omitempty"`
	Snapshot    string `json:"snapshot,omitempty"` // digest
	Error       string `json:"error,omitempty"`
}

// collectAll goes on after a client that fails; the worst failure is the code.
func (a *app) collectAll(c *cobra.Command, collector run.Collector, data string, names []string) error {
	var conditions []int
	all := []collected{}
	shares := collector.Shares(collector.FreshMSP(c.Context(), mspMaxAge))
	for _, name := range names {
		snap, err := a.collectOne(c, collector, data, name, shares)
		if c.Context().Err() != nil {
			return c.Context().Err()
		}

		if err != nil {
			err = explained(fmt.Errorf("client %s: %w", name, err))
			conditions = append(conditions, outcomeCode(err))
			a.report(c.Context(), err)
			all = append(all, collected{Client: name, Error: err.Error()})
			continue
		}

		all = append(all, collected{Client: name, CollectedAt: snap.Manifest.CollectedAt, Snapshot: snap.Digest()})
	}

	if err := a.printCollected(all, run.First(conditions)); err != nil {
		return err
	}

	return exit(run.First(conditions))
}

func (a *app) printCollected(all []collected, code int) error {
	if a.format == "json" {
		return a.json(map[string]any{"schema": "ringfence.collected/1", "exit": code, "clients": all})
	}

	t := table(a.stdout, "CLIENT", "COLLECTED", "SNAPSHOT")
	for _, x := range all {
		if x.Error == "" {
			terminal.Printf(t, "%s\t%s\t%s\n", x.Client, x.CollectedAt, x.Snapshot)
		} else {
			terminal.Printf(t, "%s\tfailed\t\n", x.Client)
		}
	}

	return t.Flush()
}

func (a *app) collectOne(
	c *cobra.Command, collector run.Collector, data, name string, shares *collectors.Shares,
) (run.Collected, error) {
	store, err := collector.Stores(name)
	if err != nil {
		return run.Collected{}, err
	}

	unlock, err := store.Lock()
	if err != nil {
		return run.Collected{}, err
	}
	defer unlock()

	snap, err := collector.Collect(c.Context(), name, shares)
	if err != nil {
		return snap, fmt.Errorf("collecting into %s: %w", filepath.Clean(data), err)
	}

	return snap, nil
}
