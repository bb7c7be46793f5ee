package collectors

import (
	"cmp"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
	"time"

	"ringfence/collectors/azure"
	"ringfence/collectors/keyvault"
	"ringfence/collectors/snapshot"
)

// organization is the dataset that says whose tenant it is.
const organization = snapshot.OrganizationDataset

// material is all that a snapshot is made of.
type material struct {
	tenant  string // in lower case
	units   []Unit // a dataset each, after its parent
	promise snapshot.Promise
	vaults  keyvault.Cloud // which hosts are vaults

	// answers are by dataset and scope ("" for datasets that are read once), and their
	// documents are in the spool.
	answers map[string]map[string]answer
	spool   *snapshot.Spool

	// asked are the parents of each unit, once they are known.
	asked map[string]parents
}

func newMaterial(tenant string, units []Unit, promise snapshot.Promise, spool *snapshot.Spool) material {
	return material{
		tenant: strings.ToLower(tenant), units: units, promise: promise, spool: spool,
		answers: map[string]map[string]answer{}, asked: map[string]parents{},
	}
}

// unit is the unit of a dataset that is known to have one.
func (m material) unit(dataset string) Unit { return m.units[index(m.units, dataset)] }

func (m material) keep(r *reading) {
	name := r.unit.Schema.Dataset
	if m.answers[name] == nil {
		m.answers[name] = map[string]answer{}
	}
	m.answers[name][r.scope] = r.answer
}

// assemble turns answers into datasets. It is pure: Run and Import both end
// here. Only another tenant's organization, or a promise that the tenant
// contradicts, is an error.
func assemble(m material) ([]snapshot.Dataset, error) {
	if err := m.checkOrganization(); err != nil {
		return nil, err
	}

	m.cutOut()

	v := m.visibility()
	var all []snapshot.Dataset
	for _, u := range m.units {
		if u.Schema.PerScope() {
			all = append(all, m.perParent(u, m.parentCoverage(all, u), v))
			continue
		}

		j := u.judge(m.answer(u, ""))
		c := m.coverage(u, j.status, j.evidence)
		if u.Schema.Dataset == azure.Subscriptions {
			c = m.listing(c, j.docs())
		}

		d := snapshot.Dataset{Name: u.Schema.Dataset, Coverage: c}
		if j.pile != nil {
			d.Piles = []*snapshot.Pile{j.pile}
		}
		all = append(all, d)
	}

	if err := m.settle(all); err != nil {
		return nil, err
	}

	m.licences(all)
	return all, nil
}

// answer is what a scope answered. Where nothing was asked, its evidence says so.
func (m material) answer(u Unit, scope string) answer {
	if a, ok := m.answers[u.Schema.Dataset][scope]; ok {
		return a
	}

	name := u.Schema.Dataset
	if scope != "" {
		name += "/" + snapshot.ScopeFile(scope)
	}
	return answer{evidence: noFile(name)}
}

// judged is what one scope's answer proves.
func (m material) judged(dataset, scope string) judgement {
	u := m.unit(dataset)
	return u.judge(m.answer(u, scope))
}

// docs are one scope's documents, however incomplete: a grant in hand is one.
func (m material) docs(dataset, scope string) []snapshot.Document {
	return m.judged(dataset, scope).docs()
}

// parentCoverage are the coverages of what a unit is read at: of datasets, among those
// that are assembled already, and of the promise, which is all there.
func (m material) parentCoverage(all []snapshot.Dataset, u Unit) (above []snapshot.Coverage) {
	for _, parent := range u.Schema.Before() {
		if !snapshot.IsPromise(parent) {
			above = append(above, all[index(m.units, parent)].Coverage)
			continue
		}

		asked := m.coverage(m.unit(organization), snapshot.Complete, nil)
		above = append(above, snapshot.Coverage{
			Status: snapshot.Complete, Proof: proofDeclared, StartedAt: asked.StartedAt, EndedAt: asked.EndedAt,
		})
	}
	return above
}

// parents are what a unit is read at. There may be very many: all that is there of
// each is its id.
type parents struct {
	// asked are the scopes that are asked about, sorted, the unit's root among them.
	asked []string

	// unclear are those that do not say whether they are, and unproven those of which an
	// empty answer proves nothing, with the reason.
	unclear  []string
	unproven map[string]*snapshot.Evidence

	// holes are what names hosts in a way that nobody can ask them.
	holes []snapshot.Scope
}

