package policyset

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
)

// View is a package that shows tables of what a snapshot holds, and gives no verdicts: its
// METADATA has a custom.view.
type View struct {
	Name    string // custom.view: "key_ledger"
	Title   string
	Package ast.Ref
	File    string
	Tables  []string // its partial sets that are not hidden, sorted
}

// Views are those of a policy set, sorted by their files. Two with one name, and one without a
// title or a table, are errors.
func Views(compiler *ast.Compiler) ([]View, error) {
	var all []View
	files := map[string]string{} // by name
	for _, path := range slices.Sorted(maps.Keys(compiler.Modules)) {
		module := compiler.Modules[path]
		for _, a := range module.Annotations {
			if a.Scope != "package" || a.Custom["view"] == nil {
				continue
			}

			name, _ := a.Custom["view"].(string)
			v := View{Name: name, Title: a.Title, Package: module.Package.Path, File: path, Tables: tables(module)}
			switch {
			case name == "" || v.Title == "" || len(v.Tables) == 0:
				const problem = "%s: METADATA: a view needs a name in custom.view, a title, and a partial set"
				return nil, fmt.Errorf(problem, path)
			case files[name] != "":
				return nil, fmt.Errorf("%s and %s are both the view %s", files[name], path, name)
			}

			files[name] = path
			all = append(all, v)
		}
	}

	return all, nil
}

// tables are the names of a module's partial sets that do not start with "_".
func tables(module *ast.Module) []string {
	names := map[string]bool{}
	for _, r := range module.Rules {
		name := r.Head.Ref().String()
		if r.Head.RuleKind() == ast.MultiValue && !strings.HasPrefix(name, "_") {
			names[name] = true
		}
	}
	return slices.Sorted(maps.Keys(names))
}
