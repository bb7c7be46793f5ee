package mutation

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/topdown"

	"ringfence/collectors/snapshot"
	"ringfence/engine"
	"ringfence/engine/intent"
	"ringfence/engine/plan"
	"ringfence/engine/policyset"
	"ringfence/engine/query"
)

// inputs collects what a control is asked with while its tests run: the fixtures.
type inputs struct {
	file string

	mu  sync.Mutex
	all map[int][]*ast.Term // by hash
}

func (*inputs) Enabled() bool               { return true }
func (*inputs) Config() topdown.TraceConfig { return topdown.TraceConfig{} }

// TraceEvent notes the input with which a rule of the control is entered.
func (in *inputs) TraceEvent(e topdown.Event) {
	r, isRule := e.Node.(*ast.Rule)
	if !isRule || e.Op != topdown.EnterOp || r.Location == nil || r.Location.File != in.file || e.Input() == nil {
		return
	}

	in.mu.Lock()
	defer in.mu.Unlock()

	hash := e.Input().Hash()
	same := func(other *ast.Term) bool { return other == e.Input() || other.Equal(e.Input()) }
	if !slices.ContainsFunc(in.all[hash], same) {
		in.all[hash] = append(in.all[hash], e.Input())
	}
}

// texts are the inputs as JSON, sorted, so that they do not depend on the order in
// which tests run.
func (in *inputs) texts() (all []string) {
	for _, same := range in.all {
		for _, input := range same {
			if plain, err := ast.JSON(input.Value); err == nil {
				b, _ := json.Marshal(plain)
				all = append(all, string(b))
			}
		}
	}

	slices.Sort(all)
	return slices.Compact(all)
}

// asked is a control that can be asked.
type asked struct {
	query query.Query
	plan  plan.Plan
}

// prepare compiles one control as the engine does, and plans it.
func prepare(files policyset.Files, file string) (asked, error) {
	compiler, err := files.Compile()
	if err != nil {
		return asked{}, err
	}

	pkg := compiler.Modules[file].Package.Path
	q, err := query.Prepare(compiler, pkg, "subjects", "pass", "fail")
	return asked{q, plan.Analyse(compiler, pkg, engine.Datasets(), intent.Gating())}, err
}

// answer is what the control says of an input, as text, with the messages, which are all
// that some properties are for; "" where it fails.
func (a asked) answer(ctx context.Context, input any) (text string, compliant bool) {
	value, err := ast.InterfaceToValue(input)
	if err != nil {
		return "", false
	}

	answer, err := a.query.Ask(ctx, query.Input{Value: value})
	if err != nil {
		return "", false
	}

	pass, fail := slices.Sorted(maps.Keys(answer.Pass)), slices.Sorted(maps.Keys(answer.Fail))
	text = fmt.Sprintf("%q %q", answer.Subjects, pass)
	for _, subject := range fail {
		text += fmt.Sprintf(" %q: %q", subject, answer.Fail[subject].Messages)
	}
	return text, len(pass) > 0 && len(fail) == 0
}

// place is a property that subjects or pass reads.
type place struct {
	dataset string
	path    []string // "*" for each element
}

func (p place) String() string {
	return p.dataset + ": " + strings.ReplaceAll(strings.Join(p.path, "."), ".*", "[]")
}

// places are the properties that decide whether a subject passes, as the plan has
// them, sorted. What we add to documents ourselves is not among them.
func (a asked) places() (all []place) {
	for _, name := range a.plan.Datasets() {
		read := &plan.Field{}
		read.Add(a.plan.Subjects.Datasets[name].Document)
		read.Add(a.plan.Pass.Datasets[name].Document)
		below(read, nil, func(path []string) {
			all = append(all, place{name, slices.Clone(path)})
		})
	}
	return all
}

// everyPlace are the properties that the control reads at all.
func (a asked) everyPlace() (all []place) {
	for _, name := range a.plan.Datasets() {
		below(a.plan.Document(name), nil, func(path []string) { all = append(all, place{name, slices.Clone(path)}) })
	}
	return all
}

// mayBeNull reports whether the schema documents what null means there: then it is no
// harm, but one of the values that tests are about.
func (p place) mayBeNull() bool {
	schema := snapshot.Schemas()[p.dataset]
	if schema == nil {
		return false
	}

	at := &schema.Property
	for _, name := range p.path {
		switch {
		case at == nil:
			return false
		case name == "*" && at.Items != nil:
			at = at.Items
		case name == "*":
			at = at.Values
		default:
			at = at.Properties[name]
		}
	}
	return at != nil && (at.Presence == snapshot.Nullable || at.Presence == snapshot.Absent)
}

func below(f *plan.Field, path []string, each func([]string)) {
	for _, name := range slices.Sorted(maps.Keys(f.Names)) {
		if len(path) == 0 && strings.HasPrefix(name, "_") {
			continue
		}
		each(append(path, name))
		below(f.Names[name], append(path, name), each)
	}
	if f.Any != nil {
		below(f.Any, append(path, "*"), each)
	}
}

// harm is what is done to a property; changed is false where it is so already.
type harm func(old any) (value any, there, changed bool)

// harms are by what a person reads of them. Of several under one name, one has to be
// noticed: what is at most 90 may well be less, and of an id only the beginning may count.
var harms = []struct {
	name string
	ways []harm
}{
	{"removed", []harm{func(any) (any, bool, bool) { return nil, false, true }}},
	{"null", []harm{func(old any) (any, bool, bool) { return nil, true, old != nil }}},
	{"changed", []harm{
		func(old any) (any, bool, bool) { return another(old), true, true },
		func(old any) (any, bool, bool) { _, is := number(old); return json.Number("-1"), true, is },
		func(old any) (any, bool, bool) { _, is := old.(string); return "another", true, is },
	}},
}

func number(v any) (json.Number, bool) {
	n, is := v.(json.Number)
	return n, is
}

// another is another value of the same type.
func another(v any) any {
	switch v := v.(type) {
	case string:
		return v + "~"
	case bool:
		return !v
	case json.Number:
		return json.Number(next(string(v)))
	case []any:
		if len(v) == 0 {
			return []any{"another"}
		}
		return []any{}
	case map[string]any:
		if len(v) == 0 {
			return map[string]any{"another": true}
		}
		return map[string]any{}
	}
	return "another"
}

// do does a harm to a property of every document of an input, and reports whether the
// input is another one now.
func (h harm) do(input map[string]any, p place) (done bool) {
	area, leaf, _ := strings.Cut(p.dataset, ".")
	datasets, _ := input[area].(map[string]any)
	documents, _ := datasets[leaf].([]any)
	for _, d := range documents {
		done = h.at(d, p.path) || done
	}
	return done
}

func (h harm) at(node any, path []string) (done bool) {
	if path[0] == "*" {
		list, _ := node.([]any)
		if members, isObject := node.(map[string]any); isObject {
			list = slices.Collect(maps.Values(members))
		}
		for _, e := range list {
			done = h.at(e, path[1:]) || done
		}
		return done
	}

	object, _ := node.(map[string]any)
	value, there := object[path[0]]
	switch {
	case !there:
		return false
	case len(path) > 1:
		return h.at(value, path[1:])
	}

	value, keep, changed := h(value)
	if keep {
		object[path[0]] = value
	} else {
		delete(object, path[0])
	}
	return changed
}
