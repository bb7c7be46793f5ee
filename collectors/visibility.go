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

	// Everything below the management group that the fleet file names was seen.
	proofGroup = "management_group"
)

// Why a role is missing. A group is named by its id, which is not what people see.
const (
	noGrant      = "no role assignment of the caller grants */read at the subscription or above"
	noGroupGrant = "no role assignment of the caller grants */read at the management group or the root group"
)

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

	if group := m.promise.Group(); group != "" {
		scope := snapshot.GroupScope(group)
		assignments, definitions := m.docs(azure.CallerAccess, scope), m.docs(azure.RoleDefinitions, scope)
		proven[scope] = azure.CanReadGroup(group, m.tenant, assignments, definitions)
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
	if m.promise.Group() != "" {
		c.Proof = proofGroup
	}
	if foreign := m.undeclared(seen); foreign != nil {
		c.Evidence = newEvidence(codeUndeclared,
			"seen and read, not declared in the fleet file: %s", strings.Join(foreign, ", "))
	}
	return c
}

// undeclared are the subscriptions that were seen and that the fleet file, which
// declares some, does not name, and that are not below the group that it names.
func (m material) undeclared(seen []snapshot.Document) (foreign []string) {
	promised := m.promise.Azure
	if promised == nil || len(promised.Subscriptions) == 0 && m.promise.Group() == "" {
		return nil
	}

	declared := slices.Clone(promised.Subscriptions)
	if group := m.promise.Group(); group != "" {
		for _, d := range m.docs(snapshot.GroupDataset, snapshot.GroupScope(group)) {
			declared = append(declared, strings.TrimPrefix(d.ID, d.Scope+subscriptionPath))
		}
	}

	for _, d := range seen {
		isSame := func(id string) bool { return strings.EqualFold(id, d.ID) }
		if !slices.ContainsFunc(declared, isSame) {
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

// prove lowers a list that was read to its end at a scope, where nothing proves that
// it showed everything. It holds for the caller's own assignments and the role
// definitions too: what grants */read shows them as well.
func (v visibility) prove(j judgement, scope string) judgement {
	at := snapshot.ProvenAt(scope)
	if j.status != snapshot.Complete || at == "" || v[at] {
		return j
	}

	j.status = snapshot.Denied
	j.evidence = snapshot.Unproven(noGrant)
	if strings.HasPrefix(at, "/") {
		j.evidence = snapshot.Unproven(noGroupGrant)
	}
	if j.count() > 0 {
		j.status = snapshot.Partial
	}

	return j
}
