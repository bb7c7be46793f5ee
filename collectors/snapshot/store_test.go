package snapshot

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// TestStoreChanged: a manifest that was changed is not opened, and a changed
// object is mended by storing the same bytes again.
func TestStoreChanged(t *testing.T) {
	snap := sealed(t, Dataset{"entra.users", []Document{doc("a")}, covered(Complete)})
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
