package main

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"ringfence/internal/policytest"
	"ringfence/internal/run"
	"ringfence/policies"
)

type policyTestFlags struct {
	dir, policies   string
	name, control   string
	coverage, watch bool
	mutate          bool
	sample          int
}

var policyTestText = text{
	use:   "test [DIR]",
	short: "Run the tests of policies, say what they do not reach, and break the policies",
	long: `Runs the Rego tests (*_test.rego) of a folder of policies, or of the built-in set,
with OPA's tester. Policies are compiled as they are for judging, so that a misspelt
property is an error before any test runs. Packages of the built-in set that the folder
does not have can be imported.

--coverage also says which lines no test reaches. --watch runs again what changes.

--mutate breaks each policy in one place at a time (a condition dropped or negated, an
operator or a constant changed) and looks whether a test notices; then each property of
the tests' own compliant inputs that decides about a pass (removed, null, changed) and
looks whether the control does. What survives and is right so is listed with its reason
in a file mutants.txt in the folder.

Exit codes: 0 all tests pass; 1 some do not, a control has none, or of the mutants fewer
than 95 % were noticed or one survives that no reason is given for; 2 usage.`,
	example: `  ringfence policy test ./my-policies --coverage
  ringfence policy test ./my-policies --watch
  ringfence policy test --run guest_inviters
  ringfence policy test --mutate --control RF-K-04`,
}

func (a *app) policyTest() *cobra.Command {
	var f policyTestFlags
	c := verb(policyTestText, cobra.MaximumNArgs(1), func(ctx context.Context, args []string) error {
		if len(args) > 0 {
			f.dir = args[0]
		}
		return a.runPolicyTest(ctx, f)
	})

	flags := c.Flags()
	flags.StringVar(&f.policies, "policies", "", "the same as DIR")
	flags.StringVar(&f.name, "run", "", "only tests whose full name matches this regular expression")
	flags.StringVar(&f.control, "control", "", "only the tests of this control")
	flags.BoolVar(&f.coverage, "coverage", false, "say which lines no test reaches")
	flags.BoolVar(&f.watch, "watch", false, "run again what changes, until interrupted")
	flags.BoolVar(&f.mutate, "mutate", false, "break policies and inputs, and see whether it is noticed")
	flags.IntVar(&f.sample, "sample", 0, "with --mutate: so many mutants of each policy (default: all)")

	return c
}

func (f *policyTestFlags) check() error {
	switch {
	case f.dir != "" && f.policies != "":
		return usage("--policies DIR says the same", "two folders are given, %s and %s", f.dir, f.policies)
	case f.dir == "":
		f.dir = f.policies
	}

	switch {
	case f.watch && f.dir == "":
		return usage(`"ringfence policy test DIR --watch" watches a folder`, "the built-in set does not change")
	case f.watch && f.mutate:
		return usage("leave one of them out", "--watch and --mutate exclude each other")
	case f.sample < 0 || f.sample > 0 && !f.mutate:
		return usage("--sample takes a number of mutants, with --mutate", "--sample %d", f.sample)
	case f.mutate && (f.coverage || f.name != ""):
		return usage("leave --coverage and --run out", "--mutate runs all tests of a control")
	}

	return nil
}

func (a *app) runPolicyTest(ctx context.Context, f policyTestFlags) error {
	if err := f.check(); err != nil {
		return err
	}

	name, err := regexp.Compile(f.name)
	if err != nil {
		return usage("--run takes a regular expression, such as guest_inviters", "--run: %w", err)
	}

	o := policytest.Options{Coverage: f.coverage}
	if f.name != "" {
		o.Name = name
	}

	set, err := a.testedSet(f.dir)
	switch {
	case err != nil:
	case f.mutate:
		return a.mutate(ctx, set, f)
	case f.control != "":
		o.Packages, err = packageOf(set, f.control)
	}

	if f.watch {
		return a.watch(ctx, set, err, f, o)
	}
	if err != nil {
		return err
	}
	return a.runTests(ctx, set, f.dir, o)
}

// testedSet loads policies with their tests: those of a folder over the built-in ones,
// or these alone.
func (a *app) testedSet(dir string) (*policytest.Set, error) {
	if dir == "" {
		set, err := policytest.Load(policies.FS, nil)
		if err != nil {
			return nil, broken("", "the built-in policies: %w", err)
		}
		return set, nil
	}

	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return nil, usage(hintPolicies, "%s is no folder", dir)
	}
	if name := unreadableName(os.DirFS(dir)); name != "" {
		return nil, broken(hintMend,
			"policies in %s: the file name %q holds characters that nobody sees", dir, name)
	}

	set, err := policytest.Load(os.DirFS(dir), policies.FS)
	if err != nil {
		return nil, policyError(dir, err)
	}
	if len(set.Controls()) == 0 {
		return nil, usage(hintPolicies, "%s holds no policy", dir)
	}
	return set, nil
}

// policyError is a compiler's error about the policies of a folder.
func policyError(dir string, err error) error {
	message, detail, _ := strings.Cut(err.Error(), "\n")
	if dir != "" {
		message = fmt.Sprintf("policies in %s: %s", dir, message)
	}
	return &failure{code: run.ExitTool, err: fmt.Errorf("%s", message), hint: hintMend, detail: detail}
}

