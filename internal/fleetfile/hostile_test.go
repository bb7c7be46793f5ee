package fleetfile

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ringfence/internal/effort"
)

// TestHostile: whatever is in the file, the answer is a clear diagnostic, soon.
// Each chain below makes the HCL parser, or a walk of its tree, recurse.
func TestHostile(t *testing.T) {
	effort.WithoutRace(t)
	chains := map[string][2]string{
		"lists":        {"x = " + "[", "Brackets are nested"},
		"objects":      {"{ a = ", "Brackets are nested"},
		"blocks":       {"a {\n", "Brackets are nested"},
		"parentheses":  {"x = (", "Brackets are nested"},
		"templates":    {`"${`, "Brackets are nested"},
		"for":          {"x = [for a in ", "Brackets are nested"},
		"calls":        {"f(", "Brackets are nested"},
		"minus":        {"- ", "operators"},
		"not":          {"!", "operators"},
		"conditionals": {"a ? b : ", "operators"},
		"sums":         {"1 + ", "operators"},
		"splats":       {"[*]", "operators"},
		"if templates": {"%{if true}", "operators"},
		"modulo":       {"1 % ", "operators"},
	}

	for name, c := range chains {
		for _, n := range []int{10_000, 200_000} {
			if n > 10_000 && name != "lists" && name != "minus" {
				continue // the same guard, and the lexer takes a second
			}
			t.Run(fmt.Sprintf("%s %d", name, n), func(t *testing.T) {
				start := map[string]string{"if templates": "<<X\n", "splats": "(a"}[name]
				if start == "" {
					start = "("
				}
				mustFail(t, []byte("client \"a\" {\n  cell = "+start+repeated(c[0], n)), c[1])
			})
		}
	}
}

// repeated repeats a piece n times or until the file is full, with line breaks.
func repeated(piece string, n int) string {
	n = min(n, maxFile/(len(piece)+1)-100)
	line := strings.Repeat(piece, 1000) + "\n"
	return strings.Repeat(line, max(n/1000, 1))
}

// TestHostileFiles: what is no text, too large, or wide instead of deep.
func TestHostileFiles(t *testing.T) {
	effort.WithoutRace(t)
	client := "client \"a\" {\n  tenant_id = \"aaaaaaaa-0000-4000-8000-000000000001\"\n  cell = "
	cases := map[string]struct{ src, want string }{
		"empty":         {"", "no msp block"},
		"nul":           {"msp {\n  name = \"a\x00b\"\n}\n", "Line 2, column 12 holds the control character 0x00"},
		"escape":        {"msp {\n  name = \"\x1b[31m\"\n}\n", "control character 0x1b"},
		"invalid utf-8": {"msp {\n  name = \"\xff\"\n}\n", "Line 2, column 11 is not UTF-8"},
		"utf-16":        {"\xff\xfem\x00s\x00p\x00", "not UTF-8"},
		"elf":           {"\x7fELF\x02\x01\x01\x00", "control character"},
		"long line":     {"# " + strings.Repeat("x", maxLine), "longer than"},
		"too large":     {strings.Repeat("#\n", maxFile), "larger than 4 MiB"},
		"closers":       {client + repeated("]", 100_000), "Invalid expression"},
		"traversal":     {client + "(a" + repeated(".b", 100_000) + ")\n}\n", "No expressions"},
		"indexes":       {client + "(a" + repeated("[b]", 50_000) + ")\n}\n", "No expressions"},
		"attributes":    {client + "\"x\"\n" + numbered("  a%d = 1\n", 2_000) + "}\n", "… and 1950 more."},
		"blocks":        {numbered("x%d {}\n", 2_000), "… and 1950 more."},
		"clients":       {numbered("client \"c%d\" {}\n", 2_000), "needs the attribute"},
		"string":        {client + "<<X\n" + repeated("x", 100_000) + "\nX\n}\n", "must be a name"},
		"number":        {client + "\"x\"\n  params = { \"A\" = { b = 1e999999999 } }\n}\n", "beyond"},
		"quotes":        {client + repeated("\"", 50_000), "Missing newline"},
		"heredoc":       {client + repeated("<<X\n", 100_000), "more than 1000 lines"},
	}

	for name, c := range cases {
		t.Run(name, func(t *testing.T) { mustFail(t, []byte(c.src), c.want) })
	}
}

func numbered(format string, n int) string {
	var out strings.Builder
	for i := range n {
		fmt.Fprintf(&out, format, i)
	}
	return out.String()
}

// TestNotAFile: every failure to read is a diagnostic.
func TestNotAFile(t *testing.T) {
	empty := t.TempDir()
	for path, want := range map[string]string{
		filepath.Join(empty, "none.hcl"): "no such file",
		empty:                            "has no *.hcl file",
		"/dev/null":                      "no msp block",
		"/dev/zero":                      "larger than",
	} {
		f, diags := Load(path)
		if f == nil || !diags.HasErrors() || !strings.Contains(diags.Error(), want) {
			t.Errorf("%s: %v", path, diags.Error())
		}
	}
}

// TestByteOrderMark: Windows editors write one.
func TestByteOrderMark(t *testing.T) {
	src := "\ufeff" + strings.ReplaceAll(source(t), "\n", "\r\n")
	got, want := loaded(t, file(t, src)), loaded(t, contract)
	if string(canonical(t, got, "fabrikam")) != string(canonical(t, want, "fabrikam")) {
		t.Error("the intent depends on line ends")
	}
}

// TestNil: no diagnostics are no errors.
func TestNil(t *testing.T) {
	var d *Diagnostics
	if d.HasErrors() || d.Warnings() != nil || d.Error() != "no errors" || d.Write(nil, false, 0) != nil {
		t.Error("nil diagnostics are not empty")
	}
}

func mustFail(t *testing.T, src []byte, want string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "fleet.hcl")
	if err := os.WriteFile(path, src, 0o600); err != nil {
		t.Fatal(err)
	}

	_, diags := Load(path)
	text := written(t, diags)
	if !diags.HasErrors() || !strings.Contains(text, want) {
		t.Errorf("want %q, got %.300s", want, text)
	}
}
