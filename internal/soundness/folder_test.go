package soundness

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ringfence/collectors/emulator"
	"ringfence/collectors/snapshot"
	"ringfence/engine"
	"ringfence/internal/effort"
	"ringfence/internal/fleetfile"
	"ringfence/internal/run"
	"ringfence/internal/runfolder/layout"
	"ringfence/oscal/attest"
	"ringfence/policies"
)

var floors = run.Floors{FailOn: "low", UndeterminedOn: "low"}

// keys are those that keyOf has made.
var keys = map[string]*attest.Key{}

// keyOf is somebody's key, the same one in all tests: making one costs as much as
// guessing a passphrase once.
func keyOf(t testing.TB, name string) *attest.Key {
	t.Helper()
	if keys[name] != nil {
		return keys[name]
	}

	private, _, err := attest.GenerateKey([]byte("a passphrase of the test"))
	if err != nil {
		t.Fatal(err)
	}

	key, err := attest.LoadKey(private, []byte("a passphrase of the test"))
	if err != nil {
		t.Fatal(err)
	}

	keys[name] = key
	return key
}

var loadBuiltin = sync.OnceValues(func() (*engine.Engine, error) { return engine.Load(policies.FS) })

// builtin is the engine of the built-in controls, the same one for all tests.
func builtin(t testing.TB) *engine.Engine {
	t.Helper()
	e, err := loadBuiltin()
	if err != nil {
		t.Fatal(err)
	}

	return e
}

// audit runs the whole flow for the labels and returns the run folders.
func (f *fleet) audit(t testing.TB, key *attest.Key, labels ...string) map[string]string {
	t.Helper()
	a := run.Audit{
		Collector: f.collector(), Engine: builtin(t), Key: key,
		Out: filepath.Join(f.dir, "out"), Floors: floors,
	}
	if f.compared {
		k, err := fleetKey()
		if err != nil {
			t.Fatal(err)
		}
		a.FleetKey, a.Finder = &k, builtin(t)
	} else {
		a.Collector.Fleet, a.Collector.Compared = f.file, nil
	}

	var outcomes []run.Outcome
	labels = append(labels, snapshot.FleetClient)
	err := a.Run(context.Background(), labels, func(o run.Outcome) { outcomes = append(outcomes, o) })
	if err != nil {
		t.Fatal(err)
	}

	dirs := map[string]string{}
	for _, o := range outcomes {
		if o.Err != nil {
			t.Fatal(o.Client, o.Err)
		}
		dirs[o.Client] = o.Dir
	}

	return dirs
}

// signedRun is the run folder that oneRun copies, file by file, and its machine key.
var signedRun struct {
	sync.Once
	client string
	files  map[string]string
	key    *attest.Key
}

// oneRun is a signed run folder of the test's own, and its machine key. The audit
// that made it, its server and its store are gone.
func oneRun(t *testing.T) (string, *attest.Key) {
	t.Helper()
	signedRun.Do(func() {
		signedRun.key = keyOf(t, "machine")
		f := serve(t, emulator.Generate(1, 1), signedRun.key.Public().SPKI())
		signedRun.client = f.file.Clients[0].Name
		dir := f.audit(t, signedRun.key, signedRun.client)[signedRun.client]
		signedRun.files = contents(t, dir)
		f.server.Close()
		must(t, os.RemoveAll(f.dir))
	})

	dir := filepath.Join(t.TempDir(), signedRun.client)
	for name, text := range signedRun.files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		must(t, os.MkdirAll(filepath.Dir(path), 0o700))
		write(t, path, []byte(text))
	}

	return dir, signedRun.key
}

// contents reads a folder; skip names files that may differ.
func contents(t testing.TB, dir string, skip ...string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := fs.WalkDir(os.DirFS(dir), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || slices.Contains(skip, name) {
			return err
		}

		data, err := os.ReadFile(filepath.Join(dir, name))
		files[name] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}

	return files
}

