package main

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"ringfence/collectors"
	"ringfence/engine"
	"ringfence/internal/access"
	"ringfence/internal/fleetfile"
	"ringfence/internal/run"
)

type collectFlags struct {
	fleetFlags
	fleet, data string
	policies    policyFlags
	clients     []string
}

var collectText = text{
	use:   "collect --fleet FILE",
	short: "Take a snapshot of each client's tenant, and stop there",
	long: `Takes a snapshot of each client's tenant into the store. Clients are worked on side
by side, in another order in each run. One that fails, or takes longer than
--client-timeout, is reported at once and delays no other.`,
	example: "  ringfence collect --fleet fleet.hcl --client fabrikam",
}

func (a *app) collect() *cobra.Command {
	var f collectFlags
	c := verb(collectText, cobra.NoArgs, func(ctx context.Context, _ []string) error {
		return a.runCollect(ctx, f)
	})

	f.fleetFlags.add(a, c)
	fleetFlag(c, &f.fleet)
	f.policies.add(c)
	c.Flags().StringSliceVar(&f.clients, "client", nil, "only this client; may be repeated")
	c.Flags().StringVar(&f.data, "data", "ringfence-data", "folder of snapshots and runs")

	return c
}

// read says to a collector what the policy set reads, for clients whose collection is minimised
// and for the MSP's own tenant where clients are compared. Where there is neither, no policy needs
// to be compiled.
func (a *app) read(into *run.Collector, set policyFlags) error {
	minimised := func(c fleetfile.Client) bool { return c.Collect.Minimise }
	if !set.given() && !isCompared(into.Fleet) && !slices.ContainsFunc(into.Fleet.Clients, minimised) {
		return nil
	}

	e, err := a.engine(set)
	if err != nil {
		return err
	}
	into.Only, into.Compared = access.Properties(e, isCompared(into.Fleet)), comparedBy(e, into.Fleet)
	return nil
}

// isCompared reports whether the clients of a fleet are compared with each other.
func isCompared(fleet *fleetfile.Fleet) bool { return fleet.MSP.FleetKey != "" }

// comparedBy are the datasets by which they are; nil where they are not.
func comparedBy(e *engine.Engine, fleet *fleetfile.Fleet) []string {
	if !isCompared(fleet) {
		return nil
	}
	return e.FactReads("")
}

func (a *app) runCollect(ctx context.Context, f collectFlags) error {
	if err := f.check(); err != nil {
		return err
	}

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

	collector := run.Collector{
		Fleet: fleet, Stores: run.OnDisk(f.data), Log: a.progressLog(), Parallel: f.parallel, Timeout: f.timeout,
		Limits: collectors.NewLimits(nil, nil),
	}
	if err := a.read(&collector, f.policies); err != nil {
		return err
	}
	a.warnEnds(collector, names)
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
// an interrupt ends it. The result is in the order of the names.
func (a *app) collectAll(
	ctx context.Context, collector run.Collector, data string, names []string,
) (clients []collected, code int, err error) {
	b := a.newBoard(len(names))
	defer b.close()
	collector.Watch = b.watch

	clients = make([]collected, len(names))
	var conditions []int
	take := func(name string, snap run.Collected, err error) {
		client := collected{Client: name}
		switch {
		case ctx.Err() != nil: // after an interrupt every client fails
		case err == nil:
			client.CollectedAt, client.Snapshot = snap.Manifest.CollectedAt, snap.Digest()
		default:
			err = explained(fmt.Errorf("client %s: collecting into %s: %w", name, filepath.Clean(data), err))
			client.Error = err.Error()
			conditions = append(conditions, outcomeCode(err))
			a.report(ctx, err)
		}
		clients[slices.Index(names, name)] = client
	}

	shares := collector.Shares(collector.FreshMSP(ctx, mspMaxAge))
	err = collector.CollectEach(ctx, names, shares, take)
	return clients, run.First(conditions), err
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
