package main

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestControlsPage: policies/CONTROLS.md says what the policies say.
// go test ./cmd/ringfence -run ControlsPage -update writes it.
func TestControlsPage(t *testing.T) {
	const file = "../../policies/CONTROLS.md"
	e, err := testApp(nil, nil).engine(policyFlags{})
	if err != nil {
		t.Fatal(err)
	}
	left, err := policyFlags{}.skipped()
	if err != nil {
		t.Fatal(err)
	}

	ids := map[string]bool{}
	for _, c := range e.Controls() {
		ids[c.ID] = true
	}
	for _, s := range left {
		if ids[s.ID] {
			t.Errorf("%s is a control, and SKIPPED.md says that it is none", s.ID)
		}
	}

	want := controlsPage(e, left)
	if *updateReadme {
		if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}

	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("%s is not what the policies say (-update writes it): -want +got\n%s", file, diff)
	}
}

// TestWritingControls: from nothing to a signed result in under ten commands, each of
// which [TestDocs] runs.
func TestWritingControls(t *testing.T) {
	text, err := os.ReadFile("../../docs/writing-controls.md")
	if err != nil {
		t.Fatal(err)
	}

	_, first, _ := strings.Cut(string(text), "\n## ")
	first, _, _ = strings.Cut(first, "\n## ")
	commands := regexp.MustCompile(`(?m)^ringfence (.*)`).FindAllString(first, -1)
	if len(commands) == 0 || len(commands) >= 10 {
		t.Errorf("%d commands", len(commands))
	}

	all := strings.Join(commands, "\n")
	for _, verb := range []string{
		"policy new", "policy check", "policy test", "policy try", "policy explain", "evaluate", "verify",
	} {
		if !strings.Contains(all, "ringfence "+verb) {
			t.Errorf("no %q", verb)
		}
	}
}
