package plan

import (
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"
)

// lookupCounter finds the rules that are local: what such a rule gives for all
// documents is what it gives for each of them, put together, so that documents can
// be judged in parts, on several cores.
//
//	pass contains u._subject if { some u in input.entra.users; u.enabled }       local
//	pass contains u._subject if { …; some v in input.entra.users; v.a == u.b }   joins two
//	pass contains "x" if count(input.entra.users) > 1                            needs all
//
// It counts, by the syntax alone, how many documents the rules behind one rule may
// look at together. Each reference to a dataset is one lookup, and a rule or
// function that is used twice counts twice. Under a negation nothing is looked up
// that is not counted outside of it: OPA wants the index bound there.
type lookupCounter struct {
	compiler *ast.Compiler
	known    map[*ast.Rule]lookups
}

// lookups are counted by dataset, "" for one that cannot be told.
type lookups struct {
	count map[string]int
	// nested are those that are not in the rule's own body, but in a rule that it
	// uses, a comprehension or an every.
	nested int
}

// many lookups are counted as two: all that matters is whether it is more than one.
const many = 2

func (l lookups) add(o lookups) {
	for name, n := range o.count {
		l.count[name] = min(l.count[name]+n, many)
	}
}

func (l lookups) total() (n int) {
	for _, c := range l.count {
		n += c
	}
	return n
}

// local reports whether a rule with these lookups is local: it looks at one
// document at a time, not at its position, and concludes nothing from there being
// none.
func (l lookups) local(r *ast.Rule) bool {
	return l.total() <= 1 && l.nested == 0 && !r.Default && r.Else == nil
}

// rule counts the lookups of a rule and its elses.
func (c lookupCounter) rule(r *ast.Rule) lookups {
	if l, done := c.known[r]; done {
		return l
	}

	l := &lookups{count: map[string]int{}}
	uses := usesIn(r)
	for def := r; def != nil; def = def.Else {
		b := bodyCounter{c, uses, map[string]bool{}, l}
		for _, e := range def.Body {
			b.expr(e)
		}
		for _, t := range append([]*ast.Term{def.Head.Key, def.Head.Value}, def.Head.Reference...) {
			if t != nil {
				b.nested().refs(t)
			}
		}
	}

	c.known[r] = *l
	return *l
}

// bodyCounter adds the lookups of one body to those of its rule.
type bodyCounter struct {
	lookupCounter
	uses map[ast.Var]use
	// seen are the lookups of the body itself, by dataset and index: two references
	// with one index are about one document. nil where all that is counted is
	// nested.
	seen  map[string]bool
	found *lookups
}

func (b bodyCounter) nested() bodyCounter {
	b.seen = nil
	return b
}

func (b bodyCounter) expr(e *ast.Expr) {
	switch e.Terms.(type) {
	case *ast.Term, []*ast.Term:
	case *ast.Every:
		b = b.nested()
	default: // a statement of a later OPA
		b.found.count[""] += many
	}

	b.refs(e)
}

// refs counts the references below a node.
func (b bodyCounter) refs(node any) {
	ast.NewGenericVisitor(func(x any) bool {
		switch x := x.(type) {
		case *ast.ArrayComprehension, *ast.SetComprehension, *ast.ObjectComprehension:
			if b.seen != nil {
				b.nested().refs(x)
				return true
			}
		case ast.Ref:
			b.ref(x)
		}

		return false
	}).Walk(node)
}

func (b bodyCounter) ref(r ast.Ref) {
	switch {
	case r.HasPrefix(ast.InputRootRef):
		b.input(r)
	case r.HasPrefix(ast.DefaultRootRef):
		for _, rule := range b.compiler.GetRulesDynamic(r) {
			inner := b.rule(rule)
			b.found.add(inner)
			b.found.nested += inner.total()
		}
	}
}

// input counts a reference to documents.
func (b bodyCounter) input(r ast.Ref) {
	area, isText := text(r, 1)
	if isText && (area == "client" || area == "params" || slices.Contains(fixed, area)) {
		return // the same for every document
	}

	name, index := documents(r)
	v, isVar := ast.Var(""), false
	if index != nil {
		v, isVar = index.Value.(ast.Var)
	}

	if name == "" || !isVar || !v.IsWildcard() && !b.uses[v].runsOver(name) {
		b.found.count[name] += many // all of them at once, or by position
		return
	}

	key := name + " " + string(v)
	switch {
	case b.seen == nil:
		b.found.nested++
	case b.seen[key]:
		return
	default:
		b.seen[key] = true
	}

	b.found.count[name]++
}

// text is the constant string at a position of a reference.
func text(r ast.Ref, i int) (string, bool) {
	if i >= len(r) {
		return "", false
	}
	s, ok := r[i].Value.(ast.String)
	return string(s), ok
}
