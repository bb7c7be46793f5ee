//go:build unix

package snapshot

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// TestNoRegularFile: pipes, links and folders in a snapshot are refused, and
// nobody waits for them.
func TestNoRegularFile(t *testing.T) {
	for name, put := range map[string]func(string) error{
		"a pipe":   func(name string) error { return syscall.Mkfifo(name, 0o644) },
		"a link":   func(name string) error { return os.Symlink("/dev/zero", name) },
		"a folder": func(name string) error { return os.Mkdir(name, 0o755) },
	} {
		for _, file := range []string{ManifestFile, DataFile("entra.users")} {
			t.Run(name+" for "+file, func(t *testing.T) {
				dir := t.TempDir()
				for path, f := range folderOf(t, same, same) {
					if err := os.WriteFile(filepath.Join(dir, path), f.Data, 0o644); err != nil {
						t.Fatal(err)
					}
				}

				path := filepath.Join(dir, file)
				if err := errors.Join(os.Remove(path), put(path)); err != nil {
					t.Fatal(err)
				}

				got := make(chan error, 1)
				go func() {
					s, err := OpenFolder(dir)
					if err == nil {
						err = s.Verify()
					}
					got <- err
				}()

				select {
				case err := <-got:
					if !errors.Is(err, errNoFile) && !errors.As(err, new(*DigestError)) {
						t.Errorf("error is %v", err)
					}
				case <-time.After(5 * time.Minute): // it takes milliseconds
					t.Fatal("waits")
				}
			})
		}
	}
}
