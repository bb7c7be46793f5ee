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
	"ringfence/engine/intent"
	"ringfence/internal/fleetfile"
	"ringfence/internal/inputfile"
)

// Collector reads clients' tenants into their stores.
type Collector struct {
	Fleet  *fleetfile.Fleet
	Stores Stores
	Log    *slog.Logger

	// Only are the datasets that the policy set reads in a client's tenant, with their
	// properties, for clients with collect { minimise = true }; nil: for nobody.
	Only map[string][]string

	// Compared are the datasets by which tenants are compared, which are read in the MSP's own,
	// too; nil where nobody is.
	Compared []string

	// MaxAge is how old the newest snapshot in the store may be to be taken as it is;
	// 0: the tenant is always read.
	MaxAge time.Duration

	// Parallel is how many clients are worked on at a time (0: [DefaultParallel]), and
	// Timeout how long one may take (0: [DefaultTimeout]). Shuffle puts labels into the
	// order in which they are worked on; nil: by chance.
	Parallel int
	Timeout  time.Duration
	Shuffle  func(labels []string)

	// Limits paces the requests of all collections; nil: each paces its own.
	Limits *collectors.Limits

	// Watch learns what becomes of each client, from several goroutines; nil: nobody.
	Watch func(Event)

	// Now and RequestID are injected into each collection; nil: clock and chance.
	Now       func() time.Time
	RequestID func() string
}

// Collected is a client's newest snapshot, which is in its store.
type Collected struct {
	snapshot.Snapshot
	// Already: the store had it, and it is younger than MaxAge; nobody was asked.
	Already bool
}

// Collect is the first stage of a client: it reads its tenant, stores the snapshot
// and returns it. The client receives its share of the MSP's own snapshot; nil
// where that was not taken. The caller holds the client's lock.
func (c Collector) Collect(ctx context.Context, label string, shares *collectors.Shares) (Collected, error) {
	client, ok := c.Fleet.Client(label)
	if !ok {
		return Collected{}, fmt.Errorf("the fleet file has no client %q", label)
	}

	return c.take(ctx, label, func() (collectors.Config, error) {
		cfg, err := c.Config(label)
		cfg.ResumeFor = resumeFor(client.Client.MaxAge)

		if shares != nil {
			cfg.Shared = shares.Of(client.TenantID)
		}

		return cfg, err
	})
}

// ErrNoMSP says that the fleet file does not say how to read the MSP's tenant.
var ErrNoMSP = errors.New("the msp block has no graph block: " +
	"the MSP's own tenant, and what it says about its clients, is not read")

// CollectMSP reads the MSP's own tenant into the fleet's part of the store. The
// caller holds its lock.
func (c Collector) CollectMSP(ctx context.Context) (Collected, error) {
	if c.Fleet.MSP.Graph.Credential == "" {
		return Collected{}, ErrNoMSP
	}
	defer c.watch(Event{Client: snapshot.FleetClient, Stage: Paused})

	return c.take(ctx, snapshot.FleetClient, func() (collectors.Config, error) {
		return c.Config(snapshot.FleetClient)
	})
}

// FreshMSP is the newest snapshot of the MSP's tenant; a new one is taken where
// there is none, or it is older than maxAge.
func (c Collector) FreshMSP(ctx context.Context, maxAge time.Duration) (Collected, error) {
	store, err := c.Stores(snapshot.FleetClient)
	if err != nil {
		return Collected{}, err
	}

	c.MaxAge = maxAge
	if last, err := store.Latest(); err == nil && c.fresh(last) {
		return Collected{last, true}, nil
	}

	unlock, err := waitLock(ctx, store)
	if err != nil {
		return Collected{}, err
	}
	defer unlock()

	return c.CollectMSP(ctx)
}

// fresh reports whether a snapshot is young enough to be taken as it is.
func (c Collector) fresh(snap snapshot.Snapshot) bool {
	at, err := time.Parse(time.RFC3339, snap.Manifest.CollectedAt)
	return err == nil && c.MaxAge > 0 && c.clock()().Sub(at) <= c.MaxAge
}

