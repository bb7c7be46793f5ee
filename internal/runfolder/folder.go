package runfolder

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"syscall"

	"ringfence/collectors/snapshot"
	"ringfence/internal/runfolder/layout"
)

// Folder is a run folder that is open for reading. Its files are named by their
// path in it, with slashes, as in package layout.
type Folder struct {
	fsys  fs.FS
	lstat func(name string) (fs.FileInfo, error)
	open  func(name string) (fs.File, error)
	close func() error

	budget int64 // bytes that may still be hashed
}

// Open opens a run folder. dir itself is the caller's choice and may be a link;
// nothing in it may.
func Open(dir string) (*Folder, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}

	return openRoot(root), nil
}

// openRoot reads below root, which [Folder.Close] closes. Opening a file waits for
// nobody, so that a pipe that takes a file's place ends in an error, too.
func openRoot(root *os.Root) *Folder {
	open := func(name string) (fs.File, error) {
		return root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	}

	return &Folder{fsys: root.FS(), lstat: root.Lstat, open: open, close: root.Close, budget: maxFolder}
}

// OpenFS opens a run folder that is not on a disk: in memory, or in an archive.
func OpenFS(fsys fs.FS) *Folder {
	lstat := func(name string) (fs.FileInfo, error) { return fs.Lstat(fsys, name) }
	nothing := func() error { return nil }

	return &Folder{fsys: fsys, lstat: lstat, open: fsys.Open, close: nothing, budget: maxFolder}
}

// Close ends reading.
func (f *Folder) Close() error { return f.close() }

// Problem is something wrong with one file of a run folder.
type Problem struct {
	File    string `json:"file"`    // its path in the folder
	Message string `json:"message"` // follows the path in a sentence: "was changed: …"
}

// Contents is what a folder holds, by name only: nothing was read yet.
type Contents struct {
	Files    []string // paths of the regular files outside of review/, sorted
	Reviews  []string // names in review/ of reviews and reviewers' keys, sorted
	Problems []Problem
}

// List lists the folder. What no run makes, and no reviewer, is a problem: other
// folders, links, pipes, devices, and files of review/ with other names.
func (f *Folder) List() Contents {
	var c Contents
	seen := 0
	err := fs.WalkDir(f.fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if seen++; seen > maxFiles {
			c.problem(name, "is one file too many: no run makes %d", maxFiles)
			return fs.SkipAll
		}
		if err != nil {
			c.problem(name, "cannot be read: %s", reason(err))
			return nil
		}

		return c.add(name, d)
	})
	if err != nil {
		c.problem(".", "cannot be listed: %s", reason(err))
	}

	return c
}

func (c *Contents) problem(name, format string, args ...any) {
	c.Problems = append(c.Problems, Problem{name, fmt.Sprintf(format, args...)})
}

// add takes one entry; the error tells fs.WalkDir what to skip.
func (c *Contents) add(name string, d fs.DirEntry) error {
	dir, file := path.Split(name)
	switch {
	case d.IsDir() && !slices.Contains([]string{".", layout.SnapshotDir, layout.ReviewDir}, name):
		c.problem(name, "is a foreign folder: no run makes it")
		return fs.SkipDir
	case d.IsDir():
	case !d.Type().IsRegular():
		c.problem(name, "%v", errNotRegular)
	case dir != layout.ReviewDir+"/":
		c.Files = append(c.Files, name)
	case layout.InReview(file) && len(c.Reviews) == maxReviews:
		c.problem(name, "is one file too many: %d are a hundred reviews", maxReviews)
		return fs.SkipAll
	case layout.InReview(file):
		c.Reviews = append(c.Reviews, file)
	default:
		c.problem(name, "is foreign: a review is <reviewer>.sigstore.json, with <reviewer>.pub")
	}

	return nil
}

var errNotRegular = errors.New("is no regular file")

// reason is an error without the name of the file, which a problem has already.
func reason(err error) string {
	if e := (*fs.PathError)(nil); errors.As(err, &e) {
		return e.Err.Error()
	}
	return err.Error()
}

// Read reads a file of at most limit bytes.
func (f *Folder) Read(name string, limit int64) ([]byte, error) {
	var b bytes.Buffer
	_, err := f.copy(&b, name, limit)
	return b.Bytes(), err
}

// Copy writes a file of at most [MaxFile] bytes to w.
func (f *Folder) Copy(w io.Writer, name string) error {
	_, err := f.copy(w, name, MaxFile)
	return err
}

// Digest is a file's SHA-256 in hex. A file is hashed up to [MaxFile] bytes, and a
// folder up to a limit that no run comes near.
func (f *Folder) Digest(name string) (string, error) {
	h := sha256.New()
	limit := min(f.budget, MaxFile)
	n, err := f.copy(h, name, limit)
	f.budget -= n

	if limit < MaxFile && errors.Is(err, errTooLarge) {
		err = fmt.Errorf("makes the folder larger than %d bytes: no run does", int64(maxFolder))
	}

	return hex.EncodeToString(h.Sum(nil)), err
}

var errTooLarge = errors.New("too large")

// copy writes a file's bytes to w, or nothing if its size is beyond the limit. It
// returns how many it wrote.
func (f *Folder) copy(w io.Writer, name string, limit int64) (n int64, err error) {
	file, size, err := f.openRegular(name)
	if err != nil {
		return 0, err
	}
	defer file.Close()

	if size <= limit {
		n, err = io.Copy(w, io.LimitReader(file, limit+1)) // it may be growing
		size = n
	}

	if err == nil && size > limit {
		err = fmt.Errorf("is larger than %d bytes: %w for what it is", limit, errTooLarge)
	}

	return n, err
}

// openRegular opens a regular file in a folder that is no link, and returns its
// size.
func (f *Folder) openRegular(name string) (fs.File, int64, error) {
	for _, part := range []string{path.Dir(name), name} {
		info, err := f.lstat(part)
		if err != nil {
			return nil, 0, err
		}
		if part == name && !info.Mode().IsRegular() || part != name && !info.IsDir() {
			return nil, 0, errNotRegular
		}
	}

	file, err := f.open(name)
	if err != nil {
		return nil, 0, err
	}

	info, err := file.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = errNotRegular // it took the file's place in between
	}

	if err != nil {
		file.Close()
		return nil, 0, err
	}

	return file, info.Size(), nil
}

// Snapshot opens the snapshot in the folder.
func (f *Folder) Snapshot() (snapshot.Snapshot, error) {
	sub, err := fs.Sub(f.fsys, layout.SnapshotDir)
	if err != nil {
		return snapshot.Snapshot{}, err
	}

	return snapshot.OpenFS(sub, layout.SnapshotDir)
}
