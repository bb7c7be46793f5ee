package evidence

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"

	"ringfence/collectors/snapshot"
	"ringfence/engine/intent"
)

// Facts is what the documents of a snapshot say about its own coverage. It follows
// from the manifest, the declared vaults, and which datasets controls read: of the
// others nobody looks at the parents. The time does not matter.
type Facts struct {
	// Problems says of datasets how they contradict themselves or their parent.
	Problems map[string]string
	// Missing says of datasets which documents they lack: somebody read what belongs to
	// them, one by one, so they are there.
	Missing map[string][]string
	// Shown is what the snapshot shows of that which can be promised.
	Shown snapshot.Shown
	// Plans are the service plans of the tenant's SKUs, sorted; nil where no dataset
	// asks for them.
	Plans []string
}

// judgeCoverage gives each dataset of the snapshot, and each that a control reads,
// its coverage as judged.
func (e *Evidence) judgeCoverage() error {
	facts, err := e.facts()
	if err != nil {
		return err
	}

	m := e.Snapshot.Manifest
	if facts.Plans != nil && e.Rule.coverage(m, snapshot.SKUDataset).CompleteEverywhere() {
		e.Rule.plans = setOf(facts.Plans)
	}

	e.coverage = map[string]snapshot.Coverage{}
	for name := range m.Datasets {
		e.coverage[name] = snapshot.Coverage{}
	}
	for name := range e.datasets {
		e.coverage[name] = snapshot.Coverage{}
	}

	for name := range e.coverage {
		switch problem := facts.Problems[name]; {
		case m.Datasets[name].Backwards():
			e.coverage[name] = contradictory("it ended before it started")
		case problem != "":
			e.coverage[name] = contradictory(problem)
		default:
			e.coverage[name] = e.Rule.coverage(m, name)
		}
	}

	for name, ids := range facts.Missing {
		e.coverage[name] = e.coverage[name].Lower(holes(ids)...)
	}

	return PromiseOf(e.Client).Settle(e.coverage, facts.Shown)
}

// PromiseOf is what a client's intent says must be visible in its tenant.
func PromiseOf(c intent.Client) (p snapshot.Promise) {
	if c.Azure != nil {
		p.Azure = &snapshot.Azure{
			Subscriptions: c.Azure.Named(), None: c.Azure.None, ManagementGroup: c.Azure.Group(c.TenantID),
		}
	}
	if c.Keys != nil {
		p.Vaults = c.Keys.Vaults
	}
	p.Domains = c.Domains
	return p
}

// contradictory is the coverage of a dataset whose manifest contradicts itself.
func contradictory(problem string) snapshot.Coverage {
	return snapshot.Coverage{
		Status:   snapshot.Failed,
		Evidence: &snapshot.Evidence{Code: "contradictory", Message: problem},
	}
}

// holes are documents that a dataset lacks.
func holes(ids []string) (all []snapshot.Scope) {
	for _, id := range ids {
		const problem = "documents were read of it, and the list of such ones does not have it"
		why := &snapshot.Evidence{Code: "contradictory", Message: problem}
		all = append(all, snapshot.Scope{Scope: id, Status: snapshot.Partial, Evidence: why})
	}
	return all
}

func setOf(list []string) map[string]bool {
	set := map[string]bool{}
	for _, s := range list {
		set[s] = true
	}
	return set
}

func (e *Evidence) facts() (Facts, error) {
	if e.Facts == nil {
		return e.learn()
	}
	return e.Facts(e.factsKey(), e.learn)
}

// factsKey is the digest of what the facts follow from: the declared vaults, the
// datasets that controls read, and of each dataset the manifest's digest, count,
// status, scopes and window.
func (e *Evidence) factsKey() string {
	h := sha256.New()
	promise := PromiseOf(e.Client)
	fmt.Fprintf(h, "%q\n%q\n%q\n", promise.Vaults, promise.Group(), slices.Sorted(maps.Keys(e.datasets)))

	m := e.Snapshot.Manifest
	for _, name := range slices.Sorted(maps.Keys(m.Datasets)) {
		c := m.Datasets[name]
		fmt.Fprintf(h, "%q %q %q %d\n", name, c.Digest, c.Status, c.Count)
		if c.Window != nil {
			fmt.Fprintf(h, "\t%q %q %q\n", c.Window.From, c.Window.To, c.StartedAt)
		}
		for _, s := range c.Scopes {
			fmt.Fprintf(h, "\t%q %q %d\n", s.Scope, s.Status, s.Count)
		}
	}

	return string(h.Sum(nil))
}

// learn finds the facts.
func (e *Evidence) learn() (f Facts, err error) {
	f.Problems, f.Missing = map[string]string{}, map[string][]string{}
	for name, c := range e.Snapshot.Manifest.Datasets {
		schema := snapshot.Schemas()[name]
		if schema == nil {
			continue
		}

		parents, err := e.parentsOf(schema)
		if err != nil {
			return f, err
		}

		if problem := c.Contradiction(schema, parents); problem != "" {
			f.Problems[name] = problem
		}

		e.missing(schema, c, f.Missing)
	}

	for name, ids := range f.Missing {
		slices.Sort(ids)
		f.Missing[name] = slices.Compact(ids)
	}

	if f.Plans, err = e.servicePlans(); err != nil {
		return f, err
	}

	f.Shown, err = e.shown()
	return f, err
}

