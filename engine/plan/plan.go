// Package plan finds out what a control can read: the policy set is the query
// plan. It walks the compiled rules behind subjects, pass and fail and yields
// the datasets that each can reach, how they are read, and the property names
// that occur. From it follow the evidence a control needs (the gate), the
// documents to load and the permissions to ask for.
//
// The analysis is sound by widening: a reference that cannot be resolved
// (input[x], an area as a whole) stands for all that it could reach.
package plan

import (
	"maps"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
)

// Reads is what one of a control's three sets can read.
type Reads struct {
	// Datasets maps a full dataset name to whether some read of it is negated:
	// under not, every, a comprehension or an aggregate, or as a whole. What a
	// negated read concludes can change when a document is missing; what a
	// plain one concludes can only get lost.
	Datasets map[string]bool
	// Promises maps the attributes of input.client that are read
	// ("client.fence") to whether every rule needs them: without the promise the
	// set is empty, whatever the evidence is.
	Promises map[string]bool
	// Names maps the property names that occur, anywhere in the rules, to
	// whether one of the places is negated. AllNames: some rule looks at names
	// that are not written in it (walk, object.keys); AllNegated: in a negated
	// place.
	Names                map[string]bool
	AllNames, AllNegated bool
	// Fleet: input.fleet is read.
	Fleet bool
}

// Need reports whether a property of this name may be read.
func (r Reads) Need(name string) bool {
	_, named := r.Names[name]
	return named || r.AllNames || r.AllNegated
}

// Named reports whether a rule spells a property of this name.
func (r Reads) Named(name string) bool {
	_, named := r.Names[name]
	return named || r.AllNegated
}

// Negated reports whether the absence of a property of this name may be taken
// for an answer.
func (r Reads) Negated(name string) bool { return r.AllNegated || r.Names[name] }

// Plan is what a control can read, set by set.
type Plan struct {
	Subjects, Pass, Fail Reads
}

// Datasets are all datasets of the plan, sorted.
func (p Plan) Datasets() []string {
	all := map[string]bool{}
	for _, r := range []Reads{p.Subjects, p.Pass, p.Fail} {
		for d := range r.Datasets {
			all[d] = true
		}
	}
	return slices.Sorted(maps.Keys(all))
}

// Promises are the attributes of input.client that the plan reads, sorted.
func (p Plan) Promises() []string {
	all := map[string]bool{}
	for _, r := range []Reads{p.Subjects, p.Pass, p.Fail} {
		for d := range r.Promises {
			all[d] = true
		}
	}
	return slices.Sorted(maps.Keys(all))
}

// Analyse plans the control in package pkg ("data.ringfence.…"). known are the
// full names of all datasets, attributes those of input.client.
func Analyse(c *ast.Compiler, pkg ast.Ref, known, attributes []string) Plan {
	set := func(name string) Reads {
		w := &walker{compiler: c, known: known, attributes: attributes, seen: map[visit]bool{}, reads: Reads{
			Datasets: map[string]bool{}, Promises: map[string]bool{}, Names: map[string]bool{},
		}}
		rules := c.GetRulesExact(pkg.Append(ast.StringTerm(name)))
		for _, rule := range rules {
			w.rule(rule, false)
		}
		for promise := range w.needs(rules) {
			w.reads.Promises[promise] = true
		}
		return w.reads
	}
	return Plan{Subjects: set("subjects"), Pass: set("pass"), Fail: set("fail")}
}

type visit struct {
	rule    *ast.Rule
	negated bool
}

type walker struct {
	compiler          *ast.Compiler
	known, attributes []string
	seen              map[visit]bool
	reads             Reads
}

// rule walks a rule and what it depends on. A rule with a default or an else
// has a value also where its body has none: its reads count as negated.
func (w *walker) rule(r *ast.Rule, negated bool) {
	for _, other := range w.compiler.GetRulesExact(r.Ref().GroundPrefix()) {
		negated = negated || other.Default || other.Else != nil
	}
	if w.seen[visit{r, negated}] || w.seen[visit{r, true}] {
		return
	}
	w.seen[visit{r, negated}] = true
	for ; r != nil; r = r.Else {
		head := slices.Concat([]*ast.Term{r.Head.Key, r.Head.Value}, r.Head.Args, []*ast.Term(r.Head.Reference))
		for _, t := range head {
			w.term(t, negated)
		}
		w.body(r.Body, negated, head...)
	}
}

// body walks a body; head are the terms outside it that share its locals.
func (w *walker) body(b ast.Body, negated bool, head ...*ast.Term) {
	asked := membership(b, head)
	w.locals(b, negated, head)
	for _, e := range b {
		if local, ref, ok := assignment(e); ok && asked[local] {
			w.member(ref, negated || e.Negated)
			continue
		}
		w.expr(e, negated || e.Negated)
	}
}

