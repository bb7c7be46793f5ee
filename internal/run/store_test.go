package run

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"ringfence/collectors/snapshot"
	"ringfence/internal/runfolder"
	"ringfence/internal/runfolder/layout"
)

// TestStores: the store on a disk and the one of these tests do the same.
func TestStores(t *testing.T) {
	disk, err := OnDisk(t.TempDir())("fabrikam")
	if err != nil {
		t.Fatal(err)
	}

	for name, store := range map[string]Store{"disk": disk, "memory": newMemory()} {
		t.Run(name, func(t *testing.T) { testStore(t, store) })
	}

	if _, err := OnDisk(t.TempDir())("../fabrikam"); err == nil {
		t.Error("a label that leads out of the data folder")
	}
}

func testStore(t *testing.T, store Store) {
	if _, err := store.Latest(); !errors.Is(err, fs.ErrNotExist) {
		t.Error("a snapshot that nobody put:", err)
	}
	if _, err := store.OpenRun(madeRun); !errors.Is(err, fs.ErrNotExist) {
		t.Error("a run that nobody wrote:", err)
	}

	unlock, err := store.Lock()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := store.Lock(); !errors.Is(err, snapshot.ErrLocked) {
		t.Error("locked twice:", err)
	}

	unlock()
	if unlock, err = store.Lock(); err != nil {
		t.Error("still locked:", err)
	}
	unlock()

	s := snap(t, "fabrikam", fabrikamTenant, "Member")
	if err := errors.Join(store.Put(s), store.Put(s)); err != nil {
		t.Fatal(err)
	}
	if got, err := store.Latest(); err != nil || got.Digest() != s.Digest() {
		t.Error(err)
	}

	broken := errors.New("broken")
	err = store.WriteRun(madeRun, func(create runfolder.Create) error {
		return errors.Join(create.Write(layout.Run, []byte("{}"), true), broken)
	})
	if _, errOpen := store.OpenRun(madeRun); !errors.Is(err, broken) || !errors.Is(errOpen, fs.ErrNotExist) {
		t.Error("a run that was not finished:", err, errOpen)
	}

	err = store.WriteRun(madeRun, func(create runfolder.Create) error {
		return errors.Join(create.Write(layout.Run, []byte("{}"), true), create.Write(layout.Manifest, nil, true))
	})
	if err := errors.Join(err, store.AddReview(madeRun, "lead.pub", []byte("a key"))); err != nil {
		t.Fatal(err)
	}

	folder, err := store.OpenRun(madeRun)
	if err != nil {
		t.Fatal(err)
	}
	defer folder.Close()

	for name, want := range map[string]string{layout.Run: "{}", layout.Manifest: "",
		layout.ReviewKey("lead"): "a key"} {
		if got, err := folder.Read(name, 100); err != nil || string(got) != want {
			t.Errorf("%s: %q %v", name, got, err)
		}
	}

	if err := store.WriteCache("outcomes", []byte("x")); err != nil {
		t.Fatal(err)
	}
	if got, err := store.ReadCache("outcomes"); err != nil || string(got) != "x" {
		t.Error(got, err)
	}
}

// TestDiskLinks: a run in the data folder is a folder, not a link to one.
func TestDiskLinks(t *testing.T) {
	data := t.TempDir()
	store, err := OnDisk(data)("fabrikam")
	if err != nil {
		t.Fatal(err)
	}

	put(t, data, "elsewhere/run.json", "{}")
	put(t, data, "clients/fabrikam/runs/x", "")
	link := filepath.Join(data, "clients", "fabrikam", "runs", madeRun)
	if err := os.Symlink(filepath.Join(data, "elsewhere"), link); err != nil {
		t.Skip(err)
	}

	if _, err := store.OpenRun(madeRun); err == nil {
		t.Error("read through a link")
	}
}
