package plan

import (
	"maps"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
)

// Dataset is how a set reads one dataset.
type Dataset struct {
	// Kind is how its documents are looked for. What a plain look concludes can
	// only get lost when a document is missing; any other conclusion can change.
	Kind Kind
	// Joined: one rule may look at more than one document at a time, or give
	// something else than the document's own _subject, so that what one document
	// lacks can decide about another.
	Joined bool
	// Document is what is read of each document.
	Document *Field
}

// Reads is what one of a control's three sets can read.
type Reads struct {
	// Datasets by full name.
	Datasets map[string]Dataset
	// Promises maps the attributes of input.client that are read
	// ("client.fence") to whether every rule needs them: without the promise the
	// set is empty, whatever the evidence is.
	Promises map[string]bool
	// Fixed are the other parts of the input that are read: "as_of",
	// "collected_at", "fleet", "msp".
	Fixed map[string]bool
	// Params are the control's parameters that are read by name (input.params.x).
	Params map[string]bool
}

// Plan is what a control can read, set by set.
type Plan struct {
	Subjects, Pass, Fail Reads
	// Local: each element of the three sets follows from one document of one
	// dataset and the rest of the input, so that documents can be judged in parts.
	Local bool
	// Files are the policy files whose rules are behind the sets, sorted.
	Files []string
}

func (p Plan) sets() []Reads { return []Reads{p.Subjects, p.Pass, p.Fail} }

// Datasets are all datasets of the plan, sorted.
func (p Plan) Datasets() []string {
	all := map[string]bool{}
	for _, r := range p.sets() {
		for d := range r.Datasets {
			all[d] = true
		}
	}
	return slices.Sorted(maps.Keys(all))
}

// Document is what any of the sets reads of a dataset's documents, nil for
// nothing.
func (p Plan) Document(dataset string) *Field {
	var all *Field
	for _, r := range p.sets() {
		if d, reads := r.Datasets[dataset]; reads {
			if all == nil {
				all = &Field{}
			}
			all.Add(d.Document)
		}
	}

	return all
}

// Promises are the attributes of input.client that the plan reads, sorted.
func (p Plan) Promises() []string {
	all := map[string]bool{}
	for _, r := range p.sets() {
		for d := range r.Promises {
			all[d] = true
		}
	}
	return slices.Sorted(maps.Keys(all))
}

// Reads reports whether some set reads a fixed part of the input ("as_of").
func (p Plan) Reads(fixed string) bool {
	return slices.ContainsFunc(p.sets(), func(r Reads) bool { return r.Fixed[fixed] })
}

// Params are the control's parameters that some set reads by name.
func (p Plan) Params() []string {
	all := map[string]bool{}
	for _, r := range p.sets() {
		maps.Copy(all, r.Params)
	}
	return slices.Sorted(maps.Keys(all))
}

// fixed are the parts of the input that are neither the client's promises nor
// evidence.
var fixed = []string{"as_of", "collected_at", "fleet", "msp"}

// Analyse plans the control in package pkg ("data.ringfence.…"). known are the
// full names of all datasets, attributes those of input.client that can be null.
func Analyse(c *ast.Compiler, pkg ast.Ref, known, attributes []string) Plan {
	a := &analysis{
		compiler: c, known: known, attributes: attributes,
		files: map[string]bool{}, lookups: lookupCounter{c, map[*ast.Rule]lookups{}}, local: true,
	}
	rules := func(set string) []*ast.Rule { return c.GetRulesExact(pkg.Append(ast.StringTerm(set))) }

	subjectItself := func(entry *origin) *origin { return entry }
	subjectOfEntry := func(entry *origin) *origin { return entry.property("subject", 0) }
	p := Plan{
		Subjects: a.set(rules("subjects"), subjectItself),
		Pass:     a.set(rules("pass"), subjectItself),
		Fail:     a.set(rules("fail"), subjectOfEntry),
	}

	p.Local = a.local && len(p.Datasets()) > 0
	p.Files = slices.Sorted(maps.Keys(a.files))
	return p
}

// analysis is the analysis of one control.
type analysis struct {
	compiler          *ast.Compiler
	known, attributes []string

	files   map[string]bool // of the rules that were walked
	lookups lookupCounter
	local   bool // of all rules so far: see [Plan.Local]
}

// set plans the rules of one set. subject finds what an element of it is about.
func (a *analysis) set(rules []*ast.Rule, subject func(*origin) *origin) Reads {
	w := newWalker(a.compiler, a.known, a.files)
	subjects := make([]*origin, len(rules))
	for i, rule := range rules {
		subjects[i] = subject(w.rule(rule, 0).value.setElements()) // walking marks what the rule reads
	}

	reads := w.reads(a.known, a.attributes)
	joined := map[string]bool{}
	for i, rule := range rules {
		found := a.lookups.rule(rule)
		a.local = a.local && found.local(rule)

		isAboutItsDocument := w.isProperty(subjects[i], "_subject")
		for name := range reads.Datasets {
			several := found.count[name]+found.count[""] > 1
			joined[name] = joined[name] || !isAboutItsDocument || several
		}
	}

	for name, d := range reads.Datasets {
		d.Joined = joined[name]
		reads.Datasets[name] = d
	}

	for promise := range (promiseFinder{a.compiler}).neededByAll(rules) {
		reads.Promises[promise] = true
	}

	return reads
}

