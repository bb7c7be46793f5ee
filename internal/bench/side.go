package main

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"time"
)

// sideBySide runs every program on a workload in turn, and again, and compares
// what they say.
func (b *bench) sideBySide(ctx context.Context, name string) error {
	w, err := b.generator.workload(ctx, name)
	if err != nil {
		return err
	}

	rows, err := b.interleave(ctx, w, programs())
	if err != nil {
		return err
	}

	compare(rows)
	b.result.Rows = append(b.result.Rows, rows...)
	return b.equality(w, rows)
}

// interleave measures programs in turn: first all of them once, then again, so
// that a machine that is slow for a while is slow for all. The files are read
// once before, by nobody's clock.
func (b *bench) interleave(ctx context.Context, w workload, list []program) ([]row, error) {
	rows := make([]row, len(list))
	for i, p := range list {
		rows[i] = row{Workload: w.Name, Program: p.name, Clients: w.Clients, Bytes: w.Bytes}
	}

	if err := w.warm(); err != nil {
		return nil, err
	}

	for n, start := 0, time.Now(); n < b.runs && (n == 0 || time.Since(start) < b.budget); n++ {
		for i, p := range list {
			if rows[i].Note != "" {
				continue // it went beyond the limits
			}

			progress("%s: %s, run %d", w.Name, p.name, n+1)
			m, err := p.run(ctx, b.tools, w, b.limits, b.scratch(w, p))
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

// equality compares the answers of the programs that ended.
func (b *bench) equality(w workload, rows []row) error {
	ours := programs()[0]
	for _, p := range programs() {
		at := slices.IndexFunc(rows, func(r row) bool { return r.Program == p.name })
		if !p.rego || len(rows[at].Runs) == 0 || len(rows[0].Runs) == 0 {
			continue
		}

		theirs, out := filepath.Join(b.scratch(w, p), stdoutFile), filepath.Join(b.scratch(w, ours), outDir)
		c, err := compareAnswers(w, p.name, theirs, out)
		if err != nil {
			return err
		}

		b.result.Compared = append(b.result.Compared, c)
	}

	return nil
}

// scale measures ringfence on ever more small clients.
func (b *bench) scale(ctx context.Context) error {
	for _, name := range []string{"scale-10", "scale-100", "scale-1000", "scale-10000"} {
		w, err := b.generator.workload(ctx, name)
		if err != nil {
			return err
		}

		rows, err := b.interleave(ctx, w, programs()[:1])
		if err != nil {
			return err
		}

		b.result.Rows = append(b.result.Rows, rows...)
	}

	return nil
}