// TestDeterminism: the same inputs give the same bytes in another folder and
// another time zone, run.json's wall clock aside.
func TestDeterminism(t *testing.T) {
	effort.WithoutRace(t)
	f := serve(t, emulator.Generate(1, 3))
	label := f.file.Clients[0].Name
	snap := f.collect(t, label)

	in, err := f.file.Intent(label)
	if err != nil {
		t.Fatal(err)
	}

	kathmandu := time.FixedZone("+0545", 5*3600+45*60)
	var first map[string]string
	for _, zone := range []*time.Location{time.UTC, kathmandu} {
		out := filepath.Join(t.TempDir(), "deep", "er")
		inputs := run.Inputs{Snapshot: snap, Promise: in, Engine: builtin(t), AsOf: now.In(zone)}
		options := run.Options{Floors: floors, Out: out, Start: now.In(zone), Now: time.Now}
		o, err := run.Evaluate(context.Background(), inputs, options)
		if err != nil {
			t.Fatal(err)
		}

		got := contents(t, o.Dir, layout.Run)

		if first == nil {
			first = got
		} else if diff := cmp.Diff(first, got); diff != "" {
			t.Error(diff)
		}
	}

	if len(first) < 10 {
		t.Errorf("only %d files", len(first))
	}
}

func verify(t *testing.T, dir string, a run.Anchor) run.Report {
	t.Helper()
	r, err := run.Verify(context.Background(), dir, a)
	if err != nil {
		t.Fatal(err)
	}

	return r
}

func write(t *testing.T, name string, data []byte) {
	t.Helper()
	if err := os.WriteFile(name, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestNonInterference: rename, replace and remove every other client; this
// one's artefacts stay byte-identical.
func TestNonInterference(t *testing.T) {
	effort.WithoutRace(t)
	labels := emulator.Labels(effort.Of(3, 6, 6))
	first := artefacts(t, labels...)
	some := pickFrom(labels, effort.Of(1, 2, len(labels)), "clients that are looked at")
	for _, label := range some {
		alone := artefacts(t, label)
		renamed := artefacts(t, "zzz-one", label, "zzz-two", "zzz-three")
		for name, got := range map[string]map[string]string{
			"others removed": alone[label],
			"others renamed": renamed[label],
		} {
			if diff := cmp.Diff(first[label], got); diff != "" {
				t.Errorf("%s, %s:\n%.2000s", label, name, diff)
			}
		}
	}

	t.Logf("held against worlds without the others, and with others: %v", some)
}

// TestNonInterferenceCompared: so it is where clients are compared with each other, in fleets of
// 1, 3 and 9 clients that have nothing in common; and of two that have, the third is not told.
func TestNonInterferenceCompared(t *testing.T) {
	effort.WithoutRace(t)
	compared := func(w *emulator.World) map[string]map[string]string {
		f := serve(t, w)
		f.compared = true
		return artefactsOf(t, f)
	}

	label := crossed[2]
	alone := compared(emulator.GenerateClients(1, []string{label}))[label]
	if alone["fleet-facts.json"] == "" {
		t.Fatal("nothing was heard")
	}
	var more []string
	for i := range effort.Of(2, 8, 20) {
		more = append(more, fmt.Sprintf("%s-%d", emulator.CleanLabel, 100+i))
	}
	something := emulator.GenerateClients(1, crossed)
	if err := something.CrossBetween(crossed[0], crossed[1]); err != nil {
		t.Fatal(err)
	}
	for name, w := range map[string]*emulator.World{
		"two others":                   emulator.GenerateClients(1, crossed),
		"others, renamed":              emulator.GenerateClients(1, append(more, label)),
		"something between the others": something,
	} {
		if diff := cmp.Diff(alone, compared(w)[label]); diff != "" {
			t.Errorf("%s:\n%.2000s", name, diff)
		}
	}
}

// artefacts are everything of each client that an audit of a world with these
// clients leaves: its run folder, and its subtree of the store.
func artefacts(t *testing.T, labels ...string) map[string]map[string]string {
	t.Helper()
	return artefactsOf(t, serve(t, emulator.GenerateClients(1, labels)))
}

// artefactsOf are those of a fleet.
func artefactsOf(t *testing.T, f *fleet) map[string]map[string]string {
	t.Helper()
	of := map[string]map[string]string{}
	for label, dir := range f.audit(t, nil, everyone(f.file)...) {
		of[label] = f.artefactsIn(t, label, dir)
	}
	return of
}

// artefactsIn are those of one client, whose run folder is dir.
func (f *fleet) artefactsIn(t *testing.T, label, dir string) map[string]string {
	t.Helper()
	all := contents(t, dir, layout.Run)
	if label == snapshot.FleetClient {
		return all
	}

	for name, data := range contents(t, filepath.Join(f.dir, "data", "clients", label)) {
		if !strings.HasSuffix(name, "/"+layout.Run) {
			all["store/"+name] = data
		}
	}
	return all
}

func everyone(f *fleetfile.Fleet) (labels []string) {
	for _, c := range f.Clients {
		if c.State != "offboarded" { // their tenants let nobody in any more
			labels = append(labels, c.Name)
		}
	}
	return labels
}
