package evaluator

import (
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"
)

// grouped is what a comprehension gives for some values of its keys: see indexed.
type grouped struct {
	keys []*ast.Term
	made *ast.Term   // a set or an object
	list []*ast.Term // the members of a list
}

// comprehension is [t | body], {t | body} or {k: v | body}.
func (s *scope) comprehension(t *ast.Term) value {
	if x := s.group.program.compiler.ComprehensionIndex(t); x != nil {
		return s.indexed(t, x.Keys)
	}

	within := s.inner()
	body, gather := within.gathering(t)
	at := s.group.temp()
	list := s.group.list()
	chain := link(body, gather(at, list))

	return func(m *machine, f *frame) *ast.Term {
		f.vars[at] = empty(t)
		f.lists[list] = nil
		chain(m, f)
		if m.err != nil {
			return nil
		}
		return taken(f, at, list)
	}
}

// list is room for one list.
func (g *group) list() int {
	g.lists++
	return g.lists - 1
}

// empty is what a comprehension gathers into; nil for a list.
func empty(t *ast.Term) *ast.Term {
	switch t.Value.(type) {
	case *ast.SetComprehension:
		return ast.SetTerm()
	case *ast.ObjectComprehension:
		return ast.ObjectTerm()
	}
	return nil
}

// taken is what was gathered.
func taken(f *frame, at, list int) *ast.Term {
	made := f.vars[at]
	if made == nil {
		made = ast.ArrayTerm(f.lists[list]...)
	}
	f.vars[at], f.lists[list] = nil, nil
	return made
}

// gathering is the body of a comprehension, and the end of its chain.
func (s *scope) gathering(t *ast.Term) (body []maker, gather func(at, list int) step) {
	switch c := t.Value.(type) {
	case *ast.ArrayComprehension:
		body = s.body(c.Body)
		v := s.must(c.Term)
		return body, func(_, list int) step {
			return func(m *machine, f *frame) bool {
				if got := v(m, f); got != nil {
					f.lists[list] = append(f.lists[list], got)
				}
				return m.err == nil
			}
		}

	case *ast.SetComprehension:
		body = s.body(c.Body)
		v := s.must(c.Term)
		return body, func(at, _ int) step {
			return func(m *machine, f *frame) bool {
				if got := v(m, f); got != nil {
					f.vars[at].Value.(ast.Set).Add(got)
				}
				return m.err == nil
			}
		}
	}

	c := t.Value.(*ast.ObjectComprehension)
	body = s.body(c.Body)
	k, v := s.must(c.Key), s.must(c.Value)
	return body, func(at, _ int) step {
		return func(m *machine, f *frame) bool {
			key, val := k(m, f), v(m, f)
			return key == nil || val == nil || insert(m, f.vars[at], key, val)
		}
	}
}

// indexed is a comprehension that is asked for once for each value of some variables (keys):
//
//	{id | [other, id] = memberships[_]; other = group}
//
// It is gathered once for all of them, as topdown does.
func (s *scope) indexed(t *ast.Term, keys []*ast.Term) value {
	current, slots, within := make([]value, len(keys)), make([]int, len(keys)), s.inner()
	for i, k := range keys {
		current[i], slots[i] = s.must(k), s.slot(k.Value.(ast.Var))
		delete(within.bound, k.Value.(ast.Var))
	}

	body, gather := within.gathering(t)
	at, list := s.group.temp(), s.group.list()
	put := gather(at, list)
	fill := link(body, func(m *machine, f *frame) bool {
		g := groupOf(f, list, valuesAt(f, slots), true)
		if g.made == nil {
			g.made = empty(t)
		}
		f.vars[at], f.lists[list] = g.made, g.list
		goOn := put(m, f)
		g.list = f.lists[list]
		return goOn
	})

	return func(m *machine, f *frame) *ast.Term {
		wanted := evaluated(m, f, current)
		if wanted == nil {
			return nil
		}

		if f.index[list] == nil {
			f.index[list] = map[int][]*grouped{}
			fill(m, f)
			for i, slot := range slots {
				f.vars[slot] = wanted[i] // as it was before
			}
			if m.err != nil {
				return nil
			}
		}

		g := groupOf(f, list, wanted, false)
		switch {
		case g.made != nil:
			return g.made
		case empty(t) != nil:
			return empty(t)
		}
		return ast.ArrayTerm(g.list...)
	}
}

func valuesAt(f *frame, slots []int) []*ast.Term {
	values := make([]*ast.Term, len(slots))
	for i, slot := range slots {
		values[i] = f.vars[slot]
	}
	return values
}

// groupOf is what was gathered for some keys; a new one, which is kept if that is asked for,
// where there is none.
func groupOf(f *frame, list int, keys []*ast.Term, keep bool) *grouped {
	hash := 0
	for _, k := range keys {
		hash = hash*31 + k.Value.Hash()
	}

	for _, g := range f.index[list][hash] {
		if slices.EqualFunc(g.keys, keys, equal) {
			return g
		}
	}

	g := &grouped{keys: keys}
	if keep {
		f.index[list][hash] = append(f.index[list][hash], g)
	}
	return g
}
