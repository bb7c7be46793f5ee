package engine

import (
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"golang.org/x/sync/errgroup"

	"ringfence/collectors/snapshot"
	"ringfence/engine/decode"
	"ringfence/engine/evaluator"
	"ringfence/engine/finding"
	"ringfence/engine/gate"
	"ringfence/engine/index"
	"ringfence/engine/intent"
	"ringfence/engine/plan"
	"ringfence/engine/policyset"
	"ringfence/engine/query"
)

// control is one compiled control.
type control struct {
	*gate.Control
	// subjectsOnly asks for the subjects alone, for when the whole query fails.
	subjectsOnly query.Query
	indexes      []index.Index // that its policy may ask for
	common       *index.Common // the rules of libraries that it shares with other controls

	// What the control's opinion follows from, beside promise and evidence.
	digest   string          // of the policy files behind it
	parts    []string        // of the shared input, those of keyedParts that it reads
	observed map[string]bool // by dataset, whether it reads something that is observed
}

// loadControls plans all controls side by side. Of several errors it returns
// that of the first file.
func loadControls(
	compiler *ast.Compiler, direct *evaluator.Program, files policyset.Files,
) ([]*control, error) {
	paths := slices.Sorted(maps.Keys(files))
	indexes := index.Find(compiler)

	// Each element is written by one goroutine.
	loaded, errs := make([]*control, len(paths)), make([]error, len(paths))
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i, path := range paths {
		group.Go(func() error {
			if loaded[i], errs[i] = loadControl(compiler, direct, files, path); loaded[i] != nil {
				loaded[i].indexes = indexes
			}
			return nil
		})
	}
	group.Wait()

	var controls []*control
	for i, c := range loaded {
		if errs[i] != nil {
			return nil, fmt.Errorf("%s: %w", paths[i], errs[i])
		}
		if c != nil {
			controls = append(controls, c)
		}
	}

	share(compiler, controls)
	slices.SortFunc(controls, func(a, b *control) int { return strings.Compare(a.ID, b.ID) })
	return controls, checkControls(controls)
}

// commonParts are the names of the input that all controls see alike: see input.go.
var commonParts = []string{"client", "msp", "as_of", "collected_at", snapshotPart, recordsPart, reachPart}

// share tells controls which rules of libraries give all of them the same.
func share(compiler *ast.Compiler, controls []*control) {
	packages := map[string]bool{}
	for _, c := range controls {
		packages[c.Package] = true
	}

	isControl := func(pkg ast.Ref) bool { return packages[strings.TrimPrefix(pkg.String(), "data.")] }
	libraries := index.Libraries(compiler, commonParts, isControl)
	for _, c := range controls {
		c.common = index.Within(libraries, c.Reads)
	}
}

func checkControls(controls []*control) error {
	if len(controls) == 0 {
		return fmt.Errorf("the policy set has no control: no package whose METADATA has custom.id")
	}

	for i, c := range controls[1:] {
		if before := controls[i]; before.ID == c.ID {
			return fmt.Errorf("%s and %s have the same id %s", before.File, c.File, c.ID)
		}
	}

	return nil
}

// loadControl plans the control in a file; nil where it holds none.
func loadControl(
	compiler *ast.Compiler, direct *evaluator.Program, files policyset.Files, path string,
) (*control, error) {
	meta, isControl, err := policyset.Control(compiler, path)
	if err != nil || !isControl {
		return nil, err
	}

	pkg := compiler.Modules[path].Package.Path
	p := plan.Analyse(compiler, pkg, Datasets(), intent.Gating())
	for _, name := range p.Params() {
		if _, declared := meta.Params[name]; !declared {
			const problem = "input.params.%s is no parameter of %s: custom.params of its METADATA has none of this name"
			return nil, fmt.Errorf(problem, name, meta.ID)
		}
	}

	all, err := query.Prepare(compiler, pkg, "subjects", "pass", "fail")
	if err != nil {
		return nil, err
	}
	all = all.Directly(direct)

	c := &control{
		Control:  gate.NewControl(compiler, meta, p, all, Datasets(), intent.Gating()),
		digest:   files.Only(append(p.Files, path)).Digest(), // METADATA is in the file itself
		observed: map[string]bool{},
	}
	for _, name := range keyedParts {
		if p.Reads(name) {
			c.parts = append(c.parts, name)
		}
	}
	for _, name := range c.Reads {
		c.observed[name] = readsObserved(p.Document(name), snapshot.Schemas()[name])
	}

	c.subjectsOnly, err = query.Prepare(compiler, pkg, "subjects")
	return c, err
}

// readsObserved reports whether something that is read of a document may be
// volatile.
func readsObserved(read *plan.Field, schema *snapshot.Schema) bool {
	if schema == nil || read.Whole != 0 || read.Any != nil {
		return true
	}

	for name, p := range schema.Properties {
		if p.Volatile && read.Names[name] != nil {
			return true
		}
	}

	return false
}

