package snapshot

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
)

// folderOf seals two documents and lets change rewrite the dataset's bytes, with
// its digest made right again, and the manifest's.
func folderOf(t *testing.T, change func(data string) string, manifest func(m string) string) fstest.MapFS {
	t.Helper()
	docs := []Document{
		{ID: "a", Spec: map[string]any{"name": "x"}, Observed: map[string]any{"seen": "y"}},
		{ID: "b", Spec: map[string]any{"name": "z"}},
	}

	s, err := Seal(Manifest{Client: "fabrikam", TenantID: "t", Tool: "test", Cloud: "public"}, []Dataset{{
		Name: "entra.users", Documents: docs,
		Coverage: Coverage{Status: Complete, StartedAt: "2026-11-23T10:00:00Z", EndedAt: "2026-11-23T10:00:01Z"},
	}})
	if err != nil {
		t.Fatal(err)
	}

	good, digest, _, err := Encode(docs)
	if err != nil {
		t.Fatal(err)
	}

	data := change(string(good))
	raw := strings.ReplaceAll(manifest(string(s.Raw)), digest, Digest([]byte(data)))
	return fstest.MapFS{ManifestFile: {Data: []byte(raw)}, DataFile("entra.users"): {Data: []byte(data)}}
}

func same(s string) string { return s }

func replacing(from, to string) func(string) string {
	return func(s string) string { return strings.ReplaceAll(s, from, to) }
}

func verifyFolder(f fstest.MapFS) error {
	s, err := OpenFS(f, "snap")
	if err != nil {
		return err
	}
	return s.Verify()
}

func TestFolder(t *testing.T) {
	s := sealed(t,
		Dataset{"entra.users", []Document{doc("a")}, covered(Complete), nil},
		Dataset{"entra.groups", nil, Coverage{Status: Denied}, nil})
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

// TestCheckDigestCounts: a dataset that nobody reads holds as many documents as the
// manifest says.
func TestCheckDigestCounts(t *testing.T) {
	s := sealed(t, Dataset{SKUDataset, []Document{doc("a"), doc("b")}, covered(Complete), nil})
	for count, fits := range map[int]bool{1: false, 2: true, 3: false} {
		c := s.Manifest.Datasets[SKUDataset]
		c.Count = count
		s.Manifest.Datasets[SKUDataset] = c
		if err := s.CheckDigest(SKUDataset); (err == nil) != fits {
			t.Errorf("%d: %v", count, err)
		}
	}
}
