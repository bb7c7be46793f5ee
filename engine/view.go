package engine

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"

	"ringfence/collectors/snapshot"
	"ringfence/engine/decode"
	"ringfence/engine/evidence"
	"ringfence/engine/intent"
	"ringfence/engine/plan"
	"ringfence/engine/policyset"
	"ringfence/engine/query"
)

// View is what a policy package that is a view shows of a snapshot: tables of what the
// evidence holds. It gives no verdicts. A package is a view if its METADATA has a
// custom.view; each of its partial sets that is not hidden (_name) is a table.
type View struct {
	Name, Title string
	Tables      map[string]Table
}

// Table is one table of a [View].
type Table struct {
	// Rows are what the policy says, as plain JSON values, in an order that follows from
	// them alone.
	Rows []any
	// Missing says what of the evidence behind the table was not seen: there may be more
	// rows, and of those that are there some may be wrong. None: these are all.
	Missing []string
}

// view is one compiled view.
type view struct {
	policyset.View
	tables map[string]viewTable
	reads  []string // the datasets of all tables, sorted
	shapes map[string]*decode.Shape
}

type viewTable struct {
	query query.Query
	reads map[string]*plan.Field // by dataset
	// needs are those that must be there, by dataset: what a table names and a document
	// lacks may be the row that is not shown.
	needs map[string]*plan.Field
}

// loadViews plans the views of a policy set.
func loadViews(compiler *ast.Compiler) (map[string]*view, error) {
	described, err := policyset.Views(compiler)
	if err != nil {
		return nil, err
	}

	views := map[string]*view{}
	for _, v := range described {
		loaded := &view{View: v, tables: map[string]viewTable{}}
		fields := map[string]*plan.Field{}
		for _, name := range v.Tables {
			t, err := loadTable(compiler, v.Package, name)
			if err != nil {
				return nil, fmt.Errorf("%s: %s: %w", v.File, name, err)
			}

			loaded.tables[name] = t
			for dataset, field := range t.reads {
				fieldOf(fields, dataset).Add(field)
			}
		}

		loaded.reads = slices.Sorted(maps.Keys(fields))
		for _, name := range loaded.reads {
			addParents(fields, name)
		}
		loaded.shapes = compileShapes(fields)
		views[v.Name] = loaded
	}

	return views, nil
}

func loadTable(compiler *ast.Compiler, pkg ast.Ref, name string) (viewTable, error) {
	asked, err := query.Prepare(compiler, pkg, name)
	if err != nil {
		return viewTable{}, err
	}

	t := viewTable{query: asked, reads: map[string]*plan.Field{}, needs: map[string]*plan.Field{}}
	_, reads := plan.Values(compiler, pkg, name, Datasets(), intent.Gating())
	for _, r := range reads {
		if r.Fixed[snapshotPart] {
			const problem = "a view sees no input.%s: what is missing of a table is said beside it"
			return t, fmt.Errorf(problem, snapshotPart)
		}
		for dataset, d := range r.Datasets {
			fieldOf(t.reads, dataset).Add(d.Document.Strictly())
			fieldOf(t.needs, dataset).Add(d.Document.Named().Strictly())
		}
	}

	return t, nil
}

// Views are the names of the policy set's views, sorted.
func (e *Engine) Views() []string { return slices.Sorted(maps.Keys(e.views)) }

// ViewDatasets are the datasets that a view reads, sorted; none for a view that the policy set
// does not have.
func (e *Engine) ViewDatasets(name string) []string {
	if v := e.views[name]; v != nil {
		return v.reads
	}
	return nil
}

// View asks a view about a snapshot. Errors are those of [Engine.Evaluate], a view that the
// policy set does not have, and one whose policy fails.
func (e *Engine) View(
	ctx context.Context, name string, snap snapshot.Snapshot, promise intent.Promise, asOf time.Time,
) (View, error) {
	v := e.views[name]
	if v == nil {
		const problem = "the policy set has no view %q: no package whose METADATA has that custom.view"
		return View{}, fmt.Errorf(problem, name)
	}

	j, err := e.newJob(snap, promise, asOf)
	if err != nil {
		return View{}, err
	}
	j.shapes = v.shapes
	if j.evidence, err = j.openEvidence(); err != nil {
		return View{}, err
	}

	j.evidence.Announce(v.reads)
	taken, err := j.evidence.Take(v.reads)
	if err != nil {
		return View{}, err
	}
	defer j.evidence.Release(v.reads)

	input, err := j.viewInput(taken)
	if err != nil {
		return View{}, err
	}

	shown := View{Name: name, Title: v.Title, Tables: map[string]Table{}}
	for _, table := range v.Tables {
		t := v.tables[table]
		rows, err := t.query.Rows(ctx, query.Input{Value: input}, table)
		if err != nil {
			return View{}, fmt.Errorf("the view %s: %s: %w", name, table, err)
		}
		shown.Tables[table] = Table{Rows: rows, Missing: t.missing(taken)}
	}

	return shown, nil
}

// viewInput is what a view sees: what all controls share, and its datasets.
func (j *job) viewInput(taken map[string]*evidence.Dataset) (ast.Value, error) {
	shared, err := j.sharedInput()
	if err != nil {
		return nil, err
	}

	root, err := membersOf(shared)
	if err != nil {
		return nil, err
	}

	areas := map[string]members{}
	for name, d := range taken {
		if d.Documents != nil {
			area, leaf, _ := strings.Cut(name, ".")
			list := [2]*ast.Term{ast.StringTerm(leaf), ast.NewTerm(d.Documents.Array)}
			areas[area] = append(areas[area], list)
		}
	}
	for area, datasets := range areas {
		root = append(root, [2]*ast.Term{ast.StringTerm(area), ast.ObjectTerm(datasets...)})
	}

	return ast.NewObject(root...), nil
}

// missing says what of the evidence behind a table was not seen: datasets that are not
// complete, and of each dataset the first document that lacks something.
func (t viewTable) missing(taken map[string]*evidence.Dataset) []string {
	missing := []string{}
	for _, name := range slices.Sorted(maps.Keys(t.reads)) {
		d := taken[name]
		if !d.Complete {
			missing = append(missing, d.Missing(""))
		}
		if d.Documents == nil {
			continue
		}

		for _, gap := range d.Documents.Gaps {
			if t.needs[name].Lacks(gap.Path, gap.Wrong, gap.Known) {
				lacks := fmt.Sprintf("%s lacks %s", d.Documents.Subject(gap.Document), gap.Pointer)
				missing = append(missing, lacks)
				break
			}
		}
	}

	return missing
}
