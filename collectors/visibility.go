package collectors

import (
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

// visibility are the subscriptions that were seen, and whether the caller's roles
// prove that lists in them are complete. Azure lists are filtered by role: a 200
// says nothing about what was left out.
type visibility map[string]bool

// visibility judges what the caller's roles prove in each subscription.
func (m material) visibility() visibility {
	proven := visibility{}
	if index(m.units, azure.Subscriptions) < 0 {
		return proven
	}

	for _, d := range m.docs(azure.Subscriptions, "") {
		assignments := m.docs(azure.CallerAccess, d.ID)
		definitions := m.docs(azure.RoleDefinitions, d.ID)
		proven[d.ID] = azure.CanReadAll(d.ID, assignments, definitions)
	}
	return proven
}

// listing is the coverage of the list of subscriptions itself, before anything
// promised is held against it.
func (m material) listing(c snapshot.Coverage, seen []snapshot.Document) snapshot.Coverage {
	if c.Status != snapshot.Complete {
		c.Scopes = []snapshot.Scope{
			{Scope: snapshot.ScopeUnknown, Status: statusOf(c.Evidence), Evidence: c.Evidence},
		}
		return c
	}

	c.Proof = proofDeclared
	if foreign := m.undeclared(seen); foreign != nil {
		c.Evidence = newEvidence(codeUndeclared,
			"seen and read, not declared in the fleet file: %s", strings.Join(foreign, ", "))
	}
	return c
}

// undeclared are the subscriptions that were seen and that the fleet file, which
// declares some, does not name.
func (m material) undeclared(seen []snapshot.Document) (foreign []string) {
	if m.promise.Azure == nil || len(m.promise.Azure.Subscriptions) == 0 {
		return nil
	}

	for _, d := range seen {
		isSame := func(declared string) bool { return strings.EqualFold(declared, d.ID) }
		if !slices.ContainsFunc(m.promise.Azure.Subscriptions, isSame) {
			foreign = append(foreign, d.ID)
		}
	}

	slices.Sort(foreign)
	return foreign
}

// settle lowers what was read by what was promised: see [snapshot.Promise].
func (m material) settle(all []snapshot.Dataset) error {
	coverage := map[string]snapshot.Coverage{}
	for _, d := range all {
		coverage[d.Name] = d.Coverage
	}

	shown := snapshot.ShownBy(func(dataset string) []snapshot.Document {
		if i := index(m.units, dataset); i >= 0 {
			return all[i].Loaded().Documents
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

// prove lowers a list that was read to its end, where nothing proves that it
// showed everything. It holds for the caller's own assignments and the role
// definitions too: what grants */read shows them as well.
func (v visibility) prove(j judgement, subscription string) judgement {
	if j.status != snapshot.Complete || v[subscription] {
		return j
	}

	j.status = snapshot.Denied
	j.evidence = snapshot.Unproven(noGrant)
	if j.count() > 0 {
		j.status = snapshot.Partial
	}

	return j
}
