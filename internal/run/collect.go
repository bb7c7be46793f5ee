package run

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"strings"
	"time"

	"ringfence/collectors"
	"ringfence/collectors/snapshot"
	"ringfence/engine/evidence"
	"ringfence/internal/fleetfile"
	"ringfence/internal/inputfile"
)

// Collector reads clients' tenants into the store. Now and RequestID are
// injected into each collection; nil means clock and chance.
type Collector struct {
	Fleet     *fleetfile.Fleet
	Data      string
	Log       *slog.Logger
	Now       func() time.Time
	RequestID func() string
}

// Collect reads one client's tenant, stores the snapshot and returns it. The
// client receives its share of the MSP's own snapshot; nil where that was not
// taken. The caller holds the client's lock.
func (c Collector) Collect(ctx context.Context, label string, shares *collectors.Shares) (snapshot.Snapshot, error) {
	client, ok := c.Fleet.Client(label)
	if !ok {
		return snapshot.Snapshot{}, fmt.Errorf("the fleet file has no client %q", label)
	}

	cfg, err := c.config(label, client.TenantID, client.Client.Cloud, client.Graph)
	if err != nil {
		return snapshot.Snapshot{}, &collectors.ConfigError{Problem: err.Error()}
	}

	promise := evidence.PromiseOf(client.Client)
	cfg.Azure, cfg.Vaults = promise.Azure, promise.Vaults

	if shares != nil {
		cfg.Shared = shares.Of(client.TenantID)
	}

	return c.take(ctx, cfg)
}

// ErrNoMSP says that the fleet file does not say how to read the MSP's tenant.
var ErrNoMSP = errors.New("the msp block has no graph block: the MSP's own tenant, and what it says about its clients, is not read")

// CollectMSP reads the MSP's own tenant into the fleet's part of the store. The
// caller holds its lock.
func (c Collector) CollectMSP(ctx context.Context) (snapshot.Snapshot, error) {
	msp := c.Fleet.MSP
	if msp.Graph.Credential == "" {
		return snapshot.Snapshot{}, ErrNoMSP
	}

	cfg, err := c.config(snapshot.FleetClient, msp.TenantID, msp.Cloud, msp.Graph)
	if err != nil {
		return snapshot.Snapshot{}, &collectors.ConfigError{Problem: err.Error()}
	}

	cfg.MSP = true
	return c.take(ctx, cfg)
}

// FreshMSP is the newest snapshot of the MSP's tenant; a new one is taken where
// there is none, or it is older than maxAge.
func (c Collector) FreshMSP(ctx context.Context, maxAge time.Duration) (snapshot.Snapshot, error) {
	store, err := snapshot.OpenStore(c.Data, snapshot.FleetClient)
	if err != nil {
		return snapshot.Snapshot{}, err
	}

	last, err := store.Latest()
	if err == nil {
		at, err := time.Parse(time.RFC3339, last.Manifest.CollectedAt)
		if err == nil && c.clock()().Sub(at) <= maxAge {
			return last, nil
		}
	}

	unlock, err := waitLock(ctx, store)
	if err != nil {
		return snapshot.Snapshot{}, err
	}
	defer unlock()

	return c.CollectMSP(ctx)
}

// waitLock waits, for a minute at most, for another process that is just taking
// the MSP's snapshot.
func waitLock(ctx context.Context, store snapshot.Store) (unlock func(), err error) {
	for range 60 {
		if unlock, err = store.Lock(); !errors.Is(err, snapshot.ErrLocked) {
			return unlock, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(time.Second):
		}
	}

	return nil, err
}

// Shares opens the MSP's snapshot for its clients; nil, with a warning, where it
// could not be taken.
func (c Collector) Shares(msp snapshot.Snapshot, err error) *collectors.Shares {
	var shares *collectors.Shares
	if err == nil {
		shares, err = collectors.OpenShares(msp)
	}

	if err != nil {
		c.Log.Warn("the MSP's own tenant was not read", "error", err)
		return nil
	}

	return shares
}

