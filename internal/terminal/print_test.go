package terminal_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"testing"

	"ringfence/internal/terminal"
)

type label string

// TestPrintf: arguments of every kind are one line, and the format is as it is
// with fmt.
func TestPrintf(t *testing.T) {
	hostile := "a\x1b[31m\nb\u202e"
	for want, got := range map[string]string{
		"plain 7 [x y]\n":                terminal.Sprintf("plain %d %v\n", 7, []string{"x", "y"}),
		`a\x1b[31m\nb\u202e` + "\n\tend": terminal.Sprintf("%s\n\tend", hostile),
		`!a\x1b[31m\nb\u202e`:            terminal.Sprintf("!%v", errors.New(hostile)),
		`?a\x1b[31m\nb\u202e`:            terminal.Sprintf("?%s", label(hostile)),
		`["a\x1b[31m\nb\u202e"]`:         terminal.Sprintf("%q", []string{hostile}),
		`{a\x1b[31m\nb\u202e <nil>}`:     terminal.Sprintf("%v", struct{ A, B any }{hostile, nil}),
		"x         |   7|07 100%":        terminal.Sprintf("%-10s|%4d|%02x 100%%", "x", 7, 7),
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestWriter(t *testing.T) {
	var b bytes.Buffer
	in := "a\tb\nc\x1b[2J\rd\u009b\u202e\xff日本\n"
	if n, err := (terminal.Writer{To: &b}).Write([]byte(in)); n != len(in) || err != nil {
		t.Error(n, err)
	}

	if want := "a\tb\nc" + `\x1b[2J\rd\u009b\u202e\xff` + "日本\n"; b.String() != want {
		t.Errorf("got %q, want %q", b.String(), want)
	}
}

// FuzzJSON: the same value, and nothing that a terminal would obey.
func FuzzJSON(f *testing.F) {
	for _, s := range []string{"plain", "\x7f\u0085\u202e", "\U000e0041\U0001f600", "\"\\\n\t"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		in, err := json.Marshal(map[string]string{s: s})
		if err != nil {
			t.Fatal(err)
		}

		out := terminal.JSON(in)
		var a, b map[string]string
		if err := json.Unmarshal(out, &b); err != nil {
			t.Fatalf("%q: %v", out, err)
		}

		if json.Unmarshal(in, &a); len(b) != 1 || a[s] != b[s] {
			t.Fatalf("%q is not %q", out, in)
		}

		if safe := terminal.Safe(string(out)); safe != string(out) {
			t.Fatalf("%q is not safe", out)
		}
	})
}
