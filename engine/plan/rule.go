package plan

import (
	"fmt"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
)

// answer is what a rule may give: its value, and the keys under which it gives
// it (of a partial object).
type answer struct{ value, keys *value }

// otherwise: a rule with a default or an else has a value also where its body
// has none. Its reads count as negated.
func otherwise(rules []*ast.Rule) bool {
	for _, r := range rules {
		if r.Default || r.Else != nil {
			return true
		}
	}
	return false
}

// rule walks a rule that is no function, and its elses.
func (w *walker) rule(r *ast.Rule, k Kind) answer {
	if otherwise(w.compiler.GetRulesExact(r.Ref().GroundPrefix())) {
		k |= Negated
	}

	key := fmt.Sprintf("%p %d", r, k)
	if known, done := w.answers[key]; done {
		return known
	}

	var all answer
	for ; r != nil; r = r.Else {
		a := w.define(r, nil, k)
		all = answer{join(all.value, a.value), join(all.keys, a.keys)}
	}

	w.answers[key] = all
	return all
}

// define walks one definition: the body, then what the head gives. Values and
// keys are compared with those of other definitions and other solutions, so
// all of them is looked at.
func (w *walker) define(r *ast.Rule, args []*value, k Kind) answer {
	w.files[r.Location.File] = true
	s := &scope{vars: map[ast.Var]*value{}, uses: usesOf(r)}
	for i, param := range r.Head.Args {
		w.bind(param, args[i], s, k)
	}

	head := append([]*ast.Term{r.Head.Key, r.Head.Value}, r.Head.Args...)
	w.body(r.Body, s, k, append(head, r.Head.Reference...)...)

	var a answer
	for _, t := range r.Ref() {
		if _, isVar := t.Value.(ast.Var); isVar && !t.Equal(ast.DefaultRootDocument) {
			a.keys = join(a.keys, w.elements([]*ast.Term{t}, s, k))
		}
	}

	if r.Head.RuleKind() == ast.MultiValue {
		a.value = container(w.elements([]*ast.Term{r.Head.Key}, s, k))
	} else if r.Head.Value != nil {
		a.value = w.elements([]*ast.Term{r.Head.Value}, s, k)
	}

	return a
}

// data follows a reference to rules, and from their value on. A set or an
// object that is taken as a whole, not asked for an element, can be counted or
// compared. The keys of a partial object are part of its rule's reference.
func (w *walker) data(r ast.Ref, s *scope, k Kind) (v *value) {
	for _, rule := range w.compiler.GetRulesForVirtualDocument(r) {
		if len(rule.Head.Args) == 0 {
			w.rule(rule, k) // evaluated also where it gives no such key: it may fail
		}
	}

	for _, rule := range w.compiler.GetRulesDynamic(r) {
		if len(rule.Head.Args) > 0 {
			continue // a function is no value
		}

		path := rule.Ref()
		kind := k

		if len(r) < len(path) || len(r) == len(path) && rule.Head.RuleKind() == ast.MultiValue {
			kind |= Aggregate
		}

		a := w.rule(rule, kind)
		for _, key := range r[1:min(len(r), len(path))] {
			w.key(key, join(a.keys, other), s, k)
		}

		found := a.value
		for range path[min(len(r), len(path)):] {
			found = container(found)
		}

		for _, key := range r[min(len(r), len(path)):] {
			found = w.index(found, key, s, k)
		}

		v = join(v, found)
	}

	if v == nil {
		return other
	}

	return v
}

// use is how a rule uses a variable: how often, and how often as the index of
// one dataset's documents.
type use struct {
	times, indexes int
	dataset        string
}

// runsOver reports whether the variable is nothing but an index that runs over
// the documents of a dataset.
func (u use) runsOver(dataset string) bool {
	return u.times == 1 || u.times == u.indexes && u.dataset == dataset
}

func usesOf(r *ast.Rule) map[ast.Var]use {
	uses := map[ast.Var]use{}
	ast.WalkVars(r, func(v ast.Var) bool {
		u := uses[v]
		u.times++
		uses[v] = u

		return false
	})

	ast.WalkRefs(r, func(ref ast.Ref) bool {
		name, index := documents(ref)
		if index == nil {
			return false
		}

		if v, isVar := index.Value.(ast.Var); isVar && (uses[v].dataset == "" || uses[v].dataset == name) {
			u := uses[v]
			u.dataset, u.indexes = name, u.indexes+1
			uses[v] = u
		}

		return false
	})

	return uses
}

// presence notes the datasets of an area, or of all, that is referred to by
// itself: which of them there are can be seen.
func (w *walker) presence(r ast.Ref) {
	if len(r) > 2 {
		return
	}
	area, named := text(r, 1)
	for _, name := range w.datasets {
		if !named || strings.HasPrefix(name, area+".") {
			w.present[name] = true
		}
	}
}

// documents takes apart input.<area>.<dataset>[index]; index is nil where the
// reference is shorter, name "" where it is another one.
func documents(r ast.Ref) (name string, index *ast.Term) {
	if len(r) < 3 || !r[0].Equal(ast.InputRootDocument) {
		return "", nil
	}

	area, isArea := r[1].Value.(ast.String)
	leaf, isLeaf := r[2].Value.(ast.String)
	if !isArea || !isLeaf || area == "client" {
		return "", nil
	}

	if len(r) > 3 {
		index = r[3]
	}

	return string(area) + "." + string(leaf), index
}
