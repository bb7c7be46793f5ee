package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ringfence/internal/effort"
)

var updateReadme = flag.Bool("update", false,
	"write what the README has from the program: the controls, lines of the demo")

// generated is a part of the README that comes from the program. A comment names
// it and how it is written anew.
func generated(name string) *regexp.Regexp {
	return regexp.MustCompile(`(?s)(<!-- ` + name + `: [^\n]* -->\n)(.*?)(<!-- end -->\n)`)
}

// TestReadme: the README's commands run, the controls that it lists are those that
// there are, and the lines of the demo that it shows are those that the demo prints.
func TestReadme(t *testing.T) {
	effort.WithoutRace(t)
	t.Parallel()
	data, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}

	text := string(data)
	parts := map[string]string{"controls": controlList(t)}
	if !testing.Short() {
		parts["demo"] = demoLines(t, runDocument(t, readme))
	}

	for part, want := range parts {
		re := generated(part)
		m := re.FindStringSubmatch(text)
		if m == nil {
			t.Fatalf("no part %q", part)
		}

		if diff := cmp.Diff(m[2], want); diff != "" && !*updateReadme {
			t.Errorf("%s (-README +program), -update writes it:\n%s", part, diff)
		}

		text = strings.Replace(text, m[0], m[1]+want+m[3], 1)
	}

	if *updateReadme {
		if err := os.WriteFile(readme, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func controlList(t *testing.T) string {
	t.Helper()
	e, err := testApp(nil, nil).engine(policyFlags{})
	if err != nil {
		t.Fatal(err)
	}

	var b strings.Builder
	b.WriteString("| control | severity | |\n|---|---|---|\n")

	for _, c := range e.Controls() {
		fmt.Fprintf(&b, "| %s | %s | %s |\n", c.ID, c.Severity, c.Title)
	}

	return b.String()
}

// shown are the lines of the demo that the README shows.
var shown = regexp.MustCompile(`^(CLIENT|fabrikam|contoso|wingtip|\(Numbers|planted|verified) ?`)

// demoLines picks them out of what the README's commands print: the demo first.
func demoLines(t *testing.T, printed string) string {
	t.Helper()
	demo, _, found := strings.Cut(printed, "Check it yourself: ")
	if !found {
		t.Fatalf("no demo in\n%s", printed)
	}

	lines := slices.DeleteFunc(strings.Split(demo, "\n"), func(line string) bool { return !shown.MatchString(line) })
	return "```\n$ ringfence demo\n" + strings.Join(lines, "\n") + "\n```\n"
}

var makeTarget = regexp.MustCompile("(?m)(?:^|`)make ([a-z-]+)")

// TestMakeTargets: each target that a document names is one of the Makefile's.
func TestMakeTargets(t *testing.T) {
	makefile, err := os.ReadFile("../../Makefile")
	if err != nil {
		t.Fatal(err)
	}

	named := 0
	for _, name := range append(documents(t), "../../CONTRIBUTING.md", "../../.ci/run") {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range makeTarget.FindAllStringSubmatch(string(text), -1) {
			named++
			if !regexp.MustCompile(`(?m)^` + m[1] + `:`).Match(makefile) {
				t.Errorf("%s: there is no make %s", filepath.Base(name), m[1])
			}
		}
	}

	if named < 10 {
		t.Errorf("%d targets are named", named)
	}
}

var demoCommand = regexp.MustCompile(`(?m)^ringfence demo\b(.*)$`)

// TestDemosAreApart: who follows one document after another keeps each demo. A
// demo replaces an earlier one in the same folder.
func TestDemosAreApart(t *testing.T) {
	shape := map[string]string{} // folder -> the other flags
	for _, name := range documents(t) {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range demoCommand.FindAllStringSubmatch(string(text), -1) {
			dir, flags := "demo", strings.Fields(m[1])
			if i := slices.Index(flags, "--dir"); i >= 0 {
				dir = flags[i+1]
				flags = slices.Delete(flags, i, i+2)
			}

			rest := strings.Join(flags, " ")
			if before, seen := shape[dir]; seen && before != rest {
				t.Errorf("%s: ringfence demo%s replaces the demo in %s, which was made with %q",
					filepath.Base(name), m[1], dir, before)
			}

			shape[dir] = rest
		}
	}

	if len(shape) < 2 {
		t.Errorf("demos: %v", shape)
	}
}
