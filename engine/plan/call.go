package plan

import (
	"fmt"
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"
)

// call walks a built-in or a function and returns what it may give. kept: what it
// gives is a value of the rule, so that false is one, too.
func (w *walker) call(terms []*ast.Term, s *scope, k Kind, kept bool) *value {
	op := terms[0].Value.(ast.Ref)
	if op.HasPrefix(ast.DefaultRootRef) {
		return w.callFunction(op, terms[1:], s, k)
	}

	if set := member(terms); set != nil {
		w.memberOf(terms[1:len(terms)-1], set, s, k)
		return other
	}

	b := ast.BuiltinMap[op.String()]
	if b == nil {
		w.widen()
		return other
	}

	args := terms[1:]
	arity := len(b.Decl.FuncArgs().Args)
	result := w.builtin(b, args[:min(arity, len(args))], s, k, kept || len(args) > arity)

	if len(args) > arity {
		w.bind(args[arity], result, s, k)
	}

	return result
}

func (w *walker) memberOf(elements []*ast.Term, set *ast.Term, s *scope, k Kind) {
	var each *value
	if r, isRef := set.Value.(ast.Ref); isRef {
		each = w.ref(element(r), s, k)
	} else {
		each = w.term(set, s, k).each(k)
	}

	each.whole(k)

	for _, t := range elements {
		switch v := w.term(t, s, k); {
		case !constants(set):
			v.whole(k)
		case holdsNull(set):
			v.used(k | Negated)
		}
	}
}

// constants: a set or an array of nothing but constants.
func constants(t *ast.Term) bool {
	switch v := t.Value.(type) {
	case ast.Set:
		return !v.Until(func(t *ast.Term) bool { return !constant(t) })
	case *ast.Array:
		return !v.Until(func(t *ast.Term) bool { return !constant(t) })
	}

	return false
}

// holdsNull: null is among written constants.
func holdsNull(t *ast.Term) bool {
	switch v := t.Value.(type) {
	case ast.Set:
		return v.Until(null)
	case *ast.Array:
		return v.Until(null)
	}

	return false
}

// typeChecks are the built-ins that look at nothing but what kind of value it is.
var typeChecks = map[string]bool{
	ast.IsArray.Name: true, ast.IsBoolean.Name: true, ast.IsNull.Name: true, ast.IsNumber.Name: true,
	ast.IsObject.Name: true, ast.IsSet.Name: true, ast.IsString.Name: true, ast.TypeNameBuiltin.Name: true,
}

var comparisons = map[string]bool{
	ast.Equal.Name: true, ast.NotEqual.Name: true, ast.LessThan.Name: true, ast.LessThanEq.Name: true,
	ast.GreaterThan.Name: true, ast.GreaterThanEq.Name: true,
}

// builtin walks the arguments of a built-in and returns what is known of what it
// gives.
func (w *walker) builtin(b *ast.Builtin, args []*ast.Term, s *scope, k Kind, kept bool) *value {
	switch {
	case b.Name == ast.ObjectGet.Name && len(args) == 3:
		return w.objectGet(args, s, k|Negated)
	case typeChecks[b.Name], comparisons[b.Name] && slices.ContainsFunc(args, constant):
		for _, t := range args {
			if v := w.term(t, s, k); kept || !refusesNull[b.Name] { // null can be what it holds for
				v.used(k | Negated)
			}
		}
		return other

	case b.Name == ast.Count.Name:
		w.term(args[0], s, k).each(k | Aggregate)
		return other
	}

	var given *value
	for _, t := range args {
		v := w.term(t, s, k)
		v.whole(k)
		given = join(given, v)
	}

	switch {
	case b.Name == "array.flatten":
		return join(given, given.each(k))
	case sameParts[b.Name]:
		return given
	case oneOfParts[b.Name]:
		return given.each(k)
	}

	return other
}

// sameParts are the built-ins that give a collection of what they are given: what
// is read below it is read below one of those.
var sameParts = map[string]bool{
	ast.ArrayConcat.Name: true, ast.ArrayReverse.Name: true, ast.ArraySlice.Name: true, ast.Sort.Name: true,
	ast.And.Name: true, ast.Or.Name: true, ast.Minus.Name: true,
	ast.ObjectFilter.Name: true, ast.ObjectRemove.Name: true, ast.ObjectUnion.Name: true, ast.JSONFilter.Name: true, ast.JSONRemove.Name: true, ast.JSONPatch.Name: true,
}

// oneOfParts are those that give a union, or one, of the elements.
var oneOfParts = map[string]bool{
	ast.Intersection.Name: true, ast.Max.Name: true, ast.Min.Name: true, ast.ObjectUnionN.Name: true, ast.Union.Name: true,
}

// objectGet reads a name, or a path of names, that is written in the rule; with
// any other key it may read everything.
func (w *walker) objectGet(args []*ast.Term, s *scope, k Kind) *value {
	v, fallback := w.term(args[0], s, k), w.term(args[2], s, k)
	path, isPath := args[1].Value.(*ast.Array)
	switch {
	case isPath && args[1].IsGround():
		path.Foreach(func(key *ast.Term) { v = w.index(v, key, s, k) })
	case !isPath && (constant(args[1]) || w.names(args[1], s, k) != nil):
		v = w.index(v, args[1], s, k)
	default:
		w.term(args[1], s, k).whole(k)
		v.whole(k)
		return join(fallback, other)
	}

	return join(v, fallback)
}

func (w *walker) callFunction(op ast.Ref, args []*ast.Term, s *scope, k Kind) *value {
	rules := w.compiler.GetRulesExact(op)
	if len(rules) == 0 {
		w.widen()
		return other
	}

	arity := len(rules[0].Head.Args)
	vals := make([]*value, arity)
	for i := range vals {
		vals[i] = w.term(args[i], s, k)
	}

	result := w.function(op, rules, vals, k)

	if len(args) > arity {
		w.bind(args[arity], result, s, k)
	}

	return result
}

// function walks all definitions of a function for given arguments.
func (w *walker) function(op ast.Ref, rules []*ast.Rule, args []*value, k Kind) *value {
	if otherwise(rules) {
		k |= Negated
	}

	key := fmt.Sprint(op, k)
	for _, v := range args {
		key += fmt.Sprint("|", w.signature(v))
	}

	if known, done := w.answers[key]; done {
		return known.value
	}

	w.answers[key] = answer{} // rules do not recur
	var result *value
	for _, r := range rules {
		for ; r != nil; r = r.Else {
			result = join(result, w.define(r, args, k).value)
		}
	}

	w.answers[key] = answer{value: result}
	return result
}
