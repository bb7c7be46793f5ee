// Package policytest runs the Rego tests of a policy set, as "ringfence policy test"
// does: OPA's own tester, and the compiler that the engine uses, so that a property
// which no schema knows is an error before any test runs.
//
//	set, err := policytest.Load(policies.FS, nil)
//	report, err := set.Run(ctx, policytest.Options{Coverage: true})
package policytest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/cover"
	"github.com/open-policy-agent/opa/v1/tester"

	"ringfence/engine/policyset"
)

// Set is a policy set with its tests.
type Set struct {
	Policies policyset.Files
	modules  map[string]*ast.Module // tests included
	ids      map[string]string      // file -> id of the control in it
	own      map[string]bool        // packages that are not only of the base
}

// Options are what of a set is run, and how.
type Options struct {
	// Name, if set, is what the full name of a test has to match:
	// "data.ringfence.isolation.guest_inviters_test.test_cases".
	Name *regexp.Regexp
	// Packages are those whose tests run ("data.ringfence.isolation.guest_inviters");
	// none: all.
	Packages []string
	// Coverage: also say which lines no test reaches. Tests take three times as long.
	Coverage bool
}

// Report is how the tests went.
type Report struct {
	Packages []Package `json:"packages"`
}

// Package is a policy, or a library, and its tests.
type Package struct {
	ID      string `json:"id,omitempty"` // of the control; "" for a library
	Package string `json:"package"`
	File    string `json:"file"`
	Tests   int    `json:"tests"`
	Passed  int    `json:"passed"`
	// Coverage is of how many lines that hold a rule or a condition, in percent,
	// some test has seen one; nil where nobody asked.
	Coverage  *float64  `json:"coverage,omitempty"`
	Uncovered []int     `json:"uncovered,omitempty"` // the others
	Failures  []Failure `json:"failures,omitempty"`
}

// Failure is a test that did not pass.
type Failure struct {
	Test    string   `json:"test"`
	File    string   `json:"file"`
	Line    int      `json:"line"`
	Cases   []string `json:"cases,omitempty"` // the cases of the test that failed
	Problem string   `json:"problem,omitempty"`
	Output  string   `json:"output,omitempty"` // of print
}

// Failed reports whether some test did not pass, or a control has none.
func (r Report) Failed() bool {
	return slices.ContainsFunc(r.Packages, func(p Package) bool {
		return p.Passed < p.Tests || p.Tests == 0 && p.ID != ""
	})
}

// Tests is how many tests ran.
func (r Report) Tests() (n int) {
	for _, p := range r.Packages {
		n += p.Tests
	}
	return n
}

// Load reads a set with its tests and compiles it without them, as the engine does.
// A set is laid over a base, which may be nil: the packages of both are there, where
// both have one that of the set counts, and tests are those of the set.
func Load(set, base fs.FS) (*Set, error) {
	s := &Set{
		Policies: policyset.Files{}, modules: map[string]*ast.Module{},
		ids: map[string]string{}, own: map[string]bool{},
	}
	if err := s.read(set, func(*ast.Module) bool { return true }); err != nil {
		return nil, err
	}

	for _, m := range s.modules {
		s.own[tested(m)] = true
	}

	if base != nil {
		added := func(m *ast.Module) bool { return !s.own[tested(m)] }
		if err := s.read(base, added); err != nil {
			return nil, err
		}
	}

	compiler, err := s.Policies.Compile()
	if err != nil {
		return nil, err
	}

	for file := range s.Policies {
		control, isControl, err := policyset.Control(compiler, file)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		if isControl {
			s.ids[file] = control.ID
		}
	}

	return s, nil
}

// tested is the package that a module holds or, of tests, that they are about:
// "data.ringfence.isolation.guest_inviters".
func tested(m *ast.Module) string { return strings.TrimSuffix(m.Package.Path.String(), "_test") }

func isTest(file string) bool { return strings.HasSuffix(file, "_test.rego") }

