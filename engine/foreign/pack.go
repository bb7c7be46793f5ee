package foreign

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"ringfence/engine/finding"
	"ringfence/engine/plan"
	"ringfence/engine/policyset"
	"ringfence/engine/query"
)

// Pack is a compiled pack. It is safe for concurrent use.
type Pack struct {
	Manifest Manifest
	controls []control // by id
	products []product
}

// product is what one shim asks.
type product struct {
	shim
	query  query.Query
	rules  []rule
	family string
}

// rule is one rule of the set behind a shim, and what it reads.
type rule struct {
	query.Rule
	reads *plan.Field // of the input
	ids   []string    // of the controls that its results can be about; nil: of any of the product
}

// control is one policy of the pack.
type control struct {
	finding.Control
	product int // its position
	rules   []rule
}

// Load compiles and plans what [Bundle] made. An error names file and line.
func Load(files policyset.Files) (*Pack, error) {
	m, err := manifestOf(files)
	if err != nil {
		return nil, err
	}

	ofPack := func(path string) bool { return strings.HasPrefix(path, packFolder) }
	compiler, err := files.CompileForeign(func(path string) bool { return m.V0 && ofPack(path) })
	if err == nil {
		err = policyset.DefinedData(compiler, ofPack)
	}
	if err != nil {
		return nil, err
	}

	own := policyset.Files{}
	for path, data := range files {
		if name, ok := strings.CutPrefix(path, packFolder); ok {
			own[name] = data
		}
	}

	p := &Pack{Manifest: m}
	for _, s := range shims(m, own) {
		if err := p.add(compiler, s); err != nil {
			return nil, err
		}
	}

	slices.SortFunc(p.controls, func(a, b control) int { return strings.Compare(a.ID, b.ID) })
	for i := range p.controls[min(1, len(p.controls)):] {
		if p.controls[i].ID == p.controls[i+1].ID {
			return nil, fmt.Errorf("two products of the pack have a policy %s", p.controls[i].ID)
		}
	}

	return p, p.checkProducts()
}

// checkProducts refuses a product without a control: nothing would be judged, and
// nothing be said.
func (p *Pack) checkProducts() error {
	for _, name := range p.Manifest.Products {
		of := func(c control) bool { return p.products[c.product].shim.product == name }
		if !slices.ContainsFunc(p.controls, of) {
			rules := "a set tests with a PolicyId in each result"
			if p.Manifest.Kind == Conftest {
				rules = "a rule deny, warn or violation"
			}
			return fmt.Errorf("product %q: no package %s in the pack has %s", name, name, rules)
		}
	}
	return nil
}

// add plans what a shim asks.
func (p *Pack) add(compiler *ast.Compiler, s shim) (err error) {
	at := product{shim: s, family: strings.ReplaceAll(s.product, ".", "_")}
	pkg := ast.MustParseRef("data." + s.pkg)
	if at.query, err = query.Prepare(compiler, pkg, "subjects", "pass", "fail"); err != nil {
		return err
	}

	severity, title := map[string]string{}, map[string]string{} // by control
	set := ast.MustParseRef("data." + s.product + "." + s.rule)
	for _, e := range plan.Elements(compiler, set, "PolicyId", "Criticality", "Severity", "Title") {
		if e.Rule.Head.RuleKind() != ast.MultiValue {
			return fmt.Errorf("%s is not a partial set (%s contains … if …)", e.Rule.Location, s.rule)
		}

		r := rule{Rule: query.Alone(e.Rule), reads: e.Input, ids: e.Texts["PolicyId"]}
		if p.Manifest.Kind == Conftest {
			r.ids = []string{s.product + "." + s.rule}
			severity[r.ids[0]] = p.Manifest.severity(conftestRule.FindStringSubmatch(s.rule)[1])
		}
		for _, id := range r.ids {
			if !finding.IsForeignID(id) {
				return fmt.Errorf("%s: %q does not look like the id of a policy (MS.AAD.1.1v1)", e.Rule.Location, id)
			}
			if severity[id] == "" {
				severity[id] = p.severityOf(e)
			}
			title[id] = cmp.Or(title[id], strings.Join(e.Texts["Title"], " "))
		}

		at.rules = append(at.rules, r)
	}

	p.products = append(p.products, at)
	for _, id := range slices.Sorted(maps.Keys(severity)) {
		c := p.control(at, id, severity[id])
		if title[id] != "" {
			c.Title = strings.Join(strings.Fields(title[id]), " ")
		}
		p.controls = append(p.controls, c)
	}

	return nil
}