// judgedBy says by which kind of promise the controls of a scope are judged, and
// so in whose result they are.
var judgedBy = map[finding.Scope]intent.Kind{
	finding.ClientScope: intent.ClientKind,
	finding.MSPScope:    intent.FleetKind,
	finding.FleetScope:  intent.ClientKind,
}

// kindOf is the kind of promise that a snapshot is judged by.
func kindOf(m snapshot.Manifest) intent.Kind {
	if m.Client == snapshot.FleetClient {
		return intent.FleetKind
	}
	return intent.ClientKind
}

// Judges reports whether some control is judged by promises of a kind.
func (e *Engine) Judges(kind intent.Kind) bool {
	return slices.ContainsFunc(e.controls, func(c *control) bool { return judgedBy[c.Scope] == kind })
}

// project makes the shapes of all datasets that controls read, by the kind of
// promise that judges them. more is decoded beside what the plan reads.
func project(controls []*control, more *plan.Field) shapes {
	all := shapes{}
	for _, kind := range []intent.Kind{intent.ClientKind, intent.FleetKind} {
		fields := map[string]*plan.Field{}
		for _, c := range controls {
			if judgedBy[c.Scope] != kind {
				continue
			}

			for _, name := range c.Reads {
				field := fieldOf(fields, name)
				field.Add(c.Plan.Fail.Datasets[name].Document.Plainly())
				field.Add(c.Wants[name])
				field.Add(more)
				addParents(fields, name)
			}
		}

		all[kind] = compileShapes(fields)
	}

	return all
}

// add adds the shapes of datasets that these have none of.
func (s shapes) add(more shapes) {
	for kind, datasets := range more {
		for name, shape := range datasets {
			if s[kind][name] == nil {
				s[kind][name] = shape
			}
		}
	}
}

// compileShapes makes the shapes of datasets from what is read of their documents.
func compileShapes(fields map[string]*plan.Field) map[string]*decode.Shape {
	addParentProperties(fields)

	compiled := map[string]*decode.Shape{}
	for name, field := range fields {
		compiled[name] = decode.Compile(name, field, snapshot.Schemas()[name])
	}
	return compiled
}

func fieldOf(fields map[string]*plan.Field, dataset string) *plan.Field {
	if fields[dataset] == nil {
		fields[dataset] = &plan.Field{}
	}
	return fields[dataset]
}

// addParents adds the datasets by whose documents a dataset is read.
func addParents(fields map[string]*plan.Field, dataset string) {
	s := snapshot.Schemas()[dataset]
	if s == nil {
		return
	}
	for _, parent := range s.Parents() {
		if !snapshot.IsPromise(parent) {
			fieldOf(fields, parent)
			addParents(fields, parent)
		}
	}
}

// addParentProperties adds the properties that say which documents others are read
// by (x-parent-where), also of datasets that no control reads: whether their
// coverage contradicts the parents is said of all of them.
func addParentProperties(fields map[string]*plan.Field) {
	for _, s := range snapshot.Schemas() {
		if parent := fields[s.Parent]; parent != nil && s.ParentWhere != nil {
			parent.Name(s.ParentWhere.Property).Read |= plan.Plain
		}
	}
}

// Whole is the same engine without its shortcuts: it decodes all of each document,
// and topdown evaluates every rule. Its findings are the same; it is what the others
// are tested against.
func (e *Engine) Whole() *Engine {
	unassisted := *e
	unassisted.shapes = project(e.controls, &plan.Field{Whole: plan.Plain})
	unassisted.shapes.add(e.shapes)
	unassisted.facts = e.facts.whole()
	unassisted.controls = nil
	for _, c := range e.controls {
		plain, judge := *c, *c.Control
		judge.Query = judge.Query.Directly(nil)
		plain.Control, plain.indexes, plain.common = &judge, nil, nil
		unassisted.controls = append(unassisted.controls, &plain)
	}

	return &unassisted
}

// Only is the same engine with one of its controls. What input.snapshot tells is still of
// the whole set, so that the control says what it says among the others.
func (e *Engine) Only(id string) (*Engine, error) {
	c, err := e.control(id)
	if err != nil {
		return nil, err
	}

	alone := *e
	alone.controls = []*control{c}
	return &alone, nil
}

// Controls returns the METADATA of every control, sorted by id.
func (e *Engine) Controls() []finding.Control {
	all := make([]finding.Control, len(e.controls))
	for i, c := range e.controls {
		all[i] = c.Control.Control
	}
	return all
}

// Families are those that the policies describe.
func (e *Engine) Families() []finding.Family { return slices.Clone(e.families) }

// Plan returns what a control reads.
func (e *Engine) Plan(id string) (plan.Plan, bool) {
	for _, c := range e.controls {
		if c.ID == id {
			return c.Plan, true
		}
	}
	return plan.Plan{}, false
}

// Datasets are the full names of all datasets that a policy can read, sorted.
func Datasets() []string { return slices.Sorted(maps.Keys(snapshot.Schemas())) }
