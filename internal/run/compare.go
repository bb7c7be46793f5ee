package run

import (
	"context"
	"fmt"
	"io/fs"
	"runtime"
	"slices"
	"time"

	"ringfence/collectors/snapshot"
	"ringfence/engine/fleet/fingerprint"
	"ringfence/internal/fleetfile"
	"ringfence/internal/fleetjoin"
)

// offboarded is the state of a client that is compared with nobody any more.
const offboarded = "offboarded"

// Comparison says how clients are compared.
type Comparison struct {
	Fleet  *fleetfile.Fleet
	Stores Stores
	Finder fleetjoin.Finder
	Key    fingerprint.Key
	AsOf   time.Time
	// Instead are snapshots, by label, that stand in the place of the newest of the store.
	Instead map[string]snapshot.Snapshot
	// Also are labels of clients that left and are compared all the same.
	Also []string
}

// Compare compares the clients of a fleet that did not leave, and the MSP's own tenant, by the
// newest snapshot that the store has of each. The caller closes what comes of it.
func Compare(ctx context.Context, c Comparison) (*fleetjoin.Joined, error) {
	in := fleetjoin.Fleet{Finder: c.Finder, Key: c.Key, AsOf: c.AsOf, Parallel: runtime.GOMAXPROCS(0)}
	labels := []string{snapshot.FleetClient}
	for _, client := range c.Fleet.Clients {
		if client.State != offboarded || slices.Contains(c.Also, client.Name) {
			labels = append(labels, client.Name)
		}
	}

	for _, label := range labels {
		promise, err := c.Fleet.Promise(label)
		if err != nil {
			return nil, err
		}
		in.Members = append(in.Members, fleetjoin.Member{Label: label, Promise: promise, Open: c.opener(label)})
	}
	return fleetjoin.Join(ctx, in)
}

// opener opens the snapshot of a member.
func (c Comparison) opener(label string) func() (snapshot.Snapshot, error) {
	return func() (snapshot.Snapshot, error) {
		if snap, given := c.Instead[label]; given {
			return snap, nil
		}
		if c.Stores == nil {
			return snapshot.Snapshot{}, fs.ErrNotExist
		}

		store, err := c.Stores(label)
		if err != nil {
			return snapshot.Snapshot{}, fmt.Errorf("opening the store of %s: %w", label, err)
		}
		return store.Latest()
	}
}