// parents are those of a unit. What they are of has been read when this is asked
// first.
func (m material) parents(u Unit) parents {
	if known, ok := m.asked[u.Schema.Dataset]; ok {
		return known
	}

	p, seen := parents{unproven: map[string]*snapshot.Evidence{}}, map[string]bool{}
	for _, parent := range u.Schema.Parents() {
		for d := range m.documentsOf(parent) {
			if !seen[d.ID] {
				seen[d.ID] = p.add(u.Schema, parent, d)
			}
		}
	}
	if root, ok := u.Schema.Root.In(m.promise.Group()); ok {
		p.asked = append(p.asked, root)
	}
	if u.Schema.Hosts != nil {
		p.asked, p.holes = m.foreignHosts(u.Schema.Hosts)
	}

	slices.Sort(p.asked)
	m.asked[u.Schema.Dataset] = p
	return p
}

// add takes a document of a parent, unless it is not asked about. Which are is a matter
// of the first parent alone.
func (p *parents) add(s *snapshot.Schema, parent string, d snapshot.Document) (taken bool) {
	if parent != s.Parent {
		p.asked = append(p.asked, d.ID)
		return true
	}

	switch asks, known := s.Asks(d); {
	case !known:
		p.unclear = append(p.unclear, d.ID)
		return true
	case !asks:
		return false
	}

	p.asked = append(p.asked, d.ID)
	if e := s.CheckEmpty(d); e != nil {
		p.unproven[d.ID] = e
	}
	return true
}

// documentsOf are those of a parent at all of its scopes. Of a list in the promise
// they are ids, without properties.
func (m material) documentsOf(parent string) iter.Seq[snapshot.Document] {
	return func(yield func(snapshot.Document) bool) {
		for _, scope := range m.promise.Of(parent) {
			if !yield(snapshot.Document{ID: scope}) {
				return
			}
		}
		for _, scope := range slices.Sorted(maps.Keys(m.answers[parent])) {
			for d := range m.judged(parent, scope).all() {
				if !yield(d) {
					return
				}
			}
		}
	}
}

// listed are the ids of the documents of a unit's parents, and its root; known is
// false where nothing lists them.
func (m material) listed(u Unit) (ids map[string]bool, known bool) {
	ids = map[string]bool{}
	if root, ok := u.Schema.Root.In(m.promise.Group()); ok {
		ids[root] = true
	}

	if u.Schema.Hosts != nil {
		for _, host := range m.parents(u).asked {
			ids[host] = true
		}
		return ids, true
	}

	for _, parent := range u.Schema.Parents() {
		known = known || m.answers[parent] != nil || snapshot.IsPromise(parent)
		for _, id := range m.promise.Of(parent) {
			ids[id] = true
		}
		for scope := range m.answers[parent] {
			j := m.judged(parent, scope)
			for i := range j.count() {
				ids[j.pile.ID(i)] = true
			}
		}
	}
	return ids, known
}

// judgement is what one answer proves. evidence is nil where the status is
// complete, and pile where nothing of the answer is kept.
type judgement struct {
	pile     *snapshot.Pile
	status   snapshot.Status
	evidence *snapshot.Evidence
}

// all reads the documents back, one by one; docs are all of them, where there are few.
func (j judgement) all() iter.Seq[snapshot.Document] {
	if j.pile == nil {
		return func(func(snapshot.Document) bool) {}
	}
	return j.pile.All()
}

func (j judgement) docs() []snapshot.Document { return slices.Collect(j.all()) }

func (j judgement) count() int {
	if j.pile == nil {
		return 0
	}
	return j.pile.Len()
}

