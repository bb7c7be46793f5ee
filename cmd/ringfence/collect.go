package main

import (
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"ringfence/collectors/snapshot"
	"ringfence/internal/run"
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
			return a.collectAll(c, run.Collector{Fleet: f, Data: data, Log: a.log()}, names)
		},
	}
	c.Flags().StringVar(&fleet, "fleet", "", "fleet file, or a folder of *.hcl (required)")
	c.Flags().StringSliceVar(&clients, "client", nil, "only this client; may be repeated")
	c.Flags().StringVar(&data, "data", "ringfence-data", "folder of snapshots and runs")
	return c
}

// collectAll goes on after a client that fails; the worst failure is the code.
func (a *app) collectAll(c *cobra.Command, collector run.Collector, names []string) error {
	var conditions []int
	for _, name := range names {
		snap, err := a.collectOne(c, collector, name)
		if c.Context().Err() != nil {
			return c.Context().Err()
		}
		if err != nil {
			conditions = append(conditions, outcomeCode(err))
			report(c.Context(), fmt.Errorf("client %s: %w", name, err), a.stderr)
			continue
		}
		fmt.Fprintf(a.stdout, "%s\t%s\t%s\n", name, snap.Manifest.CollectedAt, snap.Digest())
	}
	return exit(run.First(conditions))
}

func (a *app) collectOne(c *cobra.Command, collector run.Collector, name string) (snapshot.Snapshot, error) {
	store, err := snapshot.OpenStore(collector.Data, name)
	if err != nil {
		return snapshot.Snapshot{}, err
	}
	unlock, err := store.Lock()
	if err != nil {
		return snapshot.Snapshot{}, err
	}
	defer unlock()
	snap, err := collector.Collect(c.Context(), name)
	if err != nil {
		return snap, fmt.Errorf("collecting into %s: %w", filepath.Clean(collector.Data), err)
	}
	return snap, nil
}
