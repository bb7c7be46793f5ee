package snapshot

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func TestStore(t *testing.T) {
	data := t.TempDir()
	store, err := OpenStore(data, "fabrikam")
	if err != nil {
		t.Fatal(err)
	}

	if _, err := store.Latest(); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("an empty store: %v", err)
	}

	old := sealed(t, Dataset{"entra.users", []Document{doc("a")}, covered(Complete), nil})
	late := covered(Complete)
	late.EndedAt = "2026-11-24T08:00:00Z"
	newer := sealed(t, Dataset{"entra.users", []Document{doc("a")}, late, nil})
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

// TestStoreChanged: a manifest that was changed is not opened, and a changed
// object is mended by storing the same bytes again.
func TestStoreChanged(t *testing.T) {
	snap := sealed(t, Dataset{"entra.users", []Document{doc("a")}, covered(Complete), nil})
	store, err := OpenStore(t.TempDir(), "fabrikam")
	if err != nil {
		t.Fatal(err)
	}

	put(t, store, snap)
	var object string
	for _, c := range snap.Manifest.Datasets {
		if c.Holds() {
			object = store.object(c.Digest)
		}
	}

	appendTo(t, object)

	if latest, err := store.Latest(); err != nil || latest.Verify() == nil {
		t.Fatalf("a changed object verifies, %v", err)
	}

	put(t, store, snap)

	if latest, err := store.Latest(); err != nil || latest.Verify() != nil {
		t.Fatalf("storing again does not mend the store: %v", err)
	}

	names, err := store.Snapshots()
	if err != nil {
		t.Fatal(err)
	}

	appendTo(t, filepath.Join(store.dir, "snapshots", names[0]))
	var digest *DigestError
	if _, err := store.Latest(); !errors.As(err, &digest) {
		t.Fatalf("a changed manifest: %v", err)
	}
}

func put(t *testing.T, store Store, snap Snapshot) {
	t.Helper()
	if err := store.Put(snap); err != nil {
		t.Fatal(err)
	}
}

func appendTo(t *testing.T, name string) {
	t.Helper()
	data, err := os.ReadFile(name)
	if err == nil {
		err = os.WriteFile(name, append(data, '\n'), 0o644)
	}

	if err != nil {
		t.Fatal(err)
	}
}

func TestPutRefusesChangedData(t *testing.T) {
	s := sealed(t, Dataset{"entra.users", []Document{doc("a")}, covered(Complete), nil})
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
