package plan

import (
	"maps"
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"
)

// walker interprets the rules behind one set: what each local, each rule and
// each parameter may stand for, as places in the input. Every place that is
// looked at leaves its mark in root. OPA orders bodies so that a variable is
// bound before it is used, so one walk through a body is enough.
type walker struct {
	compiler *ast.Compiler
	root     *Field            // input
	datasets map[*Field]string // the fields that are arrays of documents
	answers  map[string]answer // of rules and functions that were walked
	ids      map[*Field]int
	signed   map[*value]int // signatures
	texts    map[string]int // of what they stand for
	files    map[string]bool
	present  map[string]bool // datasets of areas that are looked at by themselves
	steps    int
}

// maxSteps bounds the walk: a function is walked for every kind of argument.
// The built-in controls take some hundred steps.
const maxSteps = 50_000

// widen gives up: everything may be read, in every way.
func (w *walker) widen() {
	w.root.Whole |= Plain | Negated | Every | Comprehension | Aggregate
	for file := range w.compiler.Modules {
		w.files[file] = true
	}
}

// scope holds the variables of a body; a nested body sees those around it.
type scope struct {
	vars   map[ast.Var]*value
	parent *scope
	uses   map[ast.Var]use // of the rule
}

func (s *scope) nested() *scope {
	return &scope{vars: map[ast.Var]*value{}, parent: s, uses: s.uses}
}

func (s *scope) lookup(v ast.Var) (*value, bool) {
	for ; s != nil; s = s.parent {
		if val, bound := s.vars[v]; bound {
			return val, true
		}
	}
	return nil, false
}

// set binds a variable, and reports whether it was free. A wildcard always is.
func (s *scope) set(v ast.Var, val *value) bool {
	if v.IsWildcard() {
		return true
	}
	if _, bound := s.lookup(v); bound {
		return false
	}

	s.vars[v] = val
	return true
}

// body walks a body; head are the terms outside it that share its locals.
func (w *walker) body(b ast.Body, s *scope, k Kind, head ...*ast.Term) {
	asked := membership(b, head)
	for _, e := range b {
		if w.steps++; w.steps > maxSteps || len(e.With) > 0 {
			w.widen()
			return
		}
		if local, ref, ok := assignment(e); ok && asked[local] && s.free(e.Operand(0)) {
			s.set(local, container(w.ref(element(ref), s, k)))
			continue
		}
		w.expr(e, s, k)
	}
}

// element is "some element of": a collection that is only asked for membership.
func element(r ast.Ref) ast.Ref { return r.Append(ast.VarTerm(ast.WildcardPrefix + "element")) }

// membership finds the locals of a body that hold a collection only to be
// asked for membership: the compiler turns "x in data.p.set" into
// "local = data.p.set; internal.member_2(x, local)".
func membership(b ast.Body, head []*ast.Term) map[ast.Var]bool {
	asked := map[ast.Var]bool{}
	var uses map[ast.Var]int
	for _, e := range b {
		terms, isCall := e.Terms.([]*ast.Term)
		if !isCall || e.Negated || member(terms) == nil {
			continue
		}

		if uses == nil {
			uses = count(b, head)
		}

		if v, isVar := member(terms).Value.(ast.Var); isVar && uses[v] == 2 {
			asked[v] = true
		}
	}

	return asked
}

