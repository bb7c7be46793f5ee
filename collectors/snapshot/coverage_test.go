package snapshot

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestCoverage: in which scopes a dataset is complete, and where its holes are.
func TestCoverage(t *testing.T) {
	good, bad := Scope{Scope: "a", Status: Complete}, Scope{Scope: "b", Status: Denied}
	for name, tc := range map[string]struct {
		status     Status
		scopes     []Scope
		complete   string // scopes
		everywhere bool
		holes      string
	}{
		"complete":                      {Complete, nil, "", true, ""},
		"complete scopes":               {Complete, []Scope{good}, "a", true, ""},
		"one hole":                      {Partial, []Scope{good, bad}, "a", false, "b"},
		"complete with a hole":          {Complete, []Scope{good, bad}, "a", false, "b"},
		"partial for no scope's reason": {Partial, []Scope{good}, "", false, "*"},
		"partial as a whole":            {Partial, nil, "", false, "*"},
		"all denied":                    {Denied, []Scope{bad}, "", false, "b"},
		"stale":                         {Stale, []Scope{good}, "", false, "*"},
		"denied":                        {Denied, nil, "", false, "*"},
		"zero":                          {"", nil, "", false, "*"},
	} {
		c := Coverage{Status: tc.status, Scopes: tc.scopes}
		var holes []string
		for _, h := range c.Holes() {
			holes = append(holes, h.Scope)
		}

		got := []any{strings.Join(c.CompleteScopes(), " "), c.CompleteEverywhere(), strings.Join(holes, " ")}
		if d := cmp.Diff([]any{tc.complete, tc.everywhere, tc.holes}, got); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
}

func TestEvidenceIsAnError(t *testing.T) {
	for want, e := range map[string]Evidence{
		"status 403: Forbidden: no": {HTTPStatus: 403, Code: "Forbidden", Message: "no"},
		"truncated":                 {Code: "truncated"},
	} {
		if e.Error() != want {
			t.Errorf("%q, want %q", e.Error(), want)
		}
	}
}

// TestLower: holes are added, and nothing is ever raised.
func TestLower(t *testing.T) {
	gap := Unproven("x")
	complete := func(scope string) Scope { return Scope{Scope: scope, Status: Complete, Count: 1} }
	hole := Scope{Scope: "b", Status: Denied, Evidence: gap}
	disputed := Scope{Scope: "b", Status: Partial, Count: 1, Evidence: gap}
	unknown := Scope{Scope: ScopeUnknown, Status: Partial}
	for name, tc := range map[string]struct {
		c, want Coverage
	}{
		"denied, whatever its scopes say": {
			Coverage{Status: Denied, Scopes: []Scope{complete("a")}},
			Coverage{Status: Denied, Scopes: []Scope{{Scope: ScopeUnknown, Status: Denied}, complete("a"), hole}},
		},
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
			Coverage{Status: Partial, Evidence: gap, Scopes: []Scope{disputed}},
		},
		"failed as a whole": {
			Coverage{Status: Skipped, Evidence: gap},
			Coverage{Status: Skipped, Evidence: gap},
		},
		"partial, and no scope says why": {
			Coverage{Status: Partial, Scopes: []Scope{complete("a")}},
			Coverage{Status: Partial, Evidence: gap, Scopes: []Scope{unknown, complete("a"), hole}},
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
