package policyset

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"slices"
)

// Bundle is policies.tar.gz: exactly the policy files without tests as a
// standard OPA bundle. Paths are sorted, times zero and blocks stored, so that
// the bytes depend on nothing but the files.
func (f Files) Bundle() ([]byte, error) {
	var out bytes.Buffer
	gz, err := gzip.NewWriterLevel(&out, gzip.NoCompression)
	if err != nil {
		return nil, err
	}

	t := tar.NewWriter(gz)
	for _, path := range slices.Sorted(maps.Keys(f)) {
		data := f[path]
		h := &tar.Header{
			Name: path, Mode: 0o644, Size: int64(len(data)), Typeflag: tar.TypeReg, Format: tar.FormatUSTAR,
		}
		if err := t.WriteHeader(h); err != nil {
			return nil, fmt.Errorf("bundling %s: %w", path, err)
		}
		if _, err := t.Write(data); err != nil {
			return nil, fmt.Errorf("bundling %s: %w", path, err)
		}
	}

	if err := errors.Join(t.Close(), gz.Close()); err != nil {
		return nil, err
	}

	return out.Bytes(), nil
}

// maxBundle bounds what OpenBundle unpacks, in bytes. The shipped policy set is
// a hundredth of it.
const maxBundle = 64 << 20

// blockSize is what an entry of a tar costs at least, in bytes: it bounds how
// many empty ones there can be.
const blockSize = 512

// OpenBundle reads the policy files of a policies.tar.gz.
func OpenBundle(data []byte) (Files, error) {
	gz, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("policies.tar.gz: %w", err)
	}

	files, total := Files{}, int64(0)
	for t := tar.NewReader(gz); ; {
		h, err := t.Next()
		if err == io.EOF {
			return files, nil
		}
		if err != nil {
			return nil, fmt.Errorf("policies.tar.gz: %w", err)
		}
		if total += h.Size + blockSize; total > maxBundle || !fs.ValidPath(h.Name) {
			return nil, fmt.Errorf("policies.tar.gz: %q is not a policy file of a bundle", h.Name)
		}

		body, err := io.ReadAll(t)
		if err != nil {
			return nil, fmt.Errorf("policies.tar.gz: %s: %w", h.Name, err)
		}

		if isPolicy(h.Name) {
			files[h.Name] = body
		}
	}
}
