// Package inputfile reads files that a person names on the command line: keys,
// passphrases, decisions.
package inputfile

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"syscall"
)

// Max bounds such a file, in bytes: decisions on 100,000 findings fit.
const Max = 16 << 20

// Open opens a file. It may be a link, or a pipe as a shell makes it for
// `--key <(vault read …)`, which has its writer already; of a pipe that nobody
// writes to only the end is read. Opening never waits.
func Open(name string) (*os.File, error) {
	return os.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
}

// Read reads a file of at most Max bytes; a device that never ends is too large.
func Read(name string) ([]byte, error) {
	f, err := Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()

	data, err := io.ReadAll(io.LimitReader(f, Max+1))
	if err != nil {
		return nil, err
	}
	if len(data) > Max {
		return nil, &fs.PathError{Op: "read", Path: name, Err: fmt.Errorf("larger than %d MiB", Max>>20)}
	}

	return data, nil
}
