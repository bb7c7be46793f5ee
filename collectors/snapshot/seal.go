package snapshot

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"time"
)

// Dataset is what a collection unit yields: documents and how they were read.
type Dataset struct {
	Name      string
	Documents []Document // nil where nothing was answered at all
	Coverage  Coverage
}

// Seal encodes datasets, fills in counts and digests, and makes the manifest.
// m gives client, tenant, tool, cloud and prev; collected_at is the latest
// ended_at, rounded up to the second. Duplicate ids make a dataset "error",
// with no file.
func Seal(m Manifest, datasets []Dataset) (Snapshot, error) {
	m.Schema = SchemaName
	m.Datasets = map[string]Coverage{}
	files := map[string][]byte{}
	var last time.Time
	for _, d := range datasets {
		if _, twice := m.Datasets[d.Name]; twice {
			return Snapshot{}, fmt.Errorf("dataset %s was collected twice", d.Name)
		}

		c, data := d.seal()
		m.Datasets[d.Name] = c
		if c.Holds() {
			files[d.Name] = data
		}
		if t, err := parseTime(c.EndedAt); err == nil && t.After(last) {
			last = t
		}
	}

	m.CollectedAt = roundUp(last).UTC().Format(time.RFC3339)
	raw, err := CanonicalFile(m)
	if err != nil {
		return Snapshot{}, err
	}
	if err := m.check(); err != nil {
		return Snapshot{}, fmt.Errorf("sealing: %w", err)
	}

	return Snapshot{Manifest: m, Raw: raw, Open: openMemory(files)}, nil
}

// roundUp rounds a time up to the second, so that nothing ended after it.
func roundUp(t time.Time) time.Time {
	second := t.Truncate(time.Second)
	if second.Before(t) {
		return second.Add(time.Second)
	}
	return second
}

func (d Dataset) seal() (Coverage, []byte) {
	c := d.Coverage
	if d.Documents == nil && c.Status != Complete && c.Status != Partial {
		return c, nil
	}

	data, digest, specDigest, err := Encode(d.Documents)
	if err != nil {
		c.Status, c.Count, c.Scopes = Failed, 0, nil
		c.Evidence = &Evidence{Code: "duplicate_id", Message: err.Error()}
		return c, nil
	}

	c.Count, c.Digest, c.SpecDigest = len(d.Documents), digest, specDigest
	return c, data
}

func openMemory(files map[string][]byte) func(string) (io.ReadCloser, error) {
	return func(name string) (io.ReadCloser, error) {
		data, ok := files[name]
		if !ok {
			return nil, fmt.Errorf("dataset %s: %w", name, fs.ErrNotExist)
		}
		return io.NopCloser(bytes.NewReader(data)), nil
	}
}
