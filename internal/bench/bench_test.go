package main

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"ringfence/collectors/snapshot"
	"ringfence/engine/finding"
	"ringfence/internal/effort"
	"ringfence/internal/fleetfile"
)

// tinyMade is the workload that tiny copies, file by file.
var tinyMade struct {
	sync.Once
	workload
	files fstest.MapFS
}

// tiny is a workload "small" of three clients in dir: collected once, for all tests.
func tiny(t *testing.T, dir string) workload {
	t.Helper()
	tinyMade.Do(func() {
		tinyMade.workload = makeTiny(t, t.TempDir())
		tinyMade.files = filesBelow(t, tinyMade.dir)
	})

	out := tinyMade.workload
	out.dir = filepath.Join(dir, out.Name)
	if err := os.CopyFS(out.dir, tinyMade.files); err != nil {
		t.Fatal(err)
	}

	return out
}

// filesBelow are all files below a folder, in memory.
func filesBelow(t *testing.T, dir string) fstest.MapFS {
	t.Helper()
	files := fstest.MapFS{}
	err := fs.WalkDir(os.DirFS(dir), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}

		data, err := os.ReadFile(filepath.Join(dir, name))
		files[name] = &fstest.MapFile{Data: data, Mode: 0o600}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}

	return files
}

func makeTiny(t *testing.T, dir string) workload {
	t.Helper()
	labels := []string{"fabrikam", "litware", "tailspin"}
	w := small(t, labels...)
	out := workload{Name: "small", Seed: 1, Version: generation, AsOf: asOf, dir: filepath.Join(dir, "small")}
	for _, err := range []error{
		os.MkdirAll(out.snapshots(), 0o755), w.export(t.Context(), out.snapshots()),
		out.writeFleet("fleet.hcl", keptFleet(w.World)), out.writeInputs(builtin(t)), out.seal(),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}

	return out
}

// judgeAll evaluates every client of a workload with the fleet file on disk.
func judgeAll(t *testing.T, w workload) map[string]finding.Set {
	t.Helper()
	fleet, diags := fleetfile.Load(w.fleet())
	if diags.HasErrors() {
		t.Fatal(diags)
	}

	labels, err := w.labels()
	if err != nil {
		t.Fatal(err)
	}

	at, err := time.Parse(time.RFC3339, w.AsOf)
	if err != nil {
		t.Fatal(err)
	}

	sets, e := map[string]finding.Set{}, builtin(t)
	for _, label := range labels {
		snap, err := snapshot.OpenFolder(filepath.Join(w.snapshots(), label))
		if err != nil {
			t.Fatal(err)
		}

		if err := snap.Verify(); err != nil {
			t.Fatal(label, err)
		}

		in, err := fleet.Intent(label)
		if err != nil {
			t.Fatal(err)
		}

		if sets[label], err = e.Evaluate(t.Context(), snap, in, at); err != nil {
			t.Fatal(label, err)
		}
	}

	return sets
}

// TestChange: a day later only one user of the first client has another name.
func TestChange(t *testing.T) {
	effort.WithoutRace(t)
	g := generator{dir: t.TempDir(), seed: 1, engine: builtin(t)}
	before := tiny(t, g.dir)

	w := workload{Name: "changed", AsOf: recipes()["changed"].asOf, dir: filepath.Join(g.dir, "changed")}
	if err := os.MkdirAll(w.snapshots(), 0o755); err != nil {
		t.Fatal(err)
	}

	if err := g.change(t.Context(), w); err != nil {
		t.Fatal(err)
	}

	if n := len(judgeAll(t, w)); n != 3 {
		t.Errorf("%d clients", n)
	}

	var changed []string
	for label := range judgeAll(t, before) {
		a, b := openTiny(t, before, label), openTiny(t, w, label)
		for name, c := range a.Manifest.Datasets {
			if c.Digest != b.Manifest.Datasets[name].Digest {
				changed = append(changed, label+" "+name)
			}
		}
		if b.Manifest.CollectedAt != "2026-11-24T10:00:00Z" {
			t.Errorf("%s was collected at %s", label, b.Manifest.CollectedAt)
		}
	}

	if want := []string{"fabrikam entra.users"}; !reflect.DeepEqual(changed, want) {
		t.Errorf("changed: %v, not %v", changed, want)
	}
}

func openTiny(t *testing.T, w workload, label string) snapshot.Snapshot {
	t.Helper()
	snap, err := snapshot.OpenFolder(filepath.Join(w.snapshots(), label))
	if err != nil {
		t.Fatal(err)
	}

	return snap
}

// TestScale: copies are clients of their own, judged as the originals are.
func TestScale(t *testing.T) {
	effort.WithoutRace(t)
	g := generator{dir: t.TempDir(), seed: 1, engine: builtin(t)}
	tiny(t, g.dir)

	w := workload{Name: "scale", AsOf: asOf, Clients: 7, dir: filepath.Join(g.dir, "scale")}
	if err := os.MkdirAll(w.snapshots(), 0o755); err != nil {
		t.Fatal(err)
	}

	if err := g.scale(t.Context(), w); err != nil {
		t.Fatal(err)
	}

	sets := judgeAll(t, w)
	if len(sets) != 7 {
		t.Fatalf("%d clients", len(sets))
	}

	for label, set := range sets {
		original := sets[strings.Split(label, "-copy")[0]]
		if label != original.Client && set.TenantID == original.TenantID {
			t.Errorf("%s has the tenant of %s", label, original.Client)
		}
		if !reflect.DeepEqual(set.Controls, original.Controls) {
			t.Errorf("%s is judged otherwise than %s", label, original.Client)
		}
	}
}

