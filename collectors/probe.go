package collectors

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"

	"ringfence/collectors/azure"
	"ringfence/collectors/snapshot"
)

// Access is what a cheap question about a dataset found out.
type Access string

const (
	Granted     Access = "granted"
	Denied      Access = "denied"       // the permission, or the role in Azure, is missing
	NotLicensed Access = "not licensed" // the tenant does not have the service
	Unreachable Access = "unreachable"  // no answer, or one that says nothing
	NotTested   Access = "not tested"   // there is nothing to ask about
)

// Probed is what is known of the access to one dataset. Why says more in one line, ""
// where there is nothing to add. Requests are those that were sent for it.
type Probed struct {
	Dataset  string `json:"dataset"`
	Access   Access `json:"access"`
	Why      string `json:"why,omitempty"`
	Requests int    `json:"requests"`
}

// Probes are what is known of one tenant. Roles are the application permissions of
// Microsoft Graph that the token holds, Subscriptions those that the caller sees.
type Probes struct {
	Roles         []string
	Subscriptions []string
	Datasets      []Probed // in the order of the units
}

// Probe asks about datasets of one tenant, one first page for each, and at each
// subscription for the caller's role. Nothing is stored. Errors are those of [Run], but
// that an organization which cannot be read is an answer.
func Probe(ctx context.Context, cfg Config, datasets []string) (Probes, error) {
	cfg, err := cfg.defaults()
	if err != nil {
		return Probes{}, err
	}

	units := slices.DeleteFunc(All(), func(u Unit) bool { return !slices.Contains(datasets, u.Schema.Dataset) })
	s, err := signIn(ctx, cfg, units)
	if err != nil {
		return Probes{}, err
	}
	defer s.close()

	p := &prober{session: s, pages: map[string][]snapshot.Document{}, found: map[string]Probed{}}
	if err := p.run(ctx); err != nil {
		return Probes{}, err
	}

	all := Probes{Roles: s.connections[graphAPI].roles, Datasets: make([]Probed, len(units))}
	for i, u := range units {
		all.Datasets[i] = p.found[u.Schema.Dataset]
	}
	for _, d := range p.pages[azure.Subscriptions] {
		all.Subscriptions = append(all.Subscriptions, d.ID)
	}
	return all, nil
}

// prober asks level by level: what is read per document of a list needs one of those.
type prober struct {
	*session

	mu     sync.Mutex                     // guards what follows
	pages  map[string][]snapshot.Document // of each dataset, the first page
	found  map[string]Probed
	azure  *Probed // what the roles at the subscriptions prove; nil: not asked yet
	within string  // a subscription in which the caller reads everything, "" for none
}

func (p *prober) run(ctx context.Context) error {
	levels := map[int][]Unit{}
	for _, u := range p.material.units {
		n := p.depth(u)
		levels[n] = append(levels[n], u)
	}

	for n := 0; levels[n] != nil; n++ {
		var work []func()
		for _, u := range levels[n] {
			work = append(work, func() { p.keep(p.probe(ctx, u), u) })
		}
		inParallel(work)
		if ctx.Err() != nil {
			return ctx.Err()
		}

		if err := p.checkTenant(); err != nil {
			return err
		}
		if p.azure == nil && index(p.material.units, azure.Subscriptions) >= 0 {
			roles := p.probeRoles(ctx)
			p.azure = &roles
		}
	}

	return ctx.Err()
}

// depth is how many lists must be asked for before a unit can be.
func (p *prober) depth(u Unit) (n int) {
	for u.Schema.Parent != "" {
		at := index(p.material.units, u.Schema.Parent)
		if at < 0 {
			return n
		}
		u, n = p.material.units[at], n+1
	}
	return n
}

func (p *prober) keep(found Probed, u Unit) {
	p.mu.Lock()
	defer p.mu.Unlock()
	found.Dataset = u.Schema.Dataset
	p.found[u.Schema.Dataset] = found
}

// checkTenant is the wrong-tenant guard on the tenant's own word, where it was given.
func (p *prober) checkTenant() error {
	for _, d := range p.pages[organization] {
		if !strings.EqualFold(d.ID, p.cfg.TenantID) {
			return &WrongTenantError{Where: organization, Got: d.ID, Want: p.cfg.TenantID}
		}
	}
	return nil
}

// probe asks one question about a unit.
func (p *prober) probe(ctx context.Context, u Unit) Probed {
	switch {
	case u.Schema.DelegatedOnly != nil:
		return Probed{Access: NotTested, Why: "the API answers only where a person is signed in"}
	case u.Schema.Hosts != nil:
		return Probed{Access: NotTested, Why: "it needs no permission: hosts are asked without a token"}
	case u.api == armAPI && u.Schema.Parent != "":
		return p.probeAzure(ctx, u)
	}

	scope, why := "", ""
	switch root, ok := u.Schema.Root.In(p.material.promise.Group()); {
	case u.Schema.Parent == "" && u.Schema.Root != nil && !ok:
		return Probed{Access: NotTested, Why: "the fleet file names no management group"}
	case u.Schema.Parent == "":
		scope = root
	default:
		if scope, why = p.scopeFor(u); why != "" {
			return Probed{Access: NotTested, Why: why}
		}
	}
	return p.ask(ctx, u, scope)
}

