package collectors

import (
	"cmp"
	"fmt"
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

// view is what is known about a tenant's subscriptions: which were seen, what
// may exist beside them (holes), and where the caller's roles prove that lists
// are whole. none: the fleet file declares no Azure and none was seen.
type view struct {
	unit    Unit
	list    part
	seen    []string
	foreign []string // seen and not declared
	holes   []snapshot.Scope
	proven  map[string]bool
	none    bool
}

// look judges the list of subscriptions against the fleet file. Azure lists
// are filtered by role: a 200 says nothing about what was left out.
func (m material) look(units []Unit) (view, error) {
	v := view{proven: map[string]bool{}}
	if index(units, azure.Subscriptions) < 0 {
		return v, nil
	}
	v.unit = find(units, azure.Subscriptions)
	v.list = v.unit.part(m.answer(v.unit, ""))
	for _, d := range v.list.docs {
		v.seen = append(v.seen, d.ID)
		v.proven[d.ID] = azure.CanReadAll(d.ID, m.docs(units, azure.CallerAccess, d.ID), m.docs(units, azure.RoleDefinitions, d.ID))
	}
	slices.Sort(v.seen)
	if m.azure != nil && m.azure.None {
		if any := m.anySubscription(units, v); any != "" {
			return v, &ConfigError{fmt.Sprintf("the fleet file says azure { none = true }, but subscription %s was seen: declare it", any)}
		}
		v.none = v.list.status == snapshot.Complete
	}
	v.holes = m.holes(&v)
	return v, nil
}

// docs are one scope's documents, however incomplete: a grant in hand is one.
func (m material) docs(units []Unit, dataset, scope string) []snapshot.Document {
	u := find(units, dataset)
	return u.part(m.answer(u, scope)).docs
}

// anySubscription is one that was seen in the list, or that a file was saved for.
func (m material) anySubscription(units []Unit, v view) string {
	seen := slices.Clone(v.seen)
	for dataset, scopes := range m.answers {
		if find(units, dataset).Schema.Source.API == "arm" {
			seen = slices.AppendSeq(seen, maps.Keys(scopes))
		}
	}
	seen = slices.DeleteFunc(seen, func(s string) bool { return s == "" })
	slices.Sort(seen)
	return strings.Join(seen[:min(1, len(seen))], "")
}

// holes are the subscriptions that must be there, or may be, and were not seen.
func (m material) holes(v *view) []snapshot.Scope {
	var declared []string
	if m.azure != nil {
		for _, s := range m.azure.Subscriptions {
			declared = append(declared, strings.ToLower(s))
		}
	}
	slices.Sort(declared)
	hole := func(scope, why string) snapshot.Scope {
		e := v.list.evidence
		if v.list.status == snapshot.Complete {
			e = unproven(why)
		}
		return snapshot.Scope{Scope: scope, Status: statusOf(e), Evidence: e}
	}
	var holes []snapshot.Scope
	for _, s := range slices.Compact(slices.Clone(declared)) {
		if !slices.Contains(v.seen, s) {
			holes = append(holes, hole(s, "the fleet file declares the subscription and the caller does not see it"))
		}
	}
	promised := m.azure != nil && (m.azure.None || len(declared) > 0)
	if v.list.status != snapshot.Complete || !promised {
		holes = append(holes, hole(snapshot.ScopeUnknown, "the fleet file does not say which subscriptions exist: declare them, or none = true"))
	}
	for _, s := range v.seen {
		if promised && !slices.Contains(declared, s) {
			v.foreign = append(v.foreign, s)
		}
	}
	return sorted(holes)
}

func unproven(why string) *snapshot.Evidence {
	return &snapshot.Evidence{Code: snapshot.VisibilityUnproven, Message: why}
}

func byID(a, b snapshot.Document) int { return cmp.Compare(a.ID, b.ID) }

func sorted(scopes []snapshot.Scope) []snapshot.Scope {
	slices.SortFunc(scopes, func(a, b snapshot.Scope) int { return cmp.Compare(a.Scope, b.Scope) })
	return scopes
}

// subscriptions is the dataset of the list itself.
func (m material) subscriptions(v view) snapshot.Dataset {
	c := m.coverage(v.unit, v.list.status, v.list.evidence)
	c.Scopes = v.holes
	switch {
	case v.list.status != snapshot.Complete:
	case len(v.holes) > 0:
		c.Status, c.Evidence = snapshot.Partial, v.holes[0].Evidence
	default:
		c.Proof = proofDeclared
	}
	if c.Evidence == nil && len(v.foreign) > 0 {
		c.Evidence = &snapshot.Evidence{Code: codeUndeclared, Message: "seen and read, not declared in the fleet file: " + strings.Join(v.foreign, ", ")}
	}
	return snapshot.Dataset{Name: v.unit.Schema.Dataset, Documents: v.list.docs, Coverage: c}
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
	sorted(c.Scopes)
	if c.Status, c.Evidence = overall(c.Scopes); c.Status == snapshot.Complete && u.Schema.Source.API == "arm" {
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
	p.status, p.evidence = snapshot.Denied, unproven("no role assignment of the caller grants */read at the subscription or above")
	if len(p.docs) > 0 {
		p.status = snapshot.Partial
	}
	return p
}

// overall is the status of a dataset with these scopes, and the first hole's
// evidence: complete without any, partial as soon as anything was read, else the worst failure.
func overall(scopes []snapshot.Scope) (status snapshot.Status, first *snapshot.Evidence) {
	has := map[snapshot.Status]bool{}
	for _, s := range scopes {
		has[s.Status] = true
		if first == nil {
			first = s.Evidence
		}
	}
	if len(has) == 0 || has[snapshot.Complete] && len(has) == 1 {
		return snapshot.Complete, nil
	}
	if has[snapshot.Complete] || has[snapshot.Partial] {
		return snapshot.Partial, first
	}
	for _, s := range []snapshot.Status{snapshot.Failed, snapshot.Throttled, snapshot.Denied} {
		if has[s] {
			return s, first
		}
	}
	return snapshot.Skipped, first
}
