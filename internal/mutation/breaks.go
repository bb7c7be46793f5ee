package mutation

import (
	"encoding/json"
	"fmt"
	"math/big"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
)

// change is one way to break a module. Applying it changes the module that it was
// found in.
type change struct {
	rule  string
	line  int
	what  string
	apply func()
}

// changesOf are all ways to break a module, in an order that depends on its text
// alone: a copy of the module has the same ones.
//
//	a condition    dropped, negated, its operator or its operands changed
//	a constant     changed; an element of a list dropped
//	a rule         one of several of its name dropped, an else dropped
//	every          made some
//
// Texts for people are not changed: messages, and what a finding shows.
func changesOf(m *ast.Module) []change {
	b := &breaker{module: m}
	for i, r := range m.Rules {
		b.name = r.Head.Ref().String()
		if several(m.Rules, r) {
			b.add(r.Location, "the rule `"+short(r.Location)+"` dropped", func() { b.drop(i) })
		}
		b.ruleAt(r)
	}
	return b.found
}

// several reports whether a rule is one of several that define the same.
func several(all []*ast.Rule, r *ast.Rule) bool {
	n := 0
	for _, other := range all {
		if other.Head.Ref().String() == r.Head.Ref().String() {
			n++
		}
	}
	return n > 1
}

type breaker struct {
	module *ast.Module
	name   string // of the rule
	at     *ast.Location
	found  []change
}

func (b *breaker) add(at *ast.Location, what string, apply func()) {
	b.found = append(b.found, change{rule: b.name, line: at.Row, what: what, apply: apply})
}

// drop takes a rule out of the module, unless that was done before.
func (b *breaker) drop(i int) { b.module.Rules = append(b.module.Rules[:i:i], b.module.Rules[i+1:]...) }

// ruleAt finds what can be broken in a rule and in its else.
func (b *breaker) ruleAt(r *ast.Rule) {
	b.at = r.Head.Location
	if r.Head.Key != nil && b.name != "fail" { // which makes findings
		b.term(r.Head.Key)
	}
	if r.Head.Value != nil && !r.Head.Value.Equal(ast.BooleanTerm(true)) {
		b.at = r.Head.Location
		b.term(r.Head.Value)
	}

	b.body(&r.Body)
	if r.Else != nil {
		b.add(r.Else.Location, "`"+short(r.Else.Location)+"` dropped", func() { r.Else = nil })
		b.ruleAt(r.Else)
	}
}

// body finds what can be broken in the conditions of a body.
func (b *breaker) body(body *ast.Body) {
	for i, e := range *body {
		if e.Location == nil || e.Generated || e.Location.Row == 0 || isTrue(e) {
			continue
		}

		outer := b.at
		b.at = e.Location
		text := short(e.Location)
		b.add(e.Location, "`"+text+"` dropped", func() { *body = without(*body, i) })
		b.negate(e, text)
		b.condition(body, i, e, text)
		b.at = outer
	}
}

func isTrue(e *ast.Expr) bool {
	t, is := e.Terms.(*ast.Term)
	return is && t.Equal(ast.BooleanTerm(true))
}

// without is a body without one of its conditions; true, if it was the only one.
func without(body ast.Body, i int) ast.Body {
	if len(body) == 1 {
		return ast.NewBody(ast.NewExpr(ast.BooleanTerm(true)))
	}
	left := append(body[:i:i], body[i+1:]...)
	return ast.NewBody(left...)
}

// negate finds the conditions that can be negated. Of a comparison the operator is
// changed instead.
func (b *breaker) negate(e *ast.Expr, text string) {
	if _, isCall := e.Terms.([]*ast.Term); isCall && !e.Negated {
		if name := e.Operator().String(); opposite[name] != nil || name == "assign" || name == "eq" {
			return
		}
	}

	switch e.Terms.(type) {
	case *ast.SomeDecl, *ast.Every:
		return
	}
	b.add(e.Location, "`"+text+"` negated", func() { e.Negated = !e.Negated })
}

// Operators and what is put in their place.
var (
	opposite = map[string][]*ast.Builtin{
		"equal": {ast.NotEqual},
		"neq":   {ast.Equal},
		"lt":    {ast.LessThanEq, ast.GreaterThanEq},
		"lte":   {ast.LessThan, ast.GreaterThan},
		"gt":    {ast.GreaterThanEq, ast.LessThanEq},
		"gte":   {ast.GreaterThan, ast.LessThan},
	}
	inTerms = map[string][]*ast.Builtin{
		"plus":  {ast.Minus},
		"minus": {ast.Plus},
		"or":    {ast.And},
		"and":   {ast.Or},
		"min":   {ast.Max},
		"max":   {ast.Min},
	}
)

// condition finds what can be broken within one condition.
func (b *breaker) condition(body *ast.Body, i int, e *ast.Expr, text string) {
	switch terms := e.Terms.(type) {
	case *ast.Term:
		b.term(terms)
	case []*ast.Term:
		b.operation(terms, text)
	case *ast.SomeDecl:
		if call, isCall := terms.Symbols[0].Value.(ast.Call); isCall {
			b.term(call[len(call)-1])
		}
	case *ast.Every:
		b.add(e.Location, "`"+text+"`: every becomes some", func() { *body = some(*body, i, terms) })
		b.term(terms.Domain)
		b.body(&terms.Body)
	}
}

// some is a body in which one every asks for some element.
func some(body ast.Body, i int, every *ast.Every) ast.Body {
	symbol := ast.Member.Call(every.Value, every.Domain)
	if every.Key != nil {
		symbol = ast.MemberWithKey.Call(every.Key, every.Value, every.Domain)
	}

	is := ast.NewExpr(&ast.SomeDecl{Symbols: []*ast.Term{symbol}})
	all := append(body[:i:i], is)
	all = append(all, every.Body...)
	return ast.NewBody(append(all, body[i+1:]...)...)
}