// scopeFor is a document at which a unit can be asked about, or why there is none.
func (p *prober) scopeFor(u Unit) (scope, why string) {
	if snapshot.IsPromise(u.Schema.Parent) {
		if all := p.material.promise.Of(u.Schema.Parent); len(all) > 0 {
			return all[0], ""
		}
		return "", "the fleet file declares nothing at which it is read"
	}

	p.mu.Lock()
	defer p.mu.Unlock()

	parent := p.found[u.Schema.Parent]
	if parent.Access != Granted {
		return "", fmt.Sprintf("it is read at each of %s, which is %s", u.Schema.Parent, parent.Access)
	}
	for _, d := range p.pages[u.Schema.Parent] {
		if asks, _ := u.Schema.Asks(d); asks {
			return d.ID, ""
		}
	}
	return "", "there is none of " + u.Schema.Parent + " to ask about on its first page"
}

// probeAzure asks in a subscription in which the caller's role shows everything. Deeper
// down and for queries the role is all that there is to know.
func (p *prober) probeAzure(ctx context.Context, u Unit) Probed {
	if p.azure == nil {
		return Probed{Access: NotTested, Why: "no subscription was asked about"}
	}

	whole := *p.azure
	whole.Requests = 0
	if whole.Access != Granted || u.query != "" || u.Schema.Parent != azure.Subscriptions {
		return whole
	}
	return p.ask(ctx, u, p.within)
}

// probeRoles says whether the caller's roles show all of every subscription that is
// declared or seen.
func (p *prober) probeRoles(ctx context.Context) Probed {
	seen := p.found[azure.Subscriptions]
	declared := p.cfg.Azure
	switch {
	case seen.Access != Granted:
		return Probed{Access: seen.Access, Why: seen.Why}
	case declared != nil && declared.None && len(p.pages[azure.Subscriptions]) == 0:
		return Probed{Access: NotTested, Why: "the fleet file says that there is no subscription"}
	}

	var all []string
	for _, d := range p.pages[azure.Subscriptions] {
		all = append(all, d.ID)
	}
	if declared != nil {
		all = append(all, declared.Subscriptions...)
	}
	slices.Sort(all)
	all = slices.Compact(all)
	if len(all) == 0 {
		return Probed{Access: NotTested, Why: "no subscription is declared, and none is seen"}
	}

	return p.rolesAt(ctx, all)
}

// rolesAt asks for the caller's role at each subscription.
func (p *prober) rolesAt(ctx context.Context, subscriptions []string) Probed {
	proven, requests := make([]bool, len(subscriptions)), 0
	var work []func()
	for i, id := range subscriptions {
		work = append(work, func() {
			assignments, n := p.list(ctx, azure.CallerAccess, id)
			definitions, m := p.list(ctx, azure.RoleDefinitions, id)
			proven[i] = azure.CanReadAll(id, assignments, definitions)
			p.mu.Lock()
			requests += n + m
			p.mu.Unlock()
		})
	}
	inParallel(work)

	var missing []string
	for i, id := range subscriptions {
		if proven[i] {
			p.within = id
		} else {
			missing = append(missing, id)
		}
	}
	if missing != nil {
		return Probed{Access: Denied, Requests: requests,
			Why: "Reader is missing on " + strings.Join(missing[:min(3, len(missing))], ", ") + more(len(missing)-3)}
	}
	return Probed{Access: Granted, Requests: requests}
}

func more(n int) string {
	if n <= 0 {
		return ""
	}
	return fmt.Sprintf(" and %d more", n)
}

// list is a whole list at a scope, however incomplete, and how many requests it took.
func (p *prober) list(ctx context.Context, dataset, scope string) (docs []snapshot.Document, requests int) {
	i := index(p.material.units, dataset)
	if i < 0 {
		return nil, 0
	}

	u := p.material.units[i]
	to := p.connections[u.api]
	count := &tally{}
	first, err := u.address(to.base, u.Schema, map[string]string{
		u.Schema.ParentName(): scope, "principalId": to.principal,
	})
	if err != nil || to.principal == "" {
		return nil, 0
	}

	// What an answer lacks is a role that is not proven.
	to.pages(context.WithValue(ctx, tallyKey{}, count), first, u.paging(to.base), func(body page) {
		objects, _ := u.documents(body, scope)
		docs = append(docs, objects...)
	})
	return docs, int(count.n.Load())
}

// ask sends one GET for each list that an answer is made of, and keeps the first page.
func (p *prober) ask(ctx context.Context, u Unit, scope string) Probed {
	count := &tally{}
	ctx = context.WithValue(ctx, tallyKey{}, count)
	lists := u.types
	if lists == nil {
		lists = []string{""}
	}

	var docs []snapshot.Document
	for _, kind := range lists {
		page, e := p.page(ctx, u, scope, kind)
		if e != nil && !u.Schema.NotFound.Says(e) {
			return Probed{Access: accessOf(u, e), Why: whyOf(e), Requests: int(count.n.Load())}
		}
		docs = append(docs, page...)
	}

	p.mu.Lock()
	defer p.mu.Unlock()
	p.pages[u.Schema.Dataset] = docs
	return Probed{Access: Granted, Requests: int(count.n.Load())}
}

