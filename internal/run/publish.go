package run

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"ringfence/collectors/snapshot"
	"ringfence/internal/runfolder"
	"ringfence/internal/runfolder/layout"
)

// `<out>` is where people and other programs come to read, and some can write:
// what stands there is replaced, and never believed.

// OutError says that something else is where a result would go, and stays.
type OutError struct{ Dir, Problem string }

func (e *OutError) Error() string { return e.Dir + " " + e.Problem }

// publish puts a run folder at <out>/<client>, replacing the run that is there.
// Reviews of the replaced run go to the store first; without a store (nil) a
// folder with reviews is not replaced.
func publish(out *runfolder.Out, client string, store *snapshot.Store, fill func(*os.Root) error) error {
	if err := saveReviews(out, client, store); err != nil {
		return err
	}

	stage, err := out.Stage()
	if err != nil {
		return err
	}
	defer stage.Close()

	if err := fill(stage.Root); err != nil {
		return err
	}

	return stage.Publish(client)
}

// withdraw takes a client's folder out of <out>, so that an old result does not
// look like today's: the store keeps the run. It reports whether there was one.
func withdraw(out *runfolder.Out, client string, store *snapshot.Store) (bool, error) {
	if out.Holds(client) == runfolder.Nothing {
		return false, nil
	}
	if err := saveReviews(out, client, store); err != nil {
		return false, err
	}
	return true, out.Withdraw(client)
}

// copyRun copies a run folder of the store, its reviews included.
func copyRun(from string, to *os.Root) error {
	root, err := os.OpenRoot(from)
	if err != nil {
		return err
	}
	defer root.Close()

	return fs.WalkDir(root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}

		r, err := root.Open(name)
		if err != nil {
			return err
		}
		defer r.Close()

		w, err := runfolder.Create(to, name)
		if err != nil {
			return err
		}

		_, err = io.Copy(w, r)
		return errors.Join(err, w.Close())
	})
}

// saveReviews refuses to replace what is no run folder, and copies its reviews
// to the run in the store.
func saveReviews(out *runfolder.Out, client string, store *snapshot.Store) error {
	stays := func(format string, args ...any) error {
		return &OutError{out.Path(client), fmt.Sprintf(format, args...) + ": move it away first"}
	}
	switch out.Holds(client) {
	case runfolder.Nothing:
		return nil
	case runfolder.Other:
		return &OutError{out.Path(client), "is no run folder: not replaced"}
	}

	folder, err := out.Open(client)
	if err != nil {
		return err
	}
	defer folder.Close()

	held := folder.List()
	for _, p := range held.Problems {
		if p.File == layout.ReviewDir || strings.HasPrefix(p.File, layout.ReviewDir+"/") {
			return stays("holds %s, which %s", p.File, p.Message)
		}
	}

	if len(held.Reviews) == 0 {
		return nil
	}
	if store == nil {
		return stays("holds reviews")
	}

	run, err := runAt(folder, client)
	if err != nil {
		return stays("holds reviews, and its %s %v", layout.Run, err)
	}

	dir := store.RunDir(run)
	if info, err := os.Lstat(dir); err != nil || !info.IsDir() {
		return stays("holds reviews of run %s, which the store does not have", run)
	}

	for _, name := range held.Reviews {
		if err := saveReview(folder, name, dir); err != nil {
			return stays("holds a review that cannot be saved: %s/%s %v", layout.ReviewDir, name, err)
		}
	}

	return nil
}

// runAt is the id of the run that a folder says it is. Nothing vouches for that:
// it only ever names a run that the client's store has.
func runAt(folder *runfolder.Folder, client string) (string, error) {
	raw, err := folder.Read(layout.Run, runfolder.MaxSmall)
	if err != nil {
		return "", err
	}

	var rec Record
	switch err := json.Unmarshal(raw, &rec); {
	case err != nil:
		return "", err
	case rec.Schema != SchemaName || !runfolder.RunID(rec.Run):
		return "", errors.New("names no run")
	case rec.Client != client:
		return "", errors.New("is another client's")
	}

	return rec.Run, nil
}

// saveReview copies one file of review/ to a run folder of the store. One that
// is there already is never replaced.
func saveReview(folder *runfolder.Folder, name, dir string) error {
	data, err := folder.Read(path.Join(layout.ReviewDir, name), runfolder.MaxReview)
	if err != nil {
		return err
	}

	kept, err := runfolder.Open(dir)
	if err != nil {
		return err
	}
	defer kept.Close()

	switch there, err := kept.Read(path.Join(layout.ReviewDir, name), runfolder.MaxReview); {
	case err == nil && bytes.Equal(there, data):
		return nil
	case err == nil:
		return errors.New("is not the one in the store")
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}

	runs, err := os.OpenRoot(filepath.Dir(dir))
	if err != nil {
		return err
	}
	defer runs.Close()

	return runfolder.ReplaceIn(runs, ".", path.Join(filepath.Base(dir), layout.ReviewDir, name), data)
}
