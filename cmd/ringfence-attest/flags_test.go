package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"
)

// TestFlags: a flag that is set but empty is refused, as in every program of
// ours; and no error carries a name to the terminal as it is.
func TestFlags(t *testing.T) {
	evil := "e\x1b[2J\u202e\u009b\nINJECTED"
	for _, c := range []struct {
		want string
		args []string
	}{
		{`"--key" flag: it is set but empty`, []string{"run", "--fleet", "f", "--key", ""}},
		{`"--fleet" flag: it is set but empty`, []string{"run", "--fleet=", "--key", "k"}},
		{`"--reviewer" flag: it is set but empty`, []string{"run", "--fleet", "f", "--prepare", "p", "--reviewer", ""}},
		{`"--decisions" flag: it is set but empty`, []string{"run", "--fleet", "f", "--decisions", ""}},
		{`"--prepare" flag: it is set but empty`, []string{"run", "--fleet", "f", "--prepare", ""}},
		{`"--passphrase-file" flag: it is set but empty`, []string{"run", "--passphrase-file", ""}},
		{"it is set twice", []string{"run", "--key", "a", "--key", "b"}},
		{`e\x1b[2J\u202e\u009b\nINJECTED`, []string{"run", "--fleet", evil, "--prepare", "p", "--reviewer", evil}},
		{`e\x1b[2J\u202e\u009b\nINJECTED`, []string{evil, "--fleet", filepath.Join(t.TempDir(), evil),
			"--prepare", "p"}},
	} {
		in, err := os.Open(os.DevNull)
		if err != nil {
			t.Fatal(err)
		}

		var out, errs bytes.Buffer
		code := console{in: in, out: &out, err: &errs,
			getenv: func(string) string { return "" }}.main(t.Context(), c.args)
		in.Close()
		text := out.String() + errs.String()
		unsafe := strings.ContainsFunc(text, func(r rune) bool {
			return r != '\n' &&
				unicode.In(r, unicode.Cc, unicode.Cf)
		})
		if code != exitUsage || !strings.Contains(text, c.want) || unsafe || strings.Contains(text, "\nINJECTED") {
			t.Errorf("%q: exit code %d, %q; want %q", c.args, code, text, c.want)
		}
	}
}
