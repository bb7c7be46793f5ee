package main

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"
)

// program is one command that is measured.
type program struct {
	name  string
	codes []int // exit codes that are an answer
	// args is the command line for a workload; out is a folder for results.
	args func(t tools, w workload, out string) []string
	// rego: it reads what policies see, and is one that ringfence is held against.
	rego bool
}

// tools are where the programs are.
type tools struct {
	ringfence, opa, conftest, self string
	policies                       string // folder: the policies and what asks them
}

// answers are ringfence's exit codes that say what was found.
var answers = []int{0, 3, 4}

// programs in the order of the table. The same policies, the same clients, all
// of them in one process, results written to files.
func programs() []program {
	return []program{
		{name: "ringfence --only findings", codes: answers, args: func(t tools, w workload, out string) []string {
			return append(t.evaluate(w, out), "--only", "findings")
		}},
		{name: "ringfence, whole run, unsigned", codes: answers, args: func(t tools, w workload, out string) []string {
			return t.evaluate(w, out)
		}},
		{name: "opa exec", codes: []int{0}, rego: true, args: func(t tools, w workload, _ string) []string {
			return []string{t.opa, "exec", "--bundle", t.policies, "--decision", askOPA, w.inputs()}
		}},
		{name: "conftest test", codes: []int{0}, rego: true, args: func(t tools, w workload, _ string) []string {
			return []string{t.conftest, "test", "--policy", t.policies, "--output", "json", "--no-fail", w.inputs()}
		}},
		scanner(1), scanner(2),
	}
}

// scanner reads the tokens of all dataset files and does nothing with them.
func scanner(parallel int) program {
	return program{
		name:  "token scan, " + strconv.Itoa(parallel) + " goroutines",
		codes: []int{0},
		args: func(t tools, w workload, _ string) []string {
			return []string{t.self, "scan", strconv.Itoa(parallel), w.snapshots()}
		},
	}
}

func (t tools) evaluate(w workload, out string) []string {
	return []string{
		t.ringfence, "evaluate", "--fleet", w.fleet(), "--snapshot", w.snapshots(),
		"--as-of", w.AsOf, "--out", out, "--format", "json",
	}
}

// Where a run leaves things in its folder.
const (
	stdoutFile = "stdout"
	outDir     = "out"
)

// run measures the program once, in a folder that is made anew.
func (p program) run(ctx context.Context, t tools, w workload, l limits, dir string) (measurement, error) {
	if err := os.RemoveAll(dir); err != nil {
		return measurement{}, err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return measurement{}, err
	}

	args := p.args(t, w, filepath.Join(dir, outDir))
	m, err := l.measure(ctx, exec.Command(args[0], args[1:]...), filepath.Join(dir, stdoutFile), p.codes...)
	m.Timings = timings(dir)

	return m, err
}

// timings are what a program says of where its time went; nil where it says
// nothing.
func timings(dir string) map[string]time.Duration {
	data, err := os.ReadFile(filepath.Join(dir, stdoutFile))
	if err != nil {
		return nil
	}

	var said struct {
		Timings map[string]time.Duration `json:"timings"`
	}
	if json.Unmarshal(data, &said) != nil {
		return nil
	}

	return said.Timings
}
