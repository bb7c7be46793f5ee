package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"syscall"
	"text/tabwriter"
	"time"

	"ringfence/collectors/snapshot"
	"ringfence/engine"
	"ringfence/engine/finding"
	"ringfence/engine/intent"
	"ringfence/policies"
)

// growth is what one control costs on ever more documents.
type growth struct {
	Control string      `json:"control"`
	Sizes   []growthRow `json:"sizes"`
}

// growthRow is the cost at one size: PerDataset is about how many documents each dataset of
// the control's plan has, Documents how many there are in all.
type growthRow struct {
	PerDataset int     `json:"per_dataset"`
	Documents  int     `json:"documents"`
	NsPerDoc   float64 `json:"ns_per_document"`
	Over       bool    `json:"over,omitempty"` // it took longer than maxJudging and was ended
}

// maxJudging bounds one evaluation: what is quadratic would never end.
const maxJudging = 3 * time.Minute

// growthSizes are documents per dataset.
var growthSizes = []int{300, 3000, 30000, 300000}

// chosen are the controls whose ids begin with one of some texts, separated by commas.
func chosen(all []finding.Control, beginnings string) (some []finding.Control) {
	for _, c := range all {
		begins := func(text string) bool { return strings.HasPrefix(c.ID, text) }
		if slices.ContainsFunc(strings.Split(beginnings, ","), begins) {
			some = append(some, c)
		}
	}
	return some
}

// growthTable measures every control alone on ever more documents, up to most a dataset: the
// best of what fits in half a second, at least one run. It takes processor time, which depends
// less on what else the machine does.
func growthTable(ctx context.Context, controls []finding.Control, most int) ([]growth, error) {
	t, err := newTemplates(ctx)
	if err != nil {
		return nil, err
	}

	var all []growth
	for _, c := range controls {
		g, err := t.measure(ctx, c, most)
		if err != nil {
			return nil, err
		}
		all = append(all, g)
	}

	return all, nil
}

func (t *templates) measure(ctx context.Context, c finding.Control, most int) (growth, error) {
	g := growth{Control: c.ID}
	for _, n := range growthSizes {
		if n > most {
			break
		}

		trial, err := t.grow(c, n)
		if err != nil {
			return g, err
		}

		best, err := trial.best(ctx, 500*time.Millisecond)
		isOver := errors.Is(err, context.DeadlineExceeded)
		if err != nil && !isOver {
			return g, err
		}

		perDocument := float64(best.Nanoseconds()) / float64(trial.documents)
		progress("growth: %s, %d documents: %.0f ns each", c.ID, trial.documents, perDocument)
		g.Sizes = append(g.Sizes, growthRow{n, trial.documents, perDocument, isOver})
		if isOver {
			break
		}
	}

	return g, nil
}

// trial is one control on a grown snapshot, all in memory.
type trial struct {
	engine    *engine.Engine
	snapshot  snapshot.Snapshot
	promise   intent.Promise
	documents int
}

// evaluate judges once, for no longer than maxJudging.
func (t *trial) evaluate(ctx context.Context) (finding.Set, error) {
	ctx, cancel := context.WithTimeout(ctx, maxJudging)
	defer cancel()

	at, err := time.Parse(time.RFC3339, asOf)
	if err != nil {
		return finding.Set{}, err
	}
	return t.engine.Evaluate(ctx, t.snapshot, t.promise, at)
}

// best repeats the evaluation for a while and returns the least processor time.
func (t *trial) best(ctx context.Context, within time.Duration) (best time.Duration, err error) {
	for start := time.Now(); best == 0 || time.Since(start) < within; {
		began := processorTime()
		if _, err := t.evaluate(ctx); err != nil {
			return 0, err
		}
		if took := processorTime() - began; best == 0 || took < best {
			best = took
		}
	}

	return best, nil
}

// processorTime is what this process has taken so far, on all cores.
func processorTime() time.Duration {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		return 0
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// grow makes the snapshot that one control is measured on: each dataset of its plan has about
// n documents.
func (t *templates) grow(c finding.Control, n int) (*trial, error) {
	isNeeded := func(path string) bool { return path == c.File || strings.Contains(path, "/lib/") }
	e, err := engine.Load(filtered{policies.FS, isNeeded})
	if err != nil {
		return nil, err
	}

	from := t.of(c)
	plan, _ := e.Plan(c.ID)
	times := from.times(plan.Datasets(), n)
	snap, documents, err := from.copy(plan.Datasets(), times)
	if err != nil {
		return nil, err
	}

	return &trial{e, snap, from.grownPromise(times), documents}, nil
}

// of is the template that has the evidence of a control.
func (t *templates) of(c finding.Control) *template {
	if c.Scope == "msp" {
		return &t.msp
	}
	return &t.client
}

func growthText(w io.Writer, all []growth) {
	if len(all) == 0 {
		return
	}

	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(t, "growth: processor ns/document\t")
	for _, n := range growthSizes {
		fmt.Fprintf(t, "%d per dataset\t", n)
	}
	fmt.Fprintln(t, "last÷first\t")

	for _, g := range all {
		fmt.Fprintf(t, "%s\t", g.Control)
		for i := range growthSizes {
			switch {
			case i >= len(g.Sizes):
				fmt.Fprint(t, "\t")
			case g.Sizes[i].Over:
				fmt.Fprintf(t, "over %s\t", maxJudging)
			default:
				fmt.Fprintf(t, "%.0f\t", g.Sizes[i].NsPerDoc)
			}
		}

		if last := g.Sizes[len(g.Sizes)-1]; !last.Over {
			fmt.Fprintf(t, "%.2f", last.NsPerDoc/g.Sizes[0].NsPerDoc)
		}
		fmt.Fprintln(t, "\t")
	}

	t.Flush()
}
