package runfolder

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path"
)

// Create makes a new file of a run folder for writing, in folders that are made
// where they are missing. A name that is taken is an error, whatever has it.
// durable: the file is on the disk when it is closed.
type Create func(name string, durable bool) (io.WriteCloser, error)

// Write writes a new file.
func (create Create) Write(name string, data []byte, durable bool) error {
	w, err := create(name, durable)
	if err != nil {
		return err
	}

	_, err = w.Write(data)
	if err = errors.Join(err, w.Close()); err != nil {
		return fmt.Errorf("writing %s: %w", name, err)
	}

	return nil
}

// createIn makes files below root, which nobody else may read.
func createIn(root *os.Root) Create {
	return func(name string, durable bool) (io.WriteCloser, error) {
		if err := root.MkdirAll(path.Dir(name), 0o700); err != nil {
			return nil, err
		}

		f, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if err != nil || !durable {
			return f, err
		}

		return durableFile{f}, nil
	}
}

// durableFile is on the disk when it is closed.
type durableFile struct{ *os.File }

// Close waits for the disk.
func (f durableFile) Close() error { return errors.Join(f.Sync(), f.File.Close()) }

// replaceIn writes a file below root so that readers see all of it or nothing. In
// between it is in root itself, under a name of [Debris].
func replaceIn(root *os.Root, name string, data []byte) error {
	temp := temporary()
	defer root.Remove(temp) // gone if all went well

	if err := createIn(root).Write(temp, data, true); err != nil {
		return err
	}
	if err := root.MkdirAll(path.Dir(name), 0o700); err != nil {
		return err
	}

	return root.Rename(temp, name)
}
