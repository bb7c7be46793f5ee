package policycheck

import (
	"path"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
)

// sets are the partial sets of a control.
var sets = []string{"subjects", "pass", "fail"}

// checkFolder holds a file to its place: the folder is the package.
func (c *checker) checkFolder(name string, m *ast.Module) {
	pkg := strings.TrimPrefix(m.Package.Path.String(), "data.")
	if folder := strings.ReplaceAll(pkg, ".", "/"); folder != path.Dir(name) {
		c.at(m.Package.Location, Form, "package "+pkg+" belongs into the folder "+folder, "")
	}
}

// checkSets holds a control to its three sets, and all else to a name of its own.
func (c *checker) checkSets(name string, m *ast.Module) {
	found := map[string]bool{}
	for _, r := range m.Rules {
		rule := nameOf(r)
		if strings.HasPrefix(rule, "_") {
			continue
		}

		found[rule] = true
		switch {
		case !slices.Contains(sets, rule):
			c.at(r.Location, Form, rule+" is none of the sets subjects, pass and fail: what is the control's own "+
				`starts with "_"`, Nearest(rule, sets))
		case r.Head.RuleKind() != ast.MultiValue:
			c.at(r.Location, Form, rule+" is no partial set: write "+rule+" contains … if …", "")
		case rule == "fail":
			c.checkEntry(r)
		}
	}

	for _, set := range sets {
		if !found[set] {
			c.at(m.Package.Location, Form, "the control has no set "+set+why[set], "")
		}
	}
}

// nameOf is the name of a rule, without what a reference has behind it.
func nameOf(r *ast.Rule) string {
	name, _ := r.Head.Ref()[0].Value.(ast.Var)
	return string(name)
}

var why = map[string]string{
	"subjects": ": nothing is judged",
	"pass":     ": nothing is ever satisfied",
	"fail":     ": no violation is ever found",
}

// checkEntry looks at what a rule of fail says, where it is written out.
func (c *checker) checkEntry(r *ast.Rule) {
	entry, isObject := r.Head.Key.Value.(ast.Object)
	if !isObject {
		return
	}

	known := []string{"subject", "message", "observed", "expected", "evidence"}
	found := map[string]bool{}
	entry.Foreach(func(key, _ *ast.Term) {
		name, _ := key.Value.(ast.String)
		found[string(name)] = true
		if !slices.Contains(known, string(name)) {
			c.at(key.Location, Form, "an entry of fail has no "+key.String(), Nearest(string(name), known))
		}
	})

	for _, name := range known {
		if !found[name] {
			c.at(r.Location, Form, `an entry of fail needs "`+name+`"`, "")
		}
	}
}

// checkNegations looks for a trap: OPA moves a property out of the negation that it
// stands in, so that "not doc.x in set" is false where x is missing, and "not doc.x"
// is true.
func (c *checker) checkNegations(m *ast.Module) {
	known := map[string]bool{"internal": true}
	for _, i := range m.Imports {
		known[string(i.Name())] = true
	}
	for _, r := range m.Rules {
		known[nameOf(r)] = true
	}
	for name := range allowed() {
		first, _, _ := strings.Cut(name, ".")
		known[first] = true
	}

	ast.WalkExprs(m, func(e *ast.Expr) bool {
		if !e.Negated {
			return false
		}
		ast.WalkRefs(e, func(r ast.Ref) bool {
			last, _ := r[len(r)-1].Value.(ast.String)
			if len(r) > 1 && !known[strings.Trim(r[0].String(), `"`)] && !strings.HasPrefix(string(last), "_") {
				c.at(r[0].Location, Form, r.String()+" stands in a negation, which does not say what happens where "+
					"it is missing: negate a rule or a variable", "")
			}
			return false
		})
		return false
	})
}