// member is the collection of a call that asks for membership and whose answer
// nobody looks at: it holds for at least as many values when the collection
// grows. nil for any other call.
func member(terms []*ast.Term) *ast.Term {
	switch op := terms[0].Value.String(); {
	case op == ast.Member.Name && len(terms) == 3, op == ast.MemberWithKey.Name && len(terms) == 4:
		return terms[len(terms)-1]
	}
	return nil
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

// assignment is "local = reference".
func assignment(e *ast.Expr) (ast.Var, ast.Ref, bool) {
	if !e.IsEquality() || e.Negated || len(e.With) > 0 {
		return "", nil, false
	}

	v, isVar := e.Operand(0).Value.(ast.Var)
	r, isRef := e.Operand(1).Value.(ast.Ref)
	return v, r, isVar && isRef
}

func (w *walker) expr(e *ast.Expr, s *scope, k Kind) {
	if e.Negated {
		s, k = s.nested(), k|Negated
	}
	switch terms := e.Terms.(type) {
	case *ast.Term:
		w.term(terms, s, k).used(k | Negated) // null is true
	case []*ast.Term:
		if e.IsEquality() {
			w.unify(e.Operand(0), e.Operand(1), s, k)
			return
		}
		w.call(terms, s, k, false)

	case *ast.Every:
		domain := w.term(terms.Domain, s, k)
		inner := s.nested()
		w.bind(terms.Key, domain.keys(), inner, k)
		w.bind(terms.Value, domain.each(k|Every), inner, k)
		w.body(terms.Body, inner, k|Every, terms.Key, terms.Value)

	default: // a form of later OPAs
		w.widen()
	}
}

// unify is "a = b": it binds what is free and compares the rest.
func (w *walker) unify(a, b *ast.Term, s *scope, k Kind) {
	x, isX := a.Value.(*ast.Array)
	y, isY := b.Value.(*ast.Array)
	switch {
	case isX && isY && x.Len() == y.Len():
		for i := range x.Len() {
			w.unify(x.Elem(i), y.Elem(i), s, k)
		}

	case s.free(a) && s.free(b):
		w.widen() // two unknowns: the compiler's order does not let this happen
	case s.free(a):
		w.bind(a, w.term(b, s, k), s, k)

	case constant(a):
		if v := w.term(b, s, k); null(a) {
			v.used(k | Negated)
		}

	default:
		w.bind(b, w.term(a, s, k), s, k)
	}
}

// free reports whether a term has a variable that is not bound yet.
func (s *scope) free(t *ast.Term) bool {
	switch v := t.Value.(type) {
	case ast.Var:
		_, bound := s.lookup(v)
		return !bound
	case *ast.Array:
		return v.Until(func(t *ast.Term) bool { return s.free(t) })
	case ast.Object:
		return v.Until(func(_, t *ast.Term) bool { return s.free(t) })
	}

	return false
}

// bind gives a pattern a value. A pattern that is no free variable compares.
func (w *walker) bind(t *ast.Term, v *value, s *scope, k Kind) {
	if t == nil {
		return
	}
	switch p := t.Value.(type) {
	case ast.Var:
		if s.set(p, v) {
			return
		}
	case *ast.Array: // matches an array of just this length
		v.each(k | Aggregate)
		p.Foreach(func(t *ast.Term) { w.bind(t, v.each(k), s, k) })
		return
	case ast.Object: // matches an object with just these properties
		v.whole(k)
		p.Foreach(func(key, t *ast.Term) { w.bind(t, w.index(v, key, s, k), s, k) })
		return
	}

	switch other := w.term(t, s, k); {
	case null(t):
		v.used(k | Negated)
	case !constant(t):
		v.whole(k)
		other.whole(k)
	}
}

// constant: what is compared with a scalar need not be looked into. (A written
// array or object is none: what equals it is told by all that it holds.)
func constant(t *ast.Term) bool { return ast.IsScalar(t.Value) }

func null(t *ast.Term) bool { return t.Value == ast.NullValue }

func (w *walker) term(t *ast.Term, s *scope, k Kind) *value {
	if t == nil {
		return nil
	}
	switch v := t.Value.(type) {
	case ast.Var:
		val, bound := s.lookup(v)
		if !bound {
			return other
		}

		val.used(k) // what was read outside a negation is used in it
		return val

	case ast.Ref:
		return w.ref(v, s, k)
	case ast.Call:
		return w.call(v, s, k, true)

	case *ast.Array:
		var held *value
		v.Foreach(func(t *ast.Term) { held = join(held, w.term(t, s, k)) })
		return container(held)

	case ast.Set:
		return container(w.elements(v.Slice(), s, k))
	case ast.Object:
		return w.object(v, s, k)
	case *ast.ArrayComprehension, *ast.SetComprehension, *ast.ObjectComprehension:
		return w.comprehension(v, s.nested(), k|Comprehension)
	case *ast.TemplateString:
		w.template(v, s, k)
	case ast.String:
		return written(string(v))
	case ast.Null, ast.Boolean, ast.Number:
	default: // a form of later OPAs
		w.widen()
	}

	return other
}

func (w *walker) object(o ast.Object, s *scope, k Kind) *value {
	var held *value
	members := map[string]*value{}
	o.Foreach(func(key, t *ast.Term) {
		w.term(key, s, k).whole(k)
		of := w.term(t, s, k)
		held = join(held, of)

		if name, isText := key.Value.(ast.String); isText && members != nil {
			members[string(name)] = of
		} else {
			members = nil // any name may be among its keys
		}
	})

	if members == nil {
		return container(held)
	}

	return &value{holds: held, members: members}
}

// elements are terms that are told apart by all that they hold.
func (w *walker) elements(terms []*ast.Term, s *scope, k Kind) (held *value) {
	for _, t := range terms {
		v := w.term(t, s, k)
		v.whole(k)
		held = join(held, v)
	}
	return held
}

func (w *walker) comprehension(v ast.Value, s *scope, k Kind) *value {
	switch v := v.(type) {
	case *ast.ArrayComprehension:
		w.body(v.Body, s, k, v.Term)
		return container(w.term(v.Term, s, k))
	case *ast.SetComprehension:
		w.body(v.Body, s, k, v.Term)
		return container(w.elements([]*ast.Term{v.Term}, s, k))
	case *ast.ObjectComprehension:
		w.body(v.Body, s, k, v.Key, v.Value)
		w.term(v.Key, s, k).whole(k)
		return container(w.elements([]*ast.Term{v.Value}, s, k))
	}

	return nil
}

func (w *walker) template(t *ast.TemplateString, s *scope, k Kind) {
	for _, part := range t.Parts {
		switch p := part.(type) {
		case *ast.Expr:
			w.expr(p, s.nested(), k|Comprehension)
		case *ast.Term:
			w.term(p, s, k|Comprehension).whole(k)
		}
	}
}

// ref follows a reference from its head.
func (w *walker) ref(r ast.Ref, s *scope, k Kind) *value {
	var v *value
	switch {
	case r[0].Equal(ast.InputRootDocument):
		w.presence(r)
		v = at(w.root)
	case r[0].Equal(ast.DefaultRootDocument):
		return w.data(r, s, k)
	default:
		v = w.term(r[0], s, k)
	}

	for _, key := range r[1:] {
		v = w.index(v, key, s, k)
	}

	return v
}

// index reads value[key].
func (w *walker) index(v *value, key *ast.Term, s *scope, k Kind) *value {
	if names := w.names(key, s, k); names != nil {
		var found *value
		for _, name := range names {
			found = join(found, v.step(name, k))
		}
		return found
	}

	if w.positional(v, key, s) {
		v.each(k | Aggregate)
	}

	w.key(key, v.keys(), s, k)
	return v.each(k)
}

// names are all texts that a term can be, nil where it can be anything else.
func (w *walker) names(t *ast.Term, s *scope, k Kind) []string {
	if s.free(t) {
		return nil
	}
	if v := w.term(t, s, k); v != nil {
		return slices.Sorted(maps.Keys(v.texts))
	}
	return nil
}

// key handles a key that may be a pattern: it is bound to one of the values that
// it can be, or compared with them.
func (w *walker) key(key *ast.Term, of *value, s *scope, k Kind) {
	if s.free(key) {
		w.bind(key, of, s, k)
		return
	}
	w.term(key, s, k).whole(k)
}

// positional: documents are chosen by where they stand, and "the first one" is
// another one when a document is missing. An index that nothing but this very
// reference uses only runs over them.
func (w *walker) positional(v *value, key *ast.Term, s *scope) bool {
	if v == nil {
		return false
	}

	x, isVar := key.Value.(ast.Var)
	for place := range v.places {
		if name, is := w.datasets[place]; is && (!isVar || !s.uses[x].runsOver(name)) {
			return true
		}
	}

	return false
}
