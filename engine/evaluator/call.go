package evaluator

import (
	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/topdown"
)

// call is a call of a function, whose output, if it has a name, is its last operand:
//
//	lower(__local1__, __local2__)
func (s *scope) call(e *ast.Expr) maker {
	op, operands := e.Operator(), e.Operands()
	call, n := s.callee(op)
	if n > len(operands) || n+1 < len(operands) {
		unknown("%v has %d operands", op, len(operands))
	}

	args := make([]value, n)
	for i := range args {
		args[i] = s.must(operands[i])
	}
	result := func(m *machine, f *frame) *ast.Term {
		before := len(m.stack)
		for _, arg := range args {
			v := arg(m, f)
			if v == nil {
				m.stack = m.stack[:before]
				return nil
			}
			m.stack = append(m.stack, v)
		}

		out := call(m, m.stack[before:len(m.stack):len(m.stack)])
		m.stack = m.stack[:before]
		return out
	}

	if len(operands) > n {
		if out := s.value(operands[n]); out != nil {
			return s.same(result, out)
		}
		return s.give(operands[n], result)
	}

	return func(next step) step {
		return func(m *machine, f *frame) bool {
			return (!holds(result(m, f)) || next(m, f)) && m.err == nil
		}
	}
}

// callee is a function, and how many arguments it has.
func (s *scope) callee(op ast.Ref) (call func(*machine, []*ast.Term) *ast.Term, args int) {
	if !op.HasPrefix(ast.DefaultRootRef) {
		name := op.String()
		s.group.isDear = s.group.isDear || shortcuts[name] == nil && name != ast.Sprintf.Name
		return builtin(name)
	}

	g := s.group.program.group(op)
	if g.unknown != nil {
		panic(unknownForm{g.unknown.Error()})
	}
	if g.kind != function {
		unknown("%v is called", op)
	}

	s.group.isDear = s.group.isDear || g.isDear
	return g.call, len(g.program.compiler.GetRulesExact(op)[0].Head.Args)
}

// texts are arguments of a function, all of which are texts.
type texts [2]string

// call is what a function gives for some arguments. Functions that take texts apart, such as
//
//	region(location) := lower(replace(location, " ", ""))
//
// are asked for few texts by many documents: what they gave is kept.
func (g *group) call(m *machine, args []*ast.Term) *ast.Term {
	f := m.frame(g)
	if !g.isDear || len(args) > len(texts{}) {
		return g.evaluate(m, f, args)
	}

	var key texts
	for i, arg := range args {
		text, isText := arg.Value.(ast.String)
		if !isText {
			return g.evaluate(m, f, args)
		}
		key[i] = string(text)
	}

	v, isKnown := f.calls[key]
	if !isKnown {
		if v = g.evaluate(m, f, args); m.err != nil {
			return nil
		}
		if f.calls == nil {
			f.calls = map[texts]*ast.Term{}
		}
		f.calls[key] = v
	}
	return v
}

// builtin is a built-in function, as topdown has it, or a shorter way to the same.
func builtin(name string) (call func(*machine, []*ast.Term) *ast.Term, args int) {
	declared, f := ast.BuiltinMap[name], topdown.GetBuiltin(name)
	isFunction := declared != nil && f != nil && declared.Decl.Result() != nil
	if !isFunction || declared.Relation || declared.Nondeterministic {
		unknown("the built-in %s", name)
	}

	slow := func(m *machine, args []*ast.Term) *ast.Term {
		m.output = nil
		if err := f(m.builtins, args, m.take); err != nil {
			m.fail(err)
			return nil
		}
		return m.output
	}

	quick := shortcuts[name]
	if quick == nil {
		return slow, declared.Decl.Arity()
	}
	return func(m *machine, args []*ast.Term) *ast.Term {
		if out := quick(args); out != nil {
			return out
		}
		return slow(m, args)
	}, declared.Decl.Arity()
}
