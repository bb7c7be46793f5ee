package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"ringfence/internal/runfolder/layout"
)

// reaudit measures what evaluating costs when little has changed since the last
// time: the small clients fill the cache, then the changed ones are judged with
// and without it, and must give the same bytes.
func (b *bench) reaudit(ctx context.Context) error {
	small, err := b.generator.workload(ctx, "small")
	if err != nil {
		return err
	}

	changed, err := b.generator.workload(ctx, "changed")
	if err != nil {
		return err
	}

	if !b.hasCache(ctx) {
		b.result.Notes = append(b.result.Notes,
			"changed: this ringfence has no --data and --no-cache: measured without a cache")
		rows, err := b.interleave(ctx, changed, programs()[:1])
		b.result.Rows = append(b.result.Rows, rows...)

		return err
	}

	store := filepath.Join(b.dir, "out", "store")
	steps := []step{
		{cached("ringfence, cold cache", "--data", store), small},
		{cached("ringfence, cache of the day before", "--data", store), changed},
		{cached("ringfence, --no-cache", "--data", store, "--no-cache"), changed},
	}

	rows, err := b.steps(ctx, steps, store)
	if err != nil {
		return err
	}

	b.result.Rows = append(b.result.Rows, rows...)
	b.result.Notes = append(b.result.Notes, spared(rows[1].Median, rows[2].Median))
	return b.sameBytes(changed, steps[1].program, steps[2].program)
}

// spared says how much cheaper judging became. Reading and hashing are never
// left out, so they do not count.
func spared(cached, whole measurement) string {
	cold := whole.spent("decode", "evaluate").Seconds()
	return fmt.Sprintf("changed: decoding and evaluating cost 1/%.0f of --no-cache's, "+
		"1/%.0f with looking outcomes up, 1/%.0f with reading and writing the cache, too",
		cold/cached.spent("decode", "evaluate").Seconds(), cold/cached.spent("decode", "evaluate", "recall").Seconds(),
		cold/cached.spent("decode", "evaluate", "recall", "cache").Seconds())
}

// step is a program on a workload, where the order matters.
type step struct {
	program
	workload
}

func cached(name string, flags ...string) program {
	return program{name: name, codes: answers, args: func(t tools, w workload, out string) []string {
		return append(append(t.evaluate(w, out), "--only", "findings"), flags...)
	}}
}

// steps measures them in their order, with a new store in each repetition.
func (b *bench) steps(ctx context.Context, list []step, store string) ([]row, error) {
	rows := make([]row, len(list))
	for i, s := range list {
		rows[i] = row{Workload: s.workload.Name, Program: s.name, Clients: s.Clients, Bytes: s.Bytes}
	}

	for n, start := 0, time.Now(); n < b.runs && (n == 0 || time.Since(start) < b.budget); n++ {
		if err := os.RemoveAll(store); err != nil {
			return nil, err
		}
		for i, s := range list {
			progress("%s: %s, run %d", s.workload.Name, s.name, n+1)
			dir := b.scratch(s.workload, s.program)
			m, err := s.run(ctx, b.tools, s.workload, b.limits, dir)
			if err != nil {
				return nil, err
			}

			rows[i].Runs = append(rows[i].Runs, m)
		}
	}

	for i := range rows {
		rows[i].finish()
	}

	return rows, nil
}

// hasCache reports whether evaluate has the flags of the cache.
func (b *bench) hasCache(ctx context.Context) bool {
	help, _ := exec.CommandContext(ctx, b.tools.ringfence, "evaluate", "--help").Output()
	return strings.Contains(string(help), "--no-cache") && strings.Contains(string(help), "--data")
}

// sameBytes compares the results of two runs, file by file.
func (b *bench) sameBytes(w workload, one, other program) error {
	labels, err := w.labels()
	if err != nil {
		return err
	}

	c := compared{Workload: w.Name, Program: other.name, Differences: []string{}}
	for _, label := range labels {
		c.Clients++
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