// membership finds the locals of a body that hold a collection only to be
// asked for membership: the compiler turns "x in data.p.set" into
// "local = data.p.set; internal.member_2(x, local)".
func membership(b ast.Body, head []*ast.Term) map[ast.Var]bool {
	uses := count(b, head)
	asked := map[ast.Var]bool{}
	for _, e := range b {
		terms, isCall := e.Terms.([]*ast.Term)
		if !isCall || e.Negated || !monotone[terms[0].String()] {
			continue
		}
		if v, isVar := terms[len(terms)-1].Value.(ast.Var); isVar && uses[v] == 2 {
			asked[v] = true
		}
	}
	return asked
}

// count says how often each variable occurs in a body and its head.
func count(b ast.Body, head []*ast.Term) map[ast.Var]int {
	uses := map[ast.Var]int{}
	note := func(v ast.Var) bool { uses[v]++; return false }
	ast.WalkVars(b, note)
	for _, t := range head {
		if t != nil {
			ast.WalkVars(t, note)
		}
	}
	return uses
}

// locals looks for names that no rule spells out: local[x] in a negated place.
// An x that occurs nowhere else runs over a list, or over all values of an
// object; which one cannot be told, so the names count as read, not as negated.
func (w *walker) locals(b ast.Body, negated bool, head []*ast.Term) {
	uses := count(b, head)
	for _, e := range b {
		if !negated && !e.Negated {
			continue
		}
		ast.WalkRefs(e, func(r ast.Ref) bool {
			for _, x := range names(r) {
				w.reads.AllNames = true
				w.reads.AllNegated = w.reads.AllNegated || uses[x] > 1
			}
			return false
		})
	}
}

// names are the variables of a reference that may stand for property names: not
// those that choose a dataset, a document or an element of a rule.
func names(r ast.Ref) (vars []ast.Var) {
	from := 1
	switch {
	case r[0].Equal(ast.InputRootDocument):
		from = 4
	case r[0].Equal(ast.DefaultRootDocument):
		from = len(r.GroundPrefix()) + 1
	}
	for _, t := range r[min(from, len(r)):] {
		if v, isVar := t.Value.(ast.Var); isVar {
			vars = append(vars, v)
		}
	}
	return vars
}

// assignment is "local = reference".
func assignment(e *ast.Expr) (ast.Var, ast.Ref, bool) {
	if !e.IsEquality() || len(e.With) > 0 {
		return "", nil, false
	}
	v, isVar := e.Operand(0).Value.(ast.Var)
	r, isRef := e.Operand(1).Value.(ast.Ref)
	return v, r, isVar && isRef
}

func (w *walker) expr(e *ast.Expr, negated bool) {
	switch terms := e.Terms.(type) {
	case *ast.Term:
		w.term(terms, negated)
	case []*ast.Term:
		w.call(terms, negated)
	case *ast.Every:
		w.term(terms.Domain, true)
		w.body(terms.Body, true, terms.Key, terms.Value)
	}
	for _, with := range e.With {
		w.term(with.Value, true)
	}
}

// dynamic are the built-ins that look at names which no rule spells out.
var dynamic = map[string]bool{
	"walk": true, "object.keys": true, "object.filter": true, "object.remove": true, "object.subset": true,
	"object.union": true, "object.union_n": true, "json.filter": true, "json.marshal": true,
	"json.marshal_with_options": true, "json.remove": true, "json.patch": true, "json.match_schema": true,
	"json.verify_schema": true, "yaml.marshal": true,
}

// monotone are the calls that hold for at least as many values when their
// collection grows: membership.
var monotone = map[string]bool{"internal.member_2": true, "internal.member_3": true}

func (w *walker) call(terms []*ast.Term, negated bool) {
	op := terms[0].Value.(ast.Ref)
	name := op.String()
	if op.HasPrefix(ast.DefaultRootRef) {
		w.ref(op, negated)
	}
	negated = negated || name == ast.ObjectGet.Name
	if name == ast.ObjectGet.Name && !constant(terms[2]) || dynamic[name] && (negated || name != ast.WalkBuiltin.Name) {
		w.reads.AllNegated = true
	}
	for i, arg := range terms[1:] {
		ref, isRef := arg.Value.(ast.Ref)
		if isRef && monotone[name] && i == len(terms)-2 {
			w.member(ref, negated)
			continue
		}
		w.term(arg, negated)
	}
	w.reads.AllNames = w.reads.AllNames || dynamic[name]
}

