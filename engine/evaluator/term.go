package evaluator

import (
	"github.com/open-policy-agent/opa/v1/ast"
)

// must is a term that has a value by now.
func (s *scope) must(t *ast.Term) value {
	v := s.value(t)
	if v == nil {
		unknown("%v has no value", t)
	}
	return v
}

// value is a term that has one value, or none, by now; nil: some variable of it has none yet.
func (s *scope) value(t *ast.Term) value {
	if ast.IsConstant(t.Value) {
		return func(*machine, *frame) *ast.Term { return t }
	}

	switch v := t.Value.(type) {
	case ast.Var:
		if !s.bound[v] {
			return nil
		}
		at := s.slot(v)
		return func(_ *machine, f *frame) *ast.Term { return f.vars[at] }
	case ast.Ref:
		return s.ref(v)
	case *ast.Array:
		return s.list(v)
	case ast.Object:
		return s.object(v)
	case ast.Set:
		return s.set(v)
	case *ast.ArrayComprehension, *ast.SetComprehension, *ast.ObjectComprehension:
		return s.comprehension(t)
	}

	unknown("a term of type %T", t.Value)
	return nil
}

// all are terms that have a value by now; nil: one has none.
func (s *scope) all(terms []*ast.Term) []value {
	values := make([]value, len(terms))
	for i, t := range terms {
		if values[i] = s.value(t); values[i] == nil {
			return nil
		}
	}
	return values
}

// evaluated are the values of all, nil where one is not defined.
func evaluated(m *machine, f *frame, all []value) []*ast.Term {
	terms := make([]*ast.Term, len(all))
	for i, v := range all {
		if terms[i] = v(m, f); terms[i] == nil {
			return nil
		}
	}
	return terms
}

func (s *scope) list(a *ast.Array) value {
	var terms []*ast.Term
	a.Foreach(func(t *ast.Term) { terms = append(terms, t) })
	all := s.all(terms)
	if all == nil {
		return nil
	}

	return func(m *machine, f *frame) *ast.Term {
		if terms := evaluated(m, f, all); terms != nil {
			return ast.ArrayTerm(terms...)
		}
		return nil
	}
}

func (s *scope) set(of ast.Set) value {
	all := s.all(of.Slice())
	if all == nil {
		return nil
	}

	return func(m *machine, f *frame) *ast.Term {
		if terms := evaluated(m, f, all); terms != nil {
			return ast.SetTerm(terms...)
		}
		return nil
	}
}

func (s *scope) object(o ast.Object) value {
	var terms []*ast.Term
	o.Foreach(func(k, v *ast.Term) { terms = append(terms, k, v) })
	all := s.all(terms)
	if all == nil {
		return nil
	}

	return func(m *machine, f *frame) *ast.Term {
		terms := evaluated(m, f, all)
		if terms == nil {
			return nil
		}

		made := ast.ObjectTerm()
		for i := 0; i < len(terms); i += 2 {
			if !insert(m, made, terms[i], terms[i+1]) {
				return nil
			}
		}
		return made
	}
}
