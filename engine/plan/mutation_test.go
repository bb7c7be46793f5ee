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
	for _, m := range mutants {
		t.Run(strings.ReplaceAll(m.name, " ", "_"), func(t *testing.T) {
			t.Parallel()
			out, err := mutated(t, m.file, m.old, m.text)
			switch {
			case err == nil:
				t.Error("not caught")
			case bytes.Contains(out, []byte("[build failed]")), !bytes.Contains(out, []byte("--- FAIL: Test")):
				t.Fatalf("the mutant does not run: %v\n%.2000s", err, out)
			}
		})
	}
}

// mutated runs the oracle with one text of one file replaced by another.
func mutated(t *testing.T, file, old, text string) ([]byte, error) {
	t.Helper()
	path, err := filepath.Abs(file)
	if err != nil {
		t.Fatal(err)
	}

	src, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}

	found := anySpacing(old).FindAllIndex(src, -1)
	if len(found) != 1 {
		t.Fatalf("%s has %q %d times", file, old, len(found))
	}

	changed := slices.Replace(src, found[0][0], found[0][1], []byte(text)...)
	dir := t.TempDir()
	mutant, overlay := filepath.Join(dir, file), filepath.Join(dir, "overlay.json")
	replace, err := json.Marshal(map[string]any{"Replace": map[string]string{path: mutant}})
	if err != nil {
		t.Fatal(err)
	}

	for name, b := range map[string][]byte{mutant: changed, overlay: replace} {
		if err := os.WriteFile(name, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}

	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()

	cmd := exec.CommandContext(ctx, "go", "test", "-overlay", overlay, "-vet=off", "-ldflags=-s -w", "-count=1",
		"-run", "^Test", "-skip", "Mutants|Corpus", "-failfast", ".")
	cmd.Env = append(os.Environ(), "SEEDS=150")

	return cmd.CombinedOutput()
}

// anySpacing matches a text of a mutant in the source, wherever lines begin and
// however far apart they are.
func anySpacing(text string) *regexp.Regexp {
	words := strings.Fields(text)
	for i, word := range words {
		words[i] = regexp.QuoteMeta(word)
	}
	return regexp.MustCompile(strings.Join(words, `\s+`))
}

// TestMutantsApply: what each mutant replaces is there, once.
func TestMutantsApply(t *testing.T) {
	for _, m := range mutants {
		src, err := os.ReadFile(m.file)
		if err != nil {
			t.Fatal(err)
		}
		if n := len(anySpacing(m.old).FindAll(src, -1)); n != 1 {
			t.Errorf("%s: %s has its text %d times", m.name, m.file, n)
		}
	}
}