// judge judges one answer by itself.
func (u Unit) judge(a answer) judgement {
	switch e := a.evidence; {
	case e != nil && (dishonest[e.Code] || a.pages == 0):
		return judgement{nil, statusOf(e), e}
	case a.pages == 0:
		return judgement{nil, snapshot.Failed, malformed("there is no page")}
	case a.wrong != nil:
		return judgement{nil, snapshot.Failed, a.wrong}
	}

	whole := judgement{a.pile, snapshot.Complete, nil}
	if u.check != nil {
		if err := u.check(whole.docs()); err != nil {
			return judgement{nil, snapshot.Failed, refusedBy(err)}
		}
	}

	if e := cmp.Or(a.evidence, a.lacks.evidence(whole.count())); e != nil {
		return judgement{a.pile, snapshot.Partial, e}
	}
	return whole
}

// refusedBy is the evidence of documents that a unit's check refuses.
func refusedBy(err error) *snapshot.Evidence {
	var e *snapshot.Evidence
	if errors.As(err, &e) {
		return e
	}
	return newEvidence(codeCallers, "%s", err)
}

// perParent joins a unit's answers at every document of its parents, and at its
// root. What may be missing of a parent is missing of the child.
func (m material) perParent(u Unit, above []snapshot.Coverage, v visibility) snapshot.Dataset {
	answers := m.answers[u.Schema.Dataset]
	at := m.parents(u)
	holes := append(u.unclearHoles(at.unclear), at.holes...)
	for _, parent := range above {
		holes = append(holes, parent.Holes()...)
	}

	d := snapshot.Dataset{Name: u.Schema.Dataset, Coverage: m.coverage(u, snapshot.Complete, nil)}
	if len(answers) == 0 && len(above) > 0 {
		d.Coverage.StartedAt, d.Coverage.EndedAt = above[0].StartedAt, above[0].EndedAt
	}

	switch {
	case len(answers) == 0 && len(at.asked) == 0 && len(above) == 0:
		d.Coverage.Status = snapshot.Skipped
		d.Coverage.Evidence = newEvidence(snapshot.NotAsked, "the fleet file names no management group")
	case len(answers) == 0 && len(at.asked) == 0 && len(holes) == 0:
		d.Coverage.Proof = above[0].Proof
	case len(answers) == 0 && len(at.asked) > 0:
		d.Coverage.Status, d.Coverage.Evidence = snapshot.Skipped, m.answer(u, "").evidence
	default:
		m.join(&d, u, v, at, holes)
	}

	return d
}

// unclearHoles are the parents of which nobody knows whether they have anything.
func (u Unit) unclearHoles(ids []string) (holes []snapshot.Scope) {
	for _, id := range ids {
		e := newEvidence(codeParentUnclear,
			"%s does not say %s, which decides whether it is asked about",
			u.Schema.Parent, u.Schema.ParentWhere.Property)
		holes = append(holes, snapshot.Scope{Scope: id, Status: statusOf(e), Evidence: e})
	}
	return holes
}

// join fills in the documents and scopes of a dataset, and what follows from them.
func (m material) join(d *snapshot.Dataset, u Unit, v visibility, at parents, holes []snapshot.Scope) {
	answers, c := m.answers[u.Schema.Dataset], &d.Coverage
	listed := map[string]bool{}
	for _, scope := range withSaved(at.asked, answers) {
		j := u.api.prove(v, m.judgeWithin(u, scope), scope)
		if e := at.unproven[scope]; e != nil && j.status == snapshot.Complete && j.count() == 0 {
			j.status, j.evidence = snapshot.Partial, e
		}
		if j.evidence != nil && j.evidence.Code == codeDuplicate {
			d.Piles = nil
			c.Status, c.Evidence, c.Scopes = snapshot.Failed, j.evidence, nil
			return
		}

		listed[scope] = true
		if j.count() > 0 {
			d.Piles = append(d.Piles, j.pile)
		}
		c.Scopes = append(c.Scopes, snapshot.Scope{
			Scope: scope, Status: j.status, Count: j.count(), Evidence: j.evidence,
		})
	}

	for _, h := range holes { // those that are listed are lowered when all is settled
		if _, isRead := answers[h.Scope]; !isRead && !listed[h.Scope] {
			listed[h.Scope] = true
			h.Count = 0
			c.Scopes = append(c.Scopes, h)
		}
	}

	snapshot.SortScopes(c.Scopes)
	c.Status, c.Evidence = snapshot.Overall(c.Scopes)
	if c.Status == snapshot.Complete {
		c.Proof = u.api.proof
	}
}

