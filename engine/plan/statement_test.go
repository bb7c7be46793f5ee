package plan_test

import (
	"fmt"
	"regexp"
	"slices"
)

type statement struct {
	name string
	line func(*generator) string
}

// statements are all that a body can be made of, the usual ones more than once.
func statements() []statement {
	return []statement{
		{"some", (*generator).someIn},
		{"some", (*generator).someIn},
		{"some key", (*generator).someKey},
		{"some pattern", (*generator).somePattern},
		{"index", (*generator).index},
		{"shared index", (*generator).sharedIndex},
		{"alias", (*generator).alias},
		{"alias", (*generator).alias},
		{"area", (*generator).area},
		{"array pattern", (*generator).arrayPattern},
		{"object pattern", (*generator).objectPattern},
		{"compare", (*generator).compare},
		{"compare", (*generator).compare},
		{"compare", (*generator).compare},
		{"compare composite", (*generator).compareComposite},
		{"not", (*generator).not},
		{"not", (*generator).not},
		{"every", (*generator).every},
		{"every key", (*generator).everyKey},
		{"in", (*generator).member},
		{"in", (*generator).member},
		{"key in", (*generator).memberKey},
		{"captured in", (*generator).captured},
		{"object.get", (*generator).objectGet},
		{"walk", (*generator).walk},
		{"object built-in", (*generator).objectBuiltin},
		{"count", (*generator).count},
		{"aggregate", (*generator).aggregate},
		{"set operator", (*generator).setOperator},
		{"text", (*generator).text},
		{"template", (*generator).template},
		{"truth", (*generator).truth},
		{"truth", (*generator).truth},
		{"type check", (*generator).typeCheck},
		{"composite", (*generator).composite},
		{"comprehension", (*generator).comprehended},
		{"call", (*generator).call},
		{"call", (*generator).call},
		{"rule", (*generator).rule},
		{"rule", (*generator).rule},
		{"rule", (*generator).rule},
		{"package", (*generator).pkg},
		{"computed name", (*generator).computed},
		{"promise", (*generator).promise},
		{"with", (*generator).with},
	}
}

// use marks a variable that must be used somewhere: see used.
func use(v string) string { return "; use(" + v + ")" }

var uses = regexp.MustCompile(`; use\((v\d+)\)`)

// used replaces the marks of variables that nothing uses by a use that looks at
// nothing, and takes away the others.
func used(src string) string {
	return uses.ReplaceAllStringFunc(src, func(mark string) string {
		v := uses.FindStringSubmatch(mark)[1]
		if len(regexp.MustCompile(`\b`+v+`\b`).FindAllString(src, 3)) > 2 {
			return ""
		}
		return "; " + v + ` != "z"`
	})
}

func (g *generator) someIn() string {
	v, of := g.fresh(), g.ground()
	g.bind(v, v)
	return fmt.Sprintf("some %s in %s", v, of) + use(v)
}

func (g *generator) someKey() string {
	k, v, of := g.fresh(), g.fresh(), g.ground()
	g.bind(k, v)
	return fmt.Sprintf("some %s, %s in %s", k, v, of) + use(k) + use(v)
}

func (g *generator) somePattern() string {
	v, w, of := g.fresh(), g.fresh(), g.ground()
	g.bind(v, w)
	pattern := pick(g.dice, `[%s, %s]`, `{"a": %s, "b": %s}`)

	return fmt.Sprintf("some "+pattern+" in %s", v, w, of) + use(v) + use(w)
}

// ground is a collection without wildcards, which "some" does not allow.
func (g *generator) ground() string {
	defer func(closed bool) { g.closed = closed }(g.closed)
	g.closed = true
	return g.collection()
}

func (g *generator) index() string {
	v, i, of := g.fresh(), g.fresh(), g.collection()
	g.bind(v)
	condition := pick(g.dice, "", "", fmt.Sprintf("; %s > 0", i), fmt.Sprintf("; %s == 0", i))
	return fmt.Sprintf("some %s; %s := %s[%s]%s", i, v, of, i, condition)
}

