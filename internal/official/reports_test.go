package official

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/rogpeppe/go-internal/txtar"

	"ringfence/collectors"
	"ringfence/engine"
	"ringfence/engine/evidence"
	"ringfence/engine/finding"
	"ringfence/internal/effort"
	"ringfence/internal/fleetfile"
)

// TestReports: tenants made after public reports of bugs in other tools. Each
// file of testdata/reports says what it is and which outcomes are right; what it
// does not hold is base.txtar's.
func TestReports(t *testing.T) {
	effort.WithoutRace(t)
	files, err := filepath.Glob("testdata/reports/*.txtar")
	if err != nil || len(files) < 13 {
		t.Fatalf("%d files: %v", len(files), err)
	}

	base := archive(t, "testdata/reports/base.txtar")
	e := tree(t)
	for _, file := range files {
		if filepath.Base(file) == "base.txtar" {
			continue
		}
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			all := fstest.MapFS{}
			for _, from := range []fstest.MapFS{base, archive(t, file)} {
				for name, f := range from {
					all[name] = f
				}
			}

			set := judged(t, e, all)
			want := strings.Split(strings.TrimSpace(string(all["expected"].Data)), "\n")
			if len(want) != 12 {
				t.Errorf("%d controls are expected", len(want))
			}

			for _, line := range want {
				control, allowed, _ := strings.Cut(line, ": ")
				i := slices.IndexFunc(set.Controls, func(c finding.Summary) bool { return c.ID == control })
				if i < 0 || !slices.Contains(strings.Split(allowed, " or "), string(set.Controls[i].Outcome)) {
					t.Errorf("%s, it is %+v", line, set.Controls[max(i, 0)])
				}
			}
		})
	}
}

func archive(t *testing.T, file string) fstest.MapFS {
	t.Helper()
	a, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}

	files := fstest.MapFS{}
	for _, f := range a.Files {
		files[f.Name] = &fstest.MapFile{Data: f.Data}
	}

	return files
}

// judged imports the saved answers of a case and judges them.
func judged(t *testing.T, e *engine.Engine, files fstest.MapFS) finding.Set {
	t.Helper()
	path := filepath.Join(t.TempDir(), "fleet.hcl")
	if err := os.WriteFile(path, files["fleet.hcl"].Data, 0o600); err != nil {
		t.Fatal(err)
	}

	fleet, problems := fleetfile.Load(path)
	if problems.HasErrors() {
		t.Fatal(problems)
	}

	client, _ := fleet.Client("fabrikam")
	saved, err := fs.Sub(files, "saved")
	if err != nil {
		t.Fatal(err)
	}

	at := time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
	snap, err := collectors.Import(collectors.ImportConfig{Client: "fabrikam", TenantID: client.TenantID,
		CollectedAt: at,
		Azure:       evidence.PromiseOf(client.Client).Azure, From: saved, Strict: true})
	if err != nil {
		t.Fatal(err)
	}

	promise, err := fleet.Intent("fabrikam")
	if err != nil {
		t.Fatal(err)
	}

	set, err := e.Evaluate(context.Background(), snap, promise, at.Add(2*time.Hour))
	if err != nil {
		t.Fatal(err)
	}

	return set
}
