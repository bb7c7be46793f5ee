package plan

import (
	"fmt"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
)

// summary is what a rule or a function gives: its value, and the keys under which
// a partial object has it (of "m[u.id] := u.name": u.name, and u.id).
type summary struct{ value, keys *origin }

// hasFallback reports whether rules have a value also where a body does not hold:
// a default, or an else. That they do shows that evidence is missing, so that all
// that they read counts as negated.
func hasFallback(rules []*ast.Rule) bool {
	for _, r := range rules {
		if r.Default || r.Else != nil {
			return true
		}
	}
	return false
}

// rule walks a rule that is no function, and its elses.
func (w *walker) rule(r *ast.Rule, k Kind) summary {
	if hasFallback(w.compiler.GetRulesExact(r.Ref().GroundPrefix())) {
		k |= Negated
	}

	key := fmt.Sprintf("%p %d", r, k)
	if known, done := w.summaries[key]; done {
		return known
	}

	var all summary
	for ; r != nil; r = r.Else {
		one := w.definition(r, nil, k)
		all = summary{join(all.value, one.value), join(all.keys, one.keys)}
	}

	w.summaries[key] = all
	return all
}

// function walks all definitions of a function for given arguments. Its reads
// depend on them: has(u, "mail") reads u.mail, has(u, "id") u.id.
func (w *walker) function(name ast.Ref, rules []*ast.Rule, args []*origin, k Kind) *origin {
	if hasFallback(rules) {
		k |= Negated
	}

	key := fmt.Sprint(name, k)
	for _, arg := range args {
		key += fmt.Sprint("|", w.signatures.of(arg))
	}

	if known, done := w.summaries[key]; done {
		return known.value
	}

	var result *origin
	for _, r := range rules {
		for ; r != nil; r = r.Else {
			result = join(result, w.definition(r, args, k).value)
		}
	}

	w.summaries[key] = summary{value: result}
	return result
}

// definition walks one definition: the parameters, the body, then what the head
// gives. Its values and keys are compared with those of other definitions, and of
// other solutions of the body, so everything in them is looked at.
func (w *walker) definition(r *ast.Rule, args []*origin, k Kind) summary {
	w.files[r.Location.File] = true
	s := &scope{vars: map[ast.Var]*origin{}, uses: usesIn(r)}
	for i, param := range r.Head.Args {
		w.bind(param, args[i], s, k)
	}

	head := append([]*ast.Term{r.Head.Key, r.Head.Value}, r.Head.Args...)
	w.body(r.Body, s, k, append(head, r.Head.Reference...)...)

	var given summary
	for _, t := range r.Ref() {
		if _, isVar := t.Value.(ast.Var); isVar && !t.Equal(ast.DefaultRootDocument) {
			given.keys = join(given.keys, w.distinct([]*ast.Term{t}, s, k))
		}
	}

	if r.Head.RuleKind() == ast.MultiValue {
		given.value = collectionOf(w.distinct([]*ast.Term{r.Head.Key}, s, k))
	} else if r.Head.Value != nil {
		given.value = w.distinct([]*ast.Term{r.Head.Value}, s, k)
	}

	return given
}

// rules follows a reference to rules, and from their values on. Where package p has
//
//	m[u.id] := u if some u in input.entra.users
//
// data.p.m[k].name chooses a key of m, and then reads the property name of the value
// that m has there. A reference that ends before the rule's own does, as data.p or
// data.p.m, is a collection of such values.
func (w *walker) rules(r ast.Ref, s *scope, k Kind) (all *origin) {
	for _, rule := range w.compiler.GetRulesForVirtualDocument(r) {
		if len(rule.Head.Args) == 0 {
			w.rule(rule, k) // evaluated also where it gives no such key: it may fail
		}
	}

	for _, rule := range w.compiler.GetRulesDynamic(r) {
		if len(rule.Head.Args) == 0 { // a function is no value
			all = join(all, w.ruleAt(rule, r, s, k))
		}
	}

	if all == nil {
		return computed
	}

	return all
}

// ruleAt follows a reference through one rule. The keys of a partial object are
// part of the rule's own reference, here path. A set or an object that is taken as a
// whole, not asked for an element, can be counted: it is read as an aggregate.
func (w *walker) ruleAt(rule *ast.Rule, r ast.Ref, s *scope, k Kind) *origin {
	path := rule.Ref()
	shared := min(len(r), len(path))
	kind := k
	if len(r) < len(path) || len(r) == len(path) && rule.Head.RuleKind() == ast.MultiValue {
		kind |= Aggregate
	}

	given := w.rule(rule, kind)
	for _, key := range r[1:shared] {
		w.key(key, join(given.keys, computed), s, k)
	}

	found := given.value
	for range path[shared:] {
		found = collectionOf(found)
	}
	for _, key := range r[shared:] {
		found = w.index(found, key, s, k)
	}

	return found
}

// notePresence notes the datasets of an area, or of all, that is referred to by
// itself: which of them there are can be seen.
func (w *walker) notePresence(r ast.Ref) {
	if len(r) > 2 {
		return
	}
	area, named := text(r, 1)
	for _, name := range w.datasets {
		if !named || strings.HasPrefix(name, area+".") {
			w.presence[name] = true
		}
	}
}

// use is how a rule uses a variable: how often, and how often as the index of one
// dataset's documents.
type use struct {
	times, indexes int
	dataset        string
}

// runsOver reports whether the variable is nothing but an index that runs over the
// documents of a dataset: it occurs once, as in users[_], or in several references
// to one dataset, which then are about the same document.
func (u use) runsOver(dataset string) bool {
	return u.times == 1 || u.times == u.indexes && u.dataset == dataset
}

func usesIn(r *ast.Rule) map[ast.Var]use {
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

// documents takes input.<area>.<dataset>[index] apart: name is the full name, ""
// for any other reference; index is nil where there is none.
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
