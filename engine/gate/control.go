package gate

import (
	"sync"

	"github.com/open-policy-agent/opa/v1/ast"

	"ringfence/collectors/snapshot"
	"ringfence/engine/decode"
	"ringfence/engine/finding"
	"ringfence/engine/plan"
	"ringfence/engine/query"
)

// Control is what the gate has to know of a control.
type Control struct {
	finding.Control
	Plan  plan.Plan
	Query query.Query // over subjects, pass and fail
	Reads []string    // the plan's datasets, sorted
	// Wants is, by dataset, what its documents must not lack: every read of subjects,
	// and of pass where absence could be taken for an answer. Any other read that
	// finds nothing just leaves its subject out of pass.
	Wants map[string]*plan.Field

	// failRules are the rules of fail one by one, for when some evidence is missing
	// that not all of them need.
	failRules func() []query.Rule
	// aloneRules are the rules of pass that read the subjects' own dataset and nothing
	// else.
	aloneRules func() []query.Rule
	// strictShapes are, by dataset, all that the control reads, every part of which
	// must be there.
	strictShapes func() map[string]*decode.Shape
}

// NewControl prepares a control for the gate. datasets and attributes are all that
// there are: see [plan.Analyse].
func NewControl(
	compiler *ast.Compiler, meta finding.Control, p plan.Plan, q query.Query, datasets, attributes []string,
) *Control {
	c := &Control{Control: meta, Plan: p, Query: q, Reads: p.Datasets(), Wants: map[string]*plan.Field{}}
	for _, name := range c.Reads {
		want := &plan.Field{}
		want.Add(p.Subjects.Datasets[name].Document.Strictly())
		want.Add(p.Pass.Datasets[name].Document)
		c.Wants[name] = want
	}

	pkg := compiler.Modules[meta.File].Package.Path
	rules := func(set string) []query.Rule { return query.Rules(compiler, pkg, set, datasets, attributes) }
	c.failRules = sync.OnceValue(func() []query.Rule { return rules("fail") })
	c.aloneRules = sync.OnceValue(func() []query.Rule { return c.alone(rules("pass")) })
	c.strictShapes = sync.OnceValue(func() map[string]*decode.Shape {
		shapes := map[string]*decode.Shape{}
		for _, name := range c.Reads {
			shapes[name] = decode.Compile(name, p.Document(name).Strictly(), snapshot.Schemas()[name])
		}
		return shapes
	})

	return c
}
