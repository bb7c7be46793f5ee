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
