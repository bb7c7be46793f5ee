package engine

import (
	"testing"

	"ringfence/internal/effort"
	"ringfence/policies"
)

// TestNothingIsLeftToTopdown: all forms of rules that our controls and facts use are known to package
// evaluator. Topdown takes several times as long.
func TestNothingIsLeftToTopdown(t *testing.T) {
	effort.WithoutRace(t)
	e, err := Load(policies.FS)
	if err != nil {
		t.Fatal(err)
	}

	for _, c := range e.controls {
		if err := c.Query.Why(); err != nil {
			t.Errorf("%s: %v", c.ID, err)
		}
	}
	for _, k := range e.facts.kinds {
		if err := k.query.Why(); err != nil {
			t.Errorf("%s: %v", k.Kind, err)
		}
	}
}