func (g *generator) sharedIndex() string {
	v, w, i := g.fresh(), g.fresh(), g.fresh()
	of, too := g.collection(), pick(g.dice, datasets...)
	g.bind(v, w)

	return fmt.Sprintf("some %s; %s := %s[%s]; %s := input.%s[%s]", i, v, of, i, w, too, i)
}

func (g *generator) alias() string {
	v, of := g.fresh(), g.place()
	g.bind(v)
	return fmt.Sprintf("%s := %s", v, of)
}

func (g *generator) area() string {
	v, w := g.fresh(), g.fresh()
	g.bind(w)
	base := pick(g.dice, "input", "input.entra", "input.entra.users", "input.client", "input[_]", "input.entra[_]")
	path := pick(g.dice,
		"", ".users", ".users[_]", "[_]", "[_][_]", "[0]", "[_][0]", ".entra.users", ".fence", "[_].users[0]")
	return fmt.Sprintf("%s := %s; %s := %s%s", v, base, w, v, path)
}

func (g *generator) arrayPattern() string {
	v, w := g.fresh(), g.fresh()
	text := fmt.Sprintf("[%s, %s] := ", v, w) + pick(g.dice, g.place(), fmt.Sprintf("[%s, %s]", g.term(), g.place()))

	if g.in(3) {
		text = fmt.Sprintf("[%s, %s] = [%s, %s]", v, g.place(), g.place(), pick(g.dice, g.constant(), g.place()))
	} else {
		g.bind(w)
	}

	g.bind(v)
	return text
}

func (g *generator) objectPattern() string {
	v := g.fresh()
	text := fmt.Sprintf(`{"a": %s} `, v) + pick(g.dice, "= "+g.place(), fmt.Sprintf(`= {"a": %s}`, g.place()),
		fmt.Sprintf(`:= {"a": %s}`, g.place()), fmt.Sprintf("= object.filter(%s, [\"a\"])", g.object()))
	g.bind(v)

	return text
}

func (g *generator) compare() string {
	op := pick(g.dice, "==", "==", "!=", "<", ">=")
	a, b := g.place(), pick(g.dice, g.constant(), g.constant(), g.place())

	if g.in(6) {
		a, b = b, a
	}

	return fmt.Sprintf("%s %s %s", a, op, b)
}

func (g *generator) compareComposite() string {
	b := pick(g.dice, "[]", "{}", "[1]", `{"a": 1}`, `{"a": "x"}`, "[[]]",
		fmt.Sprintf("[%s]", g.place()), fmt.Sprintf(`{"a": %s}`, g.place()))
	a, op := g.place(), pick(g.dice, "==", "==", "!=", "<", ">")

	if g.in(2) {
		a, b = b, a
	}

	return fmt.Sprintf("%s %s %s", a, op, b)
}

// inside makes a statement that binds nothing.
func (g *generator) inside(line func(*generator) string) string {
	outer, closed := g.vars, g.closed
	g.vars, g.closed = slices.Clone(g.vars), true
	text := line(g)
	g.vars, g.closed = outer, closed

	return text
}

func (g *generator) not() string {
	return "not " + g.inside(pick(g.dice,
		(*generator).compare, (*generator).compareComposite, (*generator).truth, (*generator).truth,
		(*generator).member, (*generator).typeCheck, (*generator).asked, (*generator).asked, (*generator).asked))
}

// asked is a call or a rule that is asked for its truth.
func (g *generator) asked() string {
	if call := g.called(); call != "" && g.in(2) {
		return call
	}
	return g.ruled()
}

func (g *generator) every() string {
	v := g.fresh()
	return fmt.Sprintf("every %s in %s { %s }", v, g.collection(), g.nested(1, v)+use(v))
}

func (g *generator) everyKey() string {
	k, v := g.fresh(), g.fresh()
	return fmt.Sprintf("every %s, %s in %s { %s }", k, v, g.collection(), g.nested(1, k, v)+use(k)+use(v))
}

