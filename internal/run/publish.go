package run

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"ringfence/internal/runfolder"
	"ringfence/internal/runfolder/layout"
)

// OutError says that something else is where a result would go, and stays.
type OutError struct{ Dir, Problem string }

func (e *OutError) Error() string { return e.Dir + " " + e.Problem }

// Publish is the third stage of a client: it copies a run of the store to
// <out>/<client>, where people and other programs come to read, and some can
// write. What stands there is replaced, and never believed; its reviews go to the
// store first. changed is false where the same files stand there already.
func Publish(runs Runs, id string, out *runfolder.Out, client string) (changed bool, err error) {
	if err := saveReviews(out, client, runs); err != nil {
		return false, err
	}

	folder, err := runs.OpenRun(id)
	if err != nil {
		return false, err
	}
	defer folder.Close()

	if published(out, client, folder) {
		return false, nil
	}

	fill := func(create runfolder.Create) error { return copyRun(folder, create) }
	return true, out.Put(client, false, fill)
}

// withdraw takes a client's folder out of <out>, so that an old result does not
// look like today's: the store keeps the run. It reports whether there was one.
func withdraw(out *runfolder.Out, client string, runs Runs) (bool, error) {
	if out.Holds(client) == runfolder.Nothing {
		return false, nil
	}
	if err := saveReviews(out, client, runs); err != nil {
		return false, err
	}

	return true, out.Withdraw(client)
}

// published reports whether <out>/<client> has exactly the files of a run folder.
func published(out *runfolder.Out, client string, folder *runfolder.Folder) bool {
	there, err := out.Open(client)
	if err != nil {
		return false
	}
	defer there.Close()

	names := folderFiles(folder)
	if !slices.Equal(names, folderFiles(there)) || len(there.List().Problems) > 0 {
		return false
	}

	differs := func(name string) bool {
		want, err := folder.Digest(name)
		got, errThere := there.Digest(name)
		return err != nil || errThere != nil || got != want
	}

	return !differs(layout.Run) && !slices.ContainsFunc(names, differs)
}

// folderFiles are the paths of a run folder's files, its reviews included.
func folderFiles(folder *runfolder.Folder) []string {
	listed := folder.List()
	names := listed.Files
	for _, name := range listed.Reviews {
		names = append(names, path.Join(layout.ReviewDir, name))
	}

	return names
}

// copyRun copies a run folder, its reviews included.
func copyRun(folder *runfolder.Folder, create runfolder.Create) error {
	for _, name := range folderFiles(folder) {
		w, err := create(name, false)
		if err != nil {
			return err
		}
		if err := errors.Join(folder.Copy(w, name), w.Close()); err != nil {
			return fmt.Errorf("copying %s: %w", name, err)
		}
	}

	return nil
}

// saveReviews refuses to replace what is no run folder, and copies the reviews of
// one to the run in the store; without a store (nil) it refuses reviews, too.
func saveReviews(out *runfolder.Out, client string, runs Runs) error {
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

	if err := copyReviews(folder, client, runs); err != nil {
		return &OutError{out.Path(client), "holds " + err.Error() + ": move it away first"}
	}

	return nil
}

// copyReviews copies the reviews in a published folder to the run in the store.
// The error says what the folder holds that keeps it from being replaced.
func copyReviews(folder *runfolder.Folder, client string, runs Runs) error {
	listed := folder.List()
	for _, p := range listed.Problems {
		if p.File == layout.ReviewDir || strings.HasPrefix(p.File, layout.ReviewDir+"/") {
			return fmt.Errorf("%s, which %s", p.File, p.Message)
		}
	}

	if len(listed.Reviews) == 0 {
		return nil
	}
	if runs == nil {
		return errors.New("reviews")
	}

	id, err := runAt(folder, client)
	if err != nil {
		return fmt.Errorf("reviews, and its %s %w", layout.Run, err)
	}

	stored, err := runs.OpenRun(id)
	if err != nil {
		return fmt.Errorf("reviews of run %s, which the store does not have", id)
	}
	defer stored.Close()

	for _, name := range listed.Reviews {
		add := func(data []byte) error { return runs.AddReview(id, name, data) }
		if err := copyReview(folder, stored, path.Join(layout.ReviewDir, name), add); err != nil {
			return fmt.Errorf("a review that cannot be saved: %s/%s %w", layout.ReviewDir, name, err)
		}
	}

	return nil
}

// runAt is the id of the run that a folder says it is. Nothing vouches for that:
// it only ever names a run that the client's store has.
func runAt(folder *runfolder.Folder, client string) (string, error) {
	data, err := folder.Read(layout.Run, runfolder.MaxSmall)
	if err != nil {
		return "", err
	}

	var record runfolder.Record
	switch err := json.Unmarshal(data, &record); {
	case err != nil:
		return "", err
	case record.Schema != runfolder.RecordSchema || !runfolder.RunID(record.Run):
		return "", errors.New("names no run")
	case record.Client != client:
		return "", errors.New("is another client's")
	}

	return record.Run, nil
}

// copyReview adds one file of review/ to the run in the store. One that is there
// already is never replaced.
func copyReview(from, stored *runfolder.Folder, name string, add func([]byte) error) error {
	data, err := from.Read(name, runfolder.MaxReview)
	if err != nil {
		return err
	}

	there, err := stored.Read(name, runfolder.MaxReview)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return add(data)
	case err != nil:
		return err
	case !bytes.Equal(there, data):
		return errors.New("is not the one in the store")
	}

	return nil
}