// waitLock waits, for a minute at most, for another process that is just taking
// the MSP's snapshot.
func waitLock(ctx context.Context, store Store) (unlock func(), err error) {
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
func (c Collector) Shares(msp Collected, err error) *collectors.Shares {
	var shares *collectors.Shares
	if err == nil {
		shares, err = collectors.OpenShares(msp.Snapshot)
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

// take runs a collection and stores what it yields, unless the store has a
// snapshot that is young enough. config is asked only then: it reads the secret.
func (c Collector) take(
	ctx context.Context, label string, config func() (collectors.Config, error),
) (Collected, error) {
	store, err := c.Stores(label)
	if err != nil {
		return Collected{}, err
	}

	last, errLast := store.Latest()
	if errLast == nil && c.fresh(last) {
		return Collected{last, true}, nil
	}

	cfg, err := config()
	if err != nil {
		return Collected{}, &collectors.ConfigError{Problem: err.Error()}
	}

	if errLast == nil {
		cfg.Prev = last.Digest()
	} else if !errors.Is(errLast, fs.ErrNotExist) {
		return Collected{}, errLast
	}

	c.Log.Info("collecting", "client", label)
	cfg.Progress = func(p collectors.Progress) { c.watch(Event{label, Collecting, nil, p}) }
	cfg.Resume = store.ResumeDir()
	if errLast == nil && cfg.FullEvery > 0 {
		cfg.Before = &last
	}
	if cfg.FullEvery > 0 {
		cfg.Changes = store.ChangesFile()
	}
	cfg.Missed = func(dataset string, documents int) {
		c.Log.Warn("the service had not told of changes: the list is read whole from now on",
			"client", label, "dataset", dataset, "documents", documents)
	}
	snap, err := collectors.Run(ctx, cfg)
	if err != nil {
		return Collected{}, err
	}

	c.Log.Info("collected", append([]any{"client", label}, extent(snap.Manifest, c.oldest(label))...)...)
	return Collected{Snapshot: store.Stored(snap)}, keep(store, snap, cfg.Resume)
}

// keep stores a new snapshot. What it was made of is needed no longer then.
func keep(store Store, snap snapshot.Snapshot, resumeDir string) error {
	err := store.Put(snap)
	if snap.Release != nil {
		err = errors.Join(err, snap.Release())
	}
	if err != nil || resumeDir == "" {
		return err
	}
	return collectors.Forget(resumeDir)
}

// resumeFor is for how long a killed collection's answers are used: evidence that
// must be young may not be made of old parts. A text that is no age says nothing.
func resumeFor(maxAge string) time.Duration {
	age, err := intent.ParseAge(maxAge)
	if err != nil {
		return collectors.ResumeFor
	}
	return min(collectors.ResumeFor, age/4)
}

// oldest is when a client's dataset that was read before it is too old to judge by; zero where
// no age was agreed. What a cache on the way answered may be.
func (c Collector) oldest(label string) time.Time {
	client, isClient := c.Fleet.Client(label)
	if !isClient {
		return time.Time{}
	}
	age, err := intent.ParseAge(client.Client.MaxAge)
	if err != nil {
		return time.Time{}
	}
	return c.clock()().Add(-age)
}

// extent is how much was read, for the log, in numbers of datasets. A missing
// licence is no gap if the tenant's subscriptions prove it, which the judgement
// finds out; so it is counted by itself. What the fleet file asks nothing of is none.
func extent(m snapshot.Manifest, oldest time.Time) []any {
	asked, incomplete, unlicensed := 0, 0, 0
	for name, c := range m.Datasets {
		if !c.WasAsked() {
			continue
		}

		asked++
		isUnlicensed := c.Status == snapshot.NotLicensed
		if isUnlicensed {
			unlicensed++
		}
		ended, err := time.Parse(time.RFC3339, c.EndedAt)
		isOld := err == nil && ended.Before(oldest)
		if isOld || !c.CompleteEverywhere() && !(isUnlicensed && withoutMeansNone(name)) {
			incomplete++
		}
	}

	return []any{"datasets", asked, "incomplete", incomplete, "not_licensed", unlicensed}
}

// withoutMeansNone: nothing of a dataset can exist without a licence for it.
func withoutMeansNone(dataset string) bool {
	s := snapshot.Schemas()[dataset]
	return s != nil && s.WithoutLicence != nil && s.WithoutLicence.Means == "empty"
}

// Config says how a tenant is reached, and what must be visible in it: a client's, or the
// MSP's own for [snapshot.FleetClient]. The secret is read now, and nobody is asked yet.
func (c Collector) Config(label string) (collectors.Config, error) {
	if label == snapshot.FleetClient {
		msp := c.Fleet.MSP
		cfg, err := c.config(label, msp.TenantID, msp.Cloud, msp.Graph)
		cfg.MSP, cfg.Compared = true, c.Compared
		if c.Compared != nil {
			cfg.Azure = evidence.PromiseOf(c.Fleet.FleetIntent().Tenant().Client).Azure
		}
		return cfg, err
	}

	client, ok := c.Fleet.Client(label)
	if !ok {
		return collectors.Config{}, fmt.Errorf("the fleet file has no client %q", label)
	}

	cfg, err := c.config(label, client.TenantID, client.Client.Cloud, client.Graph)
	promise := evidence.PromiseOf(client.Client)
	cfg.Azure, cfg.Vaults, cfg.Domains = promise.Azure, promise.Vaults, promise.Domains
	cfg.VaultOwners = client.Collect.VaultOwners
	if age, err := intent.ParseAge(client.Collect.FullEvery); err == nil {
		cfg.FullEvery = age
	}
	if client.Collect.Minimise {
		cfg.Only = c.Only
	}

	return cfg, err
}

// Auth says how to sign in to a tenant, with the secret that the fleet file names; the
// tenant itself is left out.
func (c Collector) Auth(label string) (collectors.Auth, error) {
	if label == snapshot.FleetClient {
		return credential(c.Fleet.MSP.Graph)
	}

	client, ok := c.Fleet.Client(label)
	if !ok {
		return collectors.Auth{}, fmt.Errorf("the fleet file has no client %q", label)
	}
	return credential(client.Graph)
}

// config is what the collections of a tenant have in common.
func (c Collector) config(label, tenant, cloudName string, graph fleetfile.Graph) (collectors.Config, error) {
	cfg := collectors.Config{
		Client: label, TenantID: tenant, Tool: "ringfence " + ToolVersion,
		Now: c.Now, RequestID: c.RequestID,
	}
	cloud, err := c.Cloud(cloudName)
	if err != nil {
		return cfg, err
	}

	auth, err := credential(graph)
	if err == nil {
		auth.TenantID, auth.Cloud, cfg.Cloud = tenant, cloud, cloud
		if cloud.PublishesLimits() {
			cfg.Limits = c.Limits
		}
		cfg.Credential, err = collectors.NewCredential(auth)
	}

	if err != nil {
		err = fmt.Errorf("graph.credential: %w", err)
	}

	return cfg, err
}

// Cloud is a cloud of the fleet file, with the authorities to trust there.
func (c Collector) Cloud(name string) (collectors.Cloud, error) {
	declared, ok := c.Fleet.Cloud(name)
	if !ok {
		return collectors.Cloud{}, fmt.Errorf("no cloud %q", name)
	}

	cloud := collectors.Cloud{
		Name: declared.Name, Graph: declared.Graph, ARM: declared.ARM, Authority: declared.Authority,
		Vault: declared.Vault, Limits: declared.Limits,
	}
	if declared.CAFile == "" {
		return cloud, nil
	}

	var err error
	cloud.RootCAs, err = inputfile.Read(declared.CAFile)
	return cloud, err
}

// credential resolves where a secret is: only now, and only for collecting.
func credential(g fleetfile.Graph) (collectors.Auth, error) {
	auth := collectors.Auth{AppID: g.AppID}
	kind, where, _ := strings.Cut(g.Credential, ":")
	switch kind {
	case "":
		return auth, errors.New(
			"not set: add a graph block with app_id and credential to the client or to defaults")

	case "azidentity":
	case "federated":
		auth.Federated = true

	case "env":
		auth.Secret = os.Getenv(where)
		if auth.Secret == "" {
			return auth, fmt.Errorf("the environment variable %s is empty", where)
		}

	case "file":
		data, err := inputfile.Read(where)
		if err != nil {
			return auth, err
		}
		auth.Secret, auth.Password = string(data), os.Getenv(collectors.PasswordVariable)

	default:
		return auth, fmt.Errorf("%q is not azidentity, federated, env:NAME or file:PATH", g.Credential)
	}

	return auth, nil
}