// constant: a key, or a path of keys, that is written in the rule.
func constant(t *ast.Term) bool {
	found := false
	ast.WalkTerms(t, func(t *ast.Term) bool {
		switch t.Value.(type) {
		case ast.Var, ast.Ref, ast.Call:
			found = true
		}
		return found
	})
	return !found
}

// member is a reference to a collection that is only asked for membership.
func (w *walker) member(ref ast.Ref, negated bool) {
	w.ref(ref.Append(ast.VarTerm("$member")), negated)
}

func (w *walker) term(t *ast.Term, negated bool) {
	if t == nil {
		return
	}
	switch v := t.Value.(type) {
	case ast.Ref:
		w.ref(v, negated)
	case ast.Call:
		w.call(v, negated)
	case ast.String:
		w.reads.Names[string(v)] = w.reads.Names[string(v)] || negated
	case *ast.Array:
		v.Foreach(func(t *ast.Term) { w.term(t, negated) })
	case ast.Set:
		v.Foreach(func(t *ast.Term) { w.term(t, negated) })
	case ast.Object:
		v.Foreach(func(k, t *ast.Term) { w.term(k, negated); w.term(t, negated) })
	case *ast.ArrayComprehension:
		w.term(v.Term, true)
		w.body(v.Body, true, v.Term)
	case *ast.SetComprehension:
		w.term(v.Term, true)
		w.body(v.Body, true, v.Term)
	case *ast.ObjectComprehension:
		w.term(v.Key, true)
		w.term(v.Value, true)
		w.body(v.Body, true, v.Key, v.Value)
	case *ast.TemplateString:
		w.template(v, negated)
	}
}

func (w *walker) template(t *ast.TemplateString, negated bool) {
	for _, part := range t.Parts {
		switch p := part.(type) {
		case *ast.Expr:
			w.expr(p, negated)
		case *ast.Term:
			w.term(p, negated)
		}
	}
}

func (w *walker) ref(r ast.Ref, negated bool) {
	for _, t := range r[1:] {
		w.term(t, negated)
	}
	switch {
	case r[0].Equal(ast.InputRootDocument):
		w.input(r, negated)
	case r[0].Equal(ast.DefaultRootDocument):
		w.data(r, negated)
	default:
		w.term(&ast.Term{Value: nested(r[0].Value)}, negated)
	}
}

// nested lets a reference start with something else than a variable.
func nested(v ast.Value) ast.Value {
	if _, isVar := v.(ast.Var); isVar {
		return ast.Null{}
	}
	return v
}

// data follows a reference to rules. A set or an object that is taken as a
// whole, not asked for an element, can be counted or compared: its reads count
// as negated. The keys of a partial object are part of its rule's reference.
func (w *walker) data(r ast.Ref, negated bool) {
	for _, rule := range w.compiler.GetRulesDynamic(r) {
		path := rule.Ref()
		whole := len(r) < len(path) || len(r) == len(path) && rule.Head.RuleKind() == ast.MultiValue
		w.rule(rule, negated || whole)
	}
}

func (w *walker) input(r ast.Ref, negated bool) {
	area, ok := text(r, 1)
	switch {
	case !ok:
		w.widen("", true)
		w.reads.AllNames, w.reads.Fleet = true, true
		w.promise("")
	case area == "client":
		name, _ := text(r, 2)
		w.promise(name)
	case area == "fleet":
		w.reads.Fleet = true
	case area == "msp", area == "as_of", area == "collected_at":
	default:
		name, ok := text(r, 2)
		if !ok {
			w.widen(area+".", true)
			return
		}
		full := area + "." + name
		w.reads.Datasets[full] = w.reads.Datasets[full] || negated || len(r) == 3 || byPosition(r[3])
	}
}

// promise notes a read attribute of input.client, "" all of them.
func (w *walker) promise(name string) {
	for _, a := range w.attributes {
		if name == "" || a == name {
			w.reads.Promises["client."+a] = w.reads.Promises["client."+a]
		}
	}
}

// byPosition: "the first document" is another one when a document is missing.
func byPosition(index *ast.Term) bool {
	_, isVar := index.Value.(ast.Var)
	return !isVar
}

// widen stands for every dataset whose name starts so.
func (w *walker) widen(prefix string, negated bool) {
	for _, d := range w.known {
		if strings.HasPrefix(d, prefix) {
			w.reads.Datasets[d] = w.reads.Datasets[d] || negated
		}
	}
}

// text is the constant string at a position of a reference.
func text(r ast.Ref, i int) (string, bool) {
	if i >= len(r) {
		return "", false
	}
	s, ok := r[i].Value.(ast.String)
	return string(s), ok
}
