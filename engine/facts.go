package engine

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"

	"ringfence/collectors/snapshot"
	"ringfence/engine/decode"
	"ringfence/engine/evaluator"
	"ringfence/engine/evidence"
	"ringfence/engine/fleet/fact"
	"ringfence/engine/fleet/reach"
	"ringfence/engine/intent"
	"ringfence/engine/plan"
	"ringfence/engine/policyset"
	"ringfence/engine/query"
)

// Facts are what a tenant's evidence says that matters beyond that tenant. A package is a kind of
// facts if its METADATA has a custom.fact. It has one partial set, of objects:
//
//	link  {"value", "subject", "role", "node", "state"}   node null for a link that is no edge
//	edge  {"from", "to", "state", "evidence"}             evidence: subjects
//
// The kind is that of the METADATA. Facts are what evidence shows: they see no promise, and no
// account of the evidence.

// factKind is one compiled kind of facts.
type factKind struct {
	policyset.Fact
	set   string // the one that the package has
	query query.Query
	reads map[string]*plan.Field // by dataset
	// needs are what of a document must be there: what it lacks may be the fact that is not found.
	needs map[string]*plan.Field
}

// factKinds are those of a policy set.
type factKinds struct {
	kinds  []*factKind // sorted by kind
	reads  []string    // the datasets of all kinds, sorted
	fields map[string]*plan.Field
	shapes map[string]*decode.Shape
}

// loadFacts plans the facts of a policy set.
func loadFacts(compiler *ast.Compiler, direct *evaluator.Program) (factKinds, error) {
	all := factKinds{fields: map[string]*plan.Field{}}
	described, err := policyset.Facts(compiler)
	if err != nil {
		return all, err
	}

	for _, d := range described {
		kind := &factKind{Fact: d, set: d.Sets[0], reads: map[string]*plan.Field{}, needs: map[string]*plan.Field{}}
		if err := kind.load(compiler); err != nil {
			return all, fmt.Errorf("%s: %w", d.File, err)
		}
		kind.query = kind.query.Directly(direct)
		for dataset, field := range kind.reads {
			fieldOf(all.fields, dataset).Add(field)
		}
		all.kinds = append(all.kinds, kind)
	}

	all.reads = slices.Sorted(maps.Keys(all.fields))
	all.shapes = all.shape(nil)
	return all, nil
}

// shape is what is decoded of each dataset. more is decoded beside what the plans read.
func (all factKinds) shape(more *plan.Field) map[string]*decode.Shape {
	fields := map[string]*plan.Field{}
	for _, name := range all.reads {
		fieldOf(fields, name).Add(all.fields[name])
		fieldOf(fields, name).Add(more)
		addParents(fields, name)
	}
	return compileShapes(fields)
}

// whole are the same facts without shortcuts: see [Engine.Whole].
func (all factKinds) whole() factKinds {
	plain := all
	plain.shapes = all.shape(&plan.Field{Whole: plan.Plain})
	plain.kinds = nil
	for _, k := range all.kinds {
		asked := *k
		asked.query = k.query.Directly(nil)
		plain.kinds = append(plain.kinds, &asked)
	}
	return plain
}

func (k *factKind) load(compiler *ast.Compiler) (err error) {
	if k.query, err = query.Prepare(compiler, k.Package, k.set); err != nil {
		return err
	}

	reads, err := FactPlan(compiler, k.Fact)
	for _, r := range reads {
		for dataset, d := range r.Datasets {
			fieldOf(k.reads, dataset).Add(d.Document.Strictly())
			fieldOf(k.needs, dataset).Add(d.Document.Named().Strictly())
		}
	}
	return err
}

// FactPlan is what the rules of a kind of facts read. An error says that a rule reads what facts
// may not, or what it may not rest on.
func FactPlan(compiler *ast.Compiler, f policyset.Fact) ([]plan.Reads, error) {
	rules, reads := plan.Values(compiler, f.Package, f.Sets[0], Datasets(), intent.Gating())
	isOfEvidence := false
	for i, r := range reads {
		at := fmt.Sprintf("line %d", rules[i].Location.Row)
		for _, part := range slices.Sorted(maps.Keys(r.Fixed)) {
			if r.Fixed[part] && part != "as_of" && part != "msp" {
				return nil, fmt.Errorf("%s: facts see no input.%s", at, part)
			}
		}
		for _, promise := range slices.Sorted(maps.Keys(r.Promises)) {
			return nil, fmt.Errorf("%s: facts are what evidence shows, and see no promise: input.%s", at, promise)
		}
		for _, dataset := range slices.Sorted(maps.Keys(r.Datasets)) {
			isOfEvidence = true
			if kind := r.Datasets[dataset].Kind; kind.Gates() {
				const problem = "%s: a fact may not rest on what is not there: %s is asked for what it lacks (%s)"
				return nil, fmt.Errorf(problem, at, dataset, kind)
			}
		}
	}

	if !isOfEvidence {
		return nil, errors.New("no rule reads a dataset: these are no facts of a tenant")
	}
	return reads, nil
}

