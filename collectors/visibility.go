package collectors

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"ringfence/collectors/azure"
	"ringfence/collectors/snapshot"
)

// Proofs of visibility, as coverage names them.
const (
	proofDeclared = "declared"        // everything that the fleet file declares was seen
	proofRole     = "role_assignment" // the caller's role reads everything at the scope
)

// view is what is known about a tenant's subscriptions: which were seen, and
// where the caller's roles prove that lists are whole.
type view struct {
	unit    Unit
	list    part
	seen    []string
	foreign []string // seen and not declared
	proven  map[string]bool
}

// look judges the list of subscriptions, and what the caller's roles prove in
// each. Azure lists are filtered by role: a 200 says nothing about what was left
// out.
func (m material) look(units []Unit) view {
	v := view{proven: map[string]bool{}}
	if index(units, azure.Subscriptions) < 0 {
		return v
	}

	v.unit = find(units, azure.Subscriptions)
	v.list = v.unit.part(m.answer(v.unit, ""))
	for _, d := range v.list.docs {
		v.seen = append(v.seen, d.ID)
		v.proven[d.ID] = azure.CanReadAll(d.ID, m.docs(units, azure.CallerAccess, d.ID), m.docs(units, azure.RoleDefinitions, d.ID))
	}

	slices.Sort(v.seen)
	v.foreign = m.undeclared(v.seen)
	return v
}

// docs are one scope's documents, however incomplete: a grant in hand is one.
func (m material) docs(units []Unit, dataset, scope string) []snapshot.Document {
	u := find(units, dataset)
	return u.part(m.answer(u, scope)).docs
}

// undeclared are the subscriptions that were seen and that the fleet file, which
// declares some, does not name.
func (m material) undeclared(seen []string) (foreign []string) {
	if m.promise.Azure == nil || len(m.promise.Azure.Subscriptions) == 0 {
		return nil
	}
	declared := func(s string) bool {
		return slices.ContainsFunc(m.promise.Azure.Subscriptions, func(d string) bool { return strings.EqualFold(d, s) })
	}
	return slices.DeleteFunc(slices.Clone(seen), declared)
}

func byID(a, b snapshot.Document) int { return cmp.Compare(a.ID, b.ID) }

// subscriptions is the dataset of the list itself, before anything promised is
// held against it.
func (m material) subscriptions(v view) snapshot.Dataset {
	c := m.coverage(v.unit, v.list.status, v.list.evidence)
	switch {
	case c.Status != snapshot.Complete:
		c.Scopes = []snapshot.Scope{{Scope: snapshot.ScopeUnknown, Status: statusOf(c.Evidence), Evidence: c.Evidence}}
	case len(v.foreign) > 0:
		c.Evidence = &snapshot.Evidence{Code: codeUndeclared, Message: "seen and read, not declared in the fleet file: " + strings.Join(v.foreign, ", ")}
		fallthrough
	default:
		c.Proof = proofDeclared
	}

	return snapshot.Dataset{Name: v.unit.Schema.Dataset, Documents: v.list.docs, Coverage: c}
}

// settle lowers what was read by what was promised: see snapshot.Promise.
func (m material) settle(units []Unit, all []snapshot.Dataset) error {
	coverage := map[string]snapshot.Coverage{}
	for _, d := range all {
		coverage[d.Name] = d.Coverage
	}

	shown := snapshot.ShownBy(func(dataset string) []snapshot.Document {
		if i := index(units, dataset); i >= 0 {
			return all[i].Documents
		}
		return nil
	})
	if err := m.promise.Settle(coverage, shown); err != nil {
		return &ConfigError{err.Error()}
	}

	for i := range all {
		all[i].Coverage = coverage[all[i].Name]
	}

	return nil
}

// perParent joins a unit's answers at every document of its parent. What may
// be missing of the parent is missing of the child.
func (m material) perParent(units []Unit, u Unit, parent snapshot.Coverage, v view) snapshot.Dataset {
	answers := m.answers[u.Schema.Dataset]
	docs, holes := m.parents(units, u), parent.Holes()
	c := m.coverage(u, snapshot.Complete, nil)

	if len(answers) == 0 {
		c.StartedAt, c.EndedAt = parent.StartedAt, parent.EndedAt
	}

	d := snapshot.Dataset{Name: u.Schema.Dataset}
	switch {
	case len(docs) == 0 && len(answers) == 0 && len(holes) == 0:
		c.Proof = parent.Proof
	case len(docs) > 0 && len(answers) == 0:
		c.Status, c.Evidence = snapshot.Skipped, m.answer(u, "").evidence
	default:
		d.Documents = m.join(units, u, v, docs, holes, &c)
	}

	d.Coverage = c
	return d
}

// join fills in the scopes of a unit, and what follows from them.
func (m material) join(units []Unit, u Unit, v view, parents []snapshot.Document, holes []snapshot.Scope, c *snapshot.Coverage) (docs []snapshot.Document) {
	answers := m.answers[u.Schema.Dataset]
	root := map[string]string{} // the subscription of a scope
	for _, d := range parents {
		root[d.ID] = cmp.Or(d.Scope, d.ID)
	}

	for _, scope := range scopes(root, answers) {
		p := m.within(units, u, scope)
		if u.Schema.Source.API == "arm" {
			p = v.prove(p, cmp.Or(root[scope], scope))
		}

		if p.evidence != nil && p.evidence.Code == codeDuplicate {
			c.Status, c.Evidence, c.Scopes = snapshot.Failed, p.evidence, nil
			return nil
		}

		docs = append(docs, p.docs...)
		c.Scopes = append(c.Scopes, snapshot.Scope{Scope: scope, Status: p.status, Count: len(p.docs), Evidence: p.evidence})
	}

	for _, h := range holes {
		if _, read := answers[h.Scope]; !read {
			h.Count = 0
			c.Scopes = append(c.Scopes, h)
		}
	}

	snapshot.SortScopes(c.Scopes)

	if c.Status, c.Evidence = snapshot.Overall(c.Scopes); c.Status == snapshot.Complete && u.Schema.Source.API == "arm" {
		c.Proof = proofRole
	}

	return docs
}

// within judges an answer that was asked for at the documents of another
// dataset too: it is no more complete than those.
func (m material) within(units []Unit, u Unit, scope string) part {
	p := u.part(m.answer(u, scope))
	if u.within == "" || p.status != snapshot.Complete {
		return p
	}

	at := find(units, u.within)
	if other := at.part(m.answer(at, scope)); other.status != snapshot.Complete {
		p.status, p.evidence = snapshot.Partial, other.evidence
	}

	return p
}

// scopes are the parents seen, and those that a file was saved for.
func scopes(parents map[string]string, answers map[string]answer) []string {
	all := slices.AppendSeq(slices.Sorted(maps.Keys(parents)), maps.Keys(answers))
	slices.Sort(all)
	return slices.Compact(all)
}

// prove lowers a list that was read to its end, where nothing proves that it
// showed everything. It holds for the caller's own assignments and the role
// definitions too: what grants */read shows them as well.
func (v view) prove(p part, subscription string) part {
	if p.status != snapshot.Complete || v.proven[subscription] {
		return p
	}

	p.status, p.evidence = snapshot.Denied, snapshot.Unproven("no role assignment of the caller grants */read at the subscription or above")
	if len(p.docs) > 0 {
		p.status = snapshot.Partial
	}

	return p
}
