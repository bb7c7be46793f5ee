package fleetfile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"ringfence/internal/inputfile"
)

// hclFile is one file to read.
type hclFile struct {
	name string
	open func() (*os.File, error)
}

// sources lists the files to read, and sets Dir of the fleet where path is a file.
func (l *loader) sources(path string) ([]hclFile, error) {
	info, err := os.Stat(path)
	if err != nil || !info.IsDir() {
		l.fleet.Dir = filepath.Dir(path)
		open := func() (*os.File, error) { return inputfile.Open(path) }
		return []hclFile{{path, open}}, err
	}

	entries, err := os.ReadDir(path)
	if err != nil {
		return nil, err
	}

	var all []hclFile
	for _, e := range entries {
		if !e.IsDir() && strings.HasSuffix(e.Name(), ".hcl") && !strings.HasPrefix(e.Name(), ".") {
			open := func() (*os.File, error) { return openIn(path, e.Name()) }
			all = append(all, hclFile{filepath.Join(path, e.Name()), open})
		}
	}

	if len(all) == 0 {
		return nil, fmt.Errorf("the folder %s has no *.hcl file", path)
	}
	return all, nil
}

// openIn opens a file of a folder. A folder is read because of its name: a link in it that
// leads elsewhere would bring in a promise, or show a file, that nobody named. A pipe would
// never end.
func openIn(folder, name string) (*os.File, error) {
	root, err := os.OpenRoot(folder)
	if err != nil {
		return nil, err
	}
	defer root.Close()

	info, err := root.Stat(name)
	switch link, errLink := root.Lstat(name); {
	case err != nil && errLink == nil && link.Mode()&os.ModeSymlink != 0:
		return nil, fmt.Errorf("%s is a link that leads out of the folder, or nowhere: "+
			"put the file itself there", filepath.Join(folder, name))
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s is no regular file", filepath.Join(folder, name))
	}

	return root.Open(name)
}

// read returns the whole file, without a byte order mark. A file that is too large is an
// error.
func (f hclFile) read() ([]byte, error) {
	opened, err := f.open()
	if err != nil {
		return nil, err
	}

	src, err := io.ReadAll(io.LimitReader(opened, maxFile+1))
	if err = errors.Join(err, opened.Close()); err != nil {
		return nil, err
	}
	if len(src) > maxFile {
		return nil, fmt.Errorf("%s is larger than %d MiB; split it into several *.hcl of one folder",
			f.name, maxFile>>20)
	}

	return bytes.TrimPrefix(src, []byte("\ufeff")), nil
}

// Sources are the contents of a fleet file, or of all *.hcl of a folder; "" has none.
func Sources(path string) (contents [][]byte, err error) {
	if path == "" {
		return nil, nil
	}

	files, err := newLoader(path).sources(path)
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		data, err := f.read()
		if err != nil {
			return nil, err
		}
		contents = append(contents, data)
	}
	return contents, nil
}
