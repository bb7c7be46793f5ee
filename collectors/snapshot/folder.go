package snapshot

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
)

// ManifestFile is the manifest's name in a snapshot folder.
const ManifestFile = "manifest.json"

// DataFile is the name of a dataset's file in a snapshot folder.
func DataFile(dataset string) string { return dataset + ".ndjson" }

// OpenFolder opens a snapshot folder. It reads the manifest only; Verify or
// Documents read the datasets.
func OpenFolder(dir string) (Snapshot, error) { return OpenFS(os.DirFS(dir), dir) }

// OpenFS is OpenFolder for any file system; name is what errors call it.
func OpenFS(fsys fs.FS, name string) (Snapshot, error) {
	raw, err := readRegular(fsys, ManifestFile, maxManifest)
	if err != nil {
		return Snapshot{}, fmt.Errorf("%s is not a snapshot: %w", name, err)
	}

	m, err := ParseManifest(raw)
	if err != nil {
		return Snapshot{}, fmt.Errorf("%s: %w", filepath.Join(name, ManifestFile), err)
	}

	open := func(dataset string) (io.ReadCloser, error) {
		return openRegular(fsys, DataFile(dataset), maxFile)
	}
	return Snapshot{Manifest: m, Raw: raw, Open: open}, nil
}

// errNoFile: a folder of somebody else may hold links that lead out of it, and
// pipes that never end.
var errNoFile = errors.New("is no regular file")

// Bounds, in bytes, on files whose digest has not been compared yet: anybody may have
// written them. A sparse file can claim any size, and a line without an end takes
// all memory.
const (
	maxFile     = 1 << 30
	maxManifest = 64 << 20
)

// openRegular opens a file that is no link, no pipe and no larger than limit.
func openRegular(fsys fs.FS, name string, limit int64) (fs.File, error) {
	info, err := fs.Lstat(fsys, name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errNoFile
	}
	if info.Size() > limit {
		return nil, fmt.Errorf("is larger than %d bytes", limit)
	}

	return fsys.Open(name)
}

func readRegular(fsys fs.FS, name string, limit int64) ([]byte, error) {
	f, err := openRegular(fsys, name, limit)
	if err != nil {
		return nil, err
	}
	defer f.Close()

	return io.ReadAll(io.LimitReader(f, limit))
}

// DigestError says that a dataset is not what its manifest says, or a manifest not
// what its name says.
type DigestError struct {
	Dataset string // "" for the manifest
	Problem string // "SHA-256 is …, the manifest says …"
}

func (e *DigestError) Error() string {
	if e.Dataset == "" {
		return ManifestFile + ": " + e.Problem
	}
	return fmt.Sprintf("%s: %s", DataFile(e.Dataset), e.Problem)
}

// Documents reads one dataset, checks its bytes against the manifest and
// returns the documents in their order. A dataset that has no file yields nil.
// How a line is written is the writer's business: what is signed is the bytes.
// A mismatch is a *DigestError; so is a file that is not in portable form.
func (s Snapshot) Documents(dataset string) ([]Document, error) {
	if !s.Manifest.Datasets[dataset].Holds() {
		return nil, nil
	}

	docs := []Document{}
	err := s.Lines(dataset, func(line []byte) (string, error) {
		doc, err := DecodeLine(line)
		docs = append(docs, doc)
		return doc.ID, err
	})
	if err != nil {
		return nil, err
	}

	return docs, nil
}

// CheckDigest checks a dataset's bytes, and how many lines they are, against the
// manifest without parsing them. A dataset that has no file passes.
func (s Snapshot) CheckDigest(dataset string) error {
	if !s.Manifest.Datasets[dataset].Holds() {
		return nil
	}

	r, err := s.open(dataset)
	if err != nil {
		return err
	}
	defer r.Close()

	lines := &lineCounter{Reader: r, last: '\n'}
	if err := s.compare(dataset, &hashed{lines, sha256.New(), s.Reading}); err != nil {
		return err
	}

	return s.checkCount(dataset, lines.count())
}

func (s Snapshot) checkCount(dataset string, n int) error {
	if want := s.Manifest.Datasets[dataset].Count; n != want {
		return &DigestError{dataset, fmt.Sprintf("holds %d documents, the manifest says %d", n, want)}
	}
	return nil
}

// lineCounter counts the lines of what is read through it.
type lineCounter struct {
	io.Reader
	feeds int  // line feeds
	last  byte // that was read
}

func (c *lineCounter) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.feeds += bytes.Count(p[:n], []byte{'\n'})
	if n > 0 {
		c.last = p[n-1]
	}
	return n, err
}

// count is the number of lines; the last one may lack its line feed.
func (c *lineCounter) count() int {
	if c.last != '\n' {
		return c.feeds + 1
	}
	return c.feeds
}

// Verify reads every dataset and checks it against the manifest.
func (s Snapshot) Verify() error {
	for _, name := range slices.Sorted(maps.Keys(s.Manifest.Datasets)) {
		if _, err := s.Documents(name); err != nil {
			return err
		}
	}
	return nil
}

// Export writes a snapshot folder. dir must not exist, or be empty.
func (s Snapshot) Export(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) > 0 {
		return errors.Join(err, fmt.Errorf("%s is not empty", dir))
	}

	for name, c := range s.Manifest.Datasets {
		if !c.Holds() {
			continue
		}
		if err := s.exportDataset(name, c, filepath.Join(dir, DataFile(name))); err != nil {
			return err
		}
	}

	return WriteFile(filepath.Join(dir, ManifestFile), s.Raw)
}

func (s Snapshot) exportDataset(name string, c Coverage, to string) error {
	r, err := s.Open(name)
	if err != nil {
		return err
	}
	defer r.Close()

	f, err := os.Create(to)
	if err != nil {
		return err
	}

	w, sum := bufio.NewWriter(f), sha256.New()
	_, err = io.Copy(io.MultiWriter(w, sum), r)
	if err := errors.Join(err, w.Flush(), f.Close()); err != nil {
		return err
	}
	if got := hex.EncodeToString(sum.Sum(nil)); got != c.Digest {
		return &DigestError{name, fmt.Sprintf("SHA-256 is %s, the manifest says %s", got, c.Digest)}
	}

	return nil
}