// TestWorkloadIsKept: what was made is not made again, unless the seed differs.
func TestWorkloadIsKept(t *testing.T) {
	effort.WithoutRace(t)
	g := generator{dir: t.TempDir(), seed: 1, engine: builtin(t)}
	made := tiny(t, g.dir)
	got, err := g.workload(t.Context(), "small")
	if err != nil || got != made || got.Clients != 3 || got.Bytes < 100_000 {
		t.Errorf("%+v, %v, not %+v", got, err, made)
	}

	if _, err := g.workload(t.Context(), "nothing"); err == nil {
		t.Error("an unknown workload")
	}
}

// TestLimits: a process that takes too long or too much memory is ended.
func TestLimits(t *testing.T) {
	if _, err := exec.LookPath("sleep"); err != nil {
		t.Skip("no sleep")
	}

	file := filepath.Join(t.TempDir(), "stdout")
	sleep := func() *exec.Cmd { return exec.Command("sleep", "20") }
	short := limits{time: time.Millisecond, memory: 1 << 40}
	if _, err := short.measure(t.Context(), sleep(), file, 0); !errors.Is(err, errLimit) {
		t.Errorf("time: %v", err)
	}

	if highWater(os.Getpid()) > 0 {
		narrow := limits{time: time.Minute, memory: 1}
		if _, err := narrow.measure(t.Context(), sleep(), file, 0); !errors.Is(err, errLimit) {
			t.Errorf("memory: %v", err)
		}
	}

	roomy := limits{time: time.Minute, memory: 1 << 40}
	m, err := roomy.measure(t.Context(), exec.Command("sh", "-c", "echo said"), file, 0)
	if said, _ := os.ReadFile(file); err != nil || string(said) != "said\n" || m.Wall == 0 {
		t.Errorf("%q, %+v, %v", said, m, err)
	}

	_, err = roomy.measure(t.Context(), exec.Command("sh", "-c", "exit 7"), file, 0, 3)
	if err == nil || errors.Is(err, errLimit) {
		t.Errorf("exit 7: %v", err)
	}

	ctx, cancel := context.WithCancel(t.Context())
	cancel()

	if _, err := roomy.measure(ctx, sleep(), file, 0); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: %v", err)
	}
}

func TestRatios(t *testing.T) {
	seconds := func(n ...time.Duration) (all []measurement) {
		for _, s := range n {
			all = append(all, measurement{Wall: s * time.Second, User: s * time.Second})
		}
		return all
	}

	rows := []row{
		{Program: findingsOnly.name, Bytes: 4e6, Clients: 8, Runs: seconds(9, 1, 2)},
		{Program: opaExec, Runs: seconds(8)},
	}
	for i := range rows {
		rows[i].finish()
	}

	compareRows(rows)

	r := rows[0]
	if r.MBs != 2 || r.PerS != 4 || r.Ratios["wall/opa exec"] != 0.25 || r.Ratios["cpu/opa exec"] != 0.25 {
		t.Errorf("%+v", r)
	}

	if _, has := rows[0].Ratios["wall/conftest test"]; has {
		t.Error("a ratio to what was not run")
	}
}

// TestAnswers: what opa and conftest write is read.
func TestAnswers(t *testing.T) {
	const set = `{"subjects": ["x"], "pass": ["x"], "fail": []}`
	const warning = `{"msg": "C", "metadata": {"sets": ` + set + `}}`
	for name, text := range map[string]string{
		opaExec:      `{"result": [{"path": "in/fabrikam.json", "result": {"C": ` + set + `}}]}`,
		conftestTest: `[{"filename": "in/fabrikam.json", "warnings": [` + warning + `]}]`,
	} {
		file := filepath.Join(t.TempDir(), "said")
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}

		got, err := readers[name](file)
		if err != nil || !reflect.DeepEqual(got["fabrikam"]["C"].Pass, []string{"x"}) {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
}

// TestSavings: the medians of the stages, and how much cheaper they are.
func TestSavings(t *testing.T) {
	type stages map[string]time.Duration
	took := func(s stages) measurement { return measurement{Timings: s} }
	without := medians([]measurement{
		took(stages{"decode": 9 * time.Second, "evaluate": 100 * time.Second, "read": time.Hour}),
		took(stages{"decode": 4 * time.Second, "evaluate": 56 * time.Second}),
		took(stages{"decode": 3 * time.Second, "evaluate": 50 * time.Second}),
	})

	const ms = time.Millisecond
	warm := took(stages{"evaluate": 300 * ms, "recall": 300 * ms, "cache": 200 * ms})
	want := "changed: decoding and evaluating cost 1/200 of --no-cache's, " +
		"1/100 with looking outcomes up, 1/75 with reading and writing the cache, too"
	if got := savings(warm, without); got != want {
		t.Errorf("%s\nwant %s", got, want)
	}

	r := row{Bytes: 60e6, Median: without}
	want = "decode 4.000 s, evaluate 56.000 s, read 0.000 s, ingest 15.0 MB/s a goroutine"
	if got := r.phases(); got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
}
