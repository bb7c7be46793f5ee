package main

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// step is a program on a workload.
type step struct {
	program
	workload
}

// sideBySide runs every program on a workload, and compares what they say.
func (b *bench) sideBySide(ctx context.Context, name string) error {
	w, rows, err := b.onWorkload(ctx, name, programs)
	if err != nil {
		return err
	}

	compareRows(rows)
	b.result.Rows = append(b.result.Rows, rows...)
	return b.agreement(w, rows)
}

// scale measures ringfence on ever more small clients.
func (b *bench) scale(ctx context.Context) error {
	for _, name := range []string{"scale-10", "scale-100", "scale-1000", "scale-10000"} {
		_, rows, err := b.onWorkload(ctx, name, []program{findingsOnly})
		if err != nil {
			return err
		}
		b.result.Rows = append(b.result.Rows, rows...)
	}
	return nil
}

// onWorkload measures programs on one workload, all files of which have been read before.
func (b *bench) onWorkload(ctx context.Context, name string, list []program) (workload, []row, error) {
	w, err := b.generator.workload(ctx, name)
	if err != nil {
		return w, nil, err
	}
	if err := w.warm(); err != nil {
		return w, nil, err
	}

	var steps []step
	for _, p := range list {
		steps = append(steps, step{p, w})
	}

	rows, err := b.inTurn(ctx, steps, nil)
	return w, rows, err
}

// inTurn measures steps: first all of them once, then again, so that a machine that is slow
// for a while is slow for all. Before each repetition it calls prepare, if there is one. A
// step that goes beyond the limits is left out from then on.
func (b *bench) inTurn(ctx context.Context, list []step, prepare func() error) ([]row, error) {
	rows := make([]row, len(list))
	for i, s := range list {
		rows[i] = row{Workload: s.workload.Name, Program: s.name, Clients: s.Clients, Bytes: s.Bytes}
	}

	for n, start := 0, time.Now(); n < b.runs && (n == 0 || time.Since(start) < b.budget); n++ {
		if prepare != nil {
			if err := prepare(); err != nil {
				return nil, err
			}
		}

		for i, s := range list {
			if rows[i].Note != "" {
				continue // it went beyond the limits
			}

			progress("%s: %s, run %d", s.workload.Name, s.name, n+1)
			m, err := s.run(ctx, b.tools, s.workload, b.limits, b.scratch(s.workload, s.program))
			switch {
			case errors.Is(err, errLimit):
				rows[i].Note = err.Error()
			case err != nil:
				return nil, err
			default:
				rows[i].Runs = append(rows[i].Runs, m)
			}
		}
	}

	for i := range rows {
		rows[i].finish()
	}
	return rows, nil
}

// scratch is a folder for what a program writes.
func (b *bench) scratch(w workload, p program) string {
	return filepath.Join(b.dir, "out", w.Name, strings.NewReplacer(" ", "-", ",", "-").Replace(p.name))
}

// agreement compares the answers of the programs that ended with ringfence's.
func (b *bench) agreement(w workload, rows []row) error {
	hasRun := func(p program) bool {
		i := slices.IndexFunc(rows, func(r row) bool { return r.Program == p.name })
		return len(rows[i].Runs) > 0
	}

	for _, p := range programs {
		if !p.rego || !hasRun(p) || !hasRun(findingsOnly) {
			continue
		}

		answers := filepath.Join(b.scratch(w, p), stdoutFile)
		results := filepath.Join(b.scratch(w, findingsOnly), outDir)
		c, err := compareAnswers(w, p.name, answers, results)
		if err != nil {
			return err
		}
		b.result.Compared = append(b.result.Compared, c)
	}

	return nil
}