func (c Collector) clock() func() time.Time {
	if c.Now != nil {
		return c.Now
	}
	return time.Now
}

// take runs a collection and stores what it yields.
func (c Collector) take(ctx context.Context, cfg collectors.Config) (snapshot.Snapshot, error) {
	store, err := snapshot.OpenStore(c.Data, cfg.Client)
	if err != nil {
		return snapshot.Snapshot{}, err
	}

	if last, err := store.Latest(); err == nil {
		cfg.Prev = last.Digest()
	} else if !errors.Is(err, fs.ErrNotExist) {
		return snapshot.Snapshot{}, err
	}

	c.Log.Info("collecting", "client", cfg.Client)
	snap, err := collectors.Run(ctx, cfg)
	if err != nil {
		return snapshot.Snapshot{}, err
	}

	c.Log.Info("collected", append([]any{"client", cfg.Client}, extent(snap.Manifest)...)...)
	return snap, store.Put(snap)
}

// extent is how much was read, for the log, in numbers of datasets. A missing
// licence is no gap if the tenant's subscriptions prove it, which the judgement
// finds out; so it is counted by itself.
func extent(m snapshot.Manifest) []any {
	incomplete, unlicensed := 0, 0
	for _, c := range m.Datasets {
		switch {
		case c.Status == snapshot.NotLicensed:
			unlicensed++
		case !c.CompleteEverywhere():
			incomplete++
		}
	}

	return []any{"datasets", len(m.Datasets), "incomplete", incomplete, "not_licensed", unlicensed}
}

// config is what the collections of a tenant have in common.
func (c Collector) config(label, tenant, cloudName string, graph fleetfile.Graph) (cfg collectors.Config, err error) {
	cfg = collectors.Config{Client: label, TenantID: tenant, Tool: "ringfence " + ToolVersion, Now: c.Now, RequestID: c.RequestID}
	if cfg.Cloud, err = c.cloud(cloudName); err != nil {
		return cfg, err
	}

	auth, err := credential(graph)
	if err != nil {
		return cfg, fmt.Errorf("graph.credential: %w", err)
	}

	auth.TenantID, auth.Cloud = tenant, cfg.Cloud
	if cfg.Credential, err = collectors.NewCredential(auth); err != nil {
		return cfg, fmt.Errorf("graph.credential: %w", err)
	}

	return cfg, nil
}

func (c Collector) cloud(name string) (collectors.Cloud, error) {
	cl, ok := c.Fleet.Cloud(name)
	if !ok {
		return collectors.Cloud{}, fmt.Errorf("no cloud %q", name)
	}

	out := collectors.Cloud{Name: cl.Name, Graph: cl.Graph, ARM: cl.ARM, Authority: cl.Authority}

	if cl.CAFile == "" {
		return out, nil
	}

	var err error
	out.RootCAs, err = inputfile.Read(cl.CAFile)
	return out, err
}

// credential resolves where a secret is: only now, and only for collecting.
func credential(g fleetfile.Graph) (collectors.Auth, error) {
	auth := collectors.Auth{AppID: g.AppID}
	kind, where, _ := strings.Cut(g.Credential, ":")
	switch kind {
	case "":
		return auth, errors.New("not set: add a graph block with app_id and credential to the client or to defaults")
	case "azidentity":
	case "federated":
		auth.Federated = true

	case "env":
		if auth.Secret = os.Getenv(where); auth.Secret == "" {
			return auth, fmt.Errorf("the environment variable %s is empty", where)
		}

	case "file":
		b, err := inputfile.Read(where)
		if err != nil {
			return auth, err
		}
		auth.Secret = strings.TrimSpace(string(b))

	default:
		return auth, fmt.Errorf("%q is not azidentity, federated, env:NAME or file:PATH", g.Credential)
	}

	return auth, nil
}
