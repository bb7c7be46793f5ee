package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
)

// file is one entry of an archive. Its name has slashes.
type file struct {
	name       string
	data       []byte
	executable bool
}

// epoch is the time of every entry: the earliest that a zip can hold.
var epoch = time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)

func (f file) mode() fs.FileMode {
	if f.executable {
		return 0o755
	}
	return 0o644
}

func tarred(folder string, files []file) ([]byte, error) {
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return nil, err
	}

	t := tar.NewWriter(z)
	for _, f := range files {
		h := &tar.Header{
			Name:    path.Join(folder, f.name),
			Mode:    int64(f.mode()),
			Size:    int64(len(f.data)),
			ModTime: epoch,
			Format:  tar.FormatPAX,
		}
		if err := t.WriteHeader(h); err != nil {
			return nil, err
		}
		if _, err := t.Write(f.data); err != nil {
			return nil, err
		}
	}

	err = errors.Join(t.Close(), z.Close())
	return b.Bytes(), err
}

func zipped(folder string, files []file) ([]byte, error) {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, f := range files {
		h := &zip.FileHeader{Name: path.Join(folder, f.name), Method: zip.Deflate, Modified: epoch}
		h.SetMode(f.mode())

		w, err := z.CreateHeader(h)
		if err != nil {
			return nil, err
		}
		if _, err := w.Write(f.data); err != nil {
			return nil, err
		}
	}

	err := z.Close()
	return b.Bytes(), err
}

// licence matches the names that modules give to their licences and notices.
var licence = regexp.MustCompile(`(?i)^(licen[sc]e|copying|notice)`)

// texts are the documents, and the licences of every module that is linked in, as
// licenses/<module>/<file>.
func texts(root string) (files []file, err error) {
	for _, name := range documents {
		if err := add(&files, filepath.Join(root, name), name); err != nil {
			return nil, err
		}
	}

	linked, err := modules(root)
	if err != nil {
		return nil, err
	}

	for module, dir := range linked {
		entries, err := os.ReadDir(dir)
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			if !licence.MatchString(e.Name()) {
				continue
			}

			name := path.Join("licenses", module, e.Name())
			if err := add(&files, filepath.Join(dir, e.Name()), name); err != nil {
				return nil, err
			}
		}
	}

	if names := withoutLicence(files, linked); len(names) > 0 {
		return nil, fmt.Errorf("no licence found of %v", names)
	}

	return files, nil
}

// add appends a file, or all files of a folder.
func add(files *[]file, at, name string) error {
	return filepath.WalkDir(at, func(p string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}

		below, err := filepath.Rel(at, p)
		if err != nil {
			return err
		}

		data, err := os.ReadFile(p)
		*files = append(*files, file{path.Join(name, filepath.ToSlash(below)), data, false})
		return err
	})
}

// modules are the modules of which something is linked into the programs, and where their
// source is. Go's own library is one of them.
func modules(root string) (map[string]string, error) {
	const format = "{{with .Module}}{{if not .Main}}{{.Path}}\t{{.Dir}}{{end}}{{end}}"
	args := []string{"list", "-deps", "-f", format}
	for _, program := range programs {
		args = append(args, "./cmd/"+program)
	}

	goroot, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return nil, err
	}

	all := map[string]string{"go": strings.TrimSpace(string(goroot))}
	for _, t := range targets { // a module may be linked on one system only
		out, err := t.command(root, args...).Output()
		if err != nil {
			return nil, err
		}

		for line := range strings.Lines(string(out)) {
			if module, dir, ok := strings.Cut(strings.TrimSpace(line), "\t"); ok {
				all[module] = dir
			}
		}
	}

	return all, nil
}

// withoutLicence are the modules without any licence file: they may not be given away.
func withoutLicence(files []file, modules map[string]string) (names []string) {
	for module := range modules {
		isOfModule := func(f file) bool { return strings.HasPrefix(f.name, "licenses/"+module+"/") }
		if !slices.ContainsFunc(files, isOfModule) {
			names = append(names, module)
		}
	}

	slices.Sort(names)
	return names
}
