package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"testing"

	"ringfence/engine/finding"
	"ringfence/internal/effort"
)

// BenchmarkGrowth judges each control of the tree alone on ever more documents:
// what is n log n keeps its time per document, or nearly so. The largest size
// needs some minutes and GB: it is made only with RINGFENCE_BENCH_LARGE set.
func BenchmarkGrowth(b *testing.B) {
	t, err := newTemplates(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	for _, c := range builtin(b).Controls() {
		for _, n := range growthSizes {
			if n == growthSizes[len(growthSizes)-1] && os.Getenv("RINGFENCE_BENCH_LARGE") == "" {
				continue
			}
			b.Run(fmt.Sprintf("%s/%d", c.ID, n), func(b *testing.B) {
				trial, err := t.grow(c, n)
				if err != nil {
					b.Fatal(err)
				}

				for b.Loop() {
					if _, err := trial.evaluate(b.Context()); errors.Is(err, context.DeadlineExceeded) {
						b.Skip("over ", maxJudging)
					} else if err != nil {
						b.Fatal(err)
					}
				}

				perRun := float64(b.Elapsed().Nanoseconds()) / float64(b.N)
				b.ReportMetric(perRun/float64(trial.documents), "ns/document")
			})
		}
	}
}

// TestGrow: a grown client is judged like the template, only more often: each
// control has verdicts of the same kinds, and no other kind. What is quadratic does not end
// within maxJudging at the full size.
func TestGrow(t *testing.T) {
	if testing.Short() {
		t.Skip("makes thousands of documents for each control")
	}

	tmpl, err := newTemplates(t.Context())
	if err != nil {
		t.Fatal(err)
	}

	e := builtin(t)
	for _, c := range e.Controls() {
		t.Run(c.ID, func(t *testing.T) {
			once, err := tmpl.grow(c, 1)
			if err != nil {
				t.Fatal(err)
			}

			n := effort.Of(20, 40, 3000)
			often, err := tmpl.grow(c, n)
			if err != nil {
				t.Fatal(err)
			}

			plan, _ := e.Plan(c.ID)
			times := tmpl.of(c).times(plan.Datasets(), n)
			grows := slices.ContainsFunc(plan.Datasets(), func(d string) bool { return times[d] > 1 })
			if grows != (often.documents > once.documents) || grows && often.documents-once.documents < n/3 {
				t.Errorf("grown to %d documents from %d", often.documents, once.documents)
			}

			a, errA := once.evaluate(t.Context())
			b, errB := often.evaluate(t.Context())
			if errA != nil || errB != nil || len(b.Errors) > 0 {
				t.Fatal(errA, errB, b.Errors)
			}

			x, y := a.Controls[0].Subjects, b.Controls[0].Subjects
			t.Logf("%d documents %+v, %d documents %+v", once.documents, x, often.documents, y)

			kinds := func(c finding.Counts) [3]bool {
				return [3]bool{c.Satisfied > 0, c.NotSatisfied > 0, c.Undetermined > 0}
			}
			if kinds(x) != kinds(y) {
				t.Errorf("subjects %+v, grown %+v", x, y)
			}
		})
	}
}
