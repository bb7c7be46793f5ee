package plan

import (
	"maps"
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"
)

// walker interprets the rules behind one set. Where OPA would compute with values
// it computes with origins: each local, each rule and each parameter stands for
// the places in the input that its value may come from. Every place that is looked
// at gets a mark in the tree below root, and those marks are the plan.
//
// Most methods take a Kind, k: what the term that they walk is used for. The
// statements of a rule that decides are walked with 0, those under a not with
// Negated, and all that they read gets that mark.
//
// OPA orders the statements of a body so that a variable has a value before it is
// used, so one walk through a body is enough. Rules do not recur, so it ends.
type walker struct {
	compiler *ast.Compiler

	// What is found out: the marks, and the files with rules that were walked.
	root  *Field
	files map[string]bool

	// datasets are the places of datasets, which are arrays of documents, with
	// their full names; "" where the name is computed, as in input.entra[name].
	datasets map[*Field]string
	// presence are the datasets that a rule could see the presence of, since it
	// refers to their area, or to the input, by itself: "not input.azure".
	presence map[string]bool

	// summaries are what rules and functions give, by what they were walked for.
	summaries  map[string]summary
	signatures *signatures
	// steps is how many statements have been walked.
	steps int
}

// maxSteps bounds the walk: a function is walked for every kind of argument.
// The built-in controls take some hundred steps.
const maxSteps = 50_000

// widen gives up: everything may be read, in every way. Such a plan is right for
// any control; it asks for more evidence than one may need.
func (w *walker) widen() {
	w.root.Whole |= Plain | Negated | Every | Comprehension | Aggregate
	for file := range w.compiler.Modules {
		w.files[file] = true
	}
}

// scope holds the variables of a body; a nested body sees those around it.
type scope struct {
	vars   map[ast.Var]*origin
	parent *scope
	uses   map[ast.Var]use // of the rule that the body is in
}

func (s *scope) nested() *scope {
	return &scope{vars: map[ast.Var]*origin{}, parent: s, uses: s.uses}
}

func (s *scope) lookup(v ast.Var) (*origin, bool) {
	for ; s != nil; s = s.parent {
		if o, bound := s.vars[v]; bound {
			return o, true
		}
	}
	return nil, false
}

// set gives a free variable its value, and reports whether it was free. A wildcard
// always is.
func (s *scope) set(v ast.Var, o *origin) bool {
	if v.IsWildcard() {
		return true
	}
	if _, bound := s.lookup(v); bound {
		return false
	}

	s.vars[v] = o
	return true
}

// isFree reports whether a term has a variable that has no value yet.
func (s *scope) isFree(t *ast.Term) bool {
	switch v := t.Value.(type) {
	case ast.Var:
		_, bound := s.lookup(v)
		return !bound
	case *ast.Array:
		return v.Until(s.isFree)
	case ast.Object:
		return v.Until(func(_, t *ast.Term) bool { return s.isFree(t) })
	}

	return false
}

// body walks a body; head are the terms outside it that share its locals.
func (w *walker) body(b ast.Body, s *scope, k Kind, head ...*ast.Term) {
	searched := onlySearched(b, head)
	for _, e := range b {
		w.steps++
		if w.steps > maxSteps || len(e.With) > 0 {
			w.widen()
			return
		}

		if local, ref, ok := assignment(e); ok && searched[local] && s.isFree(e.Operand(0)) {
			s.set(local, collectionOf(w.ref(someElement(ref), s, k)))
			continue
		}

		w.expr(e, s, k)
	}
}

// onlySearched finds the locals of a body that hold a collection in which a value
// is searched, and nothing else. The compiler turns "x in data.p.admins" into
//
//	__local1__ = data.p.admins
//	internal.member_2(x, __local1__)
//
// which reads some element of data.p.admins: with fewer admins it can only stop to
// hold. That the local has the collection as a whole must not count, since whoever
// has a whole collection could count it.
func onlySearched(b ast.Body, head []*ast.Term) map[ast.Var]bool {
	searched := map[ast.Var]bool{}
	var occurrences map[ast.Var]int
	for _, e := range b {
		terms, isCall := e.Terms.([]*ast.Term)
		if !isCall || e.Negated || searchedIn(terms) == nil {
			continue
		}

		if occurrences == nil {
			occurrences = countVars(b, head)
		}

		if v, isVar := searchedIn(terms).Value.(ast.Var); isVar && occurrences[v] == 2 {
			searched[v] = true
		}
	}

	return searched
}

// searchedIn is the collection of "x in collection" or "k, x in collection", nil
// for any other call, and where the answer gets a name and could be false.
func searchedIn(call []*ast.Term) *ast.Term {
	switch operator := call[0].Value.String(); {
	case operator == ast.Member.Name && len(call) == 3, operator == ast.MemberWithKey.Name && len(call) == 4:
		return call[len(call)-1]
	}
	return nil
}

