package policycheck

import (
	"cmp"
	"maps"
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"

	"ringfence/engine/policyset"
)

// The kinds of problems.
const (
	Syntax   = "syntax"   // it is no Rego
	Compile  = "compile"  // OPA's strict compiler refuses it
	Name     = "name"     // no rule, function or variable has the name
	Property = "property" // no schema has the property
	Purity   = "purity"   // a policy may not use it
	Metadata = "metadata" // METADATA lacks something, or has what nobody reads
	Form     = "form"     // the file is not as a control has to be
	Plan     = "plan"     // what the control reads
)

// Problem is one thing that is wrong with a policy, and where.
type Problem struct {
	File    string `json:"file"`
	Line    int    `json:"line"`
	Column  int    `json:"column"`
	Kind    string `json:"kind"`
	Text    string `json:"text"`
	Nearest string `json:"nearest,omitempty"` // the name that was perhaps meant
}

// Set is what is checked: an author's own files, and the built-in set that they are
// compiled with, nil for none.
type Set struct {
	Own     policyset.Files
	Base    policyset.Files
	Replace []string // ids of built-in controls in whose place the author's stand
}

// Report is all that was found.
type Report struct {
	Files    int       `json:"files"`
	Controls int       `json:"controls"`
	Problems []Problem `json:"problems"` // by file and line
}

// checker looks through the files of one set.
type checker struct {
	own      map[string]*ast.Module // those that parse
	text     policyset.Files
	compiler *ast.Compiler // nil where even what is left of broken rules does not compile
	problems []Problem
	broken   map[string]bool // files with a problem
	controls int
}

// Check says all that is wrong with the files of a set. An error is a
// *[policyset.ClashError]: the set and the built-in one do not go together.
func Check(s Set) (Report, error) {
	c := &checker{own: map[string]*ast.Module{}, text: s.Own, broken: map[string]bool{}}
	readable := policyset.Files{}
	for _, name := range slices.Sorted(maps.Keys(s.Own)) {
		m, err := ast.ParseModuleWithOpts(name, string(s.Own[name]), policyset.ParserOptions())
		if err != nil {
			c.syntax(name, err)
			continue
		}
		c.own[name], readable[name] = m, s.Own[name]
	}

	all, err := readable, error(nil)
	if s.Base != nil {
		if all, err = s.Base.Add(readable, s.Replace); err != nil {
			return Report{}, err
		}
	}

	if err := c.compile(all); err != nil {
		return Report{}, err
	}
	for _, name := range slices.Sorted(maps.Keys(c.own)) {
		c.checkModule(name, c.own[name])
	}
	c.checkIDs()

	return Report{Files: len(s.Own), Controls: c.controls, Problems: c.sorted()}, nil
}

func (c *checker) checkModule(name string, m *ast.Module) {
	c.checkPurity(m)
	c.checkFolder(name, m)
	about := packageMetadata(m)
	switch {
	case about != nil && about.Custom["id"] != nil:
		c.controls++
		c.checkMetadata(name, about)
		c.checkSets(name, m)
		c.checkNegations(m)
		c.checkPlan(name, m)
	case about != nil && about.Custom["fact"] != nil:
		c.checkNegations(m)
		c.checkFact(name, m)
	case about != nil && about.Custom["family"] != nil:
		c.checkFamily(name, about)
	}
}

// add notes a problem once.
func (c *checker) add(p Problem) {
	c.broken[p.File] = true
	if !slices.Contains(c.problems, p) {
		c.problems = append(c.problems, p)
	}
}

// at notes a problem at a place in a file.
func (c *checker) at(l *ast.Location, kind, text, nearest string) {
	if l == nil {
		l = &ast.Location{}
	}
	c.add(Problem{l.File, l.Row, l.Col, kind, text, nearest})
}

func (c *checker) sorted() []Problem {
	slices.SortStableFunc(c.problems, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return append([]Problem{}, c.problems...)
}

func packageMetadata(m *ast.Module) *ast.Annotations {
	for _, a := range m.Annotations {
		if a.Scope == "package" {
			return a
		}
	}
	return nil
}
