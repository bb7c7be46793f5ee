package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"ringfence/collectors/snapshot"
	"ringfence/engine"
	"ringfence/engine/plan"
	"ringfence/internal/access"
)

// controlPlan is a control's plan as "policy explain --format json" prints it.
type controlPlan struct {
	Local    bool                               `json:"local"` // documents are judged one by one
	Files    []string                           `json:"files"`
	Promises []string                           `json:"promises"`
	Fixed    []string                           `json:"fixed"`           // other parts of the input, such as as_of
	Joins    []string                           `json:"joins,omitempty"` // kinds of what clients have in common
	Datasets map[string]map[string]datasetReads `json:"datasets"`        // by name, then by set
}

// datasetReads is how one of a control's sets reads a dataset: how it looks for
// documents, whether it looks at several together, and what it reads of each. Kinds
// are "plain", "negated", "every", "comprehension", "aggregate".
type datasetReads struct {
	Kind   plan.Kind  `json:"kind"`
	Joined bool       `json:"joined"`
	Paths  []pathRead `json:"paths"`
}

// pathRead is a plan.Path as it is printed. Unknown: the schema has no such place.
type pathRead struct {
	Path    string    `json:"path"`
	Read    plan.Kind `json:"read"`
	Whole   plan.Kind `json:"whole,omitempty"` // how all that is below is read
	Typed   bool      `json:"typed,omitempty"`
	Unknown bool      `json:"unknown,omitempty"`
}

// setNames are the three sets of a control, in the order of plan.Plan's fields.
var setNames = []string{"subjects", "pass", "fail"}

func newControlPlan(p plan.Plan) controlPlan {
	out := controlPlan{
		Local:    p.Local,
		Files:    p.Files,
		Promises: notNil(p.Promises()),
		Joins:    p.Joins(),
		Fixed:    []string{},
		Datasets: map[string]map[string]datasetReads{},
	}

	for _, name := range p.Datasets() {
		out.Datasets[name] = map[string]datasetReads{}
	}

	fixed := map[string]bool{}
	for i, reads := range []plan.Reads{p.Subjects, p.Pass, p.Fail} {
		for name, d := range reads.Datasets {
			paths := newPathReads(d.Document.Paths(), name)
			out.Datasets[name][setNames[i]] = datasetReads{d.Kind, d.Joined, paths}
		}
		maps.Copy(fixed, reads.Fixed)
	}

	for _, name := range slices.Sorted(maps.Keys(fixed)) {
		if p.Reads(name) {
			out.Fixed = append(out.Fixed, name)
		}
	}

	return out
}

// newPathReads leaves "all below" out where the schema has nothing below: what is
// left of it is that the type counts. Of our own properties, such as _subject, not
// even that: their types are ours.
func newPathReads(paths []plan.Path, dataset string) []pathRead {
	out := []pathRead{}
	for _, p := range paths {
		property, known := propertyAt(snapshot.Schemas()[dataset], p.Path)
		if ours := strings.HasPrefix(p.Path, "/_"); ours || scalar(property) {
			p.Typed = !ours && (p.Typed || p.Whole.Gates() && !p.Read.Gates())
			p.Whole = 0
		}
		out = append(out, pathRead{p.Path, p.Read, p.Whole, p.Typed, !known})
	}

	return out
}

// propertyAt is what the schema says of a path like "/properties/*/name". Where it
// says nothing of what is below a place, any path below is known.
func propertyAt(s *snapshot.Schema, path string) (p *snapshot.Property, known bool) {
	if s == nil || path == "" || strings.HasPrefix(path, "/_") {
		return nil, true
	}

	p = &s.Property
	for _, name := range strings.Split(strings.TrimPrefix(path, "/"), "/") {
		below := p.Properties[name]
		switch {
		case name == "*" && p.Items != nil:
			below = p.Items
		case below == nil && p.Values != nil:
			below = p.Values
		case below == nil:
			return nil, !scalar(p) && (name == "*" || p.Properties == nil && p.Items == nil)
		}

		p = below
	}

	return p, true
}

// scalar reports whether the schema says that nothing is below a place.
func scalar(p *snapshot.Property) bool {
	return p != nil && len(p.Type) > 0 &&
		!slices.Contains(p.Type, "object") && !slices.Contains(p.Type, "array")
}

// pathText is a path as people read it: "/properties/**" is all below it.
func pathText(p pathRead) string {
	switch {
	case p.Path == "" && p.Whole != 0:
		return "the whole document"
	case p.Path == "":
		return "that it is there"
	case p.Whole != 0:
		return p.Path + "/**"
	}

	return p.Path
}

