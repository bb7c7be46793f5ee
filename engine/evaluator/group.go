package evaluator

import (
	"fmt"

	"github.com/open-policy-agent/opa/v1/ast"
)

// group is all rules of one name.
type group struct {
	program *Program
	path    ast.Ref
	number  int
	kind    kind
	unknown error // why it is left to topdown; nil

	rules    []*rule
	fallback *rule // the default; nil
	constant bool  // all rules give one constant, so that one that holds is enough
	isDear   bool  // a function whose values are kept: see call.go

	// The size of its frame. slots is where its variables are: only the compiler asks.
	vars, lists int
	slots       map[ast.Var]int
	result, got int // slots: the value so far, and that of the rule in hand
}

type kind int

const (
	complete kind = iota // p := v
	function             // p(x) := v
	set                  // p contains v
	object               // p[k] := v
	sets                 // p[k] contains v
)

// rule is one of a group.
type rule struct {
	args   []pattern
	body   step
	orElse *rule // nil
}

// head is what a rule gives: value, or key, or both.
type head struct{ key, value value }

// unknownForm says that something is left to topdown. It is thrown while rules are compiled.
type unknownForm struct{ what string }

func (e unknownForm) Error() string { return e.what }

func unknown(format string, args ...any) { panic(unknownForm{fmt.Sprintf(format, args...)}) }

// guard is what compiling throws, as an error.
func guard(compile func()) (err error) {
	defer func() {
		if thrown := recover(); thrown != nil {
			form, is := thrown.(unknownForm)
			if !is {
				panic(thrown)
			}
			err = form
		}
	}()

	compile()
	return nil
}

// group is the one of a path. Whoever calls holds p.mu.
func (p *Program) group(path ast.Ref) *group {
	key := path.String()
	if g := p.groups[key]; g != nil {
		return g
	}

	g := &group{program: p, path: path, number: p.count, slots: map[ast.Var]int{}}
	p.count++
	p.groups[key] = g
	g.unknown = guard(g.compile)
	return g
}

func (g *group) compile() {
	all := g.program.compiler.GetRulesExact(g.path)
	if len(all) == 0 {
		unknown("%v is no rule", g.path)
	}
	if len(all) != len(g.program.compiler.GetRulesWithPrefix(g.path)) {
		unknown("%v has rules below it", g.path)
	}

	for n := 2; n < len(g.path); n++ {
		if len(g.program.compiler.GetRulesExact(g.path[:n])) > 0 {
			unknown("%v has rules above it", g.path)
		}
	}

	g.kind = g.kindOf(all[0])
	g.constant = (g.kind == complete || g.kind == function) && sameConstant(all)
	g.result, g.got = g.temp(), g.temp()
	ends := map[kind]func(*group, head) step{
		complete: one, function: one, set: addMember, object: addPair, sets: addToSet,
	}

	for _, r := range all {
		if g.kindOf(r) != g.kind {
			unknown("%v has rules of several kinds", g.path)
		}
		if r.Default {
			g.fallback = g.rule(r, ends[g.kind])
			continue
		}
		g.rules = append(g.rules, g.rule(r, ends[g.kind]))
	}

}

func (g *group) kindOf(r *ast.Rule) kind {
	multiple := r.Head.RuleKind() == ast.MultiValue
	switch extra := len(r.Ref()) - len(g.path); {
	case len(r.Head.Args) > 0 && extra == 0 && !multiple:
		return function
	case len(r.Head.Args) > 0:
		unknown("%v: a function that gives a set", g.path)
	case extra == 0 && multiple:
		return set
	case extra == 0:
		return complete
	case extra == 1 && multiple:
		return sets
	case extra == 1:
		return object
	default:
		unknown("%v gives objects within objects", g.path)
	}
	return complete
}

// sameConstant reports whether rules all give one constant, the default left out. Then topdown,
// too, asks for no more than the first solution; where it asks for all of them, one may be an error.
func sameConstant(all []*ast.Rule) bool {
	var first *ast.Term
	for _, r := range all {
		for ; r != nil && !r.Default; r = r.Else {
			v := r.Head.Value
			if v == nil || !ast.IsConstant(v.Value) || first != nil && !v.Equal(first) {
				return false
			}
			first = v
		}
	}
	return first != nil
}

