package plan

import (
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"
)

// Look is one rule behind a set of a control whose plan is per document, as far
// as it takes to know which documents it may hold of. What it reads of a
// document is less than what the rule reads, since the entries of fail say more
// than what decides about them: documents that are alike in it are looked at
// once.
type Look struct {
	// Set is "subjects", "pass" or "fail". Of the first two the look holds of just
	// the documents that are in the set, of the last of all of them and maybe more.
	Set     string
	Dataset string
	// Body is a query over compiled rules, and Index its variable that runs over
	// the documents.
	Body  ast.Body
	Index ast.Var
	// Reads is what is read of a document.
	Reads *Field
}

// looks are those of all rules of a control; nil where one has none.
func looks(c *ast.Compiler, pkg ast.Ref, known, attributes []string) (all []Look) {
	for _, set := range []string{"subjects", "pass", "fail"} {
		for _, rule := range c.GetRulesExact(pkg.Append(ast.StringTerm(set))) {
			l, found := newLook(c, rule, set, known, attributes)
			if !found {
				return nil
			}
			all = append(all, l)
		}
	}

	return all
}

func newLook(c *ast.Compiler, rule *ast.Rule, set string, known, attributes []string) (Look, bool) {
	l := Look{Set: set, Body: untilSubject(rule)}
	if set == "fail" {
		l.Body = untilDecided(c, rule.Body)
	}

	w := newWalker(c, known, map[string]bool{})
	w.rule(&ast.Rule{Head: rule.Head, Body: l.Body, Location: rule.Location, Module: rule.Module}, 0)
	l.Dataset, l.Index = runsOver(l.Body)
	read, found := w.reads(known, attributes).Datasets[l.Dataset]
	l.Reads = read.Document

	return l, found
}

// runsOver finds the reference to documents in a body, which has but one index.
func runsOver(body ast.Body) (dataset string, index ast.Var) {
	ast.WalkRefs(body, func(r ast.Ref) bool {
		if name, i := documents(r); i != nil && index == "" {
			if v, isVar := i.Value.(ast.Var); isVar {
				dataset, index = name, v
			}
		}
		return index != ""
	})

	return dataset, index
}

// untilSubject is the body of a rule that gives a document's own _subject,
// without that: every document has one. Any other body is itself. Where the
// last equation is a condition, since the subject is bound before, the body has
// read _subject, which no two documents share.
func untilSubject(rule *ast.Rule) ast.Body {
	last := len(rule.Body) - 1
	e, body := rule.Body[last], slices.Clone(rule.Body[:last])
	if !e.IsEquality() || !e.Operand(0).Equal(rule.Head.Key) {
		return rule.Body
	}

	ref, isRef := e.Operand(1).Value.(ast.Ref)
	if !isRef || !ref[len(ref)-1].Equal(ast.StringTerm("_subject")) {
		return rule.Body
	}

	if document := ref[:len(ref)-1]; len(document) > 1 {
		body.Append(ast.Equality.Expr(ast.VarTerm("__document__"), ast.NewTerm(document)))
	}

	return body
}

// untilDecided is a body without what comes at its end and only makes values: it
// holds wherever the body does. What it leaves out is never evaluated where it
// does not hold.
func untilDecided(c *ast.Compiler, body ast.Body) ast.Body {
	n := len(body)
	for n > 1 && makes(c, body[n-1]) {
		n--
	}

	for _, index := runsOver(body[:n]); index == "" && n < len(body); _, index = runsOver(body[:n]) {
		n++
	}

	return body[:n]
}

// makes reports whether an expression gives a variable its value.
func makes(c *ast.Compiler, e *ast.Expr) bool {
	if e.Negated || !e.IsCall() {
		return false
	}

	if e.IsEquality() {
		_, isVar := e.Operand(0).Value.(ast.Var)
		return isVar
	}

	arity := 0

	if b, isBuiltin := ast.BuiltinMap[e.Operator().String()]; isBuiltin {
		arity = len(b.Decl.FuncArgs().Args)
	} else if rules := c.GetRulesExact(e.Operator()); len(rules) > 0 {
		arity = len(rules[0].Head.Args)
	}

	return len(e.Operands()) > arity
}
