package plan

import (
	"fmt"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
)

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

// rule walks a rule that is no function, and its elses, and returns what it
// gives: of a set, an element.
func (w *walker) rule(r *ast.Rule, k Kind) *value {
	if otherwise(w.compiler.GetRulesExact(r.Ref().GroundPrefix())) {
		k |= Negated
	}
	key := fmt.Sprintf("%p %d", r, k)
	if known, done := w.given[key]; done {
		return known
	}
	var all *value
	for ; r != nil; r = r.Else {
		all = join(all, w.define(r, nil, k))
	}
	w.given[key] = all
	return all
}

// define walks one definition: the body, then what the head gives. Values and
// keys are compared with those of other definitions and other solutions, so
// all of them is looked at; who refers to the rule sees nothing new.
func (w *walker) define(r *ast.Rule, args []*value, k Kind) *value {
	w.files[r.Location.File] = true
	s := &scope{vars: map[ast.Var]*value{}, uses: usesOf(r)}
	for i, param := range r.Head.Args {
		w.bind(param, args[i], s, k)
	}
	head := append([]*ast.Term{r.Head.Key, r.Head.Value}, r.Head.Args...)
	w.body(r.Body, s, k, append(head, r.Head.Reference...)...)
	for _, t := range r.Ref() {
		if _, isVar := t.Value.(ast.Var); isVar && !t.Equal(ast.DefaultRootDocument) {
			w.term(t, s, k).whole(k)
		}
	}
	given := r.Head.Value
	if r.Head.RuleKind() == ast.MultiValue {
		given = r.Head.Key
	}
	v := w.term(given, s, k)
	v.whole(k)
	return v
}

// data walks the rules that a reference names. A set or an object that is taken
// as a whole, not asked for an element, can be counted or compared.
func (w *walker) data(r ast.Ref, s *scope, k Kind) {
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
		w.rule(rule, kind)
	}
	for _, key := range r[1:] {
		w.key(key, s, k)
	}
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
