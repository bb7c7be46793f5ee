package collectors

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"ringfence/collectors/azure"
	"ringfence/collectors/snapshot"
)

// material is all that a snapshot is made of: answers by dataset and scope (""
// for datasets that are read once), and what was promised to be visible.
type material struct {
	tenant  string
	promise snapshot.Promise
	answers map[string]map[string]answer
}

func newMaterial(tenant string, promise snapshot.Promise) material {
	return material{strings.ToLower(tenant), promise, map[string]map[string]answer{}}
}

func (m material) keep(r *reading) {
	name := r.unit.Schema.Dataset
	if m.answers[name] == nil {
		m.answers[name] = map[string]answer{}
	}
	m.answers[name][r.scope] = r.answer
}

// part is what one answer proves.
type part struct {
	docs     []snapshot.Document
	status   snapshot.Status
	evidence *snapshot.Evidence
}

const organization = "entra.organization"

// assemble turns answers into datasets. It is pure: Run and Import both end
// here. Only another tenant's organization, or a promise that the tenant
// contradicts, is an error.
func assemble(units []Unit, m material) ([]snapshot.Dataset, error) {
	if err := m.checkOrganization(units); err != nil {
		return nil, err
	}

	view := m.look(units)
	var all []snapshot.Dataset
	for _, u := range units {
		d := snapshot.Dataset{Name: u.Schema.Dataset}
		switch {
		case u.Schema.Parent != "":
			d = m.perParent(units, u, all[index(units, u.Schema.Parent)].Coverage, view)
		case u.Schema.Dataset == azure.Subscriptions:
			d = m.subscriptions(view)
		default:
			p := u.part(m.answer(u, ""))
			d.Documents = p.docs
			d.Coverage = m.coverage(u, p.status, p.evidence)
		}

		all = append(all, d)
	}

	if err := m.settle(units, all); err != nil {
		return nil, err
	}

	licences(units, all)
	return all, nil
}

// answer is what a scope answered; where nothing was asked, that.
func (m material) answer(u Unit, scope string) answer {
	if a, ok := m.answers[u.Schema.Dataset][scope]; ok {
		return a
	}

	name := u.Schema.Dataset

	if scope != "" {
		name += "/" + snapshot.ScopeFile(scope)
	}

	return answer{evidence: &snapshot.Evidence{Code: codeNoFile, Message: "there is no " + name + ".json"}}
}

// part judges one answer by itself.
func (u Unit) part(a answer) part {
	switch e := a.evidence; {
	case e != nil && (dishonest[e.Code] || a.pages == 0):
		return part{nil, statusOf(e), e}
	case a.pages == 0:
		return part{nil, snapshot.Failed, malformed("there is no page")}
	case a.wrong != nil:
		return part{nil, snapshot.Failed, a.wrong}
	case u.refused(a.docs) != nil:
		return part{nil, snapshot.Failed, u.refused(a.docs)}
	case e != nil:
		return part{a.docs, snapshot.Partial, e}
	}

	if e := u.incomplete(a.docs); e != nil {
		return part{a.docs, snapshot.Partial, e}
	}
	return part{a.docs, snapshot.Complete, nil}
}

// refused: the documents together are not what was asked for.
func (u Unit) refused(docs []snapshot.Document) *snapshot.Evidence {
	if u.check == nil {
		return nil
	}
	if err := u.check(docs); err != nil {
		return &snapshot.Evidence{Code: codeCallers, Message: err.Error()}
	}
	return nil
}

// incomplete: directory objects that come back as an id and nulls, or lack what
// the API always returns, are objects that we may not read
// (https://learn.microsoft.com/graph/permissions-overview, "limited
// information returned for inaccessible member objects").
func (u Unit) incomplete(docs []snapshot.Document) *snapshot.Evidence {
	if u.Schema.Source.API != "graph" {
		return nil
	}

	var lacking []string
	for _, d := range docs {
		if gaps := u.Schema.Gaps(d); len(gaps) > 0 {
			slices.Sort(gaps)
			lacking = append(lacking, d.ID+" "+strings.Join(gaps[:min(len(gaps), 5)], " "))
		}
	}

	if lacking == nil {
		return nil
	}

	slices.Sort(lacking)
	return &snapshot.Evidence{Code: codeIncomplete, Message: fmt.Sprintf("%d of %d objects lack properties: %s",
		len(lacking), len(docs), strings.Join(lacking[:min(len(lacking), 3)], "; "))}
}

// coverage fills in what is known without looking at the documents.
func (m material) coverage(u Unit, s snapshot.Status, e *snapshot.Evidence) snapshot.Coverage {
	c := snapshot.Coverage{Status: s, Evidence: e, Endpoint: u.Schema.Source.Endpoint, Permission: u.Schema.Permission}
	var started, ended time.Time
	for _, a := range m.answers[u.Schema.Dataset] {
		c.Pages += a.pages
		c.Requests += a.requests

		if started.IsZero() || a.started.Before(started) {
			started = a.started
		}

		if a.ended.After(ended) {
			ended = a.ended
		}
	}

	if !ended.IsZero() {
		c.StartedAt, c.EndedAt = stamp(started), stamp(ended)
	}

	return c
}

// stamp keeps fractions: collected_at is rounded up from them.
func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }

// checkOrganization is the wrong-tenant guard on the tenant's own word. An
// organization that cannot be read whole refuses the snapshot as well.
func (m material) checkOrganization(units []Unit) error {
	u := find(units, organization)
	a := m.answer(u, "")
	if a.evidence != nil {
		return fmt.Errorf("reading %s: %w; without it nothing proves whose snapshot this is (grant %s)", organization, a.evidence, u.Schema.Permission)
	}

	p := u.part(a)
	if len(p.docs) == 0 {
		return fmt.Errorf("reading %s: no organization in the answer: %w", organization, cmp.Or(p.evidence, malformed("the list is empty")))
	}

	for _, d := range p.docs {
		if !strings.EqualFold(d.ID, m.tenant) {
			return &WrongTenantError{Where: organization, Got: d.ID, Want: m.tenant}
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
