package plan_test

import (
	"fmt"
	"slices"
	"strings"
)

// generator writes random policy modules. It knows what is bound, not of which
// type it is: modules that do not compile are thrown away.
type generator struct {
	*dice
	vars    []string // of the body in hand
	closed  bool     // inside a negation: no new variables
	helpers []helper // rules that can be used
	used    map[string]bool
	names   int
	depth   int

	statements []statement
}

// helper is a rule that later ones may use.
type helper struct {
	name  string
	kind  string
	arity int
}

// module is the source of a random policy, by file.
func (g *generator) module() map[string]string {
	imports := ""
	if g.in(4) {
		g.note("import")
		imports = "import input.entra.users as people\nimport input.client.fence as fence\n\n"
		g.vars = append(g.vars, "people", "people[_]", "fence")
	}

	base := slices.Clone(g.vars)
	files := map[string]string{"p.rego": "package p\n\n" + imports, "q.rego": "package p\n\n" + imports}
	for range 1 + g.n(3) {
		file := pick(g.dice, "p.rego", "q.rego")
		g.vars = slices.Clone(base)
		files[file] += g.helper() + "\n"
	}

	for _, set := range []string{"subjects", "pass", "pass", "fail"} {
		g.vars = slices.Clone(base)
		files["p.rego"] += g.set(set) + "\n"
	}

	for name, src := range files {
		files[name] = used(src)
	}

	return files
}

func (g *generator) note(construct string) { g.used[construct] = true }

func (g *generator) fresh() string {
	g.names++
	return fmt.Sprintf("v%d", g.names)
}

func (g *generator) bind(names ...string) { g.vars = append(g.vars, names...) }

// set is one rule of one of the three sets.
func (g *generator) set(name string) string {
	lines := []string{}
	var own string

	if !g.in(5) {
		own = g.fresh()
		lines = append(lines, fmt.Sprintf("some %s in input.%s", own, pick(g.dice, datasets...))+use(own))
		g.bind(own, own)
	}

	lines = append(lines, g.lines(g.n(3))...)

	if !g.in(4) {
		lines = append(lines, g.helped())
	}

	if len(lines) == 0 {
		lines = append(lines, "true")
	}

	element := g.term()
	switch n := g.n(8); {
	case own != "" && n < 4:
		element = own + "._subject"
	case own != "" && n == 4:
		element = own + ".owner"
	case own != "" && n == 5:
		element = fmt.Sprintf(`sprintf("%%v", [%s.id])`, own)
	}

	return fmt.Sprintf("%s contains %s if {\n\t%s\n}\n", name, element, strings.Join(lines, "\n\t"))
}

// helped is a statement that uses a helper.
func (g *generator) helped() string {
	v, use := g.fresh(), g.asked()
	text := pick(g.dice, use, "not "+g.inside((*generator).asked), fmt.Sprintf("%s == %s", use, g.anyText()),
		fmt.Sprintf("%s := %s", v, use), fmt.Sprintf("%s := %s; %s == %s", v, use, v, g.place()))
	if strings.HasPrefix(text, v+" :=") {
		g.bind(v)
	}

	return text
}

// helper is a rule of any kind.
func (g *generator) helper() string {
	h := helper{name: fmt.Sprintf("r%d", len(g.helpers))}
	makers := []struct {
		kind string
		rule func(helper) string
	}{
		{"complete", g.complete}, {"default", g.defaulted}, {"else", g.otherwise},
		{"set", g.partialSet}, {"set", g.partialSet}, {"object", g.partialObject}, {"nested", g.nestedPartial},
		{"function", g.function}, {"function", g.function}, {"function", g.function},
		{"function with else", g.elseFunction}, {"default function", g.defaultFunction},
	}

	m := makers[g.n(len(makers))]
	g.note(m.kind)

	h.kind = m.kind
	if strings.Contains(m.kind, "function") {
		h.arity = 1 + g.n(2)
	}

	text := m.rule(h)
	g.helpers = append(g.helpers, h)
	return text
}

// body is a rule's body, in braces.
func (g *generator) body() string { return "{\n\t" + strings.Join(g.lines(1+g.n(2)), "\n\t") + "\n}" }

