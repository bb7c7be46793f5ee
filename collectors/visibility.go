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

const noGrant = "no role assignment of the caller grants */read at the subscription or above"

// visibility is what is known about a tenant's subscriptions: which were seen,
// and where the caller's roles prove that lists are complete. Azure lists are
// filtered by role: a 200 says nothing about what was left out.
type visibility struct {
	unit    Unit
	list    judgement
	seen    []string
	foreign []string // seen and not declared
	proven  map[string]bool
}

// visibility judges the list of subscriptions, and what the caller's roles prove
// in each.
func (m material) visibility() visibility {
	v := visibility{proven: map[string]bool{}}
	if index(m.units, azure.Subscriptions) < 0 {
		return v
	}

	v.unit = m.unit(azure.Subscriptions)
	v.list = v.unit.judge(m.answer(v.unit, ""))
	for _, d := range v.list.docs {
		assignments := m.docs(azure.CallerAccess, d.ID)
		definitions := m.docs(azure.RoleDefinitions, d.ID)
		v.seen = append(v.seen, d.ID)
		v.proven[d.ID] = azure.CanReadAll(d.ID, assignments, definitions)
	}

	slices.Sort(v.seen)
	v.foreign = m.undeclared(v.seen)
	return v
}

// undeclared are the subscriptions that were seen and that the fleet file, which
// declares some, does not name.
func (m material) undeclared(seen []string) (foreign []string) {
	if m.promise.Azure == nil || len(m.promise.Azure.Subscriptions) == 0 {
		return nil
	}

	return slices.DeleteFunc(slices.Clone(seen), func(id string) bool {
		isSame := func(declared string) bool { return strings.EqualFold(declared, id) }
		return slices.ContainsFunc(m.promise.Azure.Subscriptions, isSame)
	})
}

// subscriptions is the dataset of the list itself, before anything promised is
// held against it.
func (m material) subscriptions(v visibility) snapshot.Dataset {
	c := m.coverage(v.unit, v.list.status, v.list.evidence)
	if c.Status != snapshot.Complete {
		c.Scopes = []snapshot.Scope{
			{Scope: snapshot.ScopeUnknown, Status: statusOf(c.Evidence), Evidence: c.Evidence},
		}
	} else {
		c.Proof = proofDeclared
		if len(v.foreign) > 0 {
			c.Evidence = newEvidence(codeUndeclared,
				"seen and read, not declared in the fleet file: %s", strings.Join(v.foreign, ", "))
		}
	}

	return snapshot.Dataset{Name: v.unit.Schema.Dataset, Documents: v.list.docs, Coverage: c}
}

// settle lowers what was read by what was promised: see [snapshot.Promise].
func (m material) settle(all []snapshot.Dataset) error {
	coverage := map[string]snapshot.Coverage{}
	for _, d := range all {
		coverage[d.Name] = d.Coverage
	}

	shown := snapshot.ShownBy(func(dataset string) []snapshot.Document {
		if i := index(m.units, dataset); i >= 0 {
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
func (m material) perParent(u Unit, parent snapshot.Coverage, v visibility) snapshot.Dataset {
	answers := m.answers[u.Schema.Dataset]
	parents, holes := m.parents(u), parent.Holes()

	d := snapshot.Dataset{Name: u.Schema.Dataset, Coverage: m.coverage(u, snapshot.Complete, nil)}
	c := &d.Coverage
	if len(answers) == 0 {
		c.StartedAt, c.EndedAt = parent.StartedAt, parent.EndedAt
	}

	switch {
	case len(answers) == 0 && len(parents) == 0 && len(holes) == 0:
		c.Proof = parent.Proof
	case len(answers) == 0 && len(parents) > 0:
		c.Status, c.Evidence = snapshot.Skipped, m.answer(u, "").evidence
	default:
		d.Documents = m.join(u, v, parents, holes, c)
	}

	return d
}

// join fills in the scopes of a unit, and what follows from them.
func (m material) join(
	u Unit, v visibility, parents []snapshot.Document, holes []snapshot.Scope, c *snapshot.Coverage,
) (docs []snapshot.Document) {
	answers := m.answers[u.Schema.Dataset]
	subscription := map[string]string{} // of a scope
	for _, d := range parents {
		subscription[d.ID] = cmp.Or(d.Scope, d.ID)
	}

	for _, scope := range scopes(subscription, answers) {
		j := m.judgeWithin(u, scope)
		j = u.api.prove(v, j, cmp.Or(subscription[scope], scope))
		if j.evidence != nil && j.evidence.Code == codeDuplicate {
			c.Status, c.Evidence, c.Scopes = snapshot.Failed, j.evidence, nil
			return nil
		}

		docs = append(docs, j.docs...)
		c.Scopes = append(c.Scopes, snapshot.Scope{
			Scope: scope, Status: j.status, Count: len(j.docs), Evidence: j.evidence,
		})
	}

	for _, h := range holes {
		if _, isRead := answers[h.Scope]; !isRead {
			h.Count = 0
			c.Scopes = append(c.Scopes, h)
		}
	}

	snapshot.SortScopes(c.Scopes)
	c.Status, c.Evidence = snapshot.Overall(c.Scopes)
	if c.Status == snapshot.Complete {
		c.Proof = u.api.proof
	}

	return docs
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

// scopes are the parents seen, and those that a file was saved for.
func scopes(parents map[string]string, answers map[string]answer) []string {
	all := slices.AppendSeq(slices.Sorted(maps.Keys(parents)), maps.Keys(answers))
	slices.Sort(all)
	return slices.Compact(all)
}

// prove lowers a list that was read to its end, where nothing proves that it
// showed everything. It holds for the caller's own assignments and the role
// definitions too: what grants */read shows them as well.
func (v visibility) prove(j judgement, subscription string) judgement {
	if j.status != snapshot.Complete || v.proven[subscription] {
		return j
	}

	j.status = snapshot.Denied
	j.evidence = snapshot.Unproven(noGrant)
	if len(j.docs) > 0 {
		j.status = snapshot.Partial
	}

	return j
}
