package runfolder

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
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
// path in it, with slashes.
type Folder struct {
	root *os.Root
	left int64 // bytes that may still be hashed
}

// Open opens a run folder. dir itself is the caller's choice and may be a link;
// nothing in it may.
func Open(dir string) (*Folder, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	return &Folder{root, maxFolder}, nil
}

// Close ends reading.
func (f *Folder) Close() error { return f.root.Close() }

// Problem is something wrong with one file of a run folder.
type Problem struct {
	File    string `json:"file"`
	Message string `json:"message"`
}

// Contents is what a folder holds, by name only: nothing was read yet.
type Contents struct {
	Files    []string // the run's regular files, sorted
	Reviews  []string // those of review/ that have a review's name, without the folder's, sorted
	Problems []Problem
}

// List lists the folder. What no run makes, and no reviewer, is a problem: other
// folders, links, pipes, devices, and files of review/ with other names.
func (f *Folder) List() Contents {
	var c Contents
	problem := func(name, message string) { c.Problems = append(c.Problems, Problem{name, message}) }
	n := 0
	err := fs.WalkDir(f.root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		n++
		dir, file := path.Split(name)
		switch {
		case n > maxFiles:
			problem(name, fmt.Sprintf("is one file too many: no run makes %d", maxFiles))
			return fs.SkipAll
		case err != nil:
			problem(name, "cannot be read: "+reason(err))
		case d.IsDir() && !slices.Contains([]string{".", layout.SnapshotDir, layout.ReviewDir}, name):
			problem(name, "is a foreign folder: no run makes it")
			return fs.SkipDir
		case d.IsDir():
		case !d.Type().IsRegular():
			problem(name, errNotRegular.Error())
		case dir != layout.ReviewDir+"/":
			c.Files = append(c.Files, name)
		case layout.InReview(file) && len(c.Reviews) == maxReviews:
			problem(name, fmt.Sprintf("is one file too many: %d are a hundred reviews", maxReviews))
			return fs.SkipAll
		case layout.InReview(file):
			c.Reviews = append(c.Reviews, file)
		default:
			problem(name, "is foreign: a review is <reviewer>.sigstore.json, with <reviewer>.pub")
		}

		return nil
	})
	if err != nil {
		problem(".", "cannot be listed: "+reason(err))
	}

	return c
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
	err := f.copy(&b, name, limit)
	return b.Bytes(), err
}

// Digest is a file's SHA-256 in hex. A file is hashed up to MaxFile bytes, and a
// folder up to a bound that no run comes near.
func (f *Folder) Digest(name string) (string, error) {
	h := sha256.New()
	limit := min(f.left, MaxFile)
	counted := &counter{h, 0}
	err := f.copy(counted, name, limit)
	f.left -= counted.n

	if limit < MaxFile && errors.Is(err, errTooLarge) {
		err = fmt.Errorf("makes the folder larger than %d bytes: no run does", int64(maxFolder))
	}

	return hex.EncodeToString(h.Sum(nil)), err
}

type counter struct {
	hash.Hash
	n int64
}

func (c *counter) Write(p []byte) (int, error) {
	c.n += int64(len(p))
	return c.Hash.Write(p)
}

var errTooLarge = errors.New("too large")

// copy writes a file's bytes to w, or nothing if its size is beyond the limit.
func (f *Folder) copy(w io.Writer, name string, limit int64) error {
	file, size, err := openRegular(f.root, name)
	if err != nil {
		return err
	}
	defer file.Close()

	if size <= limit {
		size, err = io.Copy(w, io.LimitReader(file, limit+1)) // it may be growing
	}

	if err == nil && size > limit {
		err = fmt.Errorf("is larger than %d bytes: %w for what it is", limit, errTooLarge)
	}

	return err
}

// openRegular opens a regular file below root. Opening waits for nobody, so that
// a pipe which takes a file's place in between ends in an error, too.
func openRegular(root *os.Root, name string) (*os.File, int64, error) {
	for _, part := range []string{path.Dir(name), name} {
		info, err := root.Lstat(part)
		if err != nil {
			return nil, 0, err
		}
		if part == name && !info.Mode().IsRegular() || part != name && !info.IsDir() {
			return nil, 0, errNotRegular
		}
	}

	file, err := root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, 0, err
	}

	info, err := file.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = errNotRegular
	}

	if err != nil {
		file.Close()
		return nil, 0, err
	}

	return file, info.Size(), nil
}

// Snapshot opens the snapshot in the folder.
func (f *Folder) Snapshot() (snapshot.Snapshot, error) {
	sub, err := fs.Sub(f.root.FS(), layout.SnapshotDir)
	if err != nil {
		return snapshot.Snapshot{}, err
	}
	return snapshot.OpenFS(sub, layout.SnapshotDir)
}
