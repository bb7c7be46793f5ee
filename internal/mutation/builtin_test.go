package mutation

import (
	"bytes"
	"context"
	"io/fs"
	"testing"

	"ringfence/internal/effort"
	"ringfence/internal/policytest"
	"ringfence/policies"
)

// leastKilled is how many of the built-in set's mutants its tests have to notice, in
// percent.
const leastKilled = 95

// leastOfSample is how many of a sample, which is small: a few of some policies.
const leastOfSample = 90

// TestBuiltIn: the tests of the built-in policies notice when these are broken. A sample
// of every eighth policy is tried, always the same. "make soak" tries all, and holds the list of
// what survives, policies/ringfence/mutants.txt: each survivor has its reason there, and
// an entry that nothing survives for is out of date.
func TestBuiltIn(t *testing.T) {
	effort.WithoutRace(t)
	set, err := policytest.Load(policies.FS, nil)
	if err != nil {
		t.Fatal(err)
	}

	text, err := fs.ReadFile(policies.FS, "ringfence/"+AcceptedFile)
	if err != nil {
		t.Fatal(err)
	}
	accepted, err := ReadAccepted(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}

	o := Options{Accepted: accepted, Sample: effort.Of(1, 3, 0)}
	every := effort.Of(20, 16, 1)
	var all []Report
	survived := map[string]bool{}
	for i, file := range set.Controls() {
		if i%every != 0 {
			continue
		}
		r, err := File(context.Background(), set, file, o)
		if err != nil {
			t.Fatal(err)
		}

		t.Logf("%s: %d of %d mutants killed", file, r.Killed, r.Mutants)
		all = append(all, r)
		for _, s := range r.Survivors {
			survived[r.Entry(s)] = true
			if s.Reason != "" {
				continue
			}

			const problem = "%s:%d: no test notices, and no reason is listed: %s"
			if t.Logf(problem, s.File, s.Line, r.Entry(s)); effort.Soaking() {
				t.Fail()
			}
		}
	}

	total := Sum(all)
	t.Logf("%d of %d mutants killed (%.1f %%), %d survive", total.Killed, total.Mutants, total.Score(), len(total.Survivors))
	least := leastKilled
	if o.Sample > 0 {
		least = leastOfSample
	}
	if total.Score() < float64(least) {
		t.Errorf("%.1f %% of the mutants are killed, not %d %%", total.Score(), least)
	}
	if o.Sample > 0 {
		return
	}

	for entry := range accepted {
		if !survived[entry] {
			t.Errorf("%s: %q is listed, and nothing survives", AcceptedFile, entry)
		}
	}
}
