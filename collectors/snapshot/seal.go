package snapshot

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"slices"
	"time"
)

// Dataset is what a collection unit yields: documents and how they were read. The
// documents are in memory, or in piles of a spool; both are nil where nothing was
// answered at all.
type Dataset struct {
	Name      string
	Documents []Document
	Coverage  Coverage
	Piles     []*Pile
}

// All are the documents, in no particular order.
func (d Dataset) All() iter.Seq[Document] {
	return func(yield func(Document) bool) {
		for _, doc := range d.Documents {
			if !yield(doc) {
				return
			}
		}
		for _, p := range d.Piles {
			for doc := range p.All() {
				if !yield(doc) {
					return
				}
			}
		}
	}
}

// Loaded is the dataset with its documents in memory.
func (d Dataset) Loaded() Dataset {
	if d.Piles != nil {
		d.Documents = slices.AppendSeq([]Document{}, d.All())
		d.Piles = nil
	}
	return d
}

// Seal encodes datasets, fills in counts and digests, and makes the manifest.
// m gives client, tenant, tool, cloud and prev; collected_at is the latest
// ended_at, rounded up to the second. Duplicate ids make a dataset "error",
// with no file.
func Seal(m Manifest, datasets []Dataset) (Snapshot, error) {
	m.Schema = SchemaName
	m.Datasets = map[string]Coverage{}
	files := map[string]func() io.ReadCloser{}
	var last time.Time
	for _, d := range datasets {
		if _, twice := m.Datasets[d.Name]; twice {
			return Snapshot{}, fmt.Errorf("dataset %s was collected twice", d.Name)
		}

		c, file, err := d.seal()
		if err != nil {
			return Snapshot{}, fmt.Errorf("sealing %s: %w", d.Name, err)
		}

		m.Datasets[d.Name] = c
		if c.Holds() {
			files[d.Name] = file
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

	return Snapshot{Manifest: m, Raw: raw, Open: openSealed(files)}, nil
}

// roundUp rounds a time up to the second, so that nothing ended after it.
func roundUp(t time.Time) time.Time {
	second := t.Truncate(time.Second)
	if second.Before(t) {
		return second.Add(time.Second)
	}
	return second
}

// seal fills in counts and digests. file opens the dataset's file, which is there
// where the coverage has a digest. An error is one of the spool.
func (d Dataset) seal() (c Coverage, file func() io.ReadCloser, err error) {
	c = d.Coverage
	switch {
	case d.Documents == nil && d.Piles == nil && c.Status != Complete && c.Status != Partial:
		return c, nil, nil
	case d.Piles != nil:
		return d.sealPiles()
	}

	data, digest, specDigest, err := Encode(d.Documents)
	if err != nil {
		return c.unsealable(err), nil, nil
	}

	c.Count, c.Digest, c.SpecDigest = len(d.Documents), digest, specDigest
	return c, func() io.ReadCloser { return io.NopCloser(bytes.NewReader(data)) }, nil
}

func (d Dataset) sealPiles() (c Coverage, file func() io.ReadCloser, err error) {
	c = d.Coverage
	m, err := merge(d.Piles)
	if err != nil {
		return c.unsealable(err), nil, nil
	}

	c.Count = len(m.order)
	c.Digest, c.SpecDigest, err = m.digests()
	return c, m.open, err
}

// unsealable: of two documents with one id nobody can tell which is true.
func (c Coverage) unsealable(err error) Coverage {
	c.Status, c.Count, c.Scopes = Failed, 0, nil
	c.Evidence = &Evidence{Code: "duplicate_id", Message: err.Error()}
	return c
}

func openSealed(files map[string]func() io.ReadCloser) func(string) (io.ReadCloser, error) {
	return func(name string) (io.ReadCloser, error) {
		open, ok := files[name]
		if !ok {
			return nil, fmt.Errorf("dataset %s: %w", name, fs.ErrNotExist)
		}
		return open(), nil
	}
}