// packageOf is the package of a control.
func packageOf(set *policytest.Set, id string) ([]string, error) {
	file, known := set.FileOf(id)
	if !known {
		return nil, usage(`"ringfence policy list" lists them`, "no control %q", id)
	}
	return []string{set.Module(file).Package.Path.String()}, nil
}

func (a *app) runTests(ctx context.Context, set *policytest.Set, dir string, o policytest.Options) error {
	report, err := set.Run(ctx, o)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		return policyError(dir, err)
	}

	if err := a.printTests(report); err != nil {
		return err
	}
	if ran := report.Tests(); ran == 0 {
		return usage("tests are rules named test_… in files named …_test.rego", "no test is there to run")
	}
	if report.Failed() {
		return exit(run.ExitTool)
	}
	return nil
}

func (a *app) printTests(report policytest.Report) error {
	if a.format == "json" {
		return a.json(map[string]any{
			"schema": "ringfence.policy-test/1", "packages": report.Packages, "passed": !report.Failed(),
		})
	}

	t := table(a.stdout, "CONTROL", "TESTS", "PASSED", "COVERAGE", "FILE")
	tests, passed := 0, 0
	for _, p := range report.Packages {
		tests, passed = tests+p.Tests, passed+p.Passed
		tableRow(t, or(p.ID, "library"), strconv.Itoa(p.Tests), strconv.Itoa(p.Passed), percent(p.Coverage), p.File)
	}
	if err := t.Flush(); err != nil {
		return err
	}

	for _, p := range report.Packages {
		a.printFailures(p)
	}
	return a.printf("\n%d policies, %d tests, %d passed\n", len(report.Packages), tests, passed)
}

// printFailures prints which tests of a policy did not pass, and what none reaches.
func (a *app) printFailures(p policytest.Package) {
	if p.ID != "" && p.Tests == 0 {
		a.printf("\n%s: no test of %s ran\n", p.File, p.ID)
	}

	for _, f := range p.Failures {
		a.printf("\n%s:%d: %s failed", f.File, f.Line, f.Test)
		if f.Problem != "" {
			a.printf(": %s", f.Problem)
		}
		a.print("\n")

		for _, name := range f.Cases {
			a.printf("    case %q\n", name)
		}
		for line := range strings.Lines(f.Output) {
			a.printf("    print: %s\n", strings.TrimSuffix(line, "\n"))
		}
	}

	if len(p.Uncovered) > 0 {
		var lines []string
		for _, line := range p.Uncovered {
			lines = append(lines, strconv.Itoa(line))
		}
		a.printf("\n%s: no test reaches line %s\n", p.File, strings.Join(lines, ", "))
	}
}

func percent(share *float64) string {
	if share == nil {
		return "-"
	}
	return fmt.Sprintf("%.1f %%", *share)
}

func or(text, other string) string {
	if text == "" {
		return other
	}
	return text
}

// watching is how often a folder is looked at.
const watching = 300 * time.Millisecond

// watch runs the tests, and again those of the packages that change, until it is
// interrupted. failed is why the set could not be loaded: it may be mended any moment.
func (a *app) watch(
	ctx context.Context, set *policytest.Set, failed error, f policyTestFlags, o policytest.Options,
) error {
	if is[*failure](failed) && set == nil && !isFolder(f.dir) {
		return failed
	}

	all, before := o.Packages, stamps(f.dir)
	for {
		if failed == nil {
			failed = a.runTests(ctx, set, f.dir, o)
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}

		if failed != nil {
			a.report(ctx, failed)
		}
		a.log().Info("waiting for a change", "dir", f.dir)

		now, err := changed(ctx, f.dir, before)
		if err != nil {
			return err
		}

		after, err := a.testedSet(f.dir)
		failed = err
		if err == nil {
			if o.Packages = after.Affected(differing(before, now)); len(all) > 0 || len(o.Packages) == 0 {
				o.Packages = all
			}
			set = after
		}
		before = now
	}
}

func isFolder(dir string) bool {
	info, err := os.Stat(dir)
	return err == nil && info.IsDir()
}

// stamps are when the files of a folder were written, and how long they are.
func stamps(dir string) map[string]string {
	all := map[string]string{}
	fs.WalkDir(os.DirFS(dir), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(name, ".rego") {
			return nil // it may be gone already
		}
		if info, err := d.Info(); err == nil {
			all[name] = fmt.Sprint(info.ModTime().UnixNano(), " ", info.Size())
		}
		return nil
	})
	return all
}

// changed waits until the files of a folder are others.
func changed(ctx context.Context, dir string, before map[string]string) (map[string]string, error) {
	for {
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(watching):
		}

		if now := stamps(dir); len(differing(before, now)) > 0 {
			return now, nil
		}
	}
}

// differing are the files that only one of two looks saw, or that changed between.
func differing(before, now map[string]string) (files []string) {
	for name, stamp := range now {
		if before[name] != stamp {
			files = append(files, name)
		}
	}
	for name := range before {
		if _, still := now[name]; !still {
			files = append(files, name)
		}
	}
	return files
}
