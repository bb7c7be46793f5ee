package policycheck

import (
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"ringfence/engine/policyset"
)

func (c *checker) syntax(name string, err error) {
	var all ast.Errors
	if !errors.As(err, &all) {
		c.add(Problem{File: name, Line: 1, Column: 1, Kind: Syntax, Text: inOneLine(err.Error())})
		return
	}
	for _, e := range all {
		c.at(e.Location, Syntax, inOneLine(e.Message), "")
	}
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}

// inOneLine is a message whose lines all count: "yaml: unmarshal errors:\n  line 2: …".
func inOneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

// mostRounds bounds how often the set is compiled again.
const mostRounds = 12

// compile compiles the set. The compiler stops at the first of its stages that finds
// anything, so what it finds is taken out, and the rest compiled again: an author sees
// all at once.
func (c *checker) compile(all policyset.Files) error {
	modules := map[string]*ast.Module{}
	for name, text := range all {
		m := c.own[name]
		if m == nil {
			var err error
			if m, err = ast.ParseModuleWithOpts(name, string(text), policyset.ParserOptions()); err != nil {
				return err
			}
		}
		modules[name] = m.Copy()
	}

	out, strict := surgery{modules: modules, removed: map[ast.Var]bool{}}, true
	for range mostRounds {
		compiler := policyset.NewCompiler().WithStrict(strict).SetErrorLimit(0)
		if compiler.Compile(modules); !compiler.Failed() {
			c.compiler = compiler
			return nil
		}

		mended := false
		for _, e := range compiler.Errors {
			if out.follows(e) {
				mended = out.empty(e.Location) || mended
				continue
			}

			c.translate(e, modules)
			switch {
			case strings.HasSuffix(e.Message, " unused"):
				mended, strict = true, false // what it says is said, and does no harm
			default:
				mended = out.take(e.Location) || mended
			}
		}
		if !mended {
			return nil
		}
	}

	return nil
}

// surgery takes what is wrong out of modules.
type surgery struct {
	modules map[string]*ast.Module
	removed map[ast.Var]bool // variables of conditions that were taken out
}

// follows reports whether an error is due to something that was taken out before.
func (s surgery) follows(e *ast.Error) bool {
	name, isVar := strings.CutPrefix(e.Message, "var ")
	name, isUnsafe := strings.CutSuffix(name, " is unsafe")
	return isVar && isUnsafe && s.removed[ast.Var(name)]
}

// take takes the condition at a place out of its rule, or all of the rule's.
func (s surgery) take(l *ast.Location) bool {
	rule := s.ruleAt(l)
	if rule == nil {
		return false
	}

	at := -1
	for i, e := range rule.Body {
		if e.Location != nil && e.Location.Offset <= l.Offset {
			at = i
		}
	}
	if at < 0 || len(rule.Body) == 1 || rule.Else != nil {
		return s.empty(l)
	}

	ast.WalkVars(rule.Body[at], func(v ast.Var) bool {
		s.removed[v] = true
		return false
	})
	rule.Body = slices.Delete(rule.Body, at, at+1)

	return true
}

// empty leaves of a rule its name and arguments, and a value that may be anything.
func (s surgery) empty(l *ast.Location) bool {
	rule := s.ruleAt(l)
	if rule == nil {
		return false
	}

	anything := ast.MustParseTerm("input.params.anything")
	done := ast.NewBody(ast.NewExpr(ast.BooleanTerm(true)))
	same := rule.Body.Equal(done)
	rule.Body, rule.Else = done, nil
	if rule.Head.Key != nil {
		rule.Head.Key = anything
	}
	if rule.Head.Value != nil {
		rule.Head.Value = anything
	}
	for i, term := range rule.Head.Reference {
		if _, isText := term.Value.(ast.String); i > 0 && !isText {
			rule.Head.Reference[i] = anything
		}
	}

	return !same
}

// ruleAt is the last rule of a file that begins at a place or before.
func (s surgery) ruleAt(l *ast.Location) (found *ast.Rule) {
	if l == nil || s.modules[l.File] == nil {
		return nil
	}
	for _, r := range s.modules[l.File].Rules {
		if r.Location != nil && r.Location.Offset <= l.Offset {
			found = r
		}
	}
	return found
}

// translate notes an error of the compiler.
func (c *checker) translate(e *ast.Error, modules map[string]*ast.Module) {
	if invalid, ok := e.Details.(*ast.RefErrInvalidDetail); ok {
		c.invalid(e.Location, invalid)
		return
	}

	module := (*ast.Module)(nil)
	if e.Location != nil {
		module = modules[e.Location.File]
	}

	if name, ok := strings.CutPrefix(e.Message, "undefined function "); ok {
		if why := impure(name); why != "" {
			c.at(e.Location, Purity, name+": "+why, "")
			return
		}
		near := strings.TrimPrefix(Nearest(name, functions(modules, module)), "data.")
		c.at(e.Location, Name, "there is no function "+strings.TrimPrefix(name, "data."), near)
		return
	}

	name, isVar := strings.CutPrefix(e.Message, "var ")
	name, isUnsafe := strings.CutSuffix(name, " is unsafe")
	if isVar && isUnsafe {
		c.at(e.Location, Name, "nothing gives "+name+" a value: it is no rule, no import, and no variable that is "+
			"bound here", Nearest(name, names(module)))
		return
	}

	c.at(e.Location, Compile, firstLine(e.Message), "")
}

// invalid notes a reference to what no schema has.
func (c *checker) invalid(l *ast.Location, d *ast.RefErrInvalidDetail) {
	given, isText := d.Ref[d.Pos].Value.(ast.String)
	if !isText {
		c.at(l, Property, d.Ref.String()+" cannot be: "+d.Ref[d.Pos].String()+" is no key of it", "")
		return
	}

	var known []string
	for _, v := range d.OneOf {
		if s, ok := v.(ast.String); ok {
			known = append(known, string(s))
		}
	}

	near := Nearest(string(given), known)
	if near == "" {
		near = elsewhere(known, string(given))
	}
	c.at(l, Property, d.Ref[:d.Pos].String()+" has no property "+string(given), near)
}

// functions are the names by which a module can call functions.
func functions(modules map[string]*ast.Module, m *ast.Module) []string {
	all := slices.Sorted(maps.Keys(allowed()))
	for _, other := range modules {
		for _, r := range other.Rules {
			if len(r.Head.Args) == 0 {
				continue
			}
			all = append(all, other.Package.Path.String()+"."+nameOf(r))
			if m != nil && other.Package.Equal(m.Package) {
				all = append(all, nameOf(r))
			}
		}
	}

	slices.Sort(all)
	return slices.Compact(all)
}

// names are what a module's rules can name beside their own variables.
func names(m *ast.Module) []string {
	if m == nil {
		return nil
	}

	all := []string{"input", "data"}
	for _, r := range m.Rules {
		all = append(all, nameOf(r))
	}
	for _, i := range m.Imports {
		all = append(all, i.Name().String())
	}

	return all
}