// operation finds what can be broken in an operator with its operands. Texts for
// people are left alone.
func (b *breaker) operation(terms []*ast.Term, text string) {
	name := terms[0].Value.String()
	if name == "sprintf" || name == "print" || name == "concat" {
		return
	}

	for _, table := range []map[string][]*ast.Builtin{opposite, inTerms} {
		for _, other := range table[name] {
			what := fmt.Sprintf("`%s`: %s becomes %s", text, sign(name), sign(other.Name))
			b.add(b.at, what, func() { terms[0] = ast.NewTerm(other.Ref()) })
		}
	}

	operands := terms[1:]
	if name == "assign" || name == "eq" {
		operands = terms[len(terms)-1:] // what is assigned, not what to
	}
	for _, t := range operands {
		b.term(t)
	}
}

// sign is an operator as it is written.
func sign(name string) string {
	for _, builtin := range ast.Builtins {
		if builtin.Name == name && builtin.Infix != "" {
			return builtin.Infix
		}
	}
	return name
}

func (b *breaker) term(t *ast.Term) { b.value(t.Value, func(v ast.Value) { t.Value = v }) }

// value finds what can be broken in a value. Some values may not change, since they
// remember their hash: set puts another one in the value's place.
func (b *breaker) value(value ast.Value, set func(ast.Value)) {
	switch v := value.(type) {
	case ast.Boolean, ast.Number, ast.Null, ast.String:
		b.constant(v, set)
	case ast.Ref:
		for i, part := range v {
			if _, isName := part.Value.(ast.String); !isName || i == 0 {
				b.term(part)
			}
		}
	case ast.Call:
		b.operation(v, short(b.at))
	case ast.Object:
		b.object(v, set)
	case *ast.Array:
		b.elements(terms(v.Foreach), func(all []*ast.Term) { set(ast.NewArray(all...)) })
	case ast.Set:
		b.elements(v.Slice(), func(all []*ast.Term) { set(ast.NewSet(all...)) })
	case *ast.ArrayComprehension:
		b.term(v.Term)
		b.body(&v.Body)
	case *ast.SetComprehension:
		b.term(v.Term)
		b.body(&v.Body)
	case *ast.ObjectComprehension:
		b.term(v.Value)
		b.body(&v.Body)
	}
}

func terms(each func(func(*ast.Term))) (all []*ast.Term) {
	each(func(t *ast.Term) { all = append(all, t) })
	return all
}

// shown are the members of a finding: texts for people.
var shown = map[string]bool{"message": true, "observed": true, "expected": true, "evidence": true}

func (b *breaker) object(o ast.Object, set func(ast.Value)) {
	o.Foreach(func(key, value *ast.Term) {
		if name, isText := key.Value.(ast.String); isText && shown[string(name)] {
			return
		}
		b.value(value.Value, func(v ast.Value) {
			changed, _ := o.Map(func(k, old *ast.Term) (*ast.Term, *ast.Term, error) {
				if k.Equal(key) {
					return k, ast.NewTerm(v), nil
				}
				return k, old, nil
			})
			set(changed)
		})
	})
}

// elements finds what can be broken in a list: each constant among its elements,
// and, where there are only constants, each of them dropped.
func (b *breaker) elements(all []*ast.Term, set func([]*ast.Term)) {
	constants := len(all) > 1
	for _, t := range all {
		constants = constants && isConstant(t.Value)
	}

	for i, t := range all {
		with := func(v ast.Value) {
			changed := append([]*ast.Term{}, all...)
			changed[i] = ast.NewTerm(v)
			set(changed)
		}
		if !constants {
			b.value(t.Value, with)
			continue
		}

		what := fmt.Sprintf("%v dropped from its list", t)
		b.add(b.lineOf(t), what, func() { set(append(all[:i:i], all[i+1:]...)) })
	}
}

func isConstant(v ast.Value) bool {
	switch v.(type) {
	case ast.Boolean, ast.Number, ast.Null, ast.String:
		return true
	}
	return false
}

// lineOf is where a term is, or the condition that it is in.
func (b *breaker) lineOf(t *ast.Term) *ast.Location {
	if t.Location != nil && t.Location.Row > 0 {
		return t.Location
	}
	return b.at
}

// constant changes a constant, unless it is a text for people.
func (b *breaker) constant(value ast.Value, set func(ast.Value)) {
	var other ast.Value
	switch v := value.(type) {
	case ast.Boolean:
		other = !v
	case ast.Null:
		other = ast.String("another")
	case ast.Number:
		other = ast.Number(json.Number(next(string(v))))
	case ast.String:
		if isForPeople(string(v)) {
			return
		}
		other = v + "~"
	}

	what := fmt.Sprintf("%v becomes %v in `%s`", value, other, short(b.at))
	b.add(b.at, what, func() { set(other) })
}

// isForPeople reports whether a text is not compared with anything: part of a message, or
// a pointer to evidence.
func isForPeople(text string) bool {
	return text == "" || strings.ContainsAny(text, " %#") || strings.HasPrefix(text, "/")
}

// next is a number and one.
func next(number string) string {
	n, ok := new(big.Rat).SetString(number)
	if !ok {
		return "1"
	}
	return strings.TrimSuffix(n.Add(n, big.NewRat(1, 1)).FloatString(3), ".000")
}

// mostText is how much of the source a mutant quotes.
const mostText = 72

// short is the source at a place, as one line.
func short(at *ast.Location) string {
	text := strings.Join(strings.Fields(string(at.Text)), " ")
	if len(text) > mostText {
		text = strings.ToValidUTF8(text[:mostText], "") + "…"
	}
	return text
}
