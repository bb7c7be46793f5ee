package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"
)

// program is one command that is measured.
type program struct {
	name string

	// args is the command line for a workload. What is written goes to a folder.
	args func(t tools, w workload, out string) []string

	// codes are the exit codes that are an answer.
	codes []int

	// rego: it judges what policies see, and is one that ringfence is held against.
	rego bool
}

// tools are where the programs are, and the folder of the policies and what asks them.
type tools struct{ ringfence, opa, conftest, self, policies string }

// The names of the programs that others are divided by, and that results are read of.
const (
	opaExec      = "opa exec"
	conftestTest = "conftest test"
)

// findingsOnly is ringfence as the others work: it judges, and writes what it found.
var findingsOnly = ringfence("ringfence --only findings", "--only", "findings")

// programs are in the order of the table. They judge the same policies and the same
// clients, all clients in one process, and write their results to files.
var programs = []program{
	findingsOnly,
	ringfence("ringfence, whole run, unsigned"),
	{
		name: opaExec, rego: true, codes: []int{0},
		args: func(t tools, w workload, _ string) []string {
			return []string{t.opa, "exec", "--bundle", t.policies, "--decision", decisionOfClient, w.inputs()}
		},
	},
	{
		name: conftestTest, rego: true, codes: []int{0},
		args: func(t tools, w workload, _ string) []string {
			flags := []string{"test", "--policy", t.policies, "--output", "json", "--no-fail"}
			return append(append([]string{t.conftest}, flags...), w.inputs())
		},
	},
	tokenScan(1),
	tokenScan(2),
}

// ringfence judges all clients of a workload. Its exit codes 3 and 4 say what was found.
func ringfence(name string, flags ...string) program {
	return program{
		name: name, codes: []int{0, 3, 4},
		args: func(t tools, w workload, out string) []string {
			return append([]string{
				t.ringfence, "evaluate", "--fleet", w.fleet(), "--snapshot", w.snapshots(),
				"--as-of", w.AsOf, "--out", out, "--format", "json",
			}, flags...)
		},
	}
}

// tokenScan reads the tokens of all dataset files and does nothing with them.
func tokenScan(goroutines int) program {
	return program{
		name: fmt.Sprintf("token scan, %d goroutines", goroutines), codes: []int{0},
		args: func(t tools, w workload, _ string) []string {
			return []string{t.self, "scan", strconv.Itoa(goroutines), w.snapshots()}
		},
	}
}

// What a run leaves in its folder: the standard output, and the folder of results.
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
	stdout := filepath.Join(dir, stdoutFile)
	m, err := l.measure(ctx, exec.Command(args[0], args[1:]...), stdout, p.codes...)

	// Only ringfence says where its time went.
	var summary struct {
		Timings map[string]time.Duration `json:"timings"`
	}
	if output, errRead := os.ReadFile(stdout); errRead == nil && json.Unmarshal(output, &summary) == nil {
		m.Timings = summary.Timings
	}
	return m, err
}
