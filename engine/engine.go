// Package engine judges snapshots: it compiles the policy set once, plans what
// each control reads, and gives every subject of every control a verdict.
//
// Evaluation is pure: no network, clock, randomness or globals. The same
// snapshot, intent, policies, engine version and as-of give the same findings.
// Missing evidence is never a pass: the gate (gate.go) lets a verdict stand
// only where the plan's evidence is complete.
package engine

import (
	"fmt"
	"io/fs"
	"maps"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/open-policy-agent/opa/v1/ast"
	"golang.org/x/sync/errgroup"

	"ringfence/collectors/snapshot"
	"ringfence/engine/decode"
	"ringfence/engine/finding"
	"ringfence/engine/intent"
	"ringfence/engine/plan"
)

// Version is the engine's version. It is part of every run id and changes only
// when the same inputs may give other output.
const Version = "6"

// Engine is a compiled policy set. It is safe for concurrent use.
type Engine struct {
	digest   string                 // of the policy files without tests
	bundle   func() ([]byte, error) // of the same
	controls []control
	shapes   map[intent.Kind]map[string]*decode.Shape // what to decode of a dataset, for the controls of each kind of promise
	options  Options
}

// control is one compiled control.
type control struct {
	finding.Control
	plan     plan.Plan
	reads    []string               // the plan's datasets, sorted
	wants    map[string]*plan.Field // what the documents of a dataset must not lack
	observed map[string]bool        // whether it reads something of a dataset that is observed
	digest   string                 // of the policy files behind it
	times    times                  // that it reads
	query    query
	screens  map[string]screen // by dataset
	// subjectsOnly yields the subjects alone, for when the whole query fails.
	subjectsOnly query
	// failRules are the rules of fail one by one, for when some evidence is missing
	// that not all of them need.
	failRules func() []rule
	// aloneRules are the rules of pass that read the subjects' own dataset and nothing
	// else.
	aloneRules func() []rule
	// strictShapes are what the control reads, every part of which must be there.
	strictShapes func() map[string]*decode.Shape
}

// Load compiles the policy files (*.rego, tests left out) of a file system and
// plans every control in it: the packages whose METADATA has a custom.id. A
// policy set that does not compile, breaks the control contract or holds no
// control is an error that names file and line.
func Load(fsys fs.FS) (*Engine, error) {
	files, err := readPolicies(fsys)
	if err != nil {
		return nil, err
	}

	modules, err := parse(files)
	if err != nil {
		return nil, err
	}

	compiler, err := compile(modules)
	if err != nil {
		return nil, err
	}

	e := &Engine{digest: policyDigest(files), bundle: sync.OnceValues(func() ([]byte, error) { return bundle(files) })}
	if e.controls, err = loadControls(compiler, files); err != nil {
		return nil, err
	}

	slices.SortFunc(e.controls, func(a, b control) int { return strings.Compare(a.ID, b.ID) })
	e.shapes = e.project(nil)

	return e, e.check()
}

// loadControls plans all controls side by side. Of several errors it returns
// that of the first file.
func loadControls(compiler *ast.Compiler, files map[string][]byte) ([]control, error) {
	paths := slices.Sorted(maps.Keys(files))
	found, errs := make([]*control, len(paths)), make([]error, len(paths)) // each element is written by one goroutine
	known := indexes(compiler)
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))

	for i, path := range paths {
		group.Go(func() error {
			c, isControl, err := loadControl(compiler, path, known)
			if err != nil {
				errs[i] = fmt.Errorf("%s: %w", path, err)
			} else if isControl {
				c.digest = policyDigest(some(files, append(c.plan.Files, path))) // METADATA is in this one
				found[i] = &c
			}

			return nil
		})
	}

	group.Wait()
	var controls []control
	for i, c := range found {
		if errs[i] != nil {
			return nil, errs[i]
		}
		if c != nil {
			controls = append(controls, *c)
		}
	}

	return controls, nil
}

// judgedBy says by which kind of promise the controls of a scope are judged, and
// so in whose result they are.
var judgedBy = map[finding.Scope]intent.Kind{
	finding.ClientScope: intent.ClientKind,
	finding.MSPScope:    intent.FleetKind,
	finding.FleetScope:  intent.FleetKind,
}

// kindOf is the kind of promise that a snapshot is judged by.
func kindOf(m snapshot.Manifest) intent.Kind {
	if m.Client == snapshot.FleetClient {
		return intent.FleetKind
	}
	return intent.ClientKind
}