// read reads the policies and tests of a file system, those that wanted wants.
func (s *Set) read(fsys fs.FS, wanted func(*ast.Module) bool) error {
	return fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path.Ext(name) != ".rego" {
			return err
		}

		source, err := readRegular(fsys, name)
		if err != nil {
			return err
		}

		m, err := ast.ParseModuleWithOpts(name, string(source), policyset.ParserOptions())
		if err != nil || !wanted(m) {
			return err
		}
		if s.modules[name] != nil {
			return fmt.Errorf("%s is in the built-in set too, with another package: give it another name", name)
		}

		s.modules[name] = m
		if !isTest(name) {
			s.Policies[name] = source
		}
		return nil
	})
}

// readRegular reads a file; a pipe would never end.
func readRegular(fsys fs.FS, name string) ([]byte, error) {
	if info, err := fs.Stat(fsys, name); err != nil || !info.Mode().IsRegular() {
		return nil, cmp.Or(err, fmt.Errorf("%s is no regular file", name))
	}
	return fs.ReadFile(fsys, name)
}

// IDs are the controls of the set, sorted.
func (s *Set) IDs() []string { return slices.Sorted(maps.Values(s.ids)) }

// FileOf is the file of a control.
func (s *Set) FileOf(id string) (string, bool) {
	for file, known := range s.ids {
		if strings.EqualFold(known, id) {
			return file, true
		}
	}
	return "", false
}

// Run runs the tests.
func (s *Set) Run(ctx context.Context, o Options) (Report, error) {
	runner, seen := newRunner(s.selected(o)), cover.New()
	if o.Coverage {
		runner = runner.SetCoverageQueryTracer(seen)
	}
	if o.Name != nil {
		runner = runner.Filter(o.Name.String())
	}

	report := s.empty(o)
	results, err := runner.RunTests(ctx, nil)
	if err != nil {
		return report, err
	}

	tests := map[string]*Package{} // package of the tests -> what they test
	for i := range report.Packages {
		tests["data."+report.Packages[i].Package+"_test"] = &report.Packages[i]
	}

	for r := range results {
		if p := tests[r.Package]; p != nil && !r.Skip {
			p.add(r)
		}
	}

	if o.Coverage {
		report.cover(seen.Report(withoutTests(s.modules)))
	}

	for _, p := range report.Packages {
		slices.SortFunc(p.Failures, func(a, b Failure) int { return cmp.Compare(a.Line, b.Line) })
	}
	return report, ctx.Err()
}

// selected are all policies, and the tests that run.
func (s *Set) selected(o Options) map[string]*ast.Module {
	all := maps.Clone(s.modules)
	maps.DeleteFunc(all, func(file string, m *ast.Module) bool {
		name := tested(m)
		wanted := s.own[name] && (len(o.Packages) == 0 || slices.Contains(o.Packages, name))
		return isTest(file) && !wanted
	})
	return all
}

// testTime is how long one test may take. None needs a thousandth of it, also on a
// machine that does something else.
const testTime = time.Minute

// newRunner is OPA's tester over some modules. Compiling changes modules, so it works
// on copies.
func newRunner(modules map[string]*ast.Module) *tester.Runner {
	copies := map[string]*ast.Module{}
	for name, m := range modules {
		copies[name] = m.Copy()
	}

	compiler := policyset.NewCompiler().WithEnablePrintStatements(true)
	return tester.NewRunner().SetCompiler(compiler).SetModules(copies).
		RaiseBuiltinErrors(true).SetTimeout(testTime)
}