// start is a body that mostly begins with a document.
func (g *generator) start() string {
	if g.in(4) {
		return g.body()
	}

	v := g.fresh()
	g.bind(v, v)
	line := fmt.Sprintf("some %s in input.%s", v, pick(g.dice, datasets...)) + use(v)

	return "{\n\t" + line + "\n\t" + strings.Join(g.lines(g.n(2)), "\n\t") + "\n}"
}

func (g *generator) complete(h helper) string {
	body := g.start()
	return fmt.Sprintf("%s := %s if %s\n", h.name, g.stable(), body)
}

// stable is a value that seldom conflicts with another one.
func (g *generator) stable() string {
	if g.in(2) {
		return g.place()
	}
	return pick(g.dice, "input.client.name", "input.client.name", "input.client.fence", "input.client.keys",
		"input.entra.users", g.comprehension())
}

func (g *generator) defaulted(h helper) string {
	body := g.start()
	fallback, value := pick(g.dice, "false", "false", "{}"), pick(g.dice, "true", g.stable(), g.stable())
	return fmt.Sprintf("default %s := %s\n\n%s := %s if %s\n", h.name, fallback, h.name, value, body)
}

func (g *generator) otherwise(h helper) string {
	first, value := g.start(), g.stable()
	g.vars = nil
	other := pick(g.dice, "false", "input.client.keys", "input.client.name")

	return fmt.Sprintf("%s := %s if %s else := %s if %s\n", h.name, value, first, other, g.start())
}

func (g *generator) partialSet(h helper) string {
	body := g.start()
	return fmt.Sprintf("%s contains %s if %s\n", h.name, g.term(), body)
}

func (g *generator) partialObject(h helper) string {
	body := g.start()
	return fmt.Sprintf("%s[%s] := %s if %s\n", h.name, g.place(), pick(g.dice, g.place(), g.place(), g.term()), body)
}

func (g *generator) nestedPartial(h helper) string {
	body := g.start()
	return fmt.Sprintf("%s[%s].%s contains %s if %s\n", h.name, g.place(), pick(g.dice, properties...), g.term(), body)
}

// parameters are those of a function, with the variables that they bind.
func (g *generator) parameters(arity int) string {
	var list []string
	g.vars = nil
	for range arity {
		v, w := g.fresh(), g.fresh()
		switch g.n(14) {
		case 0:
			g.note("array parameter")
			g.bind(v, w)
			list = append(list, fmt.Sprintf("[%s, %s]", v, w))

		case 1:
			g.note("object parameter")
			g.bind(v)
			list = append(list, fmt.Sprintf(`{"a": %s}`, v))

		case 2:
			g.note("constant parameter")
			list = append(list, pick(g.dice, `"x"`, "1", "[]", `{"a": 1}`))
		default:
			g.bind(v, v)
			list = append(list, v)
		}
	}

	return strings.Join(list, ", ")
}

func (g *generator) function(h helper) string {
	text := ""
	for range 1 + g.n(2) {
		params := g.parameters(h.arity)
		body := g.body()
		value := pick(g.dice, "true", "input.client.name", g.place(), g.place(), g.place())
		text += fmt.Sprintf("%s(%s) := %s if %s\n\n", h.name, params, value, body)
	}
	return text
}

func (g *generator) elseFunction(h helper) string {
	params := g.parameters(h.arity)
	outer := slices.Clone(g.vars)
	body := g.body()
	value := g.stable()
	g.vars = slices.Clone(outer)
	more := g.body()

	return fmt.Sprintf("%s(%s) := %s if %s else := %s if %s\n", h.name, params, value, body, g.term(), more)
}

func (g *generator) defaultFunction(h helper) string {
	wild := strings.TrimSuffix(strings.Repeat("_, ", h.arity), ", ")
	return fmt.Sprintf("default %s(%s) := %s\n\n", h.name, wild, pick(g.dice, "false", "{}", "[]")) + g.function(h)
}

// lines are statements of a body.
func (g *generator) lines(n int) (all []string) {
	for range n {
		s := pick(g.dice, g.statements...)
		g.note(s.name)
		all = append(all, s.line(g))
	}
	return all
}

// nested is a body inside another one: what it binds is not seen outside.
func (g *generator) nested(n int, vars ...string) string {
	outer := g.vars
	g.vars = append(slices.Clone(g.vars), vars...)
	g.vars = append(g.vars, vars...)
	g.depth++
	text := strings.Join(g.lines(n), "; ")
	g.depth--
	g.vars = outer

	return text
}
