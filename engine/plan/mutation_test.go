package plan_test

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestMutants: a planner that lacks one of its rules is caught: by the oracle
// (TestSound, TestSoundWritten), or, where the rule only makes plans narrower, by
// the tests of what a plan is. Each mutant is a run of go test, so all of them take
// minutes and run only where RINGFENCE_MUTANTS=1 is set.
func TestMutants(t *testing.T) {
	if testing.Short() || os.Getenv("RINGFENCE_MUTANTS") == "" {
		t.Skip("set RINGFENCE_MUTANTS to run the mutants")
	}
	for file, list := range mutants {
		for _, m := range list {
			t.Run(file+"/"+strings.ReplaceAll(m.name, " ", "_"), func(t *testing.T) {
				t.Parallel()
				out, err := m.run(t, file)
				switch {
				case err == nil:
					t.Error("not caught")
				case bytes.Contains(out, []byte("[build failed]")), !bytes.Contains(out, []byte("--- FAIL: Test")):
					t.Fatalf("the mutant does not run: %v\n%.2000s", err, out)
				}
			})
		}
	}
}

// TestMutantsApply: what each mutant replaces is there, once.
func TestMutantsApply(t *testing.T) {
	for file, list := range mutants {
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range list {
			if _, n := m.apply(src); n != 1 {
				t.Errorf("%s: %s: %q is there %d times", file, m.name, m.edit, n)
			}
		}
	}
}

// apply makes the edit, and says how often the text is there.
func (m mutant) apply(src []byte) (edited []byte, found int) {
	before, rest, _ := strings.Cut(m.edit, "«")
	replaced, after, _ := strings.Cut(rest, "»")
	old, text, _ := strings.Cut(replaced, "→")

	pattern := regexp.MustCompile(anySpacing(before) + "(" + anySpacing(old) + ")" + anySpacing(after))
	all := pattern.FindAllSubmatchIndex(src, -1)
	if len(all) != 1 {
		return nil, len(all)
	}

	at := all[0] // of the whole match, then of the group
	return slices.Replace(bytes.Clone(src), at[2], at[3], []byte(text)...), 1
}

// anySpacing is a pattern for a text of a source, with any white space where the
// text has some.
func anySpacing(text string) string {
	return regexp.MustCompile(`\s+`).ReplaceAllLiteralString(regexp.QuoteMeta(text), `\s+`)
}

// run runs the tests of the planner as the mutant has it.
func (m mutant) run(t *testing.T, file string) ([]byte, error) {
	t.Helper()
	path, err := filepath.Abs(file)
	if err != nil {
		t.Fatal(err)
	}

	src, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}

	edited, found := m.apply(src)
	if found != 1 {
		t.Fatalf("%q is in %s %d times", m.edit, file, found)
	}

	dir := t.TempDir()
	copied, overlay := filepath.Join(dir, file), filepath.Join(dir, "overlay.json")
	replace, err := json.Marshal(map[string]any{"Replace": map[string]string{path: copied}})
	if err != nil {
		t.Fatal(err)
	}

	for name, b := range map[string][]byte{copied: edited, overlay: replace} {
		if err := os.WriteFile(name, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}

	ctx, cancel := context.WithTimeout(t.Context(), 15*time.Minute)
	defer cancel()

	cmd := exec.CommandContext(ctx, "go", "test", "-overlay", overlay, "-vet=off", "-ldflags=-s -w", "-count=1",
		"-run", "^Test", "-skip", "Mutants|Corpus", "-failfast", ".")
	cmd.Env = append(os.Environ(), "RINGFENCE_SOAK=") // the sample of a plain go test

	return cmd.CombinedOutput()
}
