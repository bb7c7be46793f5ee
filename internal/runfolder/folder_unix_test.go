//go:build unix

package runfolder

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// tree makes files, folders (names with a slash at the end), links ("name ->
// target"), pipes ("name |") and sparse files of 16 GB ("name …").
func tree(t *testing.T, names ...string) string {
	t.Helper()
	dir := t.TempDir()
	for _, spec := range names {
		name, how, _ := strings.Cut(spec, " ")
		path := filepath.Join(dir, name)
		err := os.MkdirAll(filepath.Dir(path), 0o755)
		switch {
		case strings.HasSuffix(name, "/"):
			err = os.MkdirAll(path, 0o755)
		case strings.HasPrefix(how, "-> "):
			err = errors.Join(err, os.Symlink(how[3:], path))
		case how == "|":
			err = errors.Join(err, syscall.Mkfifo(path, 0o644))
		default:
			err = errors.Join(err, os.WriteFile(path, []byte(name), 0o644))
		}

		if how == "…" {
			err = errors.Join(err, os.Truncate(path, 16<<30))
		}

		if err != nil {
			t.Fatal(err)
		}
	}

	return dir
}

func open(t *testing.T, dir string) *Folder {
	t.Helper()
	f, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}

	t.Cleanup(func() { f.Close() })
	return f
}

func TestList(t *testing.T) {
	dir := tree(t, "run.json", "snapshot/manifest.json", "snapshot/deep/x", "other/x", "link -> run.json", "pipe |",
		"review/alice.sigstore.json", "review/alice.pub", "review/notes.txt", "review/.sigstore.json", "review/Bob.pub",
		"review/x\x1b.pub", "review/bob.pub -> alice.pub", "review/carol.pub |", "review/dir.pub/")
	got := open(t, dir).List()
	if diff := cmp.Diff([]string{"run.json", "snapshot/manifest.json"}, got.Files); diff != "" {
		t.Error(diff)
	}

	if diff := cmp.Diff([]string{"alice.pub", "alice.sigstore.json"}, got.Reviews); diff != "" {
		t.Error(diff)
	}

	var wrong []string
	for _, p := range got.Problems {
		wrong = append(wrong, p.File)
	}

	want := []string{"link", "other", "pipe", "review/.sigstore.json", "review/Bob.pub", "review/bob.pub",
		"review/carol.pub", "review/dir.pub", "review/notes.txt", "review/x\x1b.pub", "snapshot/deep"}
	if diff := cmp.Diff(want, wrong); diff != "" {
		t.Error(diff)
	}
}

// TestRead: regular files up to a bound, and nothing else; 16 GB that are not
// there are not read.
func TestRead(t *testing.T) {
	dir := tree(t, "small", "in -> small", "out -> /etc/passwd", "zero -> /dev/zero", "pipe |", "folder/x",
		"sub -> folder", "huge …")
	f := open(t, dir)
	for name, want := range map[string]string{
		"in": "no regular file", "out": "no regular file", "zero": "no regular file", "pipe": "no regular file",
		"folder": "no regular file",
		"sub/x":  "no regular file", "huge": "is larger than", "../x": "escapes", "nothing": "no such file",
	} {
		if _, err := f.Read(name, 1<<20); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Read(%s): %v, want %q", name, err, want)
		}
		if _, err := f.Digest(name); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Digest(%s): %v, want %q", name, err, want)
		}
	}

	if f.budget != maxFolder {
		t.Errorf("%d bytes were read of what is too large", maxFolder-f.budget)
	}

	if data, err := f.Read("small", 5); err != nil || string(data) != "small" {
		t.Errorf("%q %v", data, err)
	}

	if _, err := f.Read("small", 4); err == nil {
		t.Error("five bytes are at most four")
	}
}

// TestDigestAll: a folder of files that are each within bounds is not.
func TestDigestAll(t *testing.T) {
	f := open(t, tree(t, "a", "b"))
	f.budget = 1
	if _, err := f.Digest("a"); err != nil {
		t.Fatal(err)
	}

	if _, err := f.Digest("b"); err == nil || !strings.Contains(err.Error(), "makes the folder larger") {
		t.Error(err)
	}
}

