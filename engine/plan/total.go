package plan

import "github.com/open-policy-agent/opa/v1/ast"

// totality finds the part of a rule that only makes values: whether it holds does
// not depend on what the values are made of. It may still be undefined where a
// document lacks a property, as a plain read is: an entry gets lost then, none is
// made up.
//
// Example: of
//
//	found := strangers(assignment)
//	count(found) > 0
//	entry := {"message": sprintf("%s is held", [role_name(assignment)])}
//
// the last line only makes words, if role_name ends in an else that always holds.
type totality struct{ compiler *ast.Compiler }

// decided is a body without the expressions at its end that only make values.
func (t totality) decided(body ast.Body) ast.Body {
	n := len(body)
	for n > 1 && t.expression(body[n-1], varsOf(body[:n-1])) {
		n--
	}
	return body[:n]
}

// varsOf are the variables of some expressions, with those of a function's head.
func varsOf(body ast.Body, head ...*ast.Term) ast.VarSet {
	vars := ast.NewVarSet()
	collect := func(v ast.Var) bool { vars.Add(v); return false }
	ast.WalkVars(body, collect)

	for _, t := range head {
		ast.WalkVars(t, collect)
	}

	return vars
}

// expression reports whether an expression only gives a new variable its value;
// bound are those that have one. A call whose last argument is new gives it the
// call's value: an argument of the call itself would have one.
func (t totality) expression(e *ast.Expr, bound ast.VarSet) bool {
	if e.Negated || len(e.With) > 0 {
		return false
	}

	if !e.IsCall() {
		term, isTerm := e.Terms.(*ast.Term)
		return isTerm && term.Equal(ast.BooleanTerm(true))
	}

	if e.IsEquality() {
		return isNew(e.Operand(0), bound) && plainTerm(e.Operand(1))
	}

	arguments := e.Operands()
	if len(arguments) == 0 || !isNew(arguments[len(arguments)-1], bound) {
		return false
	}

	if _, isBuiltin := ast.BuiltinMap[e.Operator().String()]; isBuiltin {
		return true // it has a value, or is an error
	}

	return t.function(t.compiler.GetRulesExact(e.Operator()))
}

// isNew reports whether a term is a variable without a value so far: given one that
// has a value, an equation is a question.
func isNew(t *ast.Term, bound ast.VarSet) bool {
	v, isVar := t.Value.(ast.Var)
	return isVar && !bound.Contains(v)
}

// function reports whether a function has a value whatever its arguments are: one
// of its definitions, or the last else of one, only makes values.
func (t totality) function(rules []*ast.Rule) bool {
	for _, r := range rules {
		if !patternless(r) {
			continue
		}
		for r.Else != nil {
			r = r.Else
		}
		if t.makes(r) {
			return true
		}
	}

	return false
}

// makes reports whether a definition's body only makes values.
func (t totality) makes(r *ast.Rule) bool {
	for i, e := range r.Body {
		if !t.expression(e, varsOf(r.Body[:i], r.Head.Args...)) {
			return false
		}
	}
	return true
}

// patternless: any arguments match.
func patternless(r *ast.Rule) bool {
	seen := map[ast.Var]bool{}
	for _, a := range r.Head.Args {
		v, isVar := a.Value.(ast.Var)
		if !isVar || seen[v] {
			return false
		}
		seen[v] = true
	}

	return true
}

// plainTerm reports whether a term has a value but where a document lacks a
// property. A rule may be undefined for another reason. Rules that a call is given,
// or that an object, an array or a set is made of, need no look: the compiler has
// bound them to a variable before.
func plainTerm(t *ast.Term) bool {
	ref, isRef := t.Value.(ast.Ref)
	return !isRef || !ref[0].Equal(ast.DefaultRootDocument)
}
