package evaluator

import (
	"maps"

	"github.com/open-policy-agent/opa/v1/ast"
)

// scope is what is known while a body is compiled: which variables have a value by then.
type scope struct {
	group *group
	bound map[ast.Var]bool
	uses  map[ast.Var]int
}

// maker makes a step that calls another one.
type maker func(next step) step

// inner is a scope within another one: what gets a value there has none outside.
func (s *scope) inner() *scope {
	return &scope{group: s.group, bound: maps.Clone(s.bound), uses: s.uses}
}

// link chains steps, and puts an end to them.
func link(steps []maker, end step) step {
	for i := len(steps) - 1; i >= 0; i-- {
		end = steps[i](end)
	}
	return end
}

// temp is room for one value that has no name.
func (g *group) temp() int {
	g.vars++
	return g.vars - 1
}

// slot is where a variable is.
func (s *scope) slot(v ast.Var) int {
	at, known := s.group.slots[v]
	if !known {
		at = s.group.temp()
		s.group.slots[v] = at
	}
	return at
}

// isFree reports whether a term is a variable without a value.
func (s *scope) isFree(t *ast.Term) (ast.Var, bool) {
	v, is := t.Value.(ast.Var)
	return v, is && !s.bound[v] && !ast.RootDocumentNames.Contains(t)
}

// bind gives a variable a value from here on, and says where. A variable that nobody else
// names has no room: -1.
func (s *scope) bind(v ast.Var) int {
	if s.uses[v] == 1 {
		return -1
	}
	s.bound[v] = true
	return s.slot(v)
}

func (s *scope) body(body ast.Body) (steps []maker) {
	for _, e := range body {
		steps = append(steps, s.expr(e))
	}
	return steps
}

func (s *scope) expr(e *ast.Expr) maker {
	if len(e.With) > 0 {
		unknown("with")
	}
	if e.Negated {
		return s.not(e)
	}

	switch terms := e.Terms.(type) {
	case *ast.Term:
		return s.statement(terms)
	case *ast.Every:
		return s.every(terms)
	case []*ast.Term:
		if e.IsEquality() {
			return s.unify(terms[1], terms[2])
		}
		return s.call(e)
	}

	unknown("an expression of type %T", e.Terms)
	return nil
}

// statement is a term by itself, such as user.accountEnabled: it holds unless it is false.
func (s *scope) statement(t *ast.Term) maker {
	if v := s.value(t); v != nil {
		return func(next step) step {
			return func(m *machine, f *frame) bool { return !holds(v(m, f)) || next(m, f) }
		}
	}

	each := s.generate(t)
	return func(next step) step {
		return each(func(m *machine, f *frame, v *ast.Term) bool { return !holds(v) || next(m, f) })
	}
}

// found is the end of a chain of which is only asked whether there is a solution.
func found(at int) step {
	return func(_ *machine, f *frame) bool { f.vars[at] = truth; return false }
}

func (s *scope) not(e *ast.Expr) maker {
	positive := *e
	positive.Negated = false
	at := s.group.temp()
	asked := link([]maker{s.inner().expr(&positive)}, found(at))

	return func(next step) step {
		return func(m *machine, f *frame) bool {
			f.vars[at] = nil
			asked(m, f)
			if m.err != nil {
				return false
			}
			return f.vars[at] != nil || next(m, f)
		}
	}
}

func (s *scope) every(e *ast.Every) maker {
	domain := s.must(e.Domain)
	within := s.inner()
	key, val := -1, -1
	if e.Key != nil {
		key = within.bindTerm(e.Key)
	}
	val = within.bindTerm(e.Value)

	at := s.group.temp()
	body := link(within.body(e.Body), found(at))
	isKept := func(m *machine, f *frame, k, v *ast.Term) bool {
		put(f, key, k)
		put(f, val, v)
		f.vars[at] = nil
		body(m, f)
		return m.goesOn() && f.vars[at] != nil
	}

	return func(next step) step {
		return func(m *machine, f *frame) bool {
			of := domain(m, f)
			if of == nil || !isCollection(of) {
				return true
			}

			all := eachOf(of, key >= 0, func(k, v *ast.Term) bool { return isKept(m, f, k, v) })
			if m.err != nil {
				return false
			}
			return !all || next(m, f)
		}
	}
}

// bindTerm binds a term that can only be a variable.
func (s *scope) bindTerm(t *ast.Term) int {
	v, isFree := s.isFree(t)
	if !isFree {
		unknown("every over %v", t)
	}
	return s.bind(v)
}

// put keeps a value, unless nobody asks for it.
func put(f *frame, at int, t *ast.Term) {
	if at >= 0 {
		f.vars[at] = t
	}
}

func isCollection(t *ast.Term) bool {
	switch t.Value.(type) {
	case *ast.Array, ast.Object, ast.Set:
		return true
	}
	return false
}

// eachOf calls do for keys and values of a collection, until it returns false, and reports
// whether it never did. Positions of a list are made only if they are asked for.
func eachOf(of *ast.Term, keys bool, do func(k, v *ast.Term) bool) bool {
	switch v := of.Value.(type) {
	case *ast.Array:
		var k *ast.Term
		for i := range v.Len() {
			if keys {
				k = ast.InternedTerm(i)
			}
			if !do(k, v.Elem(i)) {
				return false
			}
		}

	case ast.Set:
		for _, e := range v.Slice() {
			if !do(e, e) {
				return false
			}
		}

	case ast.Object:
		return !v.Until(func(k, v *ast.Term) bool { return !do(k, v) })
	}

	return true
}