// FactKinds are the kinds of facts that the policy set finds, sorted by name.
func (e *Engine) FactKinds() []reach.Kind {
	kinds := make([]reach.Kind, len(e.facts.kinds))
	for i, k := range e.facts.kinds {
		kinds[i] = reach.Kind{Name: k.Kind, Rule: reach.Rule(k.Rule)}
	}
	return kinds
}

// FactReads are the datasets on which the facts of a kind rest, sorted; none for a kind that the
// policy set does not have. With "" they are those of all kinds.
func (e *Engine) FactReads(kind string) []string {
	if kind == "" {
		return slices.Clone(e.facts.reads)
	}
	for _, k := range e.facts.kinds {
		if k.Kind == kind {
			return slices.Sorted(maps.Keys(k.reads))
		}
	}
	return nil
}

// FactFields is what facts read of each dataset's documents. It is not to be changed.
func (e *Engine) FactFields() map[string]*plan.Field { return e.facts.fields }

// Facts finds all facts in a snapshot: a client's, or the MSP's own. A kind whose policy fails, or
// says what no fact may say, is not complete, and the facts of other kinds stand. Errors are those
// of [Engine.Evaluate].
func (e *Engine) Facts(
	ctx context.Context, snap snapshot.Snapshot, promise intent.Promise, asOf time.Time,
) (fact.Facts, error) {
	j, err := e.newJob(snap, promise, asOf)
	if err != nil {
		return fact.Facts{}, err
	}
	j.shapes = e.facts.shapes
	if j.evidence, err = j.openEvidence(); err != nil {
		return fact.Facts{}, err
	}

	for _, k := range e.facts.kinds {
		j.evidence.Announce(slices.Sorted(maps.Keys(k.reads)))
	}
	found := fact.Facts{Tenant: j.tenant.Client.TenantID}
	for _, k := range e.facts.kinds {
		if err := j.find(ctx, k, &found); err != nil {
			return fact.Facts{}, err
		}
	}

	found.Sort()
	return found, nil
}

// find adds the facts of one kind, and on what they rest.
func (j *job) find(ctx context.Context, k *factKind, found *fact.Facts) error {
	names := slices.Sorted(maps.Keys(k.reads))
	taken, err := j.evidence.Take(names)
	if err != nil {
		return err
	}
	defer j.evidence.Release(names)

	input, err := j.viewInput(taken)
	if err != nil {
		return err
	}

	coverage := fact.Coverage{Kind: k.Kind}
	for _, name := range names {
		coverage.Units = append(coverage.Units, units(taken[name], k.needs[name])...)
	}

	rows, err := k.query.Rows(ctx, query.Input{Value: input}, k.set)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil || !k.add(rows, found) {
		coverage.Units = append(coverage.Units, fact.Unit{Name: "policy " + k.Kind, Status: string(snapshot.Failed)})
	}

	found.Coverage = append(found.Coverage, coverage)
	return nil
}

// add adds rows as facts; ok is false where one of them is none.
func (k *factKind) add(rows []any, found *fact.Facts) (ok bool) {
	ok = true
	for _, row := range rows {
		switch k.set {
		case "link":
			l, err := fact.LinkOf(k.Kind, row, found.Tenant)
			if err != nil {
				ok = false
				continue
			}
			found.Links = append(found.Links, l)
		case "edge":
			e, err := fact.EdgeOf(k.Kind, row, found.Tenant)
			if err != nil {
				ok = false
				continue
			}
			found.Edges = append(found.Edges, e)
		}
	}
	return ok
}

// units are how completely a dataset was read: one unit, and one more for each scope that was not
// seen. A dataset in which a document lacks what facts are found by is not complete.
func units(d *evidence.Dataset, needs *plan.Field) []fact.Unit {
	whole := fact.Unit{Name: d.Name, Status: string(d.Coverage.Status), Digest: d.Coverage.Digest}
	if ended, err := time.Parse(time.RFC3339, d.Coverage.EndedAt); err == nil {
		whole.EndedAt = ended.UTC().Truncate(time.Second)
	}
	isKnown := d.Complete && !whole.EndedAt.IsZero()
	if !isKnown && whole.Status == fact.Complete || isKnown && lacks(d, needs) {
		whole.Status = string(snapshot.Partial)
	}

	all := []fact.Unit{whole}
	for _, hole := range d.Coverage.Holes() {
		if hole.Scope != snapshot.ScopeUnknown {
			all = append(all, fact.Unit{Name: d.Name + "@" + hole.Scope, Status: string(hole.Status),
				EndedAt: whole.EndedAt})
		}
	}
	return all
}

// lacks reports whether some document lacks something that a policy names.
func lacks(d *evidence.Dataset, needs *plan.Field) bool {
	if d.Documents == nil {
		return false
	}
	return slices.ContainsFunc(d.Documents.Gaps, func(g decode.Gap) bool {
		return needs.Lacks(g.Path, g.Wrong, g.Known)
	})
}