// someElement is the reference r[_].
func someElement(r ast.Ref) ast.Ref {
	return r.Append(ast.VarTerm(ast.WildcardPrefix + "element"))
}

// countVars says how often each variable occurs in a body and its head.
func countVars(b ast.Body, head []*ast.Term) map[ast.Var]int {
	occurrences := map[ast.Var]int{}
	count := func(v ast.Var) bool { occurrences[v]++; return false }
	ast.WalkVars(b, count)

	for _, t := range head {
		if t != nil {
			ast.WalkVars(t, count)
		}
	}

	return occurrences
}

// assignment takes "local = reference" apart.
func assignment(e *ast.Expr) (ast.Var, ast.Ref, bool) {
	if !e.IsEquality() || e.Negated || len(e.With) > 0 {
		return "", nil, false
	}

	v, isVar := e.Operand(0).Value.(ast.Var)
	r, isRef := e.Operand(1).Value.(ast.Ref)
	return v, r, isVar && isRef
}

// expr walks one statement.
func (w *walker) expr(e *ast.Expr, s *scope, k Kind) {
	if e.Negated {
		s, k = s.nested(), k|Negated
	}

	switch terms := e.Terms.(type) {
	case *ast.Term:
		w.term(terms, s, k).markTested(k | Negated) // "u.name" holds for null, too
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
		w.bind(terms.Value, domain.anyElement(k|Every), inner, k)
		w.body(terms.Body, inner, k|Every, terms.Key, terms.Value)

	default: // a statement of a later OPA
		w.widen()
	}
}

// unify is "a = b": it gives free variables their values and compares the rest.
func (w *walker) unify(a, b *ast.Term, s *scope, k Kind) {
	x, isX := a.Value.(*ast.Array)
	y, isY := b.Value.(*ast.Array)
	switch {
	case isX && isY && x.Len() == y.Len():
		for i := range x.Len() {
			w.unify(x.Elem(i), y.Elem(i), s, k)
		}

	case s.isFree(a) && s.isFree(b):
		w.widen() // two unknowns: the compiler's order does not let this happen
	case s.isFree(a):
		w.bind(a, w.term(b, s, k), s, k)

	case isScalar(a):
		if o := w.term(b, s, k); isNull(a) {
			o.markTested(k | Negated)
		}

	default:
		w.bind(b, w.term(a, s, k), s, k)
	}
}

// bind matches a value with a pattern: free variables get their part of it, and
// the rest is compared. A pattern may be nil.
func (w *walker) bind(pattern *ast.Term, o *origin, s *scope, k Kind) {
	if pattern == nil {
		return
	}

	switch p := pattern.Value.(type) {
	case ast.Var:
		if s.set(p, o) {
			return
		}

	case *ast.Array: // matches an array of just this length
		o.anyElement(k | Aggregate)
		p.Foreach(func(t *ast.Term) { w.bind(t, o.anyElement(k), s, k) })
		return

	case ast.Object: // matches an object with just these properties
		o.markWhole(k)
		p.Foreach(func(key, t *ast.Term) { w.bind(t, w.index(o, key, s, k), s, k) })
		return
	}

	switch compared := w.term(pattern, s, k); {
	case isNull(pattern):
		o.markTested(k | Negated)
	case !isScalar(pattern):
		o.markWhole(k)
		compared.markWhole(k)
	}
}

// isScalar: what is compared with a scalar need not be looked into, as what is
// compared with a written array or object.
func isScalar(t *ast.Term) bool { return ast.IsScalar(t.Value) }

func isNull(t *ast.Term) bool { return t.Value == ast.NullValue }

// term walks a term and returns where its value may come from.
func (w *walker) term(t *ast.Term, s *scope, k Kind) *origin {
	if t == nil {
		return nil
	}

	switch v := t.Value.(type) {
	case ast.Var:
		o, bound := s.lookup(v)
		if !bound {
			return computed
		}
		o.markTested(k) // it was read elsewhere, maybe outside of this negation
		return o

	case ast.Ref:
		return w.ref(v, s, k)
	case ast.Call:
		return w.call(v, s, k, true)

	case *ast.Array:
		var elements *origin
		v.Foreach(func(t *ast.Term) { elements = join(elements, w.term(t, s, k)) })
		return collectionOf(elements)

	case ast.Set:
		return collectionOf(w.distinct(v.Slice(), s, k))
	case ast.Object:
		return w.object(v, s, k)
	case *ast.ArrayComprehension, *ast.SetComprehension, *ast.ObjectComprehension:
		return w.comprehension(v, s.nested(), k|Comprehension)
	case *ast.TemplateString:
		w.template(v, s, k)
	case ast.String:
		return literal(string(v))
	case ast.Null, ast.Boolean, ast.Number:
	default: // a term of a later OPA
		w.widen()
	}

	return computed
}

