package collectors

import (
	"context"
	"errors"
	"net/url"
	"sync"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"golang.org/x/sync/errgroup"

	"ringfence/collectors/arm"
	"ringfence/collectors/azure"
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
	s, err := open(ctx, cfg, All())
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
	snap, err := snapshot.Seal(snapshot.Manifest{
		Client: cfg.Client, TenantID: cfg.TenantID, Tool: cfg.Tool, Cloud: cfg.Cloud.Name, Prev: cfg.Prev,
	}, datasets)
	if err == nil && cfg.Progress != nil {
		for _, u := range s.units {
			cfg.Progress(u.Schema.Dataset, snap.Manifest.Datasets[u.Schema.Dataset])
		}
	}
	return snap, err
}

// session is one run against one tenant.
type session struct {
	cfg       Config
	units     []Unit
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
	s := &session{cfg: cfg, units: units, close: below.CloseIdleConnections,
		apis:     map[string]api{"graph": {graphBase, g.Get}, "arm": {armBase, a.Get}},
		material: material{cfg.TenantID, cfg.Azure, map[string]map[string]answer{}}}
	return s, s.authenticate(ctx, cred, scope(graphBase), scope(armBase))
}

func (s *session) authenticate(ctx context.Context, cred *tenantCredential, graphScope, armScope string) error {
	if _, err := cred.GetToken(ctx, policy.TokenRequestOptions{Scopes: []string{graphScope}}); err != nil {
		return err
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

// collect fills the material: the organization first, then what is read once,
// then what is read at each subscription seen.
func (s *session) collect(ctx context.Context) error {
	s.fetch(ctx, find(s.units, organization), "")
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err := s.material.checkOrganization(s.units); err != nil {
		return err
	}
	once, each := []func(){}, []func(){}
	for _, u := range s.units {
		if u.Schema.Parent == "" && u.Schema.Dataset != organization {
			once = append(once, func() { s.fetch(ctx, u, "") })
		}
	}
	inParallel(once)
	subscriptions := find(s.units, azure.Subscriptions)
	for _, d := range subscriptions.part(s.material.answer(subscriptions, ""), "").docs {
		for _, u := range s.units {
			if u.Schema.Parent == azure.Subscriptions {
				each = append(each, func() { s.fetch(ctx, u, d.ID) })
			}
		}
	}
	inParallel(each)
	return ctx.Err()
}

func inParallel(work []func()) {
	var g errgroup.Group
	g.SetLimit(workers)
	for _, f := range work {
		g.Go(func() error { f(); return nil })
	}
	_ = g.Wait() // nothing returns an error: answers carry their evidence
}

// fetch asks for one unit at one scope and keeps the answer.
func (s *session) fetch(ctx context.Context, u Unit, scope string) {
	count := &tally{}
	a := answer{started: s.cfg.Now()}
	a.pages, a.evidence = s.ask(context.WithValue(ctx, tallyKey{}, count), u, scope)
	a.ended, a.requests = s.cfg.Now(), int(count.n.Load())
	s.mu.Lock()
	defer s.mu.Unlock()
	name := u.Schema.Dataset
	if s.material.answers[name] == nil {
		s.material.answers[name] = map[string]answer{}
	}
	s.material.answers[name][scope] = a
}

func (s *session) ask(ctx context.Context, u Unit, scope string) ([]page, *snapshot.Evidence) {
	to := s.apis[u.Schema.Source.API]
	if u.Schema.Dataset == azure.CallerAccess && s.principal == "" {
		return nil, &snapshot.Evidence{Code: codeNoPrincipal, Message: "the token names no object id (oid), so its role assignments cannot be asked for"}
	}
	first, err := u.address(to.base, map[string]string{"subscriptionId": scope, "principalId": s.principal})
	if err != nil {
		return nil, &snapshot.Evidence{Code: codeRefused, Message: err.Error()}
	}
	within := pin{to.base}
	if u.Schema.Source.API == "graph" {
		within.base = to.base.JoinPath(u.Schema.Source.Version)
	}
	link := nextLinks[u.Schema.Source.API]
	if u.Schema.ID.Form == snapshot.Singleton {
		link = ""
	}
	return to.pages(ctx, first, within, link, maxPages)
}