// judgeWithin judges an answer that was asked for at the documents of another
// dataset too: it is no more complete than those.
func (m material) judgeWithin(u Unit, scope string) judgement {
	j := u.judge(m.answer(u, scope))
	if u.within == "" || j.status != snapshot.Complete {
		return j
	}

	other := m.unit(u.within)
	if o := other.judge(m.answer(other, scope)); o.status != snapshot.Complete {
		j.status, j.evidence = snapshot.Partial, o.evidence
	}

	return j
}

// withSaved are the scopes that were to be read, and those that a file was saved for.
func withSaved(asked []string, answers map[string]answer) []string {
	all := slices.AppendSeq(slices.Clone(asked), maps.Keys(answers))
	slices.Sort(all)
	return slices.Compact(all)
}

// coverage fills in what is known without looking at the documents.
func (m material) coverage(u Unit, s snapshot.Status, e *snapshot.Evidence) snapshot.Coverage {
	c := snapshot.Coverage{
		Status: s, Evidence: e, Endpoint: u.Schema.Source.Endpoint, Permission: u.Schema.Permission,
	}

	started, ended := timesOf(m.answers[u.Schema.Dataset])
	for _, a := range m.answers[u.Schema.Dataset] {
		c.Requests += a.requests
		if u.Schema.Inside == "" {
			c.Pages += a.pages
		}
	}

	if !ended.IsZero() {
		c.StartedAt, c.EndedAt = stamp(started), stamp(ended)
	}
	c.Window = common(m.answers[u.Schema.Dataset])
	c.WholeAt = m.answers[u.Schema.Dataset][""].wholeAt
	return c
}

// timesOf are when the first of some answers was begun and the last one was read. Where a
// cache gave some of them, all of them together are no younger than the oldest of these.
//
// Example: the keys of two vaults are read at 8:00, one list out of a cache that is thirty
// hours old. The dataset is of 2:00 on the day before, and so stale after a day: nobody saw
// what that vault holds now.
func timesOf(answers map[string]answer) (started, ended time.Time) {
	var cached time.Time
	for _, a := range answers {
		if started.IsZero() || a.started.Before(started) {
			started = a.started
		}
		if a.ended.After(ended) {
			ended = a.ended
		}
		if a.age > 0 && (cached.IsZero() || a.ended.Before(cached)) {
			cached = a.ended
		}
	}

	if !cached.IsZero() {
		return started, cached
	}
	return started, ended
}

// common is the part of time for which all of the answers were read; nil: none of
// them has an end.
func common(answers map[string]answer) (all *snapshot.Span) {
	for _, a := range answers {
		switch {
		case a.window == nil:
		case all == nil:
			span := *a.window
			all = &span
		default: // times of one form: they compare as texts
			all.From, all.To = max(all.From, a.window.From), min(all.To, a.window.To)
		}
	}
	return all
}

// stamp keeps fractions: collected_at is rounded up from them.
func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }

// checkOrganization is the wrong-tenant guard on the tenant's own word. An
// organization that cannot be read whole refuses the snapshot as well.
func (m material) checkOrganization() error {
	u := m.unit(organization)
	a := m.answer(u, "")
	if a.evidence != nil && a.evidence.Code != codeExport { // a tool's copy says whose tenant it is, too
		return fmt.Errorf("reading %s: %w; without it nothing proves whose snapshot this is (grant %s)",
			organization, a.evidence, u.Schema.Permission)
	}

	j := u.judge(a)
	if j.count() == 0 {
		return fmt.Errorf("reading %s: no organization in the answer: %w",
			organization, cmp.Or(j.evidence, malformed("the list is empty")))
	}

	for i := range j.count() {
		if id := j.pile.ID(i); !strings.EqualFold(id, m.tenant) {
			return &WrongTenantError{Where: organization, Got: id, Want: m.tenant}
		}
	}

	return nil
}

// WrongTenantError says that a token, or the organization, is another tenant's
// than the fleet file says. There is no snapshot then.
type WrongTenantError struct{ Where, Got, Want string }

func (e *WrongTenantError) Error() string {
	return fmt.Sprintf("wrong tenant: %s is of tenant %s, the fleet file says %s", e.Where, e.Got, e.Want)
}
