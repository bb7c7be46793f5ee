package collectors

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"ringfence/collectors/keyvault"
	"ringfence/collectors/snapshot"
)

const (
	// atOnce bounds the requests in flight for one tenant, since the APIs throttle each
	// tenant by itself: https://learn.microsoft.com/graph/throttling-limits
	atOnce = 4

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

	units, skipped := clientUnits(), []Unit(nil)
	if cfg.MSP {
		units = mspUnits(cfg.Compared, cfg.Azure != nil)
	}
	units, unwanted := cfg.optIn(units)
	if cfg.Only != nil {
		units, skipped = minimal(units, cfg.Only)
	}

	s, err := signIn(ctx, cfg, units)
	if err != nil {
		return snapshot.Snapshot{}, err
	}
	defer s.close()

	if err := s.openSpool(); err != nil {
		return snapshot.Snapshot{}, fmt.Errorf("keeping what is read: %w", err)
	}
	s.changes = openChanges(cfg)

	snap, err := s.snapshot(ctx, slices.Concat(
		skippedFor(skipped, snapshot.NotNeeded, whyNotNeeded),
		skippedFor(unwanted, snapshot.NotAsked, whyNotWanted),
	))
	if err != nil {
		return snapshot.Snapshot{}, errors.Join(err, s.material.spool.Close())
	}

	snap.Release = s.material.spool.Close
	return snap, s.changes.write(snap.Manifest)
}

// snapshot collects, and seals what was collected with the datasets that are skipped.
func (s *session) snapshot(ctx context.Context, skipped []snapshot.Dataset) (snapshot.Snapshot, error) {
	if err := s.collect(ctx); err != nil {
		return snapshot.Snapshot{}, err
	}

	datasets, err := assemble(s.material)
	if err == nil {
		err = s.material.spool.Err()
	}
	if err != nil {
		return snapshot.Snapshot{}, err
	}

	if !s.cfg.MSP {
		datasets = append(datasets, s.cfg.sharedDatasets()...)
	}
	datasets = append(datasets, skipped...)

	return snapshot.Seal(snapshot.Manifest{
		Client: s.cfg.Client, TenantID: s.cfg.TenantID, Tool: s.cfg.Tool, Cloud: s.cfg.Cloud.Name,
		Prev: s.cfg.Prev,
	}, datasets)
}

// session is one run against one tenant.
type session struct {
	cfg         Config
	connections map[*api]*connection
	outbound    *http.Transport
	journal     *journal // nil: nothing is resumed
	changes     *changes // nil: every list is read whole

	mu       sync.Mutex // guards what follows, which workers add to
	material material
	broken   error // what keeps answers from being kept: the first error
}

func (s *session) close() {
	s.journal.close()
	s.outbound.CloseIdleConnections()
}

// connection is one API of the tenant. principal is our own object id there, ""
// where the token names none; roles are the permissions that the token holds.
type connection struct {
	client
	base      *url.URL
	principal string
	roles     []string
	pace      *pacer
}

// signIn connects to every API, and gets a token for each that a unit is read
// through.
func signIn(ctx context.Context, cfg Config, units []Unit) (*session, error) {
	promise := snapshot.Promise{Azure: cfg.Azure, Vaults: cfg.Vaults, Domains: cfg.Domains}
	tokens := newTenantCredential(cfg.Credential, cfg.TenantID)
	outbound, badRoots := roots(cfg.Cloud.RootCAs)
	s := &session{
		cfg: cfg, connections: map[*api]*connection{}, outbound: outbound,
		material: newMaterial(cfg.TenantID, units, promise, nil),
	}
	s.material.vaults = vaultCloud(cfg.Cloud.Name, cfg.Cloud.Authority)

	var problems []error
	for _, a := range apis {
		c, err := cfg.connect(a, tokens, outbound)
		s.connections[a], problems = c, append(problems, err)
	}
	if index(units, keyvault.VaultOwners) >= 0 {
		c, err := cfg.connectHosts(outbound)
		s.connections[hostAPI], problems = c, append(problems, err)
	}
	if err := errors.Join(append(problems, badRoots)...); err != nil {
		return nil, err
	}

	return s, s.authenticate(ctx, tokens)
}

// openSpool makes the place for what is read: a folder, or memory.
func (s *session) openSpool() error {
	if s.cfg.Resume == "" {
		s.material.spool = snapshot.NewSpool(nil, 0)
		return nil
	}

	plan, err := s.plan()
	if err != nil {
		return err
	}

	header := journalHeader{
		Schema: "ringfence.resume/1", Client: s.cfg.Client, TenantID: s.cfg.TenantID,
		Cloud: s.cfg.Cloud.Name, Tool: s.cfg.Tool, Plan: plan, Prev: s.cfg.Prev,
	}
	s.journal, err = openJournal(s.cfg.Resume, header, s.cfg.Now().Add(-s.cfg.ResumeFor))
	if err == nil {
		s.material.spool = s.journal.spool
	}
	return err
}

