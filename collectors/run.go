package collectors

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"golang.org/x/sync/errgroup"

	"ringfence/collectors/snapshot"
)

const (
	// workers bounds the requests in flight for one tenant, since the APIs throttle
	// each tenant by itself: https://learn.microsoft.com/graph/throttling-limits
	workers = 4

	// userAgent is what we call ourselves to the APIs.
	userAgent = "ringfence"
)

// Bounds of one list. A tenant of 500,000 users is 501 pages of 999.
const (
	maxPages = 20_000
	maxList  = 2 << 30 // bytes
	maxEmpty = 100     // pages in a row that hold nothing; a few are normal
)

// Run collects every dataset of one tenant. A dataset that fails says so in its
// coverage. There is no snapshot, but an error, where: ctx ends, there is no
// token ([*CredentialError]), token or organization are another tenant's
// ([*WrongTenantError]), the organization cannot be read, or the configuration is
// wrong ([*ConfigError]).
func Run(ctx context.Context, cfg Config) (snapshot.Snapshot, error) {
	cfg, err := cfg.defaults()
	if err != nil {
		return snapshot.Snapshot{}, err
	}

	units := clientUnits()
	if cfg.MSP {
		units = mspUnits()
	}

	s, err := signIn(ctx, cfg, units)
	if err != nil {
		return snapshot.Snapshot{}, err
	}
	defer s.close()

	if err := s.collect(ctx); err != nil {
		return snapshot.Snapshot{}, err
	}

	datasets, err := assemble(s.material)
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
	cfg         Config
	connections map[*api]*connection
	close       func()

	mu       sync.Mutex // guards material, which workers add to
	material material
}

// connection is one API of the tenant. principal is our own object id there, ""
// where the token names none.
type connection struct {
	client
	base      *url.URL
	principal string
}

// signIn connects to every API, and gets a token for each that a unit is read
// through.
func signIn(ctx context.Context, cfg Config, units []Unit) (*session, error) {
	promise := snapshot.Promise{Azure: cfg.Azure, Vaults: cfg.Vaults, Domains: cfg.Domains}
	s := &session{
		cfg: cfg, connections: map[*api]*connection{}, material: newMaterial(cfg.TenantID, units, promise),
	}

	tokens := newTenantCredential(cfg.Credential, cfg.TenantID)
	outbound, badRoots := roots(cfg.Cloud.RootCAs)
	var problems []error
	for _, a := range apis {
		c, err := cfg.connect(a, tokens, outbound)
		s.connections[a], problems = c, append(problems, err)
	}
	if err := errors.Join(append(problems, badRoots)...); err != nil {
		return nil, err
	}

	s.close = outbound.CloseIdleConnections
	return s, s.authenticate(ctx, tokens)
}

// connect makes a connection to one API, through which nothing but reads to its
// own address get out. It sends nothing yet.
func (c Config) connect(
	a *api, tokens azcore.TokenCredential, outbound http.RoundTripper,
) (*connection, error) {
	base, err := endpoint(a.name, a.address(c.Cloud))
	if err != nil {
		return nil, err
	}

	retry := &retrying{outbound, c.Retry.defaults(), a.idHeader, c.RequestID, maxPage}
	transport := &readOnly{pin{base}, a.posts, retry}
	client, err := a.connect(endpointConfig{base, c.Cloud, tokens, transport})
	return &connection{client: client, base: base}, err
}

// authenticate gets the tokens: without one for an API that is required, nothing
// needs to be asked.
func (s *session) authenticate(ctx context.Context, tokens azcore.TokenCredential) error {
	for _, a := range apis {
		if !slices.ContainsFunc(s.material.units, func(u Unit) bool { return u.api == a }) {
			continue
		}

		c := s.connections[a]
		token, err := tokens.GetToken(ctx, policy.TokenRequestOptions{Scopes: []string{tokenScope(c.base)}})
		var missing *CredentialError
		if errors.As(err, &missing) && !a.required {
			continue
		}
		if err != nil {
			return err
		}

		caller, _ := readClaims(token.Token) // the credential has read it
		c.principal = caller.Principal
	}

	return nil
}

// collect fills the material: the organization first, then level by level what
// is read once, what is read at each document of that, and so on.
func (s *session) collect(ctx context.Context) error {
	s.fetch(ctx, s.material.unit(organization), "")
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err := s.material.checkOrganization(); err != nil {
		return err
	}

	levels := map[int][]Unit{}
	for _, u := range s.material.units {
		if u.Schema.Dataset != organization {
			n := s.material.level(u)
			levels[n] = append(levels[n], u)
		}
	}

	for n := 0; levels[n] != nil; n++ {
		var work []func()
		for _, u := range levels[n] {
			work = append(work, s.work(ctx, u)...)
		}

		inParallel(work)
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}

	return nil
}

// level is how many datasets must be read before a unit can be.
func (m material) level(u Unit) (n int) {
	for _, before := range []string{u.Schema.Parent, u.within} {
		if before != "" && !snapshot.IsPromise(before) {
			n = max(n, m.level(m.unit(before))+1)
		}
	}
	return n
}

// work are the fetches of a unit: one, or one for so many scopes as are asked
// about at once.
func (s *session) work(ctx context.Context, u Unit) (work []func()) {
	scopes := []string{""}
	if u.Schema.Parent != "" {
		scopes = nil
		asked, _ := s.material.parents(u)
		for _, d := range asked {
			scopes = append(scopes, d.ID)
		}
	}

	for together := range slices.Chunk(scopes, u.scopesAtOnce) {
		work = append(work, func() { s.fetch(ctx, u, together...) })
	}
	return work
}

