package plan_test

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// survivors are the mutants that the oracle does not catch yet. Those about what
// rules, sets and built-ins give are each covered by another rule of the planner:
// all that such a value holds is marked as looked at, so following it further
// marks nothing new. The others are open: a weak oracle, or a rule that is not
// needed.
var survivors = []string{
	"an object pattern binds nothing", "elements stand for nothing", "inside stops at containers", "keys do not bind",
	"names below are not read", "nothing is inside", "partial sets hold nothing", "references stop at a rule",
	"results of functions are not bound", "rules give nothing", "rules stand for nothing", "set comprehensions hold nothing",
	"sets hold nothing", "values of rules are not containers", "values of rules are not looked at",

	"every does not mark its body", "files are not noted", "local: a negation is no nesting", "no error without a key",
	"object.get's computed key is not read",
}

// TestMutants: a planner that lacks one of its rules is caught by TestSound or
// TestSoundWritten.
// Each of them is a run of go test, so it is asked for: RINGFENCE_MUTANTS=1.
func TestMutants(t *testing.T) {
	if testing.Short() || os.Getenv("RINGFENCE_MUTANTS") == "" {
		t.Skip("set RINGFENCE_MUTANTS to run the mutants")
	}
	for _, m := range mutants {
		t.Run(strings.ReplaceAll(m.name, " ", "_"), func(t *testing.T) {
			t.Parallel()
			if slices.Contains(survivors, m.name) {
				t.Skip("a known survivor")
			}
			out, err := mutated(t, m.file, m.old, m.text)
			switch {
			case err == nil:
				t.Error("not caught")
			case bytes.Contains(out, []byte("[build failed]")), !bytes.Contains(out, []byte("--- FAIL: TestSound")):
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
	if strings.Count(string(src), old) != 1 {
		t.Fatalf("%s has %q %d times", file, old, strings.Count(string(src), old))
	}
	dir := t.TempDir()
	mutant, overlay := filepath.Join(dir, file), filepath.Join(dir, "overlay.json")
	replace, err := json.Marshal(map[string]any{"Replace": map[string]string{path: mutant}})
	if err != nil {
		t.Fatal(err)
	}
	for name, b := range map[string][]byte{mutant: []byte(strings.Replace(string(src), old, text, 1)), overlay: replace} {
		if err := os.WriteFile(name, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "go", "test", "-overlay", overlay, "-vet=off", "-ldflags=-s -w", "-count=1", "-run", "^TestSound", "-failfast", ".")
	cmd.Env = append(os.Environ(), "SEEDS=150")
	return cmd.CombinedOutput()
}

// TestMutantsApply: what each mutant replaces is there, once.
func TestMutantsApply(t *testing.T) {
	for _, m := range mutants {
		src, err := os.ReadFile(m.file)
		if err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(string(src), m.old); n != 1 {
			t.Errorf("%s: %s has its text %d times", m.name, m.file, n)
		}
	}
}
