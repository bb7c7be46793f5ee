package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ringfence/cmd/ringfence-attest/internal/sign"
	"ringfence/internal/runfolder"
	"ringfence/oscal/attest"
)

// prepare runs the program without a terminal and without a key.
func (w *world) prepare(args ...string) (code int, stdout, stderr string) {
	w.t.Helper()
	in, err := os.Open(os.DevNull)
	if err != nil {
		w.t.Fatal(err)
	}

	defer in.Close()

	var out, errs bytes.Buffer
	c := console{in: in, out: &out, err: &errs, getenv: func(string) string { return "" }}
	code = c.main(context.Background(), append([]string{w.run, "--fleet", filepath.Join(w.dir, "fleet.hcl")}, args...))

	return code, out.String(), errs.String()
}

// TestPrepare: the statement for stock cosign is what this program would sign,
// and preparing it is no review.
func TestPrepare(t *testing.T) {
	w := newWorld(t)
	decisions, statement := filepath.Join(w.dir, "decisions.json"), filepath.Join(w.dir, "statement.json")
	write(t, decisions, []byte(`[{"uuid":"`+second+`","decision":"confirmed"},{"uuid":"`+first+`","decision":"confirmed"}]`))

	code, out, errs := w.prepare("--reviewer", "security-lead", "--decisions", decisions, "--prepare", statement)
	if code != 0 || !strings.Contains(out, "cosign attest-blob") || len(w.stored()) != 0 {
		t.Fatalf("code %d, %s, stored %v", code, errs, w.stored())
	}

	data, err := os.ReadFile(statement)
	if err != nil {
		t.Fatal(err)
	}

	bundle, err := sign.Review(context.Background(), w.lead.key, data)
	if err != nil {
		t.Fatal(err)
	}

	roster := []attest.ReviewerKey{{Name: "security-lead", SPKI: w.lead.key.Public().SPKI(), Key: w.lead.key.Public()}}
	if _, err := attest.CheckReview(bundle, roster, []string{w.machine.key.Public().SPKI()},
		runfolder.Reviewed(w.files), []string{first, second}); err != nil {
		t.Error(err)
	}

	for name, args := range map[string][]string{
		"a file that is there": {"--reviewer", "security-lead", "--decisions", decisions, "--prepare", statement},
		"nobody":               {"--decisions", decisions, "--prepare", statement + "2"},
		"a stranger":           {"--reviewer", "x", "--decisions", decisions, "--prepare", statement + "2"},
		"with a key": {"--reviewer", "security-lead", "--key", w.lead.file, "--decisions", decisions,
			"--prepare", statement + "2"},
	} {
		if code, _, errs := w.prepare(args...); code != exitUsage {
			t.Errorf("%s: code %d, %s", name, code, errs)
		}
	}

	if _, err := os.Stat(statement + "2"); err == nil {
		t.Error("a refused statement was written")
	}
}
