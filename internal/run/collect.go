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
	"ringfence/internal/fleetfile"
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
// caller holds the client's lock.
func (c Collector) Collect(ctx context.Context, label string) (snapshot.Snapshot, error) {
	client, ok := c.Fleet.Client(label)
	if !ok {
		return snapshot.Snapshot{}, fmt.Errorf("the fleet file has no client %q", label)
	}
	store, err := snapshot.OpenStore(c.Data, label)
	if err != nil {
		return snapshot.Snapshot{}, err
	}
	cfg, err := c.config(client)
	if err != nil {
		return snapshot.Snapshot{}, &collectors.ConfigError{Problem: err.Error()}
	}
	if last, err := store.Latest(); err == nil {
		cfg.Prev = last.Digest()
	} else if !errors.Is(err, fs.ErrNotExist) {
		return snapshot.Snapshot{}, err
	}
	snap, err := collectors.Run(ctx, cfg)
	if err != nil {
		return snapshot.Snapshot{}, err
	}
	return snap, store.Put(snap)
}

func (c Collector) config(client *fleetfile.Client) (collectors.Config, error) {
	cloud, err := c.cloud(client.Cloud)
	if err != nil {
		return collectors.Config{}, err
	}
	auth, err := credential(client.Graph)
	if err != nil {
		return collectors.Config{}, fmt.Errorf("graph.credential: %w", err)
	}
	auth.TenantID, auth.Cloud = client.TenantID, cloud
	token, err := collectors.NewCredential(auth)
	if err != nil {
		return collectors.Config{}, fmt.Errorf("graph.credential: %w", err)
	}
	cfg := collectors.Config{
		Client: client.Name, TenantID: client.TenantID, Cloud: cloud, Credential: token,
		Azure: Azure(client), Tool: "ringfence " + ToolVersion, Now: c.Now, RequestID: c.RequestID,
		Progress: func(dataset string, cov snapshot.Coverage) {
			c.Log.Info("collected", "client", client.Name, "dataset", dataset, "status", cov.Status, "count", cov.Count)
		},
	}
	return cfg, nil
}

// Azure is the fleet file's azure block as collectors take it.
func Azure(client *fleetfile.Client) *collectors.Azure {
	if client.Azure == nil {
		return nil
	}
	return &collectors.Azure{Subscriptions: client.Azure.Subscriptions, None: client.Azure.None}
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
	out.RootCAs, err = os.ReadFile(cl.CAFile)
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
		b, err := os.ReadFile(where)
		if err != nil {
			return auth, err
		}
		auth.Secret = strings.TrimSpace(string(b))
	default:
		return auth, fmt.Errorf("%q is not azidentity, federated, env:NAME or file:PATH", g.Credential)
	}
	return auth, nil
}
