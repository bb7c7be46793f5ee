package soundness

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"testing"
	"text/tabwriter"

	"ringfence/collectors/emulator"
	"ringfence/engine/finding"
	"ringfence/internal/effort"
	"ringfence/internal/policytest"
	"ringfence/policies"
)

// row is what is known of one control: its own tests and how much of its rules they
// reach, what ablation did, and of the planted violations how many were found, and what
// was found that nobody planted.
type row struct {
	control                finding.Control
	tests, passed          int
	reached                float64 // of its rules, in percent
	uncovered              []int
	ablated, better        int // snapshots; verdicts that became satisfied
	planted, found, excess int
	judged                 int // subjects
}

// TestControlTable is one table of all controls, of which every column is held: all
// tests pass, they reach every rule, no evidence that is taken away turns a verdict to
// satisfied, and all that is planted is found, and nothing else. "make test" prints it.
// What was not ablated here, or not at all in a glance, has a "-".
func TestControlTable(t *testing.T) {
	effort.WithoutRace(t)
	if testing.Short() {
		t.Skip("asks about every control everything that there is to ask")
	}

	rows := controlRows(t)
	var text bytes.Buffer
	table := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "CONTROL\tTESTS\tPASSED\tCOVERAGE\tABLATED\tTO SATISFIED\tPLANTED\tRECALL\tFALSE POSITIVES\tOF SUBJECTS")
	for _, r := range rows {
		ablated := "-"
		if r.ablated > 0 {
			ablated = fmt.Sprint(r.ablated)
		}
		fmt.Fprintf(table, "%s\t%d\t%d\t%.1f %%\t%s\t%d\t%d\t%.0f %%\t%d\t%d\n", r.control.ID, r.tests, r.passed, r.reached,
			ablated, r.better, r.planted, r.recall(), r.excess, r.judged)
		r.hold(t)
	}

	table.Flush()
	t.Log("\n" + text.String())
	if file := os.Getenv("RINGFENCE_TABLE"); file != "" {
		if err := os.WriteFile(file, text.Bytes(), 0o644); err != nil {
			t.Error(err)
		}
	}
}

func (r row) recall() float64 {
	if r.planted == 0 {
		return 0
	}
	return 100 * float64(r.found) / float64(r.planted)
}

// hold holds every column.
func (r row) hold(t *testing.T) {
	t.Helper()
	id := r.control.ID
	if r.tests == 0 || r.passed < r.tests {
		t.Errorf("%s: %d of %d tests pass", id, r.passed, r.tests)
	}
	if len(r.uncovered) > 0 {
		t.Errorf("%s: no test reaches line %v of %s", id, r.uncovered, r.control.File)
	}
	if r.better > 0 {
		t.Errorf("%s: with less evidence %d verdicts are satisfied", id, r.better)
	}
	if r.planted == 0 || r.found < r.planted {
		t.Errorf("%s: %d of %d planted violations were found", id, r.found, r.planted)
	}
	if r.excess > 0 {
		t.Errorf("%s: %d violations were found that nobody planted", id, r.excess)
	}
}

func controlRows(t *testing.T) (rows []*row) {
	t.Helper()
	byID := map[string]*row{}
	for _, c := range builtin(t).Controls() {
		r := &row{control: c}
		if a, done := ablations[c.ID]; done {
			r.ablated, r.better = a.judged, len(a.broken)
		}
		byID[c.ID] = r
		rows = append(rows, r)
	}

	set, err := policytest.Load(policies.FS, nil)
	if err != nil {
		t.Fatal(err)
	}
	report, err := set.Run(context.Background(), policytest.Options{Coverage: true})
	if err != nil {
		t.Fatal(err)
	}

	for _, p := range report.Packages {
		r := byID[p.ID]
		if r == nil { // a library: its tests and lines count, too
			r = &row{control: finding.Control{File: p.File}}
			if p.Passed < p.Tests || len(p.Uncovered) > 0 {
				t.Errorf("%s: %d of %d tests pass, none reaches line %v", p.File, p.Passed, p.Tests, p.Uncovered)
			}
		}
		r.tests, r.passed, r.reached, r.uncovered = p.Tests, p.Passed, *p.Coverage, p.Uncovered
	}

	addTruth(byID, truthOf(t))
	return rows
}

// addTruth counts what was planted and found.
func addTruth(byID map[string]*row, known truth) {
	count := func(of map[emulator.Planted]bool, each func(*row, emulator.Planted)) {
		for p := range of {
			if r := byID[p.Control]; r != nil {
				each(r, p)
			}
		}
	}

	count(known.planted, func(r *row, p emulator.Planted) {
		r.planted++
		if known.found[p] {
			r.found++
		}
	})
	count(known.found, func(r *row, p emulator.Planted) {
		if !known.planted[p] {
			r.excess++
		}
	})
	for id, n := range known.judged {
		byID[id].judged = n
	}
}
