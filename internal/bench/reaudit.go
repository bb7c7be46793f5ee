package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
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
		b.result.Notes = append(b.result.Notes, "changed: this ringfence has no --data and --no-cache: measured without a cache")
		rows, err := b.interleave(ctx, changed, programs()[:1])
		b.result.Rows = append(b.result.Rows, rows...)
		return err
	}
	store := filepath.Join(b.dir, "out", "store")
	cached := func(name string, flags ...string) program {
		return program{name: name, codes: answers, args: func(t tools, w workload, out string) []string {
			return append(append(t.evaluate(w, out), "--only", "findings"), flags...)
		}}
	}
	cold, warm, none := cached("ringfence, cold cache", "--data", store), cached("ringfence, cache of the day before", "--data", store), cached("ringfence, --no-cache", "--data", store, "--no-cache")
	rows := []row{{Workload: small.Name, Clients: small.Clients, Bytes: small.Bytes}, {Workload: changed.Name, Clients: changed.Clients, Bytes: changed.Bytes}, {Workload: changed.Name, Clients: changed.Clients, Bytes: changed.Bytes}}
	for n := range b.runs {
		if err := os.RemoveAll(store); err != nil {
			return err
		}
		for i, s := range []struct {
			p program
			w workload
		}{{cold, small}, {warm, changed}, {none, changed}} {
			progress("%s: %s, run %d", s.w.Name, s.p.name, n+1)
			m, err := s.p.run(ctx, b.tools, s.w, b.limits, b.scratch(s.w, s.p))
			if err != nil {
				return err
			}
			rows[i].Program, rows[i].Runs = s.p.name, append(rows[i].Runs, m)
			rows[i].Timings = timings(b.scratch(s.w, s.p))
			rows[i].finish()
		}
	}
	b.result.Rows = append(b.result.Rows, rows...)
	return b.sameBytes(changed, warm, none)
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
		for _, file := range []string{"findings.json", "verdicts.ndjson"} {
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