// planLegend says how to read a plan.
const planLegend = `
Plan: what each set reads of each dataset, and how the answer is used.
  plain    what is missing leaves its subject out of the set, no more
  negated, every, comprehension, aggregate
           that something is missing could be taken for the answer: under not, else,
           a default or object.get; in every; in a comprehension; counted, compared,
           by position or as a whole
  typed    it may be missing, but null or a wrong type could be taken for the answer
  *  each element or value    /**  all that is below    joined  several documents together
  Of what subjects reads, and of what pass reads other than plainly, nothing may be
  missing; of what pass reads typed, none may be of a wrong type: otherwise what
  depends on it is undetermined.`

// printPlan prints what a control reads, one dataset after the other.
func (a *app) printPlan(p controlPlan) error {
	a.print(planLegend + "\n\n")
	for _, name := range slices.Sorted(maps.Keys(p.Datasets)) {
		if err := a.printReads(name, p.Datasets[name]); err != nil {
			return err
		}
	}

	if len(p.Fixed) > 0 {
		a.printf("  Beside them: input.%s\n", strings.Join(p.Fixed, ", input."))
	}
	if len(p.Joins) > 0 {
		a.printf("  Of what clients have in common: %s. Where all of it is not known, nothing passes.\n",
			strings.Join(p.Joins, ", "))
	}
	if p.Local {
		a.print("  Each verdict follows from one document: documents are judged in parts.\n")
	}

	return nil
}

// printReads prints the paths that a control's sets read of one dataset, each path
// on one line: "/state   subjects: plain; pass: negated".
func (a *app) printReads(dataset string, sets map[string]datasetReads) error {
	var heads []string
	lines := map[string][]string{}
	for _, set := range setNames {
		reads, ok := sets[set]
		if !ok {
			continue
		}

		head := fmt.Sprintf("%s: %s", set, reads.Kind)
		if reads.Joined {
			head += ", joined"
		}
		heads = append(heads, head)

		for _, p := range reads.Paths {
			text := pathText(p)
			lines[text] = append(lines[text], fmt.Sprintf("%s: %s", set, kindText(p)))
		}
	}

	t := table(a.stdout, "  "+dataset, strings.Join(heads, "; "))
	for _, path := range slices.Sorted(maps.Keys(lines)) {
		tableRow(t, "    "+path, strings.Join(lines[path], "; "))
	}

	return t.Flush()
}

// kindText is how a path is read: "negated, typed".
func kindText(p pathRead) string {
	text := (p.Read | p.Whole).String()
	if p.Typed {
		text += ", typed"
	}
	if p.Unknown {
		text += ", not in the schema"
	}

	return text
}

// setPlan is what a policy set reads of one dataset: "policy plan".
type setPlan struct {
	Dataset    string     `json:"dataset"`
	Controls   []string   `json:"controls"`
	Paths      []pathRead `json:"paths"`
	Select     []string   `json:"select"` // properties of the API, nil for all
	Endpoint   string     `json:"endpoint"`
	Permission string     `json:"permission"`
}

// printSetPlan prints what the policy set as a whole reads.
func (a *app) printSetPlan(e *engine.Engine, _ []string) error {
	datasets, grant := newSetPlan(e), needed(e)
	if a.format == "json" {
		return a.json(map[string]any{
			"schema": "ringfence.plan/1", "datasets": datasets, "permissions": grant.union(),
			"tenants": grant,
		})
	}

	for _, d := range datasets {
		a.printf("%s  (%s)\n", d.Dataset, strings.Join(d.Controls, ", "))
		a.printf("  from   %s\n  needs  %s\n", d.Endpoint, d.Permission)

		head := "reads"
		for _, p := range d.Paths {
			text := pathText(p)
			if p.Unknown {
				text += "  (not in the schema)"
			}
			a.printf("  %-5s  %s\n", head, text)
			head = ""
		}
	}

	a.printConsent(grant)
	return nil
}

func newSetPlan(e *engine.Engine) []setPlan {
	fields, controls := map[string]*plan.Field{}, map[string][]string{}
	for _, c := range e.Controls() {
		p, _ := e.Plan(c.ID)
		for _, name := range p.Datasets() {
			if fields[name] == nil {
				fields[name] = &plan.Field{}
			}
			fields[name].Add(p.Document(name))
			controls[name] = append(controls[name], c.ID)
		}
	}

	datasets := []setPlan{}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		schema := snapshot.Schemas()[name]
		datasets = append(datasets, setPlan{
			Dataset:    name,
			Controls:   controls[name],
			Paths:      newPathReads(fields[name].Paths(), name),
			Select:     access.Selected(fields[name]),
			Endpoint:   schema.Source.Endpoint,
			Permission: schema.Permission,
		})
	}

	return datasets
}
