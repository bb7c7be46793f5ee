package plan

import (
	"maps"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
)

// Plan is what a control can read, set by set.
type Plan struct {
	Subjects, Pass, Fail Reads
	// Local: each element of the three sets follows from one document of one
	// dataset and the rest of the input, so that documents can be judged in parts.
	Local bool
	// Files are the policy files whose rules are behind the sets, sorted.
	Files []string
}

// Reads is what one of a control's three sets can read.
type Reads struct {
	// Datasets by full name.
	Datasets map[string]Dataset
	// Promises maps the attributes of input.client that are read
	// ("client.fence"), and [MSPPromises] ("msp.walls"), to whether every rule needs them: without the promise the
	// set is empty, whatever the evidence is.
	Promises map[string]bool
	// Fixed are the other parts of the input that are read: "as_of",
	// "collected_at", "fleet", "msp", "reach", "snapshot".
	Fixed map[string]bool
	// Joins are what is read of what clients have in common, and how: [PathJoin] for
	// input.fleet.paths, and the kinds of input.fleet.links. [AnyJoin] stands for all.
	Joins map[string]Kind
	// Params are the control's parameters that are read by name (input.params.x).
	Params map[string]bool
}

const (
	// PathJoin is the kind of join that input.fleet.paths are of.
	PathJoin = "path"
	// ReachJoin is the kind of join that input.reach is of.
	ReachJoin = "reach"
	// AnyJoin is read by who looks at input.fleet.links without naming a kind.
	AnyJoin = "*"
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

func (p Plan) sets() []Reads { return []Reads{p.Subjects, p.Pass, p.Fail} }

// Datasets are all datasets of the plan, sorted.
func (p Plan) Datasets() []string {
	return union(p, func(r Reads) map[string]Dataset { return r.Datasets })
}

// Promises are the attributes of input.client that the plan reads, sorted.
func (p Plan) Promises() []string {
	return union(p, func(r Reads) map[string]bool { return r.Promises })
}

// Joins are the kinds of joins that some set reads, sorted.
func (p Plan) Joins() []string {
	return union(p, func(r Reads) map[string]Kind { return r.Joins })
}

// Params are the control's parameters that some set reads by name, sorted.
func (p Plan) Params() []string {
	return union(p, func(r Reads) map[string]bool { return r.Params })
}

// union are the names that any of the sets has, sorted.
func union[V any](p Plan, names func(Reads) map[string]V) []string {
	all := map[string]V{}
	for _, r := range p.sets() {
		maps.Copy(all, names(r))
	}
	return slices.Sorted(maps.Keys(all))
}

// Reads reports whether some set reads a fixed part of the input ("as_of").
func (p Plan) Reads(fixed string) bool {
	return slices.ContainsFunc(p.sets(), func(r Reads) bool { return r.Fixed[fixed] })
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

// MSPPromises are the attributes of input.msp that the service provider promised, or null.
var MSPPromises = []string{"max_reach", "walls"}

// fixed are the parts of the input that are neither the client's promises nor
// evidence.
var fixed = []string{"as_of", "collected_at", "fleet", "msp", "reach", "records", "snapshot"}

// Analyse plans the control in package pkg ("data.ringfence.…"). known are the
// full names of all datasets, attributes those of input.client.
func Analyse(c *ast.Compiler, pkg ast.Ref, known, attributes []string) Plan {
	a := &analysis{
		compiler: c, known: known, attributes: attributes,
		counter: lookupCounter{c, map[*ast.Rule]lookups{}},
		files:   map[string]bool{}, local: true,
	}

	p := Plan{Subjects: a.set(pkg, "subjects"), Pass: a.set(pkg, "pass"), Fail: a.set(pkg, "fail")}
	p.Local = a.local && len(p.Datasets()) > 0
	p.Files = slices.Sorted(maps.Keys(a.files))
	return p
}

// analysis is what the sets of a control share.
type analysis struct {
	compiler          *ast.Compiler
	known, attributes []string
	counter           lookupCounter

	// What is found out on the way: see Plan.
	files map[string]bool
	local bool
}

// set plans one set.
func (a *analysis) set(pkg ast.Ref, name string) Reads {
	rules := a.compiler.GetRulesExact(pkg.Append(ast.StringTerm(name)))
	w := newWalker(a.compiler, a.known, a.files)

	about := make([]*origin, len(rules)) // what the elements that each rule gives are about
	for i, rule := range rules {
		about[i] = w.rule(rule, 0).value.setElements()
		if name == "fail" {
			about[i] = about[i].property("subject", 0)
		}
	}

	reads := w.reads(a.known, a.attributes)
	for i, rule := range rules {
		found := a.counter.rule(rule)
		a.local = a.local && found.local(rule)

		isAboutOne := w.isProperty(about[i], "_subject")
		for dataset, d := range reads.Datasets {
			d.Joined = d.Joined || !isAboutOne || found.count[dataset]+found.count[""] > 1
			reads.Datasets[dataset] = d
		}
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
func Rules(
	c *ast.Compiler, pkg ast.Ref, set string, known, attributes []string,
) (rules []*ast.Rule, reads []Reads) {
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

// Values plans each rule of a set as [Rules] does, with all that makes its entries: they are
// what is asked for, and not the words about a subject.
func Values(c *ast.Compiler, pkg ast.Ref, set string, known, attributes []string) (rules []*ast.Rule, reads []Reads) {
	rules = c.GetRulesExact(pkg.Append(ast.StringTerm(set)))
	for _, rule := range rules {
		w := newWalker(c, known, map[string]bool{})
		w.rule(rule, 0)
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

func newWalker(c *ast.Compiler, known []string, files map[string]bool) *walker {
	w := &walker{
		compiler: c,
		root:     &Field{}, files: files,
		datasets: map[*Field]string{}, presence: map[string]bool{},
		summaries: map[string]summary{}, signatures: newSignatures(),
	}

	for _, name := range known {
		area, leaf, _ := strings.Cut(name, ".")
		named, any := w.root.Name(area), w.root.Each()
		w.datasets[named.Name(leaf)] = name
		for _, computed := range []*Field{named.Each(), any.Name(leaf), any.Each()} {
			w.datasets[computed] = ""
		}
	}
	return w
}

// isProperty reports whether a value can be nothing but a document's property of
// this name.
func (w *walker) isProperty(o *origin, name string) bool {
	return o.isOnly(func(place *Field) bool {
		for array := range w.datasets {
			if array.Any != nil && array.Any.Names[name] == place {
				return true
			}
		}
		return false
	})
}

// reads turns the marks below root into what was read of each known part.
func (w *walker) reads(known, attributes []string) Reads {
	r := Reads{
		Datasets: map[string]Dataset{}, Promises: map[string]bool{},
		Fixed: map[string]bool{}, Params: map[string]bool{}, Joins: w.joins(),
	}

	areas := map[string]*Field{}
	for _, name := range known {
		area, leaf, _ := strings.Cut(name, ".")
		if areas[area] == nil {
			areas[area] = w.root.under(area)
		}
		if d := w.dataset(name, areas[area], leaf); d.Kind != 0 {
			r.Datasets[name] = d
		}
	}

	client, msp := w.root.under("client"), w.root.under("msp")
	for _, name := range attributes {
		if client.under(name).isRead() {
			r.Promises["client."+name] = false
		}
	}
	for _, name := range MSPPromises {
		if msp.under(name).isRead() {
			r.Promises["msp."+name] = false
		}
	}
	for _, name := range fixed {
		r.Fixed[name] = w.root.under(name).isRead()
	}
	for name := range w.root.Name("params").Names {
		r.Params[name] = true
	}

	return r
}

// joins is how what clients have in common was read.
func (w *walker) joins() map[string]Kind {
	fleet := w.root.under("fleet")
	read := map[string]Kind{}
	if how := fleet.under("paths").asList(); how != 0 {
		read[PathJoin] = how
	}

	if how := w.root.under("reach").anywhere(); how != 0 {
		read[ReachJoin] = how
	}

	links := fleet.under("links")
	for kind := range links.Names {
		if how := links.under(kind).asList(); how != 0 {
			read[kind] = how
		}
	}
	if links.Whole != 0 || links.Any.isTouched() || links.isRead() && !links.readsBelow() {
		read[AnyJoin] = links.asList()
	}

	return read
}

// dataset is how one dataset was read, which is called leaf in its area; Kind is 0
// where it was not.
func (w *walker) dataset(name string, area *Field, leaf string) (d Dataset) {
	array := area.under(leaf)
	kind := array.Read | array.Whole
	if w.presence[name] || !area.readsBelow() {
		kind |= area.Read // whether the area is there is asked
	}
	if kind == 0 {
		return d
	}

	d = Dataset{Kind: kind, Document: &Field{Whole: array.Whole}}
	if array.Any != nil {
		d.Kind |= array.Any.Read
		d.Document.Add(array.Any)
	}
	return d
}