// severityOf is what a rule says of the severity of its policy: in our words, or in
// the pack's.
func (p *Pack) severityOf(e plan.Element) string {
	if said := e.Texts["Severity"]; len(said) == 1 && slices.Contains(finding.Severities, said[0]) {
		return said[0]
	}
	return p.Manifest.severity(strings.Join(e.Texts["Criticality"], ""))
}

// control is the description of one policy, and the rules that can be about it.
func (p *Pack) control(at product, id, severity string) control {
	m := p.Manifest
	c := control{product: len(p.products) - 1, Control: finding.Control{
		ID:       id,
		Package:  at.shim.product,
		Title:    m.Title + ": " + id,
		Family:   at.family,
		Severity: severity,
		Scope:    finding.ClientScope,
		Description: "A policy of the pack " + m.Name + ", which runs unmodified. What it asks for is in the " +
			"pack's own documents: " + m.Source,
		Remediation: "See what the pack's own documents say of " + id + ": " + m.Source,
		Limits: "The input is a file that another tool wrote and ringfence did not read from the tenant: what it " +
			"says is taken at its word. What the policy reads of it must be there; whether it is all that there " +
			"is in the tenant, nothing proves.",
		Maps:   map[string][]string{},
		Params: map[string]finding.Param{},
	}}

	if m.Kind == Results {
		c.Description = "What another tool says of " + id + ", held to the evidence of a snapshot: " + m.Source
		c.Remediation = "Of a failure, see the other tool. Of a pass without evidence, collect what shows it."
		c.Limits = "It is the other tool's word. That its evidence is there does not say that it was judged rightly."
	}

	for _, r := range at.rules {
		if r.ids == nil || slices.Contains(r.ids, id) {
			c.rules = append(c.rules, r)
		}
	}

	return c
}

// Controls are the policies of the pack, by id.
func (p *Pack) Controls() (all []finding.Control) {
	for _, c := range p.controls {
		all = append(all, c.Control)
	}
	return all
}

// Families are the products of the pack.
func (p *Pack) Families() (all []finding.Family) {
	seen := map[string]bool{}
	for _, at := range p.products {
		if !seen[at.family] {
			seen[at.family] = true
			all = append(all, finding.Family{
				ID:       at.family,
				Name:     at.shim.product,
				Title:    p.Manifest.Title + ": " + at.shim.product,
				Question: "Does the input keep what " + p.Manifest.Title + " asks of " + at.shim.product + "?",
				Order:    len(all) + 1,
			})
		}
	}
	return all
}

// Keys are the parts of the input that a control reads, sorted: the keys of the
// input's object. all: it may read any of it.
func (p *Pack) Keys(id string) (keys []string, all bool) {
	i := slices.IndexFunc(p.controls, func(c control) bool { return c.ID == id })
	if i < 0 {
		return nil, false
	}

	read := map[string]bool{}
	for _, r := range p.controls[i].rules {
		all = all || r.readsAll()
		for name := range r.reads.Names {
			read[name] = true
		}
	}
	return slices.Sorted(maps.Keys(read)), all
}

// readsAll reports whether nobody can say which parts of the input a rule reads.
func (r rule) readsAll() bool { return r.reads.Whole != 0 || r.reads.Any != nil }