func (g *generator) member() string { return fmt.Sprintf("%s in %s", g.term(), g.collection()) }

func (g *generator) memberKey() string {
	return fmt.Sprintf("%s, %s in %s", pick(g.dice, g.term(), `"a"`, "0"), g.term(), g.collection())
}

func (g *generator) captured() string {
	v := g.fresh()
	return fmt.Sprintf("%s := %s in %s; %s == %s", v, g.term(), g.collection(), v, pick(g.dice, "true", "false"))
}

func (g *generator) objectGet() string {
	v, object := g.fresh(), g.object()
	defer g.bind(v)

	key := pick(g.dice, `"a"`, `"o"`, `"k"`, `["o", "a"]`, `["o", "o"]`, `["l", 0]`,
		g.place(), fmt.Sprintf("[%s]", g.place()), "[]")
	return fmt.Sprintf("%s := object.get(%s, %s, %s)", v, object, key, pick(g.dice, g.constant(), "{}", g.place()))
}

func (g *generator) walk() string {
	p, v := g.fresh(), g.fresh()
	of, path := pick(g.dice, g.place(), g.place(), "input.entra"), pick(g.dice, p, "_", `["a"]`, `["o", "a"]`)
	text := fmt.Sprintf("walk(%s, [%s, %s])", of, path, v)
	g.bind(v, v)

	return text
}

// object is a place that is most often an object: others end the evaluation.
func (g *generator) object() string {
	if vars := g.documentVars(); len(vars) > 0 {
		v := pick(g.dice, vars...)
		union := fmt.Sprintf(`object.union({}, {"o": %s, "a": %s.a})`, v, v)
		return pick(g.dice, v, union, fmt.Sprintf("{%s.k: %s}", v, g.place()))
	}
	return fmt.Sprintf(`{"a": %s}`, g.place())
}

// documentVars are the variables that are bound twice: those over documents.
func (g *generator) documentVars() (found []string) {
	for i, v := range g.vars {
		if slices.Contains(g.vars[:i], v) {
			found = append(found, v)
		}
	}
	return found
}

func (g *generator) objectBuiltin() string {
	v, o := g.fresh(), g.object()
	text := fmt.Sprintf("%s := ", v) + pick(g.dice,
		fmt.Sprintf("object.keys(%s)", o),
		fmt.Sprintf("object.union(%s, %s)", o, g.object()),
		fmt.Sprintf(`object.filter(%s, ["a", "o"])`, o),
		fmt.Sprintf(`object.remove(%s, ["a", "k"])`, o),
		fmt.Sprintf(`json.filter(%s, ["o/a", "b"])`, o),
		fmt.Sprintf(`json.remove(%s, ["o/a"])`, o),
		fmt.Sprintf("json.marshal(%s)", g.place()))
	g.bind(v)

	return text
}

func (g *generator) count() string {
	v, of := g.fresh(), g.place()
	text := fmt.Sprintf("%s := %s; is_%s(%s); ", v, of, pick(g.dice, "array", "object"), v)

	if g.in(3) {
		of := pick(g.dice, g.comprehension(), "input.entra.users", "input.entra", g.literal())
		text = fmt.Sprintf("%s := %s; ", v, of)
	}

	return text + fmt.Sprintf("count(%s) %s %d", v, pick(g.dice, "==", "!=", "<", ">"), g.n(4))
}

func (g *generator) aggregate() string {
	v := g.fresh()
	op := pick(g.dice, "max", "min", "sort")
	of := pick(g.dice,
		fmt.Sprintf("[e | some e in %s]", g.comprehension()), fmt.Sprintf("[%s, %s]", g.place(), g.place()))
	defer g.bind(v)

	if op == "sort" {
		return fmt.Sprintf("%s := sort(%s)[_]", v, of)
	}

	return pick(g.dice, fmt.Sprintf("%s := %s(%s)", v, op, of), fmt.Sprintf("%s := sum([1 | %s])", v, g.nested(1)))
}

