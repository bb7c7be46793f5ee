package snapshot

import (
	"archive/tar"
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"
)

func archived(t *testing.T, s Snapshot) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := s.WriteArchive(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestArchive(t *testing.T) {
	s := sealOf(t, complete(having("a", map[string]any{"x": "1"})), complete())
	one := archived(t, s)
	if !bytes.Equal(one, archived(t, s)) {
		t.Error("two archives of one snapshot differ")
	}

	dir := t.TempDir()
	if err := Unpack(bytes.NewReader(one), dir); err != nil {
		t.Fatal(err)
	}

	back, err := OpenFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := back.Verify(); err != nil || back.Digest() != s.Digest() {
		t.Error(back.Digest(), err)
	}
	if d := cmp.Diff(archived(t, back), one); d != "" {
		t.Error("an archive of what was unpacked differs")
	}
}

// member is a file of an archive that somebody else made.
type member struct {
	header tar.Header
	data   string
}

func archiveOf(t *testing.T, members ...member) []byte {
	t.Helper()
	var b bytes.Buffer
	z, err := zstd.NewWriter(&b)
	if err != nil {
		t.Fatal(err)
	}

	w := tar.NewWriter(z)
	for _, m := range members {
		if m.header.Typeflag == 0 {
			m.header.Typeflag = tar.TypeReg
		}
		m.header.Size = int64(len(m.data))
		if err := w.WriteHeader(&m.header); err != nil {
			t.Fatal(err)
		}
		w.Write([]byte(m.data))
	}
	w.Close()
	z.Close()

	return b.Bytes()
}

func TestUnpackRefuses(t *testing.T) {
	for want, archive := range map[string][]byte{
		"no file of a snapshot": archiveOf(t, member{tar.Header{Name: "../entra.users.ndjson"}, "x"}),
		`"/etc/passwd"`:         archiveOf(t, member{tar.Header{Name: "/etc/passwd"}, "x"}),
		"which is no file":      archiveOf(t, member{tar.Header{Name: "manifest.json", Typeflag: tar.TypeSymlink, Linkname: "/etc/passwd"}, ""}),
		"twice": archiveOf(t, member{tar.Header{Name: "manifest.json"}, "x"},
			member{tar.Header{Name: "./manifest.json"}, "y"}),
		"cannot be read": []byte("not Zstandard at all"),
	} {
		if err := Unpack(bytes.NewReader(archive), t.TempDir()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
}

// FuzzUnpack: whatever an archive holds, nothing is written outside of the folder and
// nothing panics.
func FuzzUnpack(f *testing.F) {
	f.Add([]byte("x"))
	f.Add([]byte{0x28, 0xb5, 0x2f, 0xfd, 0x04, 0x58, 0x09, 0x00, 0x00})
	f.Fuzz(func(t *testing.T, data []byte) {
		_ = Unpack(bytes.NewReader(data), t.TempDir())
	})
}
