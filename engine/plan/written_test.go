package plan_test

import (
	"testing"

	"ringfence/internal/effort"
)

// TestSoundWritten holds the plans of written policies against what they do.
func TestSoundWritten(t *testing.T) {
	effort.WithoutRace(t)
	d, inputs := thrown(1), effort.Of(2, 5, 50)
	for _, rules := range blocks(t, "written") {
		src := "package p\n\nsubjects contains \"x\"\n\nfail contains \"x\" if false\n\n" + rules
		c, err := compile(map[string]string{"p.rego": src})
		if err != nil {
			t.Fatalf("%s: %v", rules, err)
		}

		c.analyse()
		for range inputs {
			judge(t, d, c, d.input())
		}
	}
}
