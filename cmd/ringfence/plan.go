package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"ringfence/collectors/snapshot"
	"ringfence/engine"
	"ringfence/engine/plan"
	"ringfence/internal/terminal"
)

// planOf is a control's plan as "policy explain --format json" prints it.
type planOf struct {
	Local    bool                          `json:"local"`
	Files    []string                      `json:"files"`
	Promises []string                      `json:"promises"`
	Fixed    []string                      `json:"fixed"`
	Datasets map[string]map[string]readsOf `json:"datasets"` // by name, then by set
}

// readsOf is how one set reads a dataset: how it looks for documents, whether it
// looks at several together, and what of each. Kinds are "plain", "negated",
// "every", "comprehension", "aggregate".
type readsOf struct {
	Kind   plan.Kind `json:"kind"`
	Joined bool      `json:"joined"`
	Paths  []pathOf  `json:"paths"`
}

var setNames = []string{"subjects", "pass", "fail"}

func newPlan(p plan.Plan) planOf {
	out := planOf{Local: p.Local, Files: p.Files, Promises: append([]string{}, p.Promises()...), Fixed: []string{}, Datasets: map[string]map[string]readsOf{}}
	for _, name := range p.Datasets() {
		out.Datasets[name] = map[string]readsOf{}
	}

	fixed := map[string]bool{}
	for i, r := range []plan.Reads{p.Subjects, p.Pass, p.Fail} {
		for name, d := range r.Datasets {
			out.Datasets[name][setNames[i]] = readsOf{d.Kind, d.Joined, described(d.Document.Paths(), name)}
		}
		for name, reads := range r.Fixed {
			fixed[name] = fixed[name] || reads
		}
	}

	for _, name := range slices.Sorted(maps.Keys(fixed)) {
		if fixed[name] {
			out.Fixed = append(out.Fixed, name)
		}
	}

	return out
}

// pathOf is a plan.Path as it is printed. Unknown: the schema describes no such
// place.
type pathOf struct {
	Path    string    `json:"path"`
	Read    plan.Kind `json:"read"`
	Whole   plan.Kind `json:"whole,omitempty"`
	Typed   bool      `json:"typed,omitempty"`
	Unknown bool      `json:"unknown,omitempty"`
}

// described leaves "all below" out where the schema has nothing below: what is
// left of it is that the type counts, but of our own properties, which have theirs.
func described(paths []plan.Path, dataset string) []pathOf {
	out := []pathOf{}
	for _, p := range paths {
		property, known := at(snapshot.Schemas()[dataset], p.Path)
		if ours := strings.HasPrefix(p.Path, "/_"); ours || scalar(property) {
			p.Typed = !ours && (p.Typed || p.Whole.Gates() && !p.Read.Gates())
			p.Whole = 0
		}
		out = append(out, pathOf{p.Path, p.Read, p.Whole, p.Typed, !known})
	}

	return out
}

// at is what the schema says of a path. Where it says nothing of what is below a
// place, any path below is known.
func at(s *snapshot.Schema, path string) (p *snapshot.Property, known bool) {
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

// scalar: the schema says that nothing is below a place.
func scalar(p *snapshot.Property) bool {
	return p != nil && len(p.Type) > 0 && !slices.Contains(p.Type, "object") && !slices.Contains(p.Type, "array")
}

// pathText is a path as people read it: "/properties/**" is all below it.
func pathText(p pathOf) string {
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

// printPlan prints what a control reads, a dataset after the other.
func (a *app) printPlan(p planOf) error {
	a.print(planLegend + "\n\n")
	for _, name := range slices.Sorted(maps.Keys(p.Datasets)) {
		lines := map[string][]string{}
		var looks []string
		for _, set := range setNames {
			r, reads := p.Datasets[name][set]
			if !reads {
				continue
			}

			look := fmt.Sprintf("%s: %s", set, r.Kind)

			if r.Joined {
				look += ", joined"
			}

			looks = append(looks, look)

			for _, path := range r.Paths {
				text := pathText(path)
				lines[text] = append(lines[text], fmt.Sprintf("%s: %s", set, kindText(path)))
			}
		}

		t := table(a.stdout, "  "+name, strings.Join(looks, "; "))
		for _, path := range slices.Sorted(maps.Keys(lines)) {
			terminal.Printf(t, "    %s\t%s\n", path, strings.Join(lines[path], "; "))
		}

		if err := t.Flush(); err != nil {
			return err
		}
	}

	if len(p.Fixed) > 0 {
		a.printf("  Beside them: input.%s\n", strings.Join(p.Fixed, ", input."))
	}

	if p.Local {
		a.print("  Each verdict follows from one document: documents are judged in parts.\n")
	}

	return nil
}

func kindText(p pathOf) string {
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
	Dataset    string   `json:"dataset"`
	Controls   []string `json:"controls"`
	Paths      []pathOf `json:"paths"`
	Select     []string `json:"select"` // properties of the API, nil for all
	Endpoint   string   `json:"endpoint"`
	Permission string   `json:"permission"`
}

// planSet prints what the policy set as a whole reads.
func (a *app) planSet(e *engine.Engine) error {
	all, grant := setPlans(e), needed(policyEntries(e))
	if a.format == "json" {
		return a.json(map[string]any{"schema": "ringfence.plan/1", "datasets": all, "permissions": grant.union(), "tenants": grant})
	}

	for _, s := range all {
		a.printf("%s  (%s)\n  from   %s\n  needs  %s\n", s.Dataset, strings.Join(s.Controls, ", "), s.Endpoint, s.Permission)
		for i, p := range s.Paths {
			text := pathText(p)
			if p.Unknown {
				text += "  (not in the schema)"
			}
			a.printf("  %-5s  %s\n", first(i == 0, "reads"), text)
		}
	}

	a.printConsent(grant)
	return nil
}

// first is the word in front of a list, and nothing in front of its other lines.
func first(is bool, word string) string {
	if is {
		return word
	}
	return ""
}

func setPlans(e *engine.Engine) []setPlan {
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

	all := []setPlan{}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		s := snapshot.Schemas()[name]
		all = append(all, setPlan{
			Dataset: name, Controls: controls[name], Paths: described(fields[name].Paths(), name), Select: selected(fields[name]),
			Endpoint: s.Source.Endpoint, Permission: s.Permission,
		})
	}

	return all
}

// selected are the API's properties that are read; nil where all may be.
func selected(f *plan.Field) []string {
	if f.Whole != 0 || f.Any != nil {
		return nil
	}

	names := []string{}
	for _, name := range slices.Sorted(maps.Keys(f.Names)) {
		if !strings.HasPrefix(name, "_") {
			names = append(names, name)
		}
	}

	return names
}
