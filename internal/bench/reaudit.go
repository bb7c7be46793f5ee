package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"ringfence/internal/runfolder/layout"
)

// reaudit measures what evaluating costs when little has changed since the last time: the
// small clients fill the cache, then the changed ones are judged with and without it, and
// must give the same bytes.
func (b *bench) reaudit(ctx context.Context) error {
	small, err := b.generator.workload(ctx, "small")
	if err != nil {
		return err
	}

	changed, err := b.generator.workload(ctx, "changed")
	if err != nil {
		return err
	}

	store := filepath.Join(b.dir, "out", "store")
	fill := cached("ringfence, cold cache", "--data", store)
	warm := cached("ringfence, cache of the day before", "--data", store)
	without := cached("ringfence, --no-cache", "--data", store, "--no-cache")

	list := []step{{fill, small}, {warm, changed}, {without, changed}}
	rows, err := b.inTurn(ctx, list, func() error { return os.RemoveAll(store) })
	if err != nil {
		return err
	}

	b.result.Rows = append(b.result.Rows, rows...)
	if slices.ContainsFunc(rows, func(r row) bool { return r.Note != "" }) {
		return nil // one was ended: there is nothing to compare
	}

	b.result.Notes = append(b.result.Notes, savings(rows[1].Median, rows[2].Median))
	return b.sameBytes(changed, warm, without)
}

func cached(name string, flags ...string) program {
	return ringfence(name, append([]string{"--only", "findings"}, flags...)...)
}

// savings says how much cheaper judging is with a cache. Reading and hashing are never left
// out, so they do not count.
func savings(warm, without measurement) string {
	cold := without.spent("decode", "evaluate").Seconds()
	return fmt.Sprintf("changed: decoding and evaluating cost 1/%.0f of --no-cache's, "+
		"1/%.0f with looking outcomes up, 1/%.0f with reading and writing the cache, too",
		cold/warm.spent("decode", "evaluate").Seconds(),
		cold/warm.spent("decode", "evaluate", "recall").Seconds(),
		cold/warm.spent("decode", "evaluate", "recall", "cache").Seconds())
}

// sameBytes compares the results of two runs, file by file.
func (b *bench) sameBytes(w workload, one, other program) error {
	labels, err := w.labels()
	if err != nil {
		return err
	}

	c := compared{Workload: w.Name, Program: other.name, Clients: len(labels), Differences: []string{}}
	for _, label := range labels {
		for _, file := range []string{layout.Findings, layout.Verdicts} {
			name := filepath.Join(outDir, label, file)
			x, err := os.ReadFile(filepath.Join(b.scratch(w, one), name))
			if err != nil {
				return err
			}

			y, err := os.ReadFile(filepath.Join(b.scratch(w, other), name))
			if err != nil {
				return err
			}

			c.Entries += bytes.Count(x, []byte("\n"))
			if !bytes.Equal(x, y) {
				c.Differences = append(c.Differences, fmt.Sprintf("%s: %s differs", label, file))
			}
		}
	}

	b.result.Compared = append(b.result.Compared, c)
	return nil
}
