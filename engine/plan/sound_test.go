package plan_test

import (
	"slices"
	"testing"

	"ringfence/internal/effort"
)

// inputs is how many inputs each random policy gets.
const inputs = 3

// TestSound holds the plans of random policies against what the policies do.
func TestSound(t *testing.T) {
	effort.WithoutRace(t)
	seeds, pairs, errors := effort.Of(40, 150, 3000), 0, 0
	for seed := range int64(seeds) {
		d := thrown(seed)
		c, err := generate(d)
		if err != nil {
			continue
		}

		for range inputs {
			pairs++
			errors += judge(t, d, c, d.input())
		}
	}

	t.Logf("%d seeds, %d pairs, %d of %d sets end in an error", seeds, pairs, errors, 3*pairs)
}

// TestCorpus: most random policies compile, and everything occurs in those.
func TestCorpus(t *testing.T) {
	effort.WithoutRace(t)
	const all = 1000
	compiled, used := 0, map[string]int{}
	for seed := range int64(all) {
		c, err := generate(thrown(seed))
		if err != nil {
			continue
		}

		compiled++

		for name := range c.used {
			used[name]++
		}
	}

	if compiled < all*6/10 {
		t.Errorf("%d of %d compile", compiled, all)
	}

	t.Logf("%d of %d compile; %v", compiled, all, used)

	for _, s := range statements() {
		if used[s.name] < 10 {
			t.Errorf("%s: in %d modules", s.name, used[s.name])
		}
	}
}

// FuzzPlan: the fuzz input is what the generator chooses.
func FuzzPlan(f *testing.F) {
	f.Add([]byte("ringfence"))
	f.Fuzz(func(t *testing.T, choices []byte) {
		d := chosen(slices.Clone(choices))
		if c, err := generate(d); err == nil {
			judge(t, d, c, d.input())
		}
	})
}
