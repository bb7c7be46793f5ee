//go:build unix

package inputfile

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestRead: what a person names is read whole, or refused at once.
func TestRead(t *testing.T) {
	dir := t.TempDir()
	plain, link, sparse, pipe := filepath.Join(dir, "plain"), filepath.Join(dir, "link"),
		filepath.Join(dir, "sparse"), filepath.Join(dir, "pipe")
	err := os.WriteFile(plain, []byte("key"), 0o600)
	if err == nil {
		err = os.Symlink(plain, link)
	}

	if err == nil {
		err = os.WriteFile(sparse, nil, 0o600)
	}

	if err == nil {
		err = os.Truncate(sparse, 16<<30)
	}

	if err == nil {
		err = syscall.Mkfifo(pipe, 0o600)
	}

	if err != nil {
		t.Fatal(err)
	}

	for name, want := range map[string]string{plain: "key", link: "key", pipe: "", sparse: "larger than",
		"/dev/zero": "larger than", dir: "directory"} {
		got, err := Read(name)
		if err == nil && string(got) != want || err != nil && (want == "" || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %.20q, %v; want %q", name, got, err, want)
		}
	}
}

// TestReadPipe: a pipe with a writer is read to its end, as a shell's process
// substitution makes it.
func TestReadPipe(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}

	defer r.Close() // only here: until it is read, the pipe must not end

	go func() {
		w.Write([]byte("first "))
		w.Write([]byte("second"))
		w.Close()
	}()

	if got, err := Read(fmt.Sprintf("/dev/fd/%d", r.Fd())); err != nil || string(got) != "first second" {
		t.Errorf("%q %v", got, err)
	}
}
