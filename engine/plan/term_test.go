package plan_test

import (
	"fmt"
	"strings"
)

func (g *generator) constant() string {
	return pick(g.dice, "0", "1", `"x"`, `"a"`, "true", "false", "null", "{}", "[]")
}

// anyText is a scalar of the input, which the type checker does not know.
func (g *generator) anyText() string {
	return pick(g.dice, "input.client.name", "input.as_of", "input.client.fence.a", "input.client.keys.a")
}

// place is a term that mostly stands for something in the input.
func (g *generator) place() string {
	if len(g.vars) > 0 && !g.in(6) {
		v := pick(g.dice, g.vars...)
		if g.closed {
			v = strings.TrimSuffix(v, "[_]")
		}
		return v + g.path()
	}

	switch n := g.n(8); {
	case n < 2 && !g.closed:
		return fmt.Sprintf("input.%s[_]%s", pick(g.dice, datasets...), g.path())
	case n == 2:
		return fmt.Sprintf("input.%s[0]%s", pick(g.dice, datasets...), g.path())
	case n == 3:
		return "input.client." + pick(g.dice, promised...) + g.path()
	case n == 4:
		return "input." + pick(g.dice, fixedParts...)
	}

	return g.ruled()
}

func (g *generator) path() string {
	steps := ""
	for range g.n(3) {
		step := pick(g.dice, ".a", ".a", ".b", ".k", ".l", ".o", ".o", "[0]", `["a"]`, "[_]")
		if step == "[_]" && g.closed {
			step = ".o"
		}
		steps += step
	}

	return steps
}

// collection is something to run over.
func (g *generator) collection() string {
	switch n := g.n(10); {
	case n < 2:
		return "input." + pick(g.dice, datasets...)
	case n < 6:
		return g.place()
	case n == 6:
		return g.literal()
	case n == 7 && g.depth < 2:
		return g.comprehension()
	}

	return g.ruled()
}

// term is a place, a constant, or something made of them.
func (g *generator) term() string {
	switch g.n(10) {
	case 0:
		return g.constant()
	case 1:
		return g.literal()
	}

	return g.place()
}

func (g *generator) literal() string {
	form := pick(g.dice, "[%s, %s]", "{%s, %s}", `{"a": %s, "b": %s}`, "{%s: %s}", "{%s: %s}")
	return fmt.Sprintf(form, g.place(), pick(g.dice, g.place(), g.constant()))
}

func (g *generator) comprehension() string {
	if g.depth > 1 {
		return "[1]"
	}

	outer, closed := g.vars, g.closed
	g.closed = false
	v := g.fresh()
	of := pick(g.dice, "input."+pick(g.dice, datasets...), g.place())
	more := use(v)

	if !g.in(3) {
		more += "; " + g.nested(1, v, v)
	}

	g.vars = append(append([]string{}, g.vars...), v, v)
	form := pick(g.dice, "[%s | some %s in %s%s]", "{%s | some %s in %s%s}", `{"a": %s | some %s in %s%s}`)
	if strings.HasPrefix(form, `{"a"`) {
		form = "{" + g.place() + ": %s | some %s in %s%s}"
	}

	text := fmt.Sprintf(form, g.place(), v, of, more)
	g.vars, g.closed = outer, closed
	return text
}

// called is a call of a function, "" if there is none.
func (g *generator) called() string {
	var functions []helper
	for _, h := range g.helpers {
		if h.arity > 0 {
			functions = append(functions, h)
		}
	}

	if len(functions) == 0 {
		return ""
	}

	f := pick(g.dice, functions...)
	var args []string
	for range f.arity {
		args = append(args, pick(g.dice, g.place(), g.place(), g.term(), g.literal()))
	}

	return fmt.Sprintf("%s(%s)", f.name, strings.Join(args, ", "))
}

// ruled is a reference to a rule, or to what it holds.
func (g *generator) ruled() string {
	var rules []helper
	for _, h := range g.helpers {
		if h.arity == 0 {
			rules = append(rules, h)
		}
	}

	if len(rules) == 0 {
		return "input.client." + pick(g.dice, promised...) + g.path()
	}

	r := pick(g.dice, rules...)
	switch r.kind {
	case "object", "nested", "set":
		step := pick(g.dice, "", "[_]", "["+g.key()+"]", "["+g.key()+"]")
		if step != "" && !(g.closed && step == "[_]") {
			return r.name + step + g.path()
		}
		return r.name
	}

	return r.name + pick(g.dice, "", "", g.path())
}

func (g *generator) key() string {
	if len(g.vars) > 0 && g.in(2) {
		return pick(g.dice, g.vars...) + pick(g.dice, "", ".a", ".k", ".id")
	}
	return pick(g.dice, `"x"`, `"a"`, "1", "true")
}
