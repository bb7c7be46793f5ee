package plan

import (
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"
)

// call walks a call of a built-in or a function and returns where the result may
// come from. call[0] is the operator, the arguments follow; where there is one
// more than the operator takes, the compiler has put a pattern for the result
// there: count(xs, __local1__).
//
// kept: the result is used as a value, so that false is one, too. A statement by
// itself, as in "is_string(u.name)", holds for true alone.
func (w *walker) call(call []*ast.Term, s *scope, k Kind, kept bool) *origin {
	operator, args := call[0].Value.(ast.Ref), call[1:]
	if operator.HasPrefix(ast.DefaultRootRef) {
		return w.functionCall(operator, args, s, k)
	}

	if collection := searchedIn(call); collection != nil {
		w.search(args[:len(args)-1], collection, s, k)
		return computed
	}

	b := ast.BuiltinMap[operator.String()]
	if b == nil {
		w.widen()
		return computed
	}

	arity := len(b.Decl.FuncArgs().Args)
	result := w.builtin(b, args[:min(arity, len(args))], s, k, kept || len(args) > arity)

	if len(args) > arity {
		w.bind(args[arity], result, s, k)
	}

	return result
}

func (w *walker) functionCall(name ast.Ref, args []*ast.Term, s *scope, k Kind) *origin {
	rules := w.compiler.GetRulesExact(name)
	if len(rules) == 0 {
		w.widen()
		return computed
	}

	arity := len(rules[0].Head.Args)
	origins := make([]*origin, arity)
	for i := range origins {
		origins[i] = w.term(args[i], s, k)
	}

	result := w.function(name, rules, origins, k)

	if len(args) > arity {
		w.bind(args[arity], result, s, k)
	}

	return result
}

// search walks "x in collection" and "k, x in collection": keys and values are
// compared with the collection's. If it holds nothing but written constants, what
// is searched need not be looked into.
func (w *walker) search(searched []*ast.Term, collection *ast.Term, s *scope, k Kind) {
	var element *origin
	if r, isRef := collection.Value.(ast.Ref); isRef {
		element = w.ref(someElement(r), s, k)
	} else {
		element = w.term(collection, s, k).anyElement(k)
	}
	element.markWhole(k)

	constants, isConstant := scalars(collection)
	for _, t := range searched {
		switch o := w.term(t, s, k); {
		case !isConstant:
			o.markWhole(k)
		case slices.ContainsFunc(constants, isNull):
			o.markTested(k | Negated)
		}
	}
}

// scalars are the elements of a written set or array that holds nothing but
// scalars.
func scalars(t *ast.Term) (all []*ast.Term, isConstant bool) {
	switch v := t.Value.(type) {
	case ast.Set:
		all = v.Slice()
	case *ast.Array:
		v.Foreach(func(t *ast.Term) { all = append(all, t) })
	default:
		return nil, false
	}

	return all, !slices.ContainsFunc(all, func(t *ast.Term) bool { return !isScalar(t) })
}

// typeChecks are the built-ins that look at nothing but the type of a value.
var typeChecks = map[string]bool{
	ast.IsArray.Name: true, ast.IsBoolean.Name: true, ast.IsNull.Name: true, ast.IsNumber.Name: true,
	ast.IsObject.Name: true, ast.IsSet.Name: true, ast.IsString.Name: true, ast.TypeNameBuiltin.Name: true,
}

// comparisons look at no more than a type and a scalar, if one side is a scalar.
var comparisons = map[string]bool{
	ast.Equal.Name: true, ast.NotEqual.Name: true, ast.LessThan.Name: true, ast.LessThanEq.Name: true,
	ast.GreaterThan.Name: true, ast.GreaterThanEq.Name: true,
}

// builtin walks the arguments of a built-in and returns where its result may come
// from. Most look at everything that they are given, and give something new.
func (w *walker) builtin(b *ast.Builtin, args []*ast.Term, s *scope, k Kind, kept bool) *origin {
	switch {
	case b.Name == ast.ObjectGet.Name && len(args) == 3:
		return w.objectGet(args, s, k|Negated)

	case typeChecks[b.Name], comparisons[b.Name] && slices.ContainsFunc(args, isScalar):
		for _, t := range args {
			if o := w.term(t, s, k); kept || !refusesNull[b.Name] {
				o.markTested(k | Negated) // null < 1 holds, as is_string(null) == false does
			}
		}
		return computed

	case b.Name == ast.Count.Name:
		w.term(args[0], s, k).anyElement(k | Aggregate)
		return computed
	}

	var given *origin
	for _, t := range args {
		o := w.term(t, s, k)
		o.markWhole(k)
		given = join(given, o)
	}

	switch {
	case b.Name == "array.flatten":
		return join(given, given.anyElement(k))
	case keepsElements[b.Name]:
		return given
	case givesElements[b.Name]:
		return given.anyElement(k)
	}

	return computed
}

// keepsElements are the built-ins whose result is a collection with elements of
// the ones that they are given.
var keepsElements = map[string]bool{
	ast.ArrayConcat.Name: true, ast.ArrayReverse.Name: true, ast.ArraySlice.Name: true, ast.Sort.Name: true,
	ast.And.Name: true, ast.Or.Name: true, ast.Minus.Name: true,
	ast.ObjectFilter.Name: true, ast.ObjectRemove.Name: true, ast.ObjectUnion.Name: true,
	ast.JSONFilter.Name: true, ast.JSONRemove.Name: true, ast.JSONPatch.Name: true,
}

// givesElements are those whose result is an element of what they are given, or a
// union of elements.
var givesElements = map[string]bool{
	ast.Max.Name: true, ast.Min.Name: true,
	ast.Intersection.Name: true, ast.ObjectUnionN.Name: true, ast.Union.Name: true,
}

// objectGet walks object.get(object, key, fallback). A constant key, or a path of
// them, reads just that; any other key may read everything.
func (w *walker) objectGet(args []*ast.Term, s *scope, k Kind) *origin {
	object, fallback, key := w.term(args[0], s, k), w.term(args[2], s, k), args[1]
	path, isPath := key.Value.(*ast.Array)
	switch {
	case isPath && key.IsGround():
		path.Foreach(func(step *ast.Term) { object = w.index(object, step, s, k) })
		return join(object, fallback)
	case !isPath && (isScalar(key) || w.names(key, s, k) != nil):
		return join(w.index(object, key, s, k), fallback)
	}

	w.term(key, s, k).markWhole(k)
	object.markWhole(k)
	return join(fallback, computed)
}
