package evaluator

import "github.com/open-policy-agent/opa/v1/ast"

// pattern takes a value that is of its form, and gives its variables theirs.
type pattern func(m *machine, f *frame, v *ast.Term) bool

// unify is a = b: what has a value on both sides is compared, and a variable that has none
// gets it.
func (s *scope) unify(a, b *ast.Term) maker {
	left, right := s.value(a), s.value(b)
	switch {
	case left != nil && right != nil:
		return s.same(left, right)
	case left != nil:
		return s.give(b, left)
	case right != nil:
		return s.give(a, right)
	}

	x, isList := a.Value.(*ast.Array)
	y, alsoList := b.Value.(*ast.Array)
	if isList && alsoList {
		return s.pairwise(x, y)
	}

	if _, isRef := a.Value.(ast.Ref); !isRef {
		a, b = b, a
	}
	return s.generated(a, b)
}

// same compares two values.
func (s *scope) same(a, b value) maker {
	return func(next step) step {
		return func(m *machine, f *frame) bool {
			x := a(m, f)
			if x == nil {
				return m.err == nil
			}
			y := b(m, f)
			if y == nil {
				return m.err == nil
			}
			return !equal(x, y) || next(m, f)
		}
	}
}

// give gives a value to a term that has none yet.
func (s *scope) give(to *ast.Term, v value) maker {
	if _, isRef := to.Value.(ast.Ref); isRef {
		at := s.group.temp()
		each := s.generate(to)
		return func(next step) step {
			then := each(func(m *machine, f *frame, got *ast.Term) bool {
				return !equal(f.vars[at], got) || next(m, f)
			})
			return func(m *machine, f *frame) bool {
				if f.vars[at] = v(m, f); f.vars[at] == nil {
					return m.err == nil
				}
				return then(m, f)
			}
		}
	}

	if name, isFree := s.isFree(to); isFree {
		at := s.bind(name)
		return func(next step) step {
			return func(m *machine, f *frame) bool {
				got := v(m, f)
				if got == nil {
					return m.err == nil
				}
				put(f, at, got)
				return next(m, f)
			}
		}
	}

	takes := s.pattern(to)
	return func(next step) step {
		return func(m *machine, f *frame) bool {
			got := v(m, f)
			return (got == nil || !takes(m, f, got) || next(m, f)) && m.err == nil
		}
	}
}

// generated is from = to where from has many values.
func (s *scope) generated(from, to *ast.Term) maker {
	each := s.generate(from)
	if v := s.value(to); v != nil {
		return func(next step) step {
			return each(func(m *machine, f *frame, got *ast.Term) bool {
				want := v(m, f)
				return want == nil || !equal(want, got) || next(m, f)
			})
		}
	}

	if _, isRef := to.Value.(ast.Ref); isRef {
		unknown("%v = %v, both with many values", from, to)
	}

	takes := s.pattern(to)
	return func(next step) step {
		return each(func(m *machine, f *frame, got *ast.Term) bool {
			return !takes(m, f, got) || next(m, f)
		})
	}
}

// pairwise unifies two lists, each of which has variables without a value.
func (s *scope) pairwise(a, b *ast.Array) maker {
	if a.Len() != b.Len() {
		return func(step) step { return func(*machine, *frame) bool { return true } }
	}

	var steps []maker
	for i := range a.Len() {
		steps = append(steps, s.unify(a.Elem(i), b.Elem(i)))
	}
	return func(next step) step { return link(steps, next) }
}

// pattern is a term as a form of values: a variable, a list of forms, or a value itself.
func (s *scope) pattern(t *ast.Term) pattern {
	if name, isFree := s.isFree(t); isFree {
		at := s.bind(name)
		return func(_ *machine, f *frame, v *ast.Term) bool { put(f, at, v); return true }
	}

	if known := s.value(t); known != nil {
		return func(m *machine, f *frame, v *ast.Term) bool {
			want := known(m, f)
			return want != nil && equal(want, v)
		}
	}

	list, isList := t.Value.(*ast.Array)
	if !isList {
		unknown("%v as a form", t)
	}

	var forms []pattern
	list.Foreach(func(e *ast.Term) { forms = append(forms, s.pattern(e)) })
	return func(m *machine, f *frame, v *ast.Term) bool {
		of, is := v.Value.(*ast.Array)
		if !is || of.Len() != len(forms) {
			return false
		}
		for i, takes := range forms {
			if !takes(m, f, of.Elem(i)) {
				return false
			}
		}
		return true
	}
}