// empty is a report before any test ran: the policies that tests can be about.
func (s *Set) empty(o Options) (r Report) {
	for file, m := range withoutTests(s.modules) {
		name := m.Package.Path.String()
		if len(m.Rules) == 0 || !s.own[name] || len(o.Packages) > 0 && !slices.Contains(o.Packages, name) {
			continue
		}
		r.Packages = append(r.Packages, Package{
			ID: s.ids[file], Package: strings.TrimPrefix(name, "data."), File: file,
		})
	}

	slices.SortFunc(r.Packages, func(a, b Package) int {
		libraryLast := cmp.Compare(b2i(a.ID == ""), b2i(b.ID == ""))
		return cmp.Or(libraryLast, cmp.Compare(a.ID, b.ID), cmp.Compare(a.File, b.File))
	})
	return r
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

func withoutTests(all map[string]*ast.Module) map[string]*ast.Module {
	policies := maps.Clone(all)
	maps.DeleteFunc(policies, func(file string, _ *ast.Module) bool { return isTest(file) })
	return policies
}

// add counts one result.
func (p *Package) add(r *tester.Result) {
	p.Tests++
	if r.Pass() {
		p.Passed++
		return
	}

	f := Failure{Test: r.Name, Output: string(r.Output), Cases: failedCases(r.SubResults)}
	if r.Location != nil {
		f.File, f.Line = r.Location.File, r.Location.Row
	}
	if r.Error != nil {
		f.Problem = problemOf(r.Error)
	}
	p.Failures = append(p.Failures, f)
}

// problemOf is an error of a test without the place that is said beside it.
func problemOf(err error) string {
	if topdown := (&ast.Error{}); errors.As(err, &topdown) {
		return topdown.Message
	}
	return err.Error()
}

func failedCases(all tester.SubResultMap) (names []string) {
	for _, name := range slices.Sorted(maps.Keys(all)) {
		below := failedCases(all[name].SubResults)
		for _, b := range below {
			names = append(names, name+"/"+b)
		}
		if all[name].Fail && len(below) == 0 {
			names = append(names, name)
		}
	}
	return names
}

// cover adds which lines no test reached. A condition that OPA did not have to ask,
// because its index knew the answer or an earlier rule had it, was reached.
func (r Report) cover(seen cover.Report) {
	for i := range r.Packages {
		p := &r.Packages[i]
		file := seen.Files[p.File]
		all, reached := 0, 100.0
		if file != nil {
			p.Uncovered = uncovered(file)
			all = file.CoveredLines + file.NotCoveredLines
		}
		if all > 0 {
			reached = 100 * float64(all-len(p.Uncovered)) / float64(all)
		}
		p.Coverage = &reached
	}
}

func uncovered(file *cover.FileReport) (lines []int) {
	for _, r := range file.NotCovered {
		if len(r.Kinds) > 0 {
			continue
		}
		lines = append(lines, r.Start.Row)
	}

	slices.Sort(lines)
	return slices.Compact(lines)
}

// Behind are the policy files that a file's rules can ask, itself among them, and
// the tests of its package; sorted.
func (s *Set) Behind(file string) (files []string) {
	byPackage := map[string]string{}
	for name, m := range withoutTests(s.modules) {
		byPackage[m.Package.Path.String()] = name
	}

	seen := map[string]bool{}
	var follow func(name string)
	follow = func(name string) {
		if m := s.modules[name]; m != nil && !seen[name] {
			seen[name] = true
			for _, asked := range packagesOf(m, byPackage) {
				follow(asked)
			}
		}
	}

	follow(file)
	for name, m := range s.modules {
		if isTest(name) && tested(m) == s.modules[file].Package.Path.String() {
			follow(name)
		}
	}
	return slices.Sorted(maps.Keys(seen))
}

// packagesOf are the files of the packages that a module names.
func packagesOf(m *ast.Module, byPackage map[string]string) (files []string) {
	ast.WalkRefs(m, func(r ast.Ref) bool {
		for n := 2; r.HasPrefix(ast.DefaultRootRef) && n <= len(r); n++ {
			if file, known := byPackage[r[:n].String()]; known {
				files = append(files, file)
			}
		}
		return false
	})
	return files
}

// Module is a parsed file of the set, a copy.
func (s *Set) Module(file string) *ast.Module { return s.modules[file].Copy() }

// Controls are the files of the set's own controls and libraries: all but those that
// describe a family.
func (s *Set) Controls() (files []string) {
	for name, m := range withoutTests(s.modules) {
		if len(m.Rules) > 0 && s.own[m.Package.Path.String()] {
			files = append(files, name)
		}
	}

	slices.Sort(files)
	return files
}

// ID is the id of the control in a file, "" for a library.
func (s *Set) ID(file string) string { return s.ids[file] }

// Affected are the packages whose tests can go another way after a change of some
// files: those that ask a policy in one of them. A file that is gone affects all.
func (s *Set) Affected(changed []string) (packages []string) {
	for _, file := range s.Controls() {
		behind := s.Behind(file)
		for _, name := range changed {
			if s.modules[name] == nil {
				return nil
			}
			if slices.Contains(behind, name) {
				packages = append(packages, s.modules[file].Package.Path.String())
				break
			}
		}
	}
	return packages
}
