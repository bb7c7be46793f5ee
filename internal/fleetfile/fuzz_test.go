package fleetfile

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ringfence/engine/intent"
)

// FuzzLoad: no input panics, every diagnostic can be printed, and what has no
// error is a complete promise that survives its own canonical form.
func FuzzLoad(f *testing.F) {
	seeds, err := filepath.Glob("testdata/*.hcl")
	if err != nil || len(seeds) < 8 {
		f.Fatal(len(seeds), err)
	}

	for _, path := range seeds {
		src, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}

		f.Add(src)

		for _, part := range blocks(string(src)) {
			f.Add([]byte(part))
		}
	}

	f.Add([]byte("msp {\n  name = <<-X\n    a\n  X\n}\n"))
	f.Add([]byte("client \"a\" {\n  params = { a = { b = -1e400, \"${c}\" = [[]] } }\n}\n"))

	f.Fuzz(func(t *testing.T, src []byte) {
		l := newLoader("dir")
		l.parse("fleet.hcl", src)
		l.decode()

		var out bytes.Buffer
		if err := l.Write(&out, true, 78); err != nil {
			t.Fatal(err)
		}

		if l.HasErrors() == (l.Error() == "no errors") {
			t.Fatalf("HasErrors is %v, Error %q", l.HasErrors(), l.Error())
		}

		if !l.HasErrors() {
			complete(t, l.fleet)
		}
	})
}

func complete(t *testing.T, f *Fleet) {
	for _, c := range f.Clients {
		in, err := f.Intent(c.Name)
		if err != nil {
			t.Fatal(err)
		}

		b, err := in.Canonical()
		if err != nil {
			t.Fatal(err)
		}

		back, err := intent.Parse(b)
		if err != nil {
			t.Fatal(err)
		}

		again, err := back.Canonical()
		if err != nil || !bytes.Equal(b, again) {
			t.Fatalf("canonical form is not stable: %s, %s, %v", b, again, err)
		}

		if _, ok := f.Cloud(c.Cloud); !ok || !IsLabel(c.Name) || !validGUID(c.TenantID) {
			t.Fatalf("incomplete: %+v", c)
		}
	}

	var text bytes.Buffer
	if err := f.ShowText(&text); err != nil || strings.ContainsRune(text.String(), 0x1b) {
		t.Fatal(err, text.String())
	}

	if err := f.ShowJSON(io.Discard); err != nil {
		t.Fatal(err)
	}

	if err := f.Check(Known{Controls: controls, AsOf: time.Unix(0, 0)}).Write(io.Discard, false, 0); err != nil {
		t.Fatal(err)
	}
}

func validGUID(s string) bool {
	_, ok := intent.GUID.Norm(s)
	return ok
}
