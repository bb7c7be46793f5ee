package soundness

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ringfence/collectors/emulator"
	"ringfence/engine"
	"ringfence/internal/fleetfile"
	"ringfence/internal/run"
	"ringfence/internal/runfolder"
	"ringfence/internal/runfolder/layout"
	"ringfence/oscal/attest"
	"ringfence/policies"
)

var floors = run.Floors{FailOn: "low", UndeterminedOn: "low"}

func newKey(t testing.TB) *attest.Key {
	t.Helper()
	private, _, err := attest.GenerateKey([]byte("a passphrase of the test"))
	if err != nil {
		t.Fatal(err)
	}

	key, err := attest.LoadKey(private, []byte("a passphrase of the test"))
	if err != nil {
		t.Fatal(err)
	}

	return key
}

func builtin(t testing.TB) *engine.Engine {
	t.Helper()
	e, err := engine.Load(policies.FS)
	if err != nil {
		t.Fatal(err)
	}

	return e
}

// audit runs the whole flow for the labels and returns the run folders.
func (f *fleet) audit(t testing.TB, key *attest.Key, labels ...string) map[string]string {
	t.Helper()
	a := run.Audit{Collector: f.collector(), Engine: builtin(t), Key: key, Out: filepath.Join(f.dir, "out"), Floors: floors}
	var outcomes []run.Outcome
	err := a.Run(context.Background(), labels, true, func(o run.Outcome) { outcomes = append(outcomes, o) })
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
		o, err := run.Evaluate(context.Background(), inputs, run.Options{Floors: floors, Out: out, Start: now.In(zone), Now: time.Now})
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

// TestTamper: one byte changed, a file removed or added: verify names it.
func TestTamper(t *testing.T) {
	key := newKey(t)
	f := serve(t, emulator.Generate(1, 1), key.Public().SPKI())
	dir := f.audit(t, key, f.file.Clients[0].Name)[f.file.Clients[0].Name]
	anchor := run.Anchor{Key: key.Public()}
	if r := verify(t, dir, anchor); r.Code() != run.ExitOK {
		t.Fatalf("untouched: %+v", r)
	}

	for name, data := range contents(t, dir) {
		if data == "" {
			continue
		}

		for how, at := range map[string]int{"first": 0, "middle": len(data) / 2, "last": len(data) - 1} {
			b := []byte(data)
			b[at] ^= 1
			write(t, filepath.Join(dir, name), b)
			named(t, verify(t, dir, anchor), name, how+" byte of "+name+" changed")
		}

		write(t, filepath.Join(dir, name), nil)
		named(t, verify(t, dir, anchor), name, name+" emptied")

		if err := os.Remove(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}

		named(t, verify(t, dir, anchor), name, name+" removed")
		write(t, filepath.Join(dir, name), []byte(data))
	}

	foreign := filepath.Join(dir, "snapshot", "entra.extra.ndjson")
	write(t, foreign, []byte("{}\n"))
	named(t, verify(t, dir, anchor), "snapshot/entra.extra.ndjson", "foreign file")

	if err := os.Remove(foreign); err != nil {
		t.Fatal(err)
	}

	if err := os.Symlink("/etc/passwd", foreign); err != nil {
		t.Fatal(err)
	}

	named(t, verify(t, dir, anchor), "snapshot/entra.extra.ndjson", "foreign link")
}

// TestAnchors: who vouches for a folder decides what verify says.
func TestAnchors(t *testing.T) {
	key, other := newKey(t), newKey(t)
	f := serve(t, emulator.Generate(1, 1), key.Public().SPKI())
	dir := f.audit(t, key, f.file.Clients[0].Name)[f.file.Clients[0].Name]
	for name, tc := range map[string]struct {
		anchor run.Anchor
		code   int
	}{
		"key":               {run.Anchor{Key: key.Public()}, run.ExitOK},
		"fleet file":        {run.Anchor{MachineKeys: []string{key.Public().SPKI()}}, run.ExitOK},
		"none":              {run.Anchor{}, run.ExitUndetermined},
		"another key":       {run.Anchor{Key: other.Public()}, run.ExitEvidence},
		"another fleet":     {run.Anchor{MachineKeys: []string{other.Public().SPKI()}}, run.ExitEvidence},
		"a fleet's no keys": {run.Anchor{MachineKeys: []string{}}, run.ExitEvidence},
	} {
		if r := verify(t, dir, tc.anchor); r.Code() != tc.code {
			t.Errorf("%s: code %d, want %d: %+v", name, r.Code(), tc.code, r)
		}
	}
}

// TestResignedLie: whoever holds the machine key can sign other findings, and
// verify still finds that the inputs do not give them.
func TestResignedLie(t *testing.T) {
	key := newKey(t)
	f := serve(t, emulator.Generate(1, 1), key.Public().SPKI())
	dir := f.audit(t, key, f.file.Clients[0].Name)[f.file.Clients[0].Name]
	files := contents(t, dir, layout.Bundle)
	lie := strings.Replace(files[layout.Findings], "not-satisfied", "not-satisfiet", 1)
	if lie == files[layout.Findings] {
		t.Fatal("nothing to lie about")
	}

	files[layout.Findings] = lie
	write(t, filepath.Join(dir, layout.Findings), []byte(lie))
	write(t, filepath.Join(dir, layout.Bundle), resign(t, key, dir, files))
	named(t, verify(t, dir, run.Anchor{Key: key.Public()}), layout.Findings, "a signed lie")
}

func verify(t *testing.T, dir string, a run.Anchor) run.Report {
	t.Helper()
	r, err := run.Verify(context.Background(), dir, a)
	if err != nil {
		t.Fatal(err)
	}

	return r
}

func named(t *testing.T, r run.Report, file, what string) {
	t.Helper()
	if r.Code() != run.ExitEvidence {
		t.Errorf("%s: code %d", what, r.Code())
	}
	if !slices.ContainsFunc(r.Problems, func(p runfolder.Problem) bool { return p.File == file }) {
		t.Errorf("%s: not named: %v", what, r.Problems)
	}
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
	for _, label := range emulator.Labels(6) {
		first := artefacts(t, emulator.GenerateClients(1, emulator.Labels(6)), label)
		alone := artefacts(t, emulator.GenerateClients(1, []string{label}), label)
		renamed := artefacts(t, emulator.GenerateClients(1, []string{"zzz-one", label, "zzz-two", "zzz-three"}), label)
		for name, got := range map[string]map[string]string{"others removed": alone, "others renamed": renamed} {
			if diff := cmp.Diff(first, got); diff != "" {
				t.Errorf("%s, %s:\n%.2000s", label, name, diff)
			}
		}
	}
}

// artefacts are everything of one client that a world's audit leaves: its run
// folder, and its subtree of the store.
func artefacts(t *testing.T, w *emulator.World, label string) map[string]string {
	t.Helper()
	f := serve(t, w)
	dir := f.audit(t, nil, everyone(f.file)...)[label]
	all := contents(t, dir, layout.Run)
	for name, data := range contents(t, filepath.Join(f.dir, "data", "clients", label)) {
		if !strings.HasSuffix(name, "/"+layout.Run) {
			all["store/"+name] = data
		}
	}

	return all
}

func everyone(f *fleetfile.Fleet) (labels []string) {
	for _, c := range f.Clients {
		labels = append(labels, c.Name)
	}
	return labels
}
