package snapshot

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestLower: holes are added, and nothing is ever raised.
func TestLower(t *testing.T) {
	gap := Unproven("x")
	complete := func(scope string) Scope { return Scope{Scope: scope, Status: Complete, Count: 1} }
	hole := Scope{Scope: "b", Status: Denied, Evidence: gap}
	for name, tc := range map[string]struct {
		c, want Coverage
	}{
		"complete": {
			Coverage{Status: Complete, Proof: "p", Scopes: []Scope{complete("a")}},
			Coverage{Status: Partial, Evidence: gap, Scopes: []Scope{complete("a"), hole}},
		},
		"nothing was there": {
			Coverage{Status: Complete, Proof: "p"},
			Coverage{Status: Denied, Evidence: gap, Scopes: []Scope{hole}},
		},
		"listed as complete": {
			Coverage{Status: Complete, Scopes: []Scope{complete("b")}},
			Coverage{Status: Partial, Evidence: gap, Scopes: []Scope{{Scope: "b", Status: Partial, Count: 1, Evidence: gap}}},
		},
		"failed as a whole": {
			Coverage{Status: Skipped, Evidence: gap},
			Coverage{Status: Skipped, Evidence: gap},
		},
		"partial, and no scope says why": {
			Coverage{Status: Partial, Scopes: []Scope{complete("a")}},
			Coverage{Status: Partial, Scopes: []Scope{{Scope: ScopeUnknown, Status: Partial}, complete("a"), hole}, Evidence: gap},
		},
	} {
		got := tc.c.Lower(hole)
		if diff := cmp.Diff(tc.want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		if diff := cmp.Diff(got, got.Lower(hole)); diff != "" {
			t.Errorf("%s, twice: %s", name, diff)
		}
	}
}

// TestCheckDigestCounts: a dataset that nobody reads holds as many documents as the
// manifest says.
func TestCheckDigestCounts(t *testing.T) {
	s, err := Seal(Manifest{Client: "c", TenantID: "t", Cloud: "public"}, []Dataset{{Name: SKUDataset,
		Documents: []Document{{ID: "a", Spec: map[string]any{}}, {ID: "b", Spec: map[string]any{}}},
		Coverage:  Coverage{Status: Complete, StartedAt: "2026-11-23T10:00:00Z", EndedAt: "2026-11-23T10:00:00Z"}}})
	if err != nil {
		t.Fatal(err)
	}
	for count, fits := range map[int]bool{1: false, 2: true, 3: false} {
		c := s.Manifest.Datasets[SKUDataset]
		c.Count = count
		s.Manifest.Datasets[SKUDataset] = c
		if err := s.CheckDigest(SKUDataset); (err == nil) != fits {
			t.Errorf("%d: %v", count, err)
		}
	}
}
