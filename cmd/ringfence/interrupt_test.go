package main

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"testing"

	"ringfence/internal/effort"
	"ringfence/internal/run"
)

// TestInterrupted: evaluate and verify are too quick to be hit by a signal in a
// script; with a context that is cancelled already they end with 130, and leave
// nothing half-written.
func TestInterrupted(t *testing.T) {
	effort.WithoutRace(t)
	dir := t.TempDir()
	fleet, snap, out := "../../testdata/fabrikam/fleet.hcl", filepath.Join(dir, "snap"), filepath.Join(dir, "out")
	command := func(ctx context.Context, args ...string) int { return execute(ctx, args, io.Discard, io.Discard) }
	importing := []string{
		"snapshot", "import", "--fleet", fleet, "--client", "fabrikam", "--collected-at", "2026-11-23T10:00:00Z",
		"--from", "../../testdata/fabrikam/saved", "--out", snap,
	}
	if code := command(t.Context(), importing...); code != run.ExitOK {
		t.Fatalf("import: %d", code)
	}

	evaluating := []string{
		"evaluate", "--fleet", fleet, "--snapshot", snap, "--as-of", "2026-11-23T12:00:00Z", "--out", out,
	}
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()

	if code := command(cancelled, evaluating...); code != run.ExitInterrupted {
		t.Errorf("evaluate: %d", code)
	}

	if entries, _ := os.ReadDir(out); len(entries) != 0 {
		t.Errorf("evaluate left %v", entries)
	}

	if code := command(t.Context(), evaluating...); code != run.ExitNotSatisfied {
		t.Fatalf("evaluate: %d", code)
	}

	if code := command(cancelled, "verify", filepath.Join(out, "fabrikam")); code != run.ExitInterrupted {
		t.Errorf("verify: %d", code)
	}
}