// plan is the digest of what is asked, and as whom: answers to another principal, or
// normalized by another schema, are not the same answers.
func (s *session) plan() (string, error) {
	names, callers := []string{}, map[string]any{}
	for _, u := range s.material.units {
		names = append(names, u.Schema.Dataset+" "+u.Schema.Source.Endpoint)
	}
	for a, c := range s.connections {
		callers[a.name] = []string{c.base.String(), c.principal}
	}

	text, err := snapshot.Canonical(map[string]any{
		"datasets": names, "callers": callers, "schemas": snapshot.SchemasDigest(),
	})
	return snapshot.Digest(text), err
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

	pace := &pacer{limits: c.Limits, api: a, base: base, tenant: c.TenantID, progress: c.progress}
	retry := &retrying{
		next: outbound, retry: c.Retry.defaults(), idHeader: a.idHeader, requestID: c.RequestID,
		maxPage: maxPage, priority: a.priority, pace: pace, budget: c.budget,
	}
	transport := &readOnly{pin{base}, a.posts, retry}
	client, err := a.connect(endpointConfig{base, a.audience(c.Cloud), c.Cloud, tokens, transport})
	return &connection{client: client, base: base, pace: pace}, err
}

// authenticate gets the tokens: without one for an API that is required, nothing
// needs to be asked.
func (s *session) authenticate(ctx context.Context, tokens azcore.TokenCredential) error {
	for _, a := range apis {
		if !slices.ContainsFunc(s.material.units, func(u Unit) bool { return u.api == a }) {
			continue
		}

		c := s.connections[a]
		scope := tokenScope(a.audience(s.cfg.Cloud))
		token, err := tokens.GetToken(ctx, policy.TokenRequestOptions{Scopes: []string{scope}})
		var missing *CredentialError
		if errors.As(err, &missing) && !a.required {
			continue
		}
		if err != nil {
			return err
		}

		caller, _ := readClaims(token.Token) // the credential has read it
		c.principal, c.roles = caller.Principal, caller.Roles
		c.pace.application = caller.Application
	}

	return nil
}

// collect fills the material: the organization first, then level by level what
// is read once, what is read at each document of that, and so on.
func (s *session) collect(ctx context.Context) error {
	s.fetch(ctx, s.material.unit(organization).newReading("", s.material.spool))
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
		s.doJobs(ctx, s.jobs(levels[n]))
		if err := cmp.Or(ctx.Err(), s.brokenBy()); err != nil {
			return err
		}
	}

	return nil
}

func (s *session) brokenBy() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return cmp.Or(s.broken, s.material.spool.Err())
}

// level is how many datasets must be read before a unit can be.
func (m material) level(u Unit) (n int) {
	for _, before := range append(u.Schema.Before(), u.within) {
		if before != "" && !snapshot.IsPromise(before) {
			n = max(n, m.level(m.unit(before))+1)
		}
	}
	return n
}

// resume takes an answer that was kept. The organization is always asked: it guards
// against another tenant.
func (s *session) resume(r *reading) bool {
	if r.unit.Schema.Dataset == organization || !s.journal.take(r, r.asked) {
		return false
	}

	s.mu.Lock()
	defer s.mu.Unlock()
	s.material.keep(r)
	return true
}

// keep takes an answer into the material, and notes it for when this is killed.
func (s *session) keep(r *reading) {
	r.finish()
	err := s.journal.keep(r, r.asked)

	s.mu.Lock()
	defer s.mu.Unlock()
	s.broken = cmp.Or(s.broken, err)
	s.material.keep(r)
}

// asked is the digest of the addresses that an answer is asked for at: an answer to
// another question is another answer.
func (s *session) asked(r *reading) string {
	u := r.unit
	all := []byte(u.query)
	for _, params := range s.params(r) {
		to, err := u.address(s.connections[u.api].base, u.Schema.At(r.scope), params)
		if err != nil {
			return ""
		}
		all = append(append(all, '\n'), to.String()...)
	}
	return snapshot.Digest(all)
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

	ctx, count := counted(ctx)
	defer func() {
		r.requests += count.attempts()
		r.age = max(r.age, count.oldest())
	}()

	if s.changes != nil && r.unit.Schema.Source.Delta != "" {
		s.askChanges(ctx, r)
		return
	}
	s.readLists(ctx, r)
}

// readLists reads the lists of an answer from their first pages on.
func (s *session) readLists(ctx context.Context, r *reading) {
	to := s.connections[r.unit.api]
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
	first, err := r.unit.address(c.base, r.unit.Schema.At(r.scope), params)
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
	name, values := "scope", []string{u.api.path(scope)}
	switch {
	case u.types != nil:
		name, values = "type", u.types
	case u.within != "":
		s.mu.Lock()
		defer s.mu.Unlock()
		for _, d := range s.material.docs(u.within, scope) {
			values = append(values, d.ID)
		}
	}

	for _, v := range values {
		params := map[string]string{
			u.Schema.ParentName(): scope, "principalId": s.connections[u.api].principal,
			"managementGroup": s.material.promise.Group(), name: v,
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
