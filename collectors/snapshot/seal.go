package snapshot

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"time"
)

// Dataset is what a collection unit yields: documents and how they were read.
// Documents are nil where nothing was answered at all.
type Dataset struct {
	Name      string
	Documents []Document
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

		if t, err := time.Parse(time.RFC3339, c.EndedAt); err == nil && t.After(last) {
			last = t
		}
	}

	if up := last.Truncate(time.Second); up.Before(last) {
		last = up.Add(time.Second)
	}

	m.CollectedAt = last.UTC().Format(time.RFC3339)
	raw, err := CanonicalFile(m)
	if err != nil {
		return Snapshot{}, err
	}
	if err := m.check(); err != nil {
		return Snapshot{}, fmt.Errorf("sealing: %w", err)
	}

	return Snapshot{Manifest: m, Raw: raw, Open: memory(files)}, nil
}

func (d Dataset) seal() (Coverage, []byte) {
	c := d.Coverage
	if d.Documents == nil && c.Status != Complete && c.Status != Partial {
		return c, nil
	}

	data, digest, spec, err := Encode(d.Documents)
	if err != nil {
		c.Status, c.Count, c.Scopes = Failed, 0, nil
		c.Evidence = &Evidence{Code: "duplicate_id", Message: err.Error()}
		return c, nil
	}

	c.Count, c.Digest, c.SpecDigest = len(d.Documents), digest, spec
	return c, data
}

func memory(files map[string][]byte) func(string) (io.ReadCloser, error) {
	return func(name string) (io.ReadCloser, error) {
		data, ok := files[name]
		if !ok {
			return nil, fmt.Errorf("dataset %s: %w", name, fs.ErrNotExist)
		}
		return io.NopCloser(bytes.NewReader(data)), nil
	}
}
