package evaluator

import "github.com/open-policy-agent/opa/v1/ast"

// valueStep is a step that is called with each value of a term.
type valueStep func(m *machine, f *frame, v *ast.Term) bool

// from is where a ref begins: the value of its head, and what of the ref is left.
func (s *scope) from(r ast.Ref) (value, ast.Ref) {
	switch {
	case r[0].Equal(ast.InputRootDocument):
		return func(m *machine, _ *frame) *ast.Term { return m.input }, r[1:]
	case r[0].Equal(ast.DefaultRootDocument):
		return s.rule(r)
	}

	head := s.value(r[0])
	if head == nil {
		unknown("%v begins with what has no value", r)
	}
	return head, r[1:]
}

// rule is the rule that a ref begins with.
func (s *scope) rule(r ast.Ref) (value, ast.Ref) {
	p := s.group.program
	for n := 2; n <= len(r) && r[:n].IsGround(); n++ {
		if len(p.compiler.GetRulesExact(r[:n])) == 0 {
			continue
		}

		g := p.group(r[:n])
		if g.unknown != nil {
			panic(unknownForm{g.unknown.Error()})
		}
		if g.kind == function {
			unknown("the function %v as a value", r)
		}
		return func(m *machine, _ *frame) *ast.Term { return g.value(m) }, r[n:]
	}

	unknown("%v is no rule", r)
	return nil, nil
}

// ref is a ref of which everything has a value: it has one or none. nil: it may have many.
func (s *scope) ref(r ast.Ref) value {
	for _, part := range r[1:] {
		if _, isFree := s.isFree(part); isFree || s.value(part) == nil {
			return nil
		}
	}

	head, rest := s.from(r)
	if len(rest) == 0 {
		return head
	}

	parts := make([]value, len(rest))
	for i, part := range rest {
		parts[i] = s.value(part)
	}
	if len(parts) == 1 {
		return s.property(head, rest[0], parts[0])
	}

	return func(m *machine, f *frame) *ast.Term {
		v := head(m, f)
		for _, part := range parts {
			if v == nil {
				return nil
			}
			key := part(m, f)
			if key == nil {
				return nil
			}
			v = v.Get(key)
		}
		return v
	}
}

// property is a ref of one part.
func (s *scope) property(of value, name *ast.Term, part value) value {
	if ast.IsConstant(name.Value) {
		return func(m *machine, f *frame) *ast.Term {
			v := of(m, f)
			if v == nil {
				return nil
			}
			return v.Get(name)
		}
	}

	return func(m *machine, f *frame) *ast.Term {
		v := of(m, f)
		if v == nil {
			return nil
		}
		key := part(m, f)
		if key == nil {
			return nil
		}
		return v.Get(key)
	}
}

// generate is a ref that may have many values: each of its variables that has no value yet goes
// over all keys.
func (s *scope) generate(t *ast.Term) func(valueStep) step {
	r, isRef := t.Value.(ast.Ref)
	if !isRef {
		unknown("%v has no value", t)
	}

	head, rest := s.from(r)
	parts := make([]func(valueStep) valueStep, len(rest))
	for i, part := range rest {
		parts[i] = s.part(part)
	}

	return func(end valueStep) step {
		for i := len(parts) - 1; i >= 0; i-- {
			end = parts[i](end)
		}
		return func(m *machine, f *frame) bool {
			v := head(m, f)
			if v == nil {
				return m.err == nil
			}
			return end(m, f, v)
		}
	}
}

// part is one key of a ref: a value, or what stands for all keys.
func (s *scope) part(t *ast.Term) func(valueStep) valueStep {
	if name, isFree := s.isFree(t); isFree {
		at := s.bind(name)
		return func(next valueStep) valueStep { return overKeys(at, next) }
	}

	if key := s.value(t); key != nil {
		return func(next valueStep) valueStep {
			return func(m *machine, f *frame, v *ast.Term) bool {
				k := key(m, f)
				if k == nil {
					return m.err == nil
				}
				if v = v.Get(k); v == nil {
					return true
				}
				return next(m, f, v)
			}
		}
	}

	takes := s.pattern(t)
	return func(next valueStep) valueStep {
		return func(m *machine, f *frame, v *ast.Term) bool {
			return eachOf(v, true, func(k, v *ast.Term) bool {
				return !takes(m, f, k) || next(m, f, v) && m.goesOn()
			})
		}
	}
}

// overKeys goes over all keys of a collection, which are put at a slot.
func overKeys(at int, next valueStep) valueStep {
	return func(m *machine, f *frame, v *ast.Term) bool {
		list, isList := v.Value.(*ast.Array)
		if !isList {
			return eachOf(v, true, func(k, v *ast.Term) bool {
				put(f, at, k)
				return next(m, f, v) && m.goesOn()
			})
		}

		for i := range list.Len() {
			if at >= 0 {
				f.vars[at] = ast.InternedTerm(i)
			}
			if !next(m, f, list.Elem(i)) || !m.goesOn() {
				return false
			}
		}
		return true
	}
}