// rule compiles one rule, to whose solutions end is put.
func (g *group) rule(r *ast.Rule, end func(*group, head) step) *rule {
	s := &scope{group: g, bound: map[ast.Var]bool{}, uses: usesOf(r)}
	compiled := &rule{}
	for _, arg := range r.Head.Args {
		compiled.args = append(compiled.args, s.pattern(arg))
	}

	steps := s.body(r.Body)
	h := head{}
	switch {
	case r.Head.RuleKind() == ast.MultiValue && g.kind != sets:
		h.key = s.must(r.Head.Key)
	case g.kind == sets:
		h.key, h.value = s.must(r.Ref()[len(g.path)]), s.must(r.Head.Key)
	case g.kind == object:
		h.key, h.value = s.must(r.Ref()[len(g.path)]), s.must(r.Head.Value)
	default:
		h.value = s.must(r.Head.Value)
	}

	last := end(g, h)
	if g.constant {
		last = once(last)
	}
	compiled.body = link(steps, last)
	if r.Else != nil {
		compiled.orElse = g.rule(r.Else, end)
	}
	return compiled
}

// usesOf counts how often a rule names each variable. One that is named once needs no room.
func usesOf(r *ast.Rule) map[ast.Var]int {
	uses := map[ast.Var]int{}
	count := func(v ast.Var) bool { uses[v]++; return false }
	ast.WalkVars(r, count)
	ast.WalkVars(r.Ref(), count) // k of p[k]
	return uses
}

// once is an end of a chain after which no further solution is wanted.
func once(end step) step {
	return func(m *machine, f *frame) bool { end(m, f); return false }
}

// one is the end of a rule that has one value: two that differ are an error.
func one(g *group, h head) step {
	return func(m *machine, f *frame) bool {
		v := h.value(m, f)
		if v == nil {
			return true
		}

		f.vars[g.got] = v
		switch so := f.vars[g.result]; {
		case so == nil:
			f.vars[g.result] = v
		case !equal(so, v):
			m.fail(fmt.Errorf("%v has two values", g.path))
			return false
		}
		return true
	}
}

func addMember(g *group, h head) step {
	return func(m *machine, f *frame) bool {
		if v := h.key(m, f); v != nil {
			f.vars[g.result].Value.(ast.Set).Add(v)
		}
		return true
	}
}

func addPair(g *group, h head) step {
	return func(m *machine, f *frame) bool {
		k, v := h.key(m, f), h.value(m, f)
		return k == nil || v == nil || insert(m, f.vars[g.result], k, v)
	}
}

// insert puts a pair into an object: two values for one key are an error.
func insert(m *machine, into, k, v *ast.Term) bool {
	o := into.Value.(ast.Object)
	if before := o.Get(k); before != nil {
		if !equal(before, v) {
			m.fail(fmt.Errorf("two values for the key %v", k))
			return false
		}
		return true
	}

	o.Insert(k, v)
	return true
}

func addToSet(g *group, h head) step {
	return func(m *machine, f *frame) bool {
		k, v := h.key(m, f), h.value(m, f)
		if k == nil || v == nil {
			return true
		}

		o := f.vars[g.result].Value.(ast.Object)
		members := o.Get(k)
		if members == nil {
			members = ast.SetTerm()
			o.Insert(k, members)
		}
		members.Value.(ast.Set).Add(v)
		return true
	}
}

// value is what a group without arguments gives: made once for a query, or known from another
// one.
func (g *group) value(m *machine) *ast.Term {
	if k := m.memory(g); k.done {
		return k.value
	}

	v, undefined := m.cache.Get(g.path)
	if v == nil && !undefined {
		v = g.make(m)
		if m.err != nil {
			return nil
		}
		m.cache.Put(g.path, v)
	}

	*m.memory(g) = known{v, true}
	return v
}

func (g *group) make(m *machine) *ast.Term {
	f := m.frame(g)
	switch g.kind {
	case set:
		f.vars[g.result] = ast.SetTerm()
	case object, sets:
		f.vars[g.result] = ast.ObjectTerm()
	default:
		return g.evaluate(m, f, nil)
	}

	for _, r := range g.rules {
		if r.body(m, f); m.err != nil {
			return nil
		}
	}

	made := f.vars[g.result]
	f.vars[g.result] = nil
	return made
}

// evaluate is the one value of rules for some arguments, nil where there is none.
func (g *group) evaluate(m *machine, f *frame, args []*ast.Term) *ast.Term {
	f.vars[g.result] = nil
	for _, r := range g.rules {
		for ; r != nil; r = r.orElse {
			f.vars[g.got] = nil
			if r.takes(m, f, args) {
				r.body(m, f)
			}
			if m.err != nil {
				return nil
			}
			if f.vars[g.got] != nil {
				break
			}
		}
		if g.constant && f.vars[g.result] != nil {
			break
		}
	}

	if d := g.fallback; d != nil && f.vars[g.result] == nil && d.takes(m, f, args) {
		d.body(m, f)
	}
	return f.vars[g.result]
}

// takes puts arguments where the rule has them, if they are of its form.
func (r *rule) takes(m *machine, f *frame, args []*ast.Term) bool {
	for i, p := range r.args {
		if !p(m, f, args[i]) {
			return false
		}
	}
	return true
}