// page is the first page of a list at a scope: one object of it, where the API lets us
// say so and no other list is read by it.
func (p *prober) page(ctx context.Context, u Unit, scope, kind string) ([]snapshot.Document, *snapshot.Evidence) {
	to := p.connections[u.api]
	params := map[string]string{
		u.Schema.ParentName(): scope, "principalId": to.principal, "scope": u.api.path(scope), "type": kind,
		"managementGroup": p.material.promise.Group(),
	}
	if span := u.windowBefore(p.cfg.Now()); span != nil {
		params["since"], params["until"] = span.From, span.To
	}

	address, err := u.address(to.base, u.Schema.At(scope), params)
	if err != nil {
		return nil, newEvidence(codeRefused, "%s", err)
	}
	if address.Query().Has("$top") && !p.isParent(u) {
		address.RawQuery = onlyOne(address)
	}

	data, err := to.get(ctx, address)
	if err != nil {
		return nil, evidenceOf(err)
	}

	body, err := snapshot.ParseObject(data)
	if err != nil {
		return nil, malformed("%v", err)
	}
	if e := u.envelope(body); e.failed != nil {
		return nil, e.failed
	}
	return u.documents(body, scope)
}

// onlyOne is the address's query with a page of one.
func onlyOne(address *url.URL) string {
	pairs := strings.Split(address.RawQuery, "&")
	for i, pair := range pairs {
		if strings.HasPrefix(pair, "$top=") {
			pairs[i] = "$top=1"
		}
	}
	return strings.Join(pairs, "&")
}

func (p *prober) isParent(u Unit) bool {
	return slices.ContainsFunc(p.material.units, func(other Unit) bool {
		return other.Schema.Parent == u.Schema.Dataset
	})
}

// documents are those of one page.
func (u Unit) documents(body page, scope string) (docs []snapshot.Document, e *snapshot.Evidence) {
	objects := []any{body}
	if !u.single() {
		list, isList := body[u.listProperty()].([]any)
		if !isList {
			return nil, malformed("the answer has no list %q", u.listProperty())
		}
		objects = list
	}

	for _, o := range objects {
		object, _ := o.(map[string]any)
		d, err := u.Schema.Normalize(object, scope)
		if err != nil {
			return nil, malformed("%v", err)
		}
		docs = append(docs, d)
	}
	return docs, nil
}

// accessOf tells what an error answer is about.
func accessOf(u Unit, e *snapshot.Evidence) Access {
	switch {
	case u.api.lacksLicence(e):
		return NotLicensed
	case e.HTTPStatus == http.StatusForbidden, e.HTTPStatus == http.StatusUnauthorized, e.Code == codeNoPrincipal:
		return Denied
	}
	return Unreachable
}

// whyOf is an error answer in one line.
func whyOf(e *snapshot.Evidence) string {
	var parts []string
	if e.HTTPStatus != 0 {
		parts = append(parts, fmt.Sprint(e.HTTPStatus))
	}
	if e.Code != "" {
		parts = append(parts, e.Code)
	}
	return sentence(strings.Join(parts, " ") + ": " + e.Message)
}

// SecretExpiry is when the client secret of an application ends, as its registration in
// the tenant says. The registration shows the first three characters of each secret, by
// which the one in use is found; ok is false where it is not.
// https://learn.microsoft.com/graph/api/resources/passwordcredential
func SecretExpiry(ctx context.Context, cfg Config, app, secret string) (ends string, ok bool, err error) {
	cfg, err = cfg.defaults()
	if err != nil {
		return "", false, err
	}

	s, err := signIn(ctx, cfg, nil)
	if err != nil {
		return "", false, err
	}
	defer s.close()

	to := s.connections[graphAPI]
	address := to.base.JoinPath("v1.0", "applications(appId='"+app+"')")
	address.RawQuery = "$select=id,appId,passwordCredentials"
	data, err := to.get(ctx, address)
	if err != nil {
		return "", false, evidenceOf(err)
	}

	body, err := snapshot.ParseObject(data)
	if err != nil {
		return "", false, err
	}
	return endOfSecret(body, secret)
}

var errNoApplication = errors.New("the answer is not an application with passwordCredentials")

// endOfSecret finds the end of a secret among an application's credentials. Where several
// begin alike, the first to end counts.
func endOfSecret(application map[string]any, secret string) (ends string, ok bool, err error) {
	list, isList := application["passwordCredentials"].([]any)
	if !isList {
		return "", false, errNoApplication
	}

	for _, item := range list {
		c, _ := item.(map[string]any)
		hint, _ := c["hint"].(string)
		end, _ := c["endDateTime"].(string)
		if hint != "" && end != "" && strings.HasPrefix(secret, hint) && (!ok || end < ends) {
			ends, ok = end, true
		}
	}
	return ends, ok, nil
}
