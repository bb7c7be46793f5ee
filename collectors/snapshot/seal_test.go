package snapshot

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func doc(id string) Document { return Document{ID: id, Spec: map[string]any{"id": id}} }

func covered(s Status) Coverage {
	return Coverage{Status: s, StartedAt: "2026-11-23T08:00:00Z", EndedAt: "2026-11-23T08:00:00.000000001Z"}
}

func sealed(t *testing.T, datasets ...Dataset) Snapshot {
	t.Helper()
	s, err := Seal(Manifest{Client: "fabrikam", TenantID: "t", Tool: "x", Cloud: "public"}, datasets)
	if err != nil {
		t.Fatal(err)
	}

	return s
}

func TestSeal(t *testing.T) {
	s := sealed(t,
		Dataset{"entra.users", []Document{doc("b"), doc("a")}, covered(Complete)},
		Dataset{"entra.groups", nil, covered(Complete)},
		Dataset{"entra.devices", nil, Coverage{Status: Denied}},
		Dataset{"entra.domains", []Document{doc("a"), doc("a")}, covered(Complete)})
	if s.Manifest.CollectedAt != "2026-11-23T08:00:01Z" {
		t.Errorf("collected_at %s is not rounded up", s.Manifest.CollectedAt)
	}

	if err := s.Verify(); err != nil {
		t.Error(err)
	}

	docs, err := s.Documents("entra.users")
	if err != nil || len(docs) != 2 || docs[0].ID != "a" {
		t.Errorf("%v %v", docs, err)
	}

	if c := s.Manifest.Datasets["entra.groups"]; !c.Holds() || c.Count != 0 || !c.CompleteEverywhere() {
		t.Errorf("an empty list is a fact: %+v", c)
	}

	if c := s.Manifest.Datasets["entra.devices"]; c.Holds() {
		t.Errorf("nothing was answered: %+v", c)
	}

	if c := s.Manifest.Datasets["entra.domains"]; c.Status != Failed || c.Evidence == nil || c.Holds() {
		t.Errorf("duplicates: %+v", c)
	}

	if _, err := Seal(Manifest{Client: "c", TenantID: "t"}, []Dataset{{Name: "a.b", Coverage: covered(Complete)}, {Name: "a.b", Coverage: covered(Complete)}}); err == nil {
		t.Error("one dataset twice")
	}
}

func TestEncode(t *testing.T) {
	with := func(v string) []Document {
		return []Document{{ID: "a", Spec: map[string]any{"x": "1"}, Observed: map[string]any{"sync": v}}, {ID: "b", Scope: "s", Spec: map[string]any{}}}
	}
	data, digest, spec, err := Encode(with("monday"))
	want := `{"id":"a","observed":{"sync":"monday"},"spec":{"x":"1"}}` + "\n" + `{"id":"b","scope":"s","spec":{}}` + "\n"
	if err != nil || string(data) != want || digest != Digest(data) {
		t.Errorf("%s %v", data, err)
	}

	_, digest2, spec2, _ := Encode(with("tuesday"))
	if digest == digest2 || spec != spec2 {
		t.Error("observed must change the digest, and never spec_digest")
	}

	for i, line := range strings.Split(strings.TrimSpace(want), "\n") {
		back, err := DecodeLine([]byte(line))
		if d := cmp.Diff(with("monday")[i], back); err != nil || d != "" {
			t.Errorf("%v %s", err, d)
		}
	}

	if _, _, _, err := Encode([]Document{doc("a"), doc("a")}); err == nil {
		t.Error("duplicates")
	}
}

func TestSubject(t *testing.T) {
	for in, want := range map[string]string{
		"/subscriptions/x":  "d.n/subscriptions/x",
		"//x":               "d.n//x",
		"a#b%c\nd\x7fe é~/": "d.n/a%23b%25c%0Ad%7Fe é~/",
		"a\u0085b\u009b2Jà": "d.n/a%C2%85b%C2%9B2Jà", // C1, and a letter whose last byte looks like it
	} {
		if got := Subject("d.n", in); got != want || SubjectDataset(got) != "d.n" {
			t.Errorf("%q: %q", in, got)
		}
	}

	if SubjectDataset("client/fabrikam") != "" || SubjectDataset("x") != "" {
		t.Error("a client is no dataset")
	}
}

func TestDatasetMustMatchManifest(t *testing.T) {
	s := sealed(t, Dataset{"entra.users", []Document{doc("a"), doc("b")}, covered(Complete)})
	data, _, _, _ := Encode([]Document{doc("a"), doc("b")})
	for name, tc := range map[string]struct {
		data    string
		re      bool // digest recomputed
		problem string
	}{
		"changed":    {strings.Replace(string(data), `"a"`, `"c"`, 1), false, "SHA-256"},
		"cut":        {string(data[:len(data)-1]), false, "SHA-256"},
		"fewer":      {string(data[:len(data)/2]), true, "holds 1 documents"},
		"unsorted":   {string(data[len(data)/2:]) + string(data[:len(data)/2]), true, "not after"},
		"not JSON":   {"x\n", true, "line 1"},
		"blank line": {string(data) + "\n", true, "line 3"},
	} {
		c := s.Manifest.Datasets["entra.users"]
		if tc.re {
			c.Digest = Digest([]byte(tc.data))
		}

		bad := Snapshot{Manifest: Manifest{Datasets: map[string]Coverage{"entra.users": c}}, Open: openMemory(map[string][]byte{"entra.users": []byte(tc.data)})}
		var wrong *DigestError
		if err := bad.Verify(); !errors.As(err, &wrong) || !strings.Contains(err.Error(), tc.problem) {
			t.Errorf("%s: %v", name, err)
		}
	}

	gone := Snapshot{Manifest: s.Manifest, Open: openMemory(nil)}
	if err := gone.Verify(); err == nil || !strings.Contains(err.Error(), "is missing") {
		t.Errorf("%v", err)
	}
}

