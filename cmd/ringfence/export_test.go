package main

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"ringfence/internal/run"
)

// TestExportErrors: a full disk is not the user's mistake, and an error names
// the file that was asked for; another file's error stays as it is.
func TestExportErrors(t *testing.T) {
	full := func(w io.Writer) error {
		return &fs.PathError{Op: "write", Path: w.(*os.File).Name(), Err: syscall.ENOSPC}
	}
	unreadable := func(io.Writer) error {
		return &fs.PathError{Op: "open", Path: "snap/entra.users.ndjson", Err: syscall.EACCES}
	}

	dir := t.TempDir()
	file, gone := filepath.Join(dir, "x.json"), filepath.Join(dir, "gone", "x.json")
	for _, c := range []struct {
		name  string
		write func(io.Writer) error
		want  string
	}{
		{file, full, "writing " + file + ": no space left on device"},
		{file, unreadable, "open snap/entra.users.ndjson: permission denied"},
		{gone, full, "writing " + gone + ": no such file or directory"},
	} {
		err := exportError(writeAll(c.name, c.write))
		var b strings.Builder
		code := (&app{stderr: &b}).report(t.Context(), err)
		if code != run.ExitTool || b.String() != "ringfence: error: "+c.want+"\n" {
			t.Errorf("exit code %d, %s", code, b.String())
		}

		if f := (*failure)(nil); errors.As(err, &f) {
			t.Errorf("hint %q", f.hint)
		}
	}

	if left, _ := os.ReadDir(dir); len(left) > 0 {
		t.Errorf("%s is left", left[0].Name())
	}
}