func inParallel(work []func()) {
	var g errgroup.Group
	g.SetLimit(workers)
	for _, f := range work {
		g.Go(func() error { f(); return nil })
	}
	_ = g.Wait() // nothing returns an error: answers carry their evidence
}

// fetch asks for one unit at some scopes and keeps the answers. What several
// scopes cost together is counted at the first.
func (s *session) fetch(ctx context.Context, u Unit, scopes ...string) {
	count := &tally{}
	ctx = context.WithValue(ctx, tallyKey{}, count)
	readings := make([]*reading, len(scopes))
	for i, scope := range scopes {
		readings[i] = u.newReading(scope)
	}

	started := s.cfg.Now()
	for _, r := range readings {
		r.started = started
	}

	switch {
	case u.Schema.DelegatedOnly != nil:
		refuse(readings)
	case u.scopesAtOnce > 1:
		s.askBatch(ctx, u, readings)
	default:
		s.ask(ctx, readings[0])
	}
	ended := s.cfg.Now()

	readings[0].requests = int(count.n.Load())

	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range readings {
		r.ended = ended
		s.material.keep(r)
	}
}

// refuse answers in the place of an API that answers people only: it is not asked.
func refuse(readings []*reading) {
	for _, r := range readings {
		r.gap(newEvidence(codeDelegatedOnly, "the API answers only where a person is signed in (%s)",
			r.unit.Schema.DelegatedOnly.Page))
	}
}

// ask reads the lists that make up a unit's answer at one scope.
func (s *session) ask(ctx context.Context, r *reading) {
	to := s.connections[r.unit.api]
	if to.principal == "" && strings.Contains(r.unit.Schema.Source.Endpoint, "{principalId}") {
		r.gap(newEvidence(codeNoPrincipal,
			"the token names no object id (oid), so its role assignments cannot be asked for"))
		return
	}

	for _, params := range s.params(r) {
		r.begin()
		if e := to.list(ctx, r, params); e != nil {
			r.gap(e)
		}
		r.end()
	}
}

// list reads one list of an answer. It is nil if that was read to its end.
func (c *connection) list(ctx context.Context, r *reading, params map[string]string) *snapshot.Evidence {
	first, err := r.unit.address(c.base, r.unit.Schema, params)
	switch {
	case err != nil:
		return newEvidence(codeRefused, "%s", err)
	case r.unit.query != "":
		return c.queryPages(ctx, first, r)
	}
	return c.pages(ctx, first, r.unit.paging(c.base), r.take)
}

// params are what the {names} of an endpoint stand for, for each list of a
// reading's answer.
func (s *session) params(r *reading) (lists []map[string]string) {
	u, scope := r.unit, r.scope
	if u.Schema.Window != nil {
		span := u.Schema.Window.Before(r.started)
		r.window = &span
	}

	name, values := "", []string{""}
	switch {
	case u.types != nil:
		name, values = "type", u.types
	case u.within != "":
		name, values = "scope", []string{u.api.path(scope)}
		s.mu.Lock()
		defer s.mu.Unlock()
		for _, d := range s.material.docs(u.within, scope) {
			values = append(values, d.ID)
		}
	}

	for _, v := range values {
		params := map[string]string{
			u.Schema.ParentName(): scope, "principalId": s.connections[u.api].principal, name: v,
		}
		if r.window != nil {
			params["since"], params["until"] = r.window.From, r.window.To
		}
		lists = append(lists, params)
	}
	return lists
}

// page is the parsed body of one answer.
type page = map[string]any

// paging is how a list is read: the property that leads to the next page ("":
// there is none), where that may lie, and how many pages there may be.
type paging struct {
	nextLink string
	within   pin
	limit    int
}

func (u Unit) paging(base *url.URL) paging {
	return paging{u.nextProperty(), pin{u.api.root(base, u.Schema.Source.Version)}, maxPages}
}

// pages reads a list to its last page and hands each to take, which makes
// documents of it. Evidence is nil only where the last page was read.
func (c *connection) pages(
	ctx context.Context, first *url.URL, p paging, take func(page),
) *snapshot.Evidence {
	seen, size, empty := map[string]bool{}, 0, 0
	for next := first; next != nil; {
		if seen[next.String()] {
			return newEvidence(codeLoop, "page %d is one that was read before", len(seen)+1)
		}
		if len(seen) == p.limit || size > maxList {
			return newEvidence(codeOversized,
				"the list does not end within %d pages and %d bytes", p.limit, maxList)
		}

		seen[next.String()] = true
		data, err := c.get(ctx, next)
		if err != nil {
			return evidenceOf(err)
		}

		size += len(data)
		body, err := snapshot.ParseObject(data)
		if err != nil {
			return malformed("page %d: %v", len(seen), err)
		}

		take(body)

		if empty++; !isEmpty(body) {
			empty = 0
		}
		if empty > maxEmpty {
			return newEvidence(codeLoop, "%d pages in a row hold nothing", empty)
		}

		var evidence *snapshot.Evidence
		if next, evidence = p.following(body); evidence != nil {
			return evidence
		}
	}

	return nil
}

func isEmpty(body page) bool {
	list, _ := body["value"].([]any)
	return len(list) == 0
}

// following is the next page's address, nil after the last page.
func (p paging) following(body page) (*url.URL, *snapshot.Evidence) {
	link, isText := body[p.nextLink].(string)
	if body[p.nextLink] != nil && !isText {
		return nil, malformed("%q is not a string", p.nextLink)
	}
	if link == "" {
		return nil, nil
	}

	next, err := url.Parse(link)
	if err == nil {
		err = p.within.check(next)
	}
	if err != nil {
		return nil, newEvidence(codeForeign, "the next link was not followed: %s", err)
	}

	next.Fragment = ""
	return next, nil
}
