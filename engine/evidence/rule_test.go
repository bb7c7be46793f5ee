package evidence

import (
	"testing"
	"time"

	"ringfence/collectors/snapshot"
)

// TestRule: what age and licences make of the manifest's word.
func TestRule(t *testing.T) {
	asOf := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	const fresh, old = "2026-11-23T11:00:00Z", "2026-11-22T11:59:59Z"
	licensed := "" // a dataset whose schema says what a missing licence means
	for name, s := range snapshot.Schemas() {
		if s.WithoutLicence != nil && s.WithoutLicence.Means == "empty" {
			licensed = name
		}
	}
	if licensed == "" {
		t.Fatal("no schema says what a missing licence means")
	}

	withLicence := map[string]bool{}
	for _, plan := range snapshot.Schemas()[licensed].WithoutLicence.Plans {
		withLicence[plan] = true
	}

	for name, tc := range map[string]struct {
		in    snapshot.Coverage
		plans map[string]bool
		want  snapshot.Status
		code  string
	}{
		"fresh":        {snapshot.Coverage{Status: snapshot.Complete, EndedAt: fresh}, nil, snapshot.Complete, ""},
		"old":          {snapshot.Coverage{Status: snapshot.Complete, EndedAt: old}, nil, snapshot.Stale, "stale"},
		"old and cut":  {snapshot.Coverage{Status: snapshot.Partial, EndedAt: old}, nil, snapshot.Stale, "stale"},
		"at no time":   {snapshot.Coverage{Status: snapshot.Complete}, nil, snapshot.Stale, "stale"},
		"old, refused": {snapshot.Coverage{Status: snapshot.Denied, EndedAt: old}, nil, snapshot.Denied, ""},
		"no licence, SKUs unknown": {
			snapshot.Coverage{Status: snapshot.NotLicensed, EndedAt: fresh}, nil,
			snapshot.NotLicensed, "licence_unproven",
		},
		"no licence, SKUs disagree": {
			snapshot.Coverage{Status: snapshot.NotLicensed, EndedAt: fresh}, withLicence,
			snapshot.NotLicensed, "licence_unproven",
		},
		"no licence, SKUs agree": {
			snapshot.Coverage{Status: snapshot.NotLicensed, EndedAt: fresh}, map[string]bool{},
			snapshot.Complete, "",
		},
		"no licence, both proofs old": {
			snapshot.Coverage{Status: snapshot.NotLicensed, EndedAt: old}, map[string]bool{},
			snapshot.Stale, "stale",
		},
	} {
		rule := Rule{AsOf: asOf, MaxAge: 24 * time.Hour, plans: tc.plans}
		m := snapshot.Manifest{Datasets: map[string]snapshot.Coverage{licensed: tc.in}}
		got := rule.coverage(m, licensed)
		code := ""
		if got.Evidence != nil {
			code = got.Evidence.Code
		}
		if got.Status != tc.want || code != tc.code {
			t.Errorf("%s: %s %q, not %s %q", name, got.Status, code, tc.want, tc.code)
		}
	}

	missing := Rule{AsOf: asOf, MaxAge: time.Hour}.coverage(snapshot.Manifest{}, licensed)
	if missing.Status != snapshot.Skipped {
		t.Errorf("a dataset that is not in the manifest is %s", missing.Status)
	}
}

// TestHoleText: the text of a gap names dataset, scope, status, answer and the
// permission that it takes.
func TestHoleText(t *testing.T) {
	refused := &snapshot.Evidence{HTTPStatus: 403, Code: "Forbidden", Message: "no"}
	for want, s := range map[string]snapshot.Scope{
		"entra.users: denied (HTTP 403, Forbidden, no), needs User.Read.All": {
			Scope: snapshot.ScopeUnknown, Status: snapshot.Denied, Evidence: refused,
		},
		"entra.users in s: partial (HTTP 403, Forbidden, no)": {
			Scope: "s", Status: snapshot.Partial, Evidence: refused,
		},
		"entra.users in s: skipped, needs User.Read.All": {Scope: "s", Status: snapshot.Skipped},
	} {
		if got := holeText("entra.users", s); got != want {
			t.Errorf("%q, not %q", got, want)
		}
	}
}