// missing adds the documents that a dataset's parents lack: the dataset holds some that were read
// by them. Where it has several parents, nobody knows which one lacks it, so that all do.
//
// Example: the permissions that Microsoft Graph grants were read at its service principal, and
// entra.service_principals says complete and does not have it. Nobody could say what the
// permissions are, so nobody may say that an application holds none.
func (e *Evidence) missing(schema *snapshot.Schema, c snapshot.Coverage, found map[string][]string) {
	parents := schema.Parents()
	if len(parents) == 0 || len(c.Scopes) == 0 {
		return
	}

	listed := map[string]bool{}
	for _, name := range parents {
		parent := e.datasets[name]
		if parent == nil || parent.Documents == nil || parent.err != nil {
			return // nobody looks at it, or nobody could read it
		}
		for _, id := range parent.Documents.IDs {
			listed[id] = true
		}
	}

	for _, scope := range c.Scopes {
		isRoot := schema.Root != nil && schema.Root.IsScope(scope.Scope)
		if scope.Count == 0 || isRoot || listed[scope.Scope] {
			continue
		}
		for _, name := range parents {
			found[name] = append(found[name], scope.Scope)
		}
	}
}

// parentsOf are the ids of the documents that a dataset is read by: of all
// subscriptions, or of the groups that are security groups (x-parent-where), and of
// those of which nobody knows whether they are.
func (e *Evidence) parentsOf(schema *snapshot.Schema) (ids []string, err error) {
	for _, parent := range schema.Parents() {
		asked, err := e.askedOf(schema, parent)
		if err != nil {
			return nil, err
		}
		ids = append(ids, asked...)
	}
	return ids, nil
}

// askedOf are those of one of the parents.
func (e *Evidence) askedOf(schema *snapshot.Schema, parent string) (ids []string, err error) {
	d := e.datasets[parent]
	if d == nil || !e.Snapshot.Manifest.Datasets[parent].Holds() {
		return nil, nil
	}

	e.checked[parent] = true
	if e.read(d); d.err != nil || d.Documents == nil {
		return nil, d.err
	}

	if schema.ParentWhere == nil {
		return d.Documents.IDs, nil
	}

	where := ast.StringTerm(schema.ParentWhere.Property)
	for i, id := range d.Documents.IDs {
		parent := snapshot.Document{ID: id, Spec: map[string]any{}}
		if v := d.Documents.Array.Elem(i).Get(where); v != nil {
			parent.Spec[schema.ParentWhere.Property] = plainValue(v.Value)
		}

		if asks, known := schema.Asks(parent); asks || !known {
			ids = append(ids, id)
		}
	}

	return ids, nil
}

// plainValue is a text, a boolean or null as documents hold it. Of anything else
// its type is enough.
func plainValue(v ast.Value) any {
	switch v := v.(type) {
	case ast.String:
		return string(v)
	case ast.Boolean:
		return bool(v)
	case ast.Null:
		return nil
	}
	return struct{}{}
}

// servicePlans are those of the tenant's SKUs, where some dataset asks for them: its
// answer was that there is no licence.
func (e *Evidence) servicePlans() ([]string, error) {
	asked := false
	for _, c := range e.Snapshot.Manifest.Datasets {
		asked = asked || c.Status == snapshot.NotLicensed
	}
	if !asked || !e.Snapshot.Manifest.Datasets[snapshot.SKUDataset].Holds() {
		return nil, nil
	}

	var plans []string
	err := e.Meter.Reading("decode", e.Snapshot, func(snap snapshot.Snapshot) error {
		docs, err := snap.Documents(snapshot.SKUDataset)
		plans = slices.Sorted(maps.Keys(snapshot.ServicePlans(docs)))
		return err
	})
	if plans == nil {
		plans = []string{} // known to be none
	}

	return plans, err
}

// shown is what the snapshot shows of that which can be promised: subscriptions,
// and where vaults are declared the lists of these. Deleted vaults are looked up
// only where a declared one is in no list.
func (e *Evidence) shown() (shown snapshot.Shown, err error) {
	listed := map[string][]snapshot.Document{}
	read := func(names ...string) error {
		for _, name := range names {
			if listed[name], err = e.list(name); err != nil {
				return err
			}
		}

		shown = snapshot.ShownBy(func(name string) []snapshot.Document { return listed[name] })
		return nil
	}

	declared := PromiseOf(e.Client).Vaults
	if err := read(snapshot.PromisedSubscriptions...); err != nil || len(declared) == 0 {
		return shown, err
	}
	if err := read(snapshot.PromisedVaults...); err != nil {
		return shown, err
	}

	unlisted := func(id string) bool { return !slices.Contains(shown.Vaults, id) }
	if slices.ContainsFunc(declared, unlisted) {
		err = read(snapshot.DeletedVaults...)
	}

	return shown, err
}

// list are the documents of a dataset; where a control reads them anyway, their ids
// are enough. Of deleted vaults it takes more than the id to know which vault it was.
func (e *Evidence) list(name string) (all []snapshot.Document, err error) {
	d := e.datasets[name]
	if d == nil || slices.Contains(snapshot.DeletedVaults, name) {
		e.checked[name] = true
		return e.Snapshot.Documents(name)
	}
	if !e.Snapshot.Manifest.Datasets[name].Holds() {
		return nil, nil
	}

	e.checked[name] = true
	if e.read(d); d.err != nil || d.Documents == nil {
		return nil, d.err
	}

	for i, id := range d.Documents.IDs {
		all = append(all, snapshot.Document{ID: id, Scope: d.Documents.Scopes[i]})
	}

	return all, nil
}
