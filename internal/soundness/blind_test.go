package soundness

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ringfence/collectors/emulator"
	"ringfence/engine/finding"
	"ringfence/internal/effort"
	"ringfence/internal/run"
)

// TestBlind: where subscriptions are declared and the application has no Azure
// role, every control that reads Azure or Key Vault is undetermined, never
// satisfied and never not-applicable, and the exit code says so.
func TestBlind(t *testing.T) {
	effort.WithoutRace(t)
	f := serve(t, emulator.GenerateClients(1, []string{"wingtip"}))
	in, err := f.file.Intent("wingtip")
	if err != nil {
		t.Fatal(err)
	}

	if in.Client.Azure == nil || len(in.Client.Azure.Subscriptions) == 0 {
		t.Fatal("wingtip declares no subscription")
	}

	e := builtin(t)
	set, err := e.Evaluate(context.Background(), f.snapshot(t, "wingtip"), in, now)
	if err != nil {
		t.Fatal(err)
	}

	blind := 0
	for i, c := range set.Controls {
		p, _ := e.Plan(c.ID)
		if !slices.ContainsFunc(p.Datasets(), needsAzureRole) || compares(set.Metadata[i]) {
			continue
		}

		blind++

		if c.Outcome != finding.Undetermined || c.Subjects.Satisfied > 0 {
			t.Errorf("%s is %s: %+v", c.ID, c.Outcome, c.Subjects)
		}
	}

	if blind < 5 {
		t.Errorf("only %d controls read Azure", blind)
	}

	if !slices.Contains(floors.Conditions(set), run.ExitUndetermined) {
		t.Errorf("exit conditions %v", floors.Conditions(set))
	}
}

// needsAzureRole reports whether a dataset is read with a role in a subscription.
func needsAzureRole(dataset string) bool {
	return strings.HasPrefix(dataset, "azure.") || strings.HasPrefix(dataset, "keyvault.")
}

// TestHandover: one run folder and a public key in an empty place are enough,
// with no network and no store: see oneRun.
func TestHandover(t *testing.T) {
	effort.WithoutRace(t)
	dir, key := oneRun(t)
	elsewhere := filepath.Join(t.TempDir(), "handed", "over")
	if err := os.CopyFS(elsewhere, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}

	r := verify(t, elsewhere, run.Anchor{Key: key.Public()})
	if r.Code() != run.ExitOK || r.Reevaluated != "yes" || !r.Signed {
		t.Errorf("%+v", r)
	}
}
