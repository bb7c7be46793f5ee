package snapshot

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/klauspost/compress/zstd"
)

// ArchiveSuffix is how the name of an archive ends: the files of a snapshot folder,
// in a tar file, compressed with Zstandard (RFC 8878).
const ArchiveSuffix = ".tar.zst"

// Bounds of an archive, which anybody may have written: 100 bytes can unpack to
// anything.
const (
	maxArchiveFiles = 10_000
	maxUnpacked     = 8 << 30 // bytes of all files together
	maxWindow       = 128 << 20
)

// WriteArchive writes a snapshot as an archive. The same snapshot gives the same
// bytes: files are sorted by name and have neither owners nor times.
func (s Snapshot) WriteArchive(w io.Writer) error {
	z, err := zstd.NewWriter(w, zstd.WithEncoderConcurrency(1))
	if err != nil {
		return err
	}

	t := tar.NewWriter(z)
	err = writeTarFile(t, ManifestFile, int64(len(s.Raw)), bytes.NewReader(s.Raw))
	for _, name := range slices.Sorted(maps.Keys(s.Manifest.Datasets)) {
		if err == nil && s.Manifest.Datasets[name].Holds() {
			err = s.archiveDataset(t, name)
		}
	}

	return errors.Join(err, t.Close(), z.Close())
}

// archiveDataset reads a file twice: a tar file says how long each of its files is
// before it comes.
func (s Snapshot) archiveDataset(t *tar.Writer, name string) error {
	if err := s.CheckDigest(name); err != nil {
		return err
	}

	r, err := s.open(name)
	if err != nil {
		return err
	}
	size, err := io.Copy(io.Discard, r)
	if err = errors.Join(err, r.Close()); err != nil {
		return err
	}

	if r, err = s.open(name); err != nil {
		return err
	}
	defer r.Close()

	return writeTarFile(t, DataFile(name), size, r)
}

func writeTarFile(t *tar.Writer, name string, size int64, r io.Reader) error {
	if err := t.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: size, Format: tar.FormatPAX}); err != nil {
		return err
	}
	_, err := io.Copy(t, r)
	return err
}

// Unpack writes the files of an archive into dir, an empty folder, to be opened with
// [OpenFolder]. Nothing but the files of a snapshot is taken: a path, a link, a name
// that is no dataset's or comes twice is an error, and so is more than the bounds.
// What was written before an error is left for whoever made dir to remove.
func Unpack(archive io.Reader, dir string) error {
	z, err := zstd.NewReader(archive, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxWindow))
	if err != nil {
		return err
	}
	defer z.Close()

	files, left := 0, int64(maxUnpacked)
	for t := tar.NewReader(z); ; files++ {
		h, err := t.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("the archive cannot be read: %w", err)
		}

		name := strings.TrimPrefix(h.Name, "./")
		if h.Typeflag == tar.TypeDir && strings.Trim(name, "./") == "" {
			continue // the folder itself, as tar writes it
		}
		if err := checkMember(h, name); err != nil {
			return err
		}
		if left -= h.Size; left < 0 || files > maxArchiveFiles {
			const problem = "the archive unpacks to more than %d bytes, or %d files"
			return fmt.Errorf(problem, int64(maxUnpacked), maxArchiveFiles)
		}
		if err := unpackFile(t, filepath.Join(dir, name)); err != nil {
			return err
		}
	}
}

// checkMember refuses what is no file of a snapshot.
func checkMember(h *tar.Header, name string) error {
	dataset, isData := strings.CutSuffix(name, ".ndjson")
	switch {
	case h.Typeflag != tar.TypeReg:
		return fmt.Errorf("the archive holds %q, which is no file", h.Name)
	case name != ManifestFile && !(isData && datasetName.MatchString(dataset)):
		return fmt.Errorf("the archive holds %q, which is no file of a snapshot", h.Name)
	case name == ManifestFile && h.Size > maxManifest, h.Size > maxFile:
		return fmt.Errorf("the archive holds %q of %d bytes, which is too large", h.Name, h.Size)
	}
	return nil
}

func unpackFile(r io.Reader, to string) error {
	f, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("the archive holds %q twice", filepath.Base(to))
	}
	if err != nil {
		return err
	}

	if _, err = io.Copy(f, r); err != nil {
		err = fmt.Errorf("the archive cannot be read: %w", err)
	}
	return errors.Join(err, f.Close())
}
