package collectors

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"sync"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"ringfence/collectors/arm"
	"ringfence/collectors/graph"
	"ringfence/collectors/snapshot"
)

// workers bounds the requests in flight for one tenant. Limits are per tenant:
// https://learn.microsoft.com/graph/throttling-limits
const workers = 4

const userAgent = "ringfence"

// Run collects every dataset of one tenant. A dataset that fails says so in its
// coverage. There is no snapshot, but an error, where: ctx ends, there is no
// token (*CredentialError), token or organization are another tenant's
// (*WrongTenantError), the organization cannot be read, or the configuration is
// wrong (*ConfigError).
func Run(ctx context.Context, cfg Config) (snapshot.Snapshot, error) {
	cfg, err := cfg.defaults()
	if err != nil {
		return snapshot.Snapshot{}, err
	}

	units := clientUnits()
	if cfg.MSP {
		units = mspUnits()
	}

	s, err := open(ctx, cfg, units)
	if err != nil {
		return snapshot.Snapshot{}, err
	}
	defer s.close()

	if err := s.collect(ctx); err != nil {
		return snapshot.Snapshot{}, err
	}

	datasets, err := assemble(s.units, s.material)
	if err != nil {
		return snapshot.Snapshot{}, err
	}

	if !cfg.MSP {
		datasets = append(datasets, cfg.sharedDatasets()...)
	}

	return snapshot.Seal(snapshot.Manifest{
		Client: cfg.Client, TenantID: cfg.TenantID, Tool: cfg.Tool, Cloud: cfg.Cloud.Name, Prev: cfg.Prev,
	}, datasets)
}

// session is one run against one tenant.
type session struct {
	cfg       Config
	units     []Unit
	graph     *graph.Client
	arm       *arm.Client
	apis      map[string]api
	principal string
	close     func()
	mu        sync.Mutex // guards material.answers
	material  material
}

// open makes the clients and gets a token for each API. Only Graph's must be
// there; without ARM's, the datasets of ARM say why.
func open(ctx context.Context, cfg Config, units []Unit) (*session, error) {
	graphBase, err1 := endpoint("graph", cfg.Cloud.Graph)
	armBase, err2 := endpoint("arm", cfg.Cloud.ARM)
	below, err3 := roots(cfg.Cloud.RootCAs)
	if err := errors.Join(err1, err2, err3); err != nil {
		return nil, err
	}

	cred := &tenantCredential{inner: cfg.Credential, tenant: cfg.TenantID, kept: map[string]azcore.AccessToken{}}
	out := func(base *url.URL, idHeader string) *readOnly {
		return &readOnly{pin{base}, &retrying{next: below, retry: cfg.Retry.defaults(), idHeader: idHeader, requestID: cfg.RequestID}}
	}
	scope := func(base *url.URL) string { return base.String() + "/.default" }
	g, err1 := graph.NewClient(graph.Config{Base: graphBase, Scope: scope(graphBase), Credential: cred,
		Transport: out(graphBase, "client-request-id"), UserAgent: userAgent})
	a, err2 := arm.NewClient(arm.Config{Base: armBase, Audience: armBase.String(), Authority: cfg.Cloud.Authority, Credential: cred,
		Transport: out(armBase, "x-ms-client-request-id"), UserAgent: userAgent})
	if err := errors.Join(err1, err2); err != nil {
		return nil, err
	}

	s := &session{cfg: cfg, units: units, graph: g, arm: a, close: below.CloseIdleConnections,
		apis:     map[string]api{"graph": {graphBase, g.Get}, "arm": {armBase, a.Get}},
		material: newMaterial(cfg.TenantID, snapshot.Promise{Azure: cfg.Azure, Vaults: cfg.Vaults})}
	return s, s.authenticate(ctx, cred, scope(graphBase), scope(armBase))
}

func (s *session) authenticate(ctx context.Context, cred *tenantCredential, graphScope, armScope string) error {
	if _, err := cred.GetToken(ctx, policy.TokenRequestOptions{Scopes: []string{graphScope}}); err != nil {
		return err
	}
	if !slices.ContainsFunc(s.units, func(u Unit) bool { return u.Schema.Source.API == "arm" }) {
		return nil
	}

	token, err := cred.GetToken(ctx, policy.TokenRequestOptions{Scopes: []string{armScope}})
	var missing *CredentialError
	if errors.As(err, &missing) {
		return nil
	}
	if err != nil {
		return err
	}

	who, err := readClaims(token.Token)
	s.principal = who.Principal
	return err
}