func TestFolder(t *testing.T) {
	s := sealed(t, Dataset{"entra.users", []Document{doc("a")}, covered(Complete)}, Dataset{"entra.groups", nil, Coverage{Status: Denied}})
	dir := filepath.Join(t.TempDir(), "out")
	if err := s.Export(dir); err != nil {
		t.Fatal(err)
	}

	back, err := OpenFolder(dir)
	if err != nil || back.Digest() != s.Digest() || back.Verify() != nil {
		t.Errorf("%v", err)
	}

	if files, _ := filepath.Glob(filepath.Join(dir, "*")); len(files) != 2 {
		t.Errorf("%v", files)
	}

	if s.Export(dir) == nil {
		t.Error("a folder that is not empty was written to")
	}

	if err := os.WriteFile(filepath.Join(dir, "entra.users.ndjson"), []byte("{}\n"), 0o600); err != nil {
		t.Fatal(err)
	}

	if err := back.Verify(); err == nil {
		t.Error("a changed file was not noticed")
	}

	if _, err := OpenFolder(t.TempDir()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v", err)
	}
}

func TestStore(t *testing.T) {
	data := t.TempDir()
	store, err := OpenStore(data, "fabrikam")
	if err != nil {
		t.Fatal(err)
	}

	if _, err := store.Latest(); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("an empty store: %v", err)
	}

	old := sealed(t, Dataset{"entra.users", []Document{doc("a")}, covered(Complete)})
	late := covered(Complete)
	late.EndedAt = "2026-11-24T08:00:00Z"
	newer := sealed(t, Dataset{"entra.users", []Document{doc("a")}, late})
	for _, s := range []Snapshot{newer, old, old} {
		if err := store.Put(s); err != nil {
			t.Fatal(err)
		}
	}

	last, err := store.Latest()
	if err != nil || last.Digest() != newer.Digest() || last.Verify() != nil {
		t.Errorf("%v", err)
	}

	if names, err := store.Snapshots(); err != nil || len(names) != 2 {
		t.Errorf("%v %v", names, err)
	}

	objects, _ := filepath.Glob(filepath.Join(data, "clients/fabrikam/objects/sha256/*/*"))
	if len(objects) != 1 {
		t.Errorf("the same data are stored once: %v", objects)
	}

	temp, _ := filepath.Glob(filepath.Join(data, "clients/fabrikam/*/.tmp-*"))
	if len(temp) > 0 {
		t.Errorf("left behind: %v", temp)
	}

	for _, label := range []string{"", "..", "A", "a/b", "fleet/x", "-a", strings.Repeat("a", 64)} {
		if _, err := OpenStore(data, label); err == nil {
			t.Errorf("label %q names a folder", label)
		}
	}
}

func TestPutRefusesChangedData(t *testing.T) {
	s := sealed(t, Dataset{"entra.users", []Document{doc("a")}, covered(Complete)})
	s.Open = openMemory(map[string][]byte{"entra.users": []byte("{}\n")})
	store, _ := OpenStore(t.TempDir(), "fabrikam")
	if err := store.Put(s); err == nil {
		t.Error("stored under a digest that it has not")
	}

	if names, _ := store.Snapshots(); len(names) > 0 {
		t.Error("a manifest without its data")
	}
}

// TestLock: one writer at a time, in this process and in another; a lock ends
// with its process.
func TestLock(t *testing.T) {
	if dir := os.Getenv("RINGFENCE_LOCK_TEST"); dir != "" {
		store, _ := OpenStore(dir, "fabrikam")
		if _, err := store.Lock(); err != nil {
			os.Exit(3)
		}
		os.Exit(0) // still locked
	}

	dir := t.TempDir()
	store, err := OpenStore(dir, "fabrikam")
	if err != nil {
		t.Fatal(err)
	}

	child := func() error {
		c := exec.Command(os.Args[0], "-test.run", "^TestLock$")
		c.Env = append(os.Environ(), "RINGFENCE_LOCK_TEST="+dir)
		return c.Run()
	}
	if err := child(); err != nil {
		t.Fatalf("a free lock: %v", err)
	}

	unlock, err := store.Lock()
	if err != nil {
		t.Fatalf("the lock of a process that ended: %v", err)
	}

	if _, err := store.Lock(); !errors.Is(err, ErrLocked) {
		t.Errorf("locked twice: %v", err)
	}

	if child() == nil {
		t.Error("another process got the lock too")
	}

	other, _ := OpenStore(dir, "contoso")
	free, err := other.Lock()
	if err != nil {
		t.Errorf("another client's lock: %v", err)
	}

	free()
	unlock()

	if again, err := store.Lock(); err != nil {
		t.Error(err)
	} else {
		again()
	}
}

func TestOpenReadsWholeDatasets(t *testing.T) {
	s := sealed(t, Dataset{"entra.users", []Document{doc("a")}, covered(Complete)})
	r, err := s.Open("entra.users")
	if err != nil {
		t.Fatal(err)
	}

	b, err := io.ReadAll(r)
	if err != nil || string(b) != `{"id":"a","spec":{"id":"a"}}`+"\n" {
		t.Errorf("%s %v", b, err)
	}

	if _, err := s.Open("entra.groups"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v", err)
	}
}