// Rules plans each rule of one of a control's sets by itself, in the order in which
// the compiler has them: what decides that it holds of a document. What only makes
// the words of an entry is left out, where the entry is about a document's own
// _subject.
//
// Example: a rule finds a guest who holds a role and looks up the role's name for
// its message. Without the names it would say less, and be no less right.
func Rules(c *ast.Compiler, pkg ast.Ref, set string, known, attributes []string) (rules []*ast.Rule, reads []Reads) {
	rules = c.GetRulesExact(pkg.Append(ast.StringTerm(set)))
	for _, rule := range rules {
		w := newWalker(c, known, map[string]bool{})
		subject := w.rule(rule, 0).value.setElements().property("subject", 0)
		if w.isProperty(subject, "_subject") {
			w = newWalker(c, known, map[string]bool{})
			w.rule(decision(c, rule), 0)
		}

		reads = append(reads, w.reads(known, attributes))
	}

	return rules, reads
}

// decision is a rule without what only makes the value that it gives.
func decision(c *ast.Compiler, rule *ast.Rule) *ast.Rule {
	head := *rule.Head
	head.Key = ast.BooleanTerm(true)
	body := totality{c}.decided(rule.Body)
	return &ast.Rule{Head: &head, Body: body, Location: rule.Location, Module: rule.Module}
}

// isProperty reports whether a value is a property of documents, and nothing else.
func (w *walker) isProperty(v *origin, name string) bool {
	return v.isOnly(func(p *Field) bool {
		for array := range w.datasets {
			if array.Any != nil && array.Any.Names[name] == p {
				return true
			}
		}
		return false
	})
}

func newWalker(c *ast.Compiler, known []string, files map[string]bool) *walker {
	w := &walker{
		compiler: c,

		root: &Field{}, files: files,
		datasets: map[*Field]string{}, presence: map[string]bool{},
		summaries: map[string]summary{}, signatures: newSignatures(),
	}
	for _, name := range known {
		area, leaf, _ := strings.Cut(name, ".")
		w.datasets[w.root.Name(area).Name(leaf)] = name
		for _, any := range []*Field{w.root.Name(area).Each(), w.root.Each().Name(leaf), w.root.Each().Each()} {
			w.datasets[any] = "" // of a name that is computed
		}
	}

	return w
}

// reads turns the marks below root into what was read of each known part.
func (w *walker) reads(known, attributes []string) Reads {
	r := Reads{
		Datasets: map[string]Dataset{}, Promises: map[string]bool{},
		Fixed: map[string]bool{}, Params: map[string]bool{},
	}

	areas := map[string]*Field{}
	for _, name := range known {
		area, _, _ := strings.Cut(name, ".")
		if areas[area] == nil {
			areas[area] = w.root.under(area)
		}
		if d, read := w.dataset(name, areas[area]); read {
			r.Datasets[name] = d
		}
	}

	for _, name := range attributes {
		if w.root.under("client").under(name).read() {
			r.Promises["client."+name] = false
		}
	}
	for _, name := range fixed {
		r.Fixed[name] = w.root.under(name).read()
	}
	for name := range w.root.Name("params").Names {
		r.Params[name] = true
	}

	return r
}

// dataset is how a dataset is read, whose area was read as a field says.
func (w *walker) dataset(name string, area *Field) (d Dataset, read bool) {
	_, leaf, _ := strings.Cut(name, ".")
	array := area.under(leaf)
	kind := array.Read | array.Whole
	if w.presence[name] || !area.reads() {
		kind |= area.Read // whether the area is there is asked
	}

	if kind == 0 {
		return d, false
	}

	d = Dataset{Kind: kind, Document: &Field{Whole: array.Whole}}
	if array.Any != nil {
		d.Kind |= array.Any.Read
		d.Document.Add(array.Any)
	}

	return d, true
}

// under is what is read below a name: what the name itself, any name, or the
// whole says.
func (f *Field) under(name string) *Field {
	if named := f.Names[name]; named != nil && f.Whole == 0 && !f.Any.touched() {
		return named
	}

	all := &Field{Whole: f.Whole}
	all.Add(f.Names[name])
	all.Add(f.Any)

	return all
}

// touched reports whether anything is read at or below a field.
func (f *Field) touched() bool {
	if f == nil {
		return false
	}

	found := f.read() || f.Any.touched()
	for _, c := range f.Names {
		found = found || c.touched()
	}

	return found
}

// reads reports whether anything just below a field is read.
func (f *Field) reads() bool {
	found := f.Whole != 0 || f.Any != nil && f.Any.read()
	for _, c := range f.Names {
		found = found || c.read()
	}
	return found
}

func (f *Field) read() bool { return f.Read|f.Whole != 0 }
