package policyset

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"
)

// Fact is a package that finds the facts of one kind in a tenant's evidence: its METADATA has a
// custom.fact.
type Fact struct {
	Kind    string // custom.fact: "guest-home"
	Rule    string // custom.rule: one of [FactRules]
	Title   string
	Package ast.Ref
	File    string
	Sets    []string // which of [FactSets] it has
}

// FactRules say whose evidence shows a kind of fact: an edge's by the tenant that it leads "to" or
// comes "from"; and of a link, whether equal values are edges ("bridge", or "own" where one
// tenant alone can control a value) or not ("share").
var FactRules = []string{"bridge", "from", "own", "share", "to"}

// FactSets are the partial sets of such a package.
var FactSets = []string{"edge", "link"}

var factKind = regexp.MustCompile(`^[a-z][a-z0-9-]{0,62}$`)

// Facts are those of a policy set, sorted by kind. Two of one kind, and one without what it
// needs, are errors.
func Facts(compiler *ast.Compiler) ([]Fact, error) {
	byKind := map[string]Fact{}
	for _, path := range slices.Sorted(maps.Keys(compiler.Modules)) {
		f, isFact, err := FactOf(path, compiler.Modules[path])
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		if !isFact {
			continue
		}
		if other, twice := byKind[f.Kind]; twice {
			return nil, fmt.Errorf("%s and %s are both facts of kind %s", other.File, path, f.Kind)
		}
		byKind[f.Kind] = f
	}

	var all []Fact
	for _, kind := range slices.Sorted(maps.Keys(byKind)) {
		all = append(all, byKind[kind])
	}
	return all, nil
}

// FactOf is the kind of facts that the package in a file finds, if it is one.
func FactOf(path string, module *ast.Module) (f Fact, isFact bool, err error) {
	for _, a := range module.Annotations {
		if a.Scope != "package" || a.Custom["fact"] == nil {
			continue
		}

		f = Fact{Title: a.Title, Package: module.Package.Path, File: path, Sets: tables(module)}
		f.Kind, _ = a.Custom["fact"].(string)
		f.Rule, _ = a.Custom["rule"].(string)
		if problem := f.problem(); problem != "" {
			return f, true, errors.New(problem)
		}
		return f, true, nil
	}

	return f, false, nil
}

// problem is what is wrong with the METADATA of a kind, or with its sets.
func (f Fact) problem() string {
	isLink := f.Rule == "bridge" || f.Rule == "own" || f.Rule == "share"
	switch {
	case !factKind.MatchString(f.Kind):
		return fmt.Sprintf("METADATA: custom.fact is %q, no label such as \"guest-home\"", f.Kind)
	case !slices.Contains(FactRules, f.Rule):
		return fmt.Sprintf("METADATA: custom.rule is %q, none of %q", f.Rule, FactRules)
	case f.Title == "":
		return "METADATA: a kind of facts needs a title"
	case isLink && !slices.Equal(f.Sets, []string{"link"}):
		return "facts of rule \"" + f.Rule + "\" are links: a partial set link, and no other set"
	case !isLink && !slices.Equal(f.Sets, []string{"edge"}):
		return "facts of rule \"" + f.Rule + "\" are edges: a partial set edge, and no other set"
	}
	return ""
}