// project makes the shapes of all datasets that controls read, by the kind of
// promise that judges them. more is decoded beside what the plan reads.
func (e *Engine) project(more *plan.Field) map[intent.Kind]map[string]*decode.Shape {
	fields := map[intent.Kind]map[string]*plan.Field{}
	for _, c := range e.controls {
		kind := judgedBy[c.Scope]
		if fields[kind] == nil {
			fields[kind] = map[string]*plan.Field{}
		}

		for _, name := range c.reads {
			field := fieldOf(fields[kind], name)
			field.Add(c.plan.Fail.Datasets[name].Document.Plainly())
			field.Add(c.wants[name])
			field.Add(more)
			addParents(fields[kind], name)
		}
	}

	shapes := map[intent.Kind]map[string]*decode.Shape{}
	for kind, datasets := range fields {
		shapes[kind] = map[string]*decode.Shape{}
		for name, field := range datasets {
			shapes[kind][name] = decode.Compile(name, field, snapshot.Schemas()[name])
		}
	}

	return shapes
}

func fieldOf(fields map[string]*plan.Field, dataset string) *plan.Field {
	if fields[dataset] == nil {
		fields[dataset] = &plan.Field{}
	}
	return fields[dataset]
}

// addParents adds what says by which documents a dataset is read.
func addParents(fields map[string]*plan.Field, dataset string) {
	schemas := snapshot.Schemas()
	for s := schemas[dataset]; s != nil && s.Parent != ""; s = schemas[s.Parent] {
		parent := fieldOf(fields, s.Parent)
		if s.ParentWhere != "" {
			parent.Name(s.ParentWhere).Read |= plan.Plain
		}
	}
}

// Whole is the same engine without its shortcuts: it decodes all of each
// document, and topdown makes every index and looks at every document. Its
// findings are the same; it is what the others are tested against.
func (e *Engine) Whole() *Engine {
	all := &plan.Field{Whole: plan.Plain}
	w := *e
	w.shapes = e.project(all)
	w.controls = slices.Clone(e.controls)
	for i := range w.controls {
		c := &w.controls[i]
		c.screens, c.query.indexes, c.subjectsOnly.indexes = nil, nil, nil
	}

	return &w
}

func (e *Engine) check() error {
	if len(e.controls) == 0 {
		return fmt.Errorf("the policy set has no control: no package whose METADATA has custom.id")
	}
	for i, c := range e.controls[1:] {
		if before := e.controls[i]; before.ID == c.ID {
			return fmt.Errorf("%s and %s have the same id %s", before.File, c.File, c.ID)
		}
	}
	return nil
}

func loadControl(compiler *ast.Compiler, path string, known []index) (control, bool, error) {
	module := compiler.Modules[path]
	meta, isControl, err := metadata(module)
	if err != nil || !isControl {
		return control{}, false, err
	}

	meta.File = path

	if err := checkRules(compiler, module); err != nil {
		return control{}, false, err
	}

	c := control{Control: meta, plan: plan.Analyse(compiler, module.Package.Path, Datasets(), promises), wants: map[string]*plan.Field{}, observed: map[string]bool{}}
	for _, name := range c.plan.Datasets() {
		c.reads = append(c.reads, name)
		c.wants[name] = wanted(c.plan, name)
		c.observed[name] = readsObserved(c.plan.Document(name), snapshot.Schemas()[name])
	}

	for _, name := range c.plan.Params() {
		if _, declared := c.Params[name]; !declared {
			return control{}, false, fmt.Errorf("input.params.%s is no parameter of %s: custom.params of its METADATA has none of this name", name, c.ID)
		}
	}

	c.screens = newScreens(c.plan)
	c.strictShapes = sync.OnceValue(func() map[string]*decode.Shape { return strictShapes(c.plan) })
	c.failRules = sync.OnceValue(func() []rule { return newRules(compiler, module.Package.Path, "fail") })
	c.aloneRules = sync.OnceValue(func() []rule { return c.alone(newRules(compiler, module.Package.Path, "pass")) })
	c.times = times{asOf: c.plan.Reads("as_of"), collectedAt: c.plan.Reads("collected_at")}
	if c.query, err = prepare(compiler, known, module.Package.Path, "subjects", "pass", "fail"); err != nil {
		return control{}, false, err
	}

	c.subjectsOnly, err = prepare(compiler, known, module.Package.Path, "subjects")
	return c, true, err
}

// some are the files of the given names.
func some(files map[string][]byte, names []string) map[string][]byte {
	found := map[string][]byte{}
	for _, name := range names {
		found[name] = files[name]
	}
	return found
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

// Controls returns the METADATA of every control, sorted by id.
func (e *Engine) Controls() []finding.Control {
	all := make([]finding.Control, len(e.controls))
	for i, c := range e.controls {
		all[i] = c.Control
	}
	return all
}

// Plan returns what a control reads.
func (e *Engine) Plan(id string) (plan.Plan, bool) {
	for _, c := range e.controls {
		if c.ID == id {
			return c.plan, true
		}
	}
	return plan.Plan{}, false
}

// Datasets are the full names of all datasets that a policy can read, sorted.
func Datasets() []string { return slices.Sorted(maps.Keys(snapshot.Schemas())) }
