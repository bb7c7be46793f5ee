package plan

import (
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"
)

// picker counts, syntactically, how many documents the rules behind one rule
// may look at together: each reference to a dataset is one pick, and a rule or
// function that is used twice picks twice.
type picker struct {
	compiler *ast.Compiler
	known    map[*ast.Rule]picks
}

// picks are the counts by dataset, "" for one that cannot be told; nested are
// those that are not in the rule's own body, but in a rule that it uses, a
// comprehension or an every. (Under a negation nothing is picked: OPA wants the
// index bound outside.)
type picks struct {
	count  map[string]int
	nested int
}

// many is as good as any number above one.
const many = 2

func (p picks) add(o picks) {
	for name, n := range o.count {
		p.count[name] = min(p.count[name]+n, many)
	}
}

func (p picks) total() (n int) {
	for _, c := range p.count {
		n += c
	}
	return n
}

// local: the rule gives for all documents what it gives for each: it looks at
// one at a time, not at its position, and concludes nothing from there being
// none.
func (p picks) local(r *ast.Rule) bool {
	return p.total() <= 1 && p.nested == 0 && !r.Default && r.Else == nil
}

func (c picker) rule(r *ast.Rule) picks {
	if p, done := c.known[r]; done {
		return p
	}

	p, whole := picks{count: map[string]int{}}, r
	uses := usesOf(r)
	for ; r != nil; r = r.Else {
		own := map[string]bool{} // picks of the body itself, by dataset and index
		for _, e := range r.Body {
			c.expr(e, uses, own, &p)
		}
		for _, t := range append([]*ast.Term{r.Head.Key, r.Head.Value}, r.Head.Reference...) {
			if t != nil {
				c.refs(t, uses, nil, &p)
			}
		}
	}

	c.known[whole] = p
	return p
}

func (c picker) expr(e *ast.Expr, uses map[ast.Var]use, own map[string]bool, p *picks) {
	switch e.Terms.(type) {
	case *ast.Term, []*ast.Term:
	case *ast.Every:
		own = nil
	default: // a form of later OPAs
		p.count[""] += many
	}

	c.refs(e, uses, own, p)
}

// refs counts the references below a node. own is nil where they are nested.
func (c picker) refs(node any, uses map[ast.Var]use, own map[string]bool, p *picks) {
	ast.NewGenericVisitor(func(x any) bool {
		switch x := x.(type) {
		case *ast.ArrayComprehension, *ast.SetComprehension, *ast.ObjectComprehension:
			if own != nil {
				c.refs(x, uses, nil, p)
				return true
			}
		case ast.Ref:
			c.ref(x, uses, own, p)
		}

		return false
	}).Walk(node)
}

func (c picker) ref(r ast.Ref, uses map[ast.Var]use, own map[string]bool, p *picks) {
	switch {
	case r.HasPrefix(ast.InputRootRef):
		c.input(r, uses, own, p)
	case r.HasPrefix(ast.DefaultRootRef):
		for _, rule := range c.compiler.GetRulesDynamic(r) {
			inner := c.rule(rule)
			p.add(inner)
			p.nested += inner.total()
		}
	}
}

// input counts a reference to documents. Two references of a body with one
// index are about one document.
func (c picker) input(r ast.Ref, uses map[ast.Var]use, own map[string]bool, p *picks) {
	if area, isText := text(r, 1); isText && (area == "client" || slices.Contains(fixed, area)) {
		return
	}

	name, index := documents(r)
	v, isVar := ast.Var(""), false

	if index != nil {
		v, isVar = index.Value.(ast.Var)
	}

	if name == "" || !isVar || !v.IsWildcard() && !uses[v].runsOver(name) {
		p.count[name] += many // all of them at once, or by position
		return
	}

	if own == nil {
		p.nested++
	} else if own[name+" "+string(v)] {
		return
	} else {
		own[name+" "+string(v)] = true
	}

	p.count[name]++
}

// text is the constant string at a position of a reference.
func text(r ast.Ref, i int) (string, bool) {
	if i >= len(r) {
		return "", false
	}
	s, ok := r[i].Value.(ast.String)
	return string(s), ok
}