// TestListBounded: a folder of very many files is not read to its end.
func TestListBounded(t *testing.T) {
	dir := t.TempDir()
	for _, sub := range []string{"snapshot", "review"} {
		if err := os.Mkdir(filepath.Join(dir, sub), 0o755); err != nil {
			t.Fatal(err)
		}
	}

	for i := range maxReviews + 10 {
		write(t, filepath.Join(dir, "review", fmt.Sprintf("r%d.pub", i)))
	}

	got := open(t, dir).List()
	if len(got.Problems) != 1 || len(got.Reviews) != maxReviews {
		t.Errorf("%d reviews, %v", len(got.Reviews), got.Problems)
	}

	if err := os.RemoveAll(filepath.Join(dir, "review")); err != nil {
		t.Fatal(err)
	}

	for i := range maxFiles + 10 {
		write(t, filepath.Join(dir, "snapshot", fmt.Sprint(i)))
	}

	if got := open(t, dir).List(); len(got.Problems) != 1 || len(got.Files) > maxFiles {
		t.Errorf("%d files, %v", len(got.Files), got.Problems)
	}
}

func write(t *testing.T, name string) {
	t.Helper()
	if err := os.WriteFile(name, nil, 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestSweep: debris goes with the next publication, unless another one is on its
// way; nothing else goes, and no link is followed.
func TestSweep(t *testing.T) {
	dir := tree(t, ".run-123/new/x", ".evaluate-42/run/x", ".run-ff -> fabrikam", "fabrikam/run.json",
		".run-notes/x", ".hidden", "aside -> fabrikam")
	first, err := OpenOut(dir)
	if err != nil {
		t.Fatal(err)
	}

	left := []string{".hidden", ".run-notes", "aside", "fabrikam"}
	if diff := cmp.Diff(left, list(t, dir)); diff != "" {
		t.Fatal(diff)
	}

	if _, err := os.Stat(filepath.Join(dir, "fabrikam", "run.json")); err != nil {
		t.Fatal(err)
	}

	stage, err := first.stage()
	if err != nil {
		t.Fatal(err)
	}

	second, err := OpenOut(dir)
	if err != nil {
		t.Fatal(err)
	}

	if got := list(t, dir); !slices.Contains(got, stage.name) {
		t.Errorf("a publication on its way is swept: %v", got)
	}

	if err := errors.Join(first.Close(), second.Close()); err != nil { // as if both had been killed
		t.Fatal(err)
	}

	third, err := OpenOut(dir)
	if err != nil {
		t.Fatal(err)
	}

	defer third.Close()

	if diff := cmp.Diff(left, list(t, dir)); diff != "" {
		t.Error(diff)
	}
}

func list(t *testing.T, dir string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}

	for _, e := range entries {
		names = append(names, e.Name())
	}

	return names
}

// TestOut: what is published is for nobody else to read, and nothing is written
// through a link.
func TestOut(t *testing.T) {
	dir := tree(t, "elsewhere/keep", "out/linked -> ../elsewhere", "out/sibling -> real", "out/real/run.json",
		"out/file")
	o, err := OpenOut(filepath.Join(dir, "out"))
	if err != nil {
		t.Fatal(err)
	}

	defer o.Close()

	for client, want := range map[string]Held{"linked": Other, "sibling": Other, "real": RunHere, "file": Other,
		"none": Nothing, "../elsewhere": Other} {
		if got := o.Holds(client); got != want {
			t.Errorf("%s: %v, want %v", client, got, want)
		}
	}

	for _, link := range []string{"linked", "sibling"} {
		if err := o.Replace(link, "keep", []byte("lost")); err == nil {
			t.Errorf("written through the link %s", link)
		}
		if _, err := o.Open(link); err == nil {
			t.Errorf("read through the link %s", link)
		}
	}

	if err := o.Replace("file", "keep", []byte("lost")); err == nil {
		t.Error("written into a file")
	}

	fill := func(create Create) error { return create.Write("snapshot/x", nil, true) }
	if err := errors.Join(o.Put("fabrikam", true, fill), o.Replace("fabrikam", "run.json", nil)); err != nil {
		t.Fatal(err)
	}

	for name, want := range map[string]os.FileMode{"": 0o700, "snapshot": 0o700, "snapshot/x": 0o600,
		"run.json": 0o600} {
		info, err := os.Stat(filepath.Join(dir, "out", "fabrikam", name))
		if err != nil || info.Mode().Perm() != want {
			t.Errorf("%q: %v %v, want %v", name, info.Mode(), err, want)
		}
	}

	if data, err := os.ReadFile(filepath.Join(dir, "elsewhere", "keep")); err != nil ||
		string(data) != "elsewhere/keep" {
		t.Errorf("%q %v", data, err)
	}

	if err := o.Withdraw("linked"); err != nil {
		t.Error(err)
	}

	if _, err := os.Stat(filepath.Join(dir, "elsewhere", "keep")); err != nil {
		t.Error(err)
	}

	if got := list(t, filepath.Join(dir, "out")); !slices.Equal(got, []string{"fabrikam", "file", "real", "sibling"}) {
		t.Error(got)
	}
}