// object walks an object that a rule writes out.
func (w *walker) object(object ast.Object, s *scope, k Kind) *origin {
	o := &origin{properties: map[string]*origin{}}
	object.Foreach(func(key, t *ast.Term) {
		w.term(key, s, k).markWhole(k)
		property := w.term(t, s, k)
		o.elements = join(o.elements, property)

		if name, isText := key.Value.(ast.String); isText && o.properties != nil {
			o.properties[string(name)] = property
		} else {
			o.properties = nil // a computed key can be any name
		}
	})

	if o.properties == nil {
		return collectionOf(o.elements)
	}

	return o
}

// distinct walks terms that become elements of a set, or keys, or values of a
// rule: all that is in them tells them apart.
func (w *walker) distinct(terms []*ast.Term, s *scope, k Kind) (all *origin) {
	for _, t := range terms {
		o := w.term(t, s, k)
		o.markWhole(k)
		all = join(all, o)
	}
	return all
}

func (w *walker) comprehension(v ast.Value, s *scope, k Kind) *origin {
	switch v := v.(type) {
	case *ast.ArrayComprehension:
		w.body(v.Body, s, k, v.Term)
		return collectionOf(w.term(v.Term, s, k))
	case *ast.SetComprehension:
		w.body(v.Body, s, k, v.Term)
		return collectionOf(w.distinct([]*ast.Term{v.Term}, s, k))
	case *ast.ObjectComprehension:
		w.body(v.Body, s, k, v.Key, v.Value)
		w.term(v.Key, s, k).markWhole(k)
		return collectionOf(w.distinct([]*ast.Term{v.Value}, s, k))
	}

	return nil
}

// template walks $"a text with {parts}". An undefined part is printed as such, so
// that its absence can be seen.
func (w *walker) template(t *ast.TemplateString, s *scope, k Kind) {
	for _, part := range t.Parts {
		switch p := part.(type) {
		case *ast.Expr:
			w.expr(p, s.nested(), k|Comprehension)
		case *ast.Term:
			w.term(p, s, k|Comprehension).markWhole(k)
		}
	}
}

// ref follows a reference from its head: input.entra.users[i].name, x.name, or one
// to rules.
func (w *walker) ref(r ast.Ref, s *scope, k Kind) *origin {
	var o *origin
	switch {
	case r[0].Equal(ast.InputRootDocument):
		w.notePresence(r)
		o = originAt(w.root)
	case r[0].Equal(ast.DefaultRootDocument):
		return w.rules(r, s, k)
	default:
		o = w.term(r[0], s, k)
	}

	for _, key := range r[1:] {
		o = w.index(o, key, s, k)
	}

	return o
}

// index reads collection[key]. A key that can only be one of some strings reads
// these properties, any other key any element.
func (w *walker) index(collection *origin, key *ast.Term, s *scope, k Kind) *origin {
	if names := w.names(key, s, k); names != nil {
		var found *origin
		for _, name := range names {
			found = join(found, collection.property(name, k))
		}
		return found
	}

	if w.isPosition(collection, key, s) {
		collection.anyElement(k | Aggregate)
	}

	w.key(key, collection.keys(), s, k)
	return collection.anyElement(k)
}

// names are all strings that a term can be, nil where it can be anything else.
func (w *walker) names(t *ast.Term, s *scope, k Kind) []string {
	if s.isFree(t) {
		return nil
	}
	if o := w.term(t, s, k); o != nil {
		return slices.Sorted(maps.Keys(o.literals))
	}
	return nil
}

// key walks the key of an element. A pattern gets the keys that there may be; any
// other key is compared with them.
func (w *walker) key(key *ast.Term, keys *origin, s *scope, k Kind) {
	if s.isFree(key) {
		w.bind(key, keys, s, k)
		return
	}
	w.term(key, s, k).markWhole(k)
}

// isPosition reports whether a key chooses a document by where it stands. The
// first document is another one when a document before it is missing. An index
// that is used nowhere else only runs over the documents, and chooses none.
func (w *walker) isPosition(collection *origin, key *ast.Term, s *scope) bool {
	if collection == nil {
		return false
	}

	index, isVar := key.Value.(ast.Var)
	for place := range collection.places {
		if name, isDataset := w.datasets[place]; isDataset && (!isVar || !s.uses[index].runsOver(name)) {
			return true
		}
	}

	return false
}
