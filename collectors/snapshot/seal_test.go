package snapshot

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"testing"
)

func doc(id string) Document { return Document{ID: id, Spec: map[string]any{"id": id}} }

func covered(s Status) Coverage {
	return Coverage{Status: s, StartedAt: "2026-11-23T08:00:00Z", EndedAt: "2026-11-23T08:00:00.000000001Z"}
}

// openMemory opens files that are in memory.
func openMemory(files map[string][]byte) func(string) (io.ReadCloser, error) {
	opened := map[string]func() io.ReadCloser{}
	for name, data := range files {
		opened[name] = func() io.ReadCloser { return io.NopCloser(bytes.NewReader(data)) }
	}
	return openSealed(opened)
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
		Dataset{"entra.users", []Document{doc("b"), doc("a")}, covered(Complete), nil},
		Dataset{"entra.groups", nil, covered(Complete), nil},
		Dataset{"entra.devices", nil, Coverage{Status: Denied}, nil},
		Dataset{"entra.domains", []Document{doc("a"), doc("a")}, covered(Complete), nil})
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

	d := Dataset{Name: "a.b", Coverage: covered(Complete)}
	if _, err := Seal(Manifest{Client: "c", TenantID: "t"}, []Dataset{d, d}); err == nil {
		t.Error("one dataset twice")
	}
}

func TestOpenReadsWholeDatasets(t *testing.T) {
	s := sealed(t, Dataset{"entra.users", []Document{doc("a")}, covered(Complete), nil})
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
