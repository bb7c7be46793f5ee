package fleetfile

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// TestDiagnostics prints what a person sees for each broken fleet file.
func TestDiagnostics(t *testing.T) {
	cases, err := filepath.Glob("testdata/*")
	if err != nil {
		t.Fatal(err)
	}

	ran := 0
	for _, path := range cases {
		info, err := os.Stat(path)
		if err != nil || !info.IsDir() && filepath.Ext(path) != ".hcl" || path == "testdata/fuzz" {
			continue
		}

		ran++
		t.Run(filepath.Base(path), func(t *testing.T) {
			_, diags := Load(path)
			got := written(t, diags)
			if strings.Contains(strings.ToLower(got), "hunter2") || strings.Contains(diags.Error(), "hunter2") {
				t.Errorf("a secret is printed:\n%s", got)
			}

			golden(t, strings.TrimSuffix(path, ".hcl")+".golden", []byte(got))
		})
	}

	if ran < 9 {
		t.Errorf("only %d cases in testdata", ran)
	}
}

func written(t *testing.T, diags *Diagnostics) string {
	t.Helper()
	var out bytes.Buffer
	if err := diags.Write(&out, false, 78); err != nil {
		t.Fatal(err)
	}

	return out.String()
}

func golden(t *testing.T, path string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}

	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}

	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}
