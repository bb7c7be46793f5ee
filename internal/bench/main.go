// Command bench measures ringfence beside opa exec and conftest test, as whole processes, on
// the same clients and the same policies:
//
//	go run ./internal/bench [-workloads mid,huge,small,changed,scale,growth] [-json FILE]
//
// and what collecting takes, against an emulator in another process:
//
//	go run ./internal/bench collect [-users N] [-clients N]
//
// Workloads are made once, deterministically, from emulated tenants (workload.go). All
// programs of a workload run in turn, repeatedly; the table has the medians (side.go). What
// they say is compared, too, so that it is known to be the same work (equal.go).
// docs/performance.md says what is measured and how.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"ringfence/engine"
	"ringfence/policies"
)

// bench is one run of the command.
type bench struct {
	root, dir string // the repository; where workloads are

	runs      int
	budget    time.Duration // per workload; the first repetition is always made
	maxGrowth int           // documents a dataset, in the growth table
	grown     string        // the controls in it: what their ids begin with, separated by commas
	limits    limits

	generator generator
	tools     tools
	result    result
}

func progress(format string, args ...any) { fmt.Fprintf(os.Stderr, "bench: "+format+"\n", args...) }

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()

	run := command
	if len(os.Args) > 1 {
		switch rest := os.Args[2:]; os.Args[1] {
		case "scan":
			run = func(context.Context) error { return scan(rest) }
		case "collect":
			run = func(ctx context.Context) error { return collectCommand(ctx, rest) }
		case "serve":
			run = func(context.Context) error { return serveCommand(rest) }
		}
	}

	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func command(ctx context.Context) error {
	var b bench
	var seed uint64
	var names, jsonFile string
	var memory int64
	flag.StringVar(&b.root, "root", ".", "the repository")
	flag.StringVar(&b.dir, "dir", "bench-data", "where workloads are, and are made")
	flag.Uint64Var(&seed, "seed", 1, "of the workloads")
	flag.StringVar(&names, "workloads", "mid,huge,small,changed",
		"comma-separated: mid, huge, small, changed, scale, growth")
	flag.IntVar(&b.runs, "runs", 3, "repetitions; the medians are shown")
	flag.DurationVar(&b.budget, "budget", 150*time.Second,
		"per workload: no further repetition is begun after it")
	flag.DurationVar(&b.limits.time, "timeout", 5*time.Minute, "of one process")
	flag.Int64Var(&memory, "memory", 16000, "of one process, resident, in MB")
	flag.IntVar(&b.maxGrowth, "growth", 30000, "documents a dataset at most, in the growth table")
	flag.StringVar(&b.grown, "controls", "", "comma-separated: what the ids begin with of controls in the growth table")
	flag.StringVar(&jsonFile, "json", "", "also write the result as JSON to a file")
	flag.Parse()

	b.limits.memory = memory * 1e6
	if err := b.prepare(ctx, seed); err != nil {
		return err
	}

	for name := range strings.SplitSeq(names, ",") {
		if err := b.measure(ctx, name); err != nil {
			return err
		}
	}

	return b.report(jsonFile)
}

// prepare builds the programs and compiles the policies.
func (b *bench) prepare(ctx context.Context, seed uint64) error {
	for _, dir := range []*string{&b.root, &b.dir} {
		abs, err := filepath.Abs(*dir)
		if err != nil {
			return err
		}
		*dir = abs
	}

	if err := os.MkdirAll(b.dir, 0o755); err != nil {
		return err
	}

	e, err := engine.Load(policies.FS)
	if err != nil {
		return err
	}

	b.generator = generator{dir: b.dir, seed: seed, engine: e}
	policyDir := filepath.Join(b.dir, "policies")
	if err := writePolicies(policyDir, e); err != nil {
		return err
	}

	b.result = result{
		Schema:   schemaName,
		At:       time.Now().UTC().Truncate(time.Second),
		Machine:  machine{cpuModel(), runtime.NumCPU(), runtime.GOOS, runtime.GOARCH, runtime.Version()},
		Rows:     []row{},
		Compared: []compared{},
		Notes:    []string{},
	}
	b.tools, b.result.Versions, err = build(ctx, b.root, policyDir)
	return err
}

func (b *bench) measure(ctx context.Context, name string) error {
	switch name {
	case "mid", "huge", "small":
		return b.sideBySide(ctx, name)
	case "changed":
		return b.reaudit(ctx)
	case "scale":
		return b.scale(ctx)

	case "growth":
		rows, err := growthTable(ctx, chosen(b.generator.engine.Controls(), b.grown), b.maxGrowth)
		b.result.Growth = rows
		return err
	}

	return fmt.Errorf("no workload %q", name)
}

func (b *bench) report(jsonFile string) error {
	if err := b.result.text(os.Stdout); err != nil || jsonFile == "" {
		return err
	}

	f, err := os.Create(jsonFile)
	if err != nil {
		return err
	}
	defer f.Close()

	return b.result.json(f)
}

// cpuModel is the processor's name, "unknown" where there is no /proc.
func cpuModel() string {
	info, _ := os.ReadFile("/proc/cpuinfo")
	for line := range strings.Lines(string(info)) {
		if name, value, found := strings.Cut(line, ":"); found && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return "unknown"
}