func (g *generator) setOperator() string {
	v := g.fresh()
	text := fmt.Sprintf("%s := {%s, 1} %s {%s, %s}", v, g.place(), pick(g.dice, "-", "&", "|"), g.place(), g.constant())
	g.bind(v)

	return text + pick(g.dice, "", fmt.Sprintf("; count(%s) == %d", v, g.n(3)))
}

func (g *generator) text() string {
	v, of := g.fresh(), g.place()
	text := fmt.Sprintf(`%s := sprintf("%%v", [%s])`, v, of) + pick(g.dice,
		"", fmt.Sprintf(`; contains(%s, "x")`, v), fmt.Sprintf(`; startswith(upper(%s), "X")`, v))
	g.bind(v)

	return text
}

func (g *generator) template() string {
	closed := g.closed
	g.closed = true
	defer func() { g.closed = closed }()

	of, op := pick(g.dice, g.place(), g.ruled()), pick(g.dice, "==", "!=")
	return fmt.Sprintf(`$"{%s} x" %s "%s x"`, of, op, pick(g.dice, "x", "1", "<undefined>", "true"))
}

func (g *generator) truth() string { return g.place() }

func (g *generator) typeCheck() string {
	return fmt.Sprintf("is_%s(%s)", pick(g.dice, "array", "object", "string", "null", "number"), g.place())
}

func (g *generator) composite() string {
	v := g.fresh()
	text := fmt.Sprintf("%s := %s", v, pick(g.dice, g.literal(), g.literal()+pick(g.dice, "[_]", "[0]", `["a"]`, ".a")))
	g.bind(v)

	return text
}

func (g *generator) comprehended() string {
	v, c := g.fresh(), g.comprehension()
	g.bind(v)
	return fmt.Sprintf("%s := %s", v, c)
}

func (g *generator) call() string {
	call := g.called()
	if call == "" {
		return g.alias()
	}
	if g.in(3) {
		return call
	}

	v := g.fresh()
	g.bind(v)
	return fmt.Sprintf("%s := %s", v, call)
}

func (g *generator) rule() string {
	v, r := g.fresh(), g.ruled()
	if g.in(4) {
		return r
	}

	g.bind(v)
	return fmt.Sprintf("%s := %s", v, r)
}

func (g *generator) pkg() string {
	if len(g.helpers) == 0 {
		return g.truth()
	}

	v, h := g.fresh(), pick(g.dice, g.helpers...)
	if h.arity > 0 {
		return g.call()
	}

	if partial := h.kind == "set" || h.kind == "object" || h.kind == "nested"; !partial || g.in(3) {
		g.bind(v)
		return fmt.Sprintf("%s := data.p.%s", v, h.name)
	}

	x, y := g.fresh(), g.fresh()

	if h.kind == "set" && g.in(2) {
		g.bind(x, y)
		return fmt.Sprintf("%s[[%s, %s]]", h.name, x, y)
	}

	g.bind(v, x)
	return fmt.Sprintf("%s := %s[%s]", v, h.name, x)
}

func (g *generator) computed() string {
	v, of := g.fresh(), g.place()
	defer g.bind(v)

	key := pick(g.dice, g.place(), `lower("A")`, `concat("", ["o"])`)

	return fmt.Sprintf("%s := %s[%s]", v, of, key)
}

func (g *generator) promise() string {
	p := "input.client." + pick(g.dice, promised...)
	return pick(g.dice, p+".k", p+".a == 1", "is_object("+p+")", "not "+p+".k", p+".l[0]",
		"not input.fleet.a", "input.msp.k", `input.as_of == "x"`,
		"not input.entra", "input.azure", "count(input) > 4")
}

func (g *generator) with() string {
	if !g.in(4) {
		return g.rule()
	}
	g.note("with, indeed")
	return g.asked() + pick(g.dice,
		" with input.entra.users as []",
		` with input as {"entra": {"users": []}}`,
		` with input.client.fence as {"k": 1}`,
		" with data.p.r0 as 1",
		" with count as 1")
}
