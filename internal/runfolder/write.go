package runfolder

import (
	"errors"
	"fmt"
	"os"
	"path"
)

// Create makes a new file below root for nobody else to read; its folder is made
// if it is missing. A name that is taken is an error, whatever has it.
func Create(root *os.Root, name string) (*os.File, error) {
	if err := root.MkdirAll(path.Dir(name), 0o700); err != nil {
		return nil, err
	}
	return root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
}

// WriteNew writes a new file. durable: it is on the disk before WriteNew ends.
func WriteNew(root *os.Root, name string, data []byte, durable bool) error {
	f, err := Create(root, name)
	if err != nil {
		return err
	}

	_, err = f.Write(data)

	if durable {
		err = errors.Join(err, f.Sync())
	}

	if err = errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("writing %s: %w", name, err)
	}

	return nil
}

// ReplaceIn writes a file below root so that readers see it whole or not at all.
// In between it is in the folder aside, under a name of debris.
func ReplaceIn(root *os.Root, aside, name string, data []byte) error {
	temp := path.Join(aside, temporary())
	defer root.Remove(temp) // gone if all went well

	if err := WriteNew(root, temp, data, true); err != nil {
		return err
	}
	if err := root.MkdirAll(path.Dir(name), 0o700); err != nil {
		return err
	}

	return root.Rename(temp, name)
}
