package soundness

import (
	"context"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ringfence/collectors/emulator"
	"ringfence/collectors/snapshot"
	"ringfence/engine/finding"
	"ringfence/internal/effort"
)

// evidenceFlaw is one thing that is wrong with a snapshot, or only looks as if it were. The
// emulator cannot plant most of these: a collector does not make them.
type evidenceFlaw struct {
	dataset string
	breaks  string // the control; "" for a near miss
	maxAge  string // of the client; "": as it is
	change  func(*snapshot.Coverage)
}

func evidenceFlaws() map[string]evidenceFlaw {
	failed := func(status int) *snapshot.Evidence { return &snapshot.Evidence{HTTPStatus: status} }
	gone := func(c *snapshot.Coverage) { c.Digest, c.SpecDigest, c.Count, c.Scopes = "", "", 0, nil }
	readAt := func(ago time.Duration) func(*snapshot.Coverage) {
		return func(c *snapshot.Coverage) {
			c.StartedAt = now.Add(-ago - time.Second).UTC().Format(time.RFC3339)
			c.EndedAt = now.Add(-ago).UTC().Format(time.RFC3339)
		}
	}

	return map[string]evidenceFlaw{
		"a later page failed": {"entra.users", "RF-E-02", "", func(c *snapshot.Coverage) {
			c.Status, c.Evidence = snapshot.Partial, failed(503)
		}},
		"the last page names a next one": {"entra.groups", "RF-E-02", "", func(c *snapshot.Coverage) {
			c.Status, c.Evidence = snapshot.Partial, &snapshot.Evidence{Code: "last_page_missing"}
		}},
		"a refusal taken for an empty list": {"entra.oauth2_grants", "RF-E-02", "", func(c *snapshot.Coverage) {
			c.Evidence = failed(403)
		}},
		"it ended before it started": {"entra.contracts", "RF-E-02", "", func(c *snapshot.Coverage) {
			c.StartedAt, c.EndedAt = c.EndedAt, now.Add(-12*time.Hour).UTC().Format(time.RFC3339)
		}},
		"complete, and a subscription was denied": {"azure.resources", "RF-E-02", "", func(c *snapshot.Coverage) {
			c.Scopes = slices.Clone(c.Scopes)
			c.Scopes[0].Status, c.Scopes[0].Evidence = snapshot.Denied, failed(403)
		}},
		"denied, and said so": {"entra.users", "", "", func(c *snapshot.Coverage) {
			gone(c)
			c.Status, c.Evidence = snapshot.Denied, failed(403)
		}},
		"throttled from the first page": {"entra.users", "", "", func(c *snapshot.Coverage) {
			gone(c)
			c.Status, c.Evidence = snapshot.Throttled, failed(429)
		}},
		"read two days ago":            {"entra.users", "RF-E-03", "", readAt(48 * time.Hour)},
		"read two days ago, as agreed": {"entra.users", "", "7d", readAt(48 * time.Hour)},
		"no licence, and it has one": {"entra.role_eligibility", "RF-P-06", "", func(c *snapshot.Coverage) {
			gone(c)
			c.Status, c.Evidence = snapshot.NotLicensed, failed(400)
		}},
		"denied, and it has the licence": {"entra.role_eligibility", "", "", func(c *snapshot.Coverage) {
			gone(c)
			c.Status, c.Evidence = snapshot.Denied, failed(403)
		}},
	}
}

// TestEvidenceFlaws: of a snapshot of which one thing is not as it should be, the controls
// that judge the evidence find that and nothing else; and no verdict of theirs about the
// dataset is satisfied that should not be.
func TestEvidenceFlaws(t *testing.T) {
	effort.WithoutRace(t)
	f := serve(t, emulator.GenerateClients(1, []string{emulator.CleanLabel}))
	whole := f.snapshot(t, emulator.CleanLabel)
	e := builtin(t)

	broken := map[string]bool{}
	for name, flaw := range evidenceFlaws() {
		promise, err := f.file.Intent(emulator.CleanLabel)
		if err != nil {
			t.Fatal(err)
		}
		if flaw.maxAge != "" {
			promise.Client.MaxAge = flaw.maxAge
		}

		set, err := e.Evaluate(context.Background(), withCoverage(t, whole, flaw), promise, now)
		if err != nil || len(set.Errors) > 0 {
			t.Fatalf("%s: %v %v", name, err, set.Errors)
		}

		found, want := map[string]bool{}, map[string]bool{}
		for _, v := range set.Verdicts {
			if judgesEvidence(e, v.Control) && v.Outcome == finding.NotSatisfied {
				found[v.Control+" "+v.Subject] = true
			}
		}
		if flaw.breaks != "" {
			want[flaw.breaks+" "+snapshot.AccountSubject(flaw.dataset)] = true
			broken[flaw.breaks] = true
		}
		if diff := cmp.Diff(want, found); diff != "" {
			t.Errorf("%s (-planted +found):\n%s", name, diff)
		}
	}

	for _, c := range e.Controls() {
		if judgesEvidence(e, c.ID) && !broken[c.ID] {
			t.Errorf("nothing that is wrong with a snapshot breaks %s", c.ID)
		}
	}
}

// withCoverage is a snapshot of which one dataset has another coverage.
func withCoverage(t *testing.T, whole snapshot.Snapshot, flaw evidenceFlaw) snapshot.Snapshot {
	t.Helper()
	changed := whole
	changed.Manifest.Datasets = maps.Clone(whole.Manifest.Datasets)
	c := changed.Manifest.Datasets[flaw.dataset]
	flaw.change(&c)
	changed.Manifest.Datasets[flaw.dataset] = c

	var err error
	if changed.Raw, err = snapshot.CanonicalFile(changed.Manifest); err != nil {
		t.Fatal(err)
	}
	return changed
}
