package fleetfile

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"
)

const mspBlock = "msp {\n  name      = \"Northwind\"\n  tenant_id = \"aaaaaaaa-0000-4000-8000-000000000001\"\n}\n"

// TestShortSnippets: whatever is in the file, what a diagnostic shows of it is
// short, and says what is wrong.
func TestShortSnippets(t *testing.T) {
	long := strings.Repeat("ü", 10_000)
	for name, c := range map[string]struct{ src, want string }{
		"before":   {"client \"a\" { /* " + long + " */ colour = \"blue\" }\n", "…üüü"},
		"after":    {"client \"a\" {\n  colour = \"blue\" # " + long + "\n}\n", `colour = "blue" # üüü`},
		"value":    {"client \"a\" {\n  state = \"" + long + "\"\n}\n", `state = "üüü`},
		"one line": {"client \"a\" { state = [" + strings.Repeat("\"x\", ", 10_000) + "] }\n", `state = ["x", "x"`},
		"lines":    {"client \"a\" {\n  state = [\n" + strings.Repeat("    \"x\",\n", 1_000) + "  ]\n}\n", `state = [`},
		"name":     {"client \"a\" {\n  " + strings.Repeat("x", 10_000) + " = 1\n}\n", "has no attribute"},
		"ref":      {"client \"a\" {\n  fence = fence" + strings.Repeat(".x", 10_000) + "\n}\n", "fence = fence.x.x"},
	} {
		_, diags := Load(file(t, mspBlock+c.src))
		text := written(t, diags)
		if !diags.HasErrors() || !strings.Contains(text, c.want) || len(text) > 3000*len(diags.All()) {
			t.Errorf("%s: %d bytes for %d diagnostics, want %q: %.600s",
				name, len(text), len(diags.All()), c.want, text)
		}

		for line := range strings.Lines(text) {
			if len([]rune(line)) > snippetLine+120 {
				t.Errorf("%s: a line of %d characters: %.80s", name, len([]rune(line)), line)
			}
		}
	}
}

// TestSafeDiagnostics: neither a file nor its name steers a terminal, and what
// turns or hides text is refused.
func TestSafeDiagnostics(t *testing.T) {
	for name, src := range map[string]string{
		"bidi in a comment":   "# \u202e promise\n",
		"bidi in a value":     "client \"a\" {\n  cell = \"b\u202ea\"\n}\n",
		"an escaped one":      "client \"a\" {\n  cell = \"b\\u202ea\"\n}\n",
		"C1":                  "client \"a\" {\n  cell = \"\u009b2J\"\n}\n",
		"an escaped C1":       "client \"a\" {\n  params = { \"RF-T-08\" = { x = \"\\u009b2J\" } }\n}\n",
		"a line separator":    "# \u2028\n",
		"tags":                "# \U000e0041\n",
		"zero width":          "client \"a\u200b\" {}\n",
		"a mark in a key":     "client \"a\" {\n  \u200fcell = \"x\"\n}\n",
		"a mark in a snippet": "client \"a\" {\n  cell = 7 # \u200f\u200e\u061c\n}\n",
	} {
		path := filepath.Join(t.TempDir(), "a\u202eb\x1b[31m\nc.hcl")
		if err := os.WriteFile(path, []byte(mspBlock+src), 0o600); err != nil {
			t.Skip("this system has no such names: ", err)
		}

		_, diags := Load(path)
		text := written(t, diags) + diags.Error()
		if !diags.HasErrors() || !strings.Contains(text, `a\u202eb\x1b[31m\nc.hcl`) {
			t.Errorf("%s: %s", name, text)
		}

		for _, r := range text {
			if r != '\n' && r != '\t' && unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) {
				t.Errorf("%s: %U is printed: %q", name, r, text)
			}
		}
	}

	ok := mspBlock + "# \u05d0\u200f (\u200e1), \U0001f469\u200d\U0001f4bb, می\u200cخواهم\n"
	if _, diags := Load(file(t, ok)); diags.HasErrors() {
		t.Errorf("marks and joiners of scripts are refused: %v", diags.Error())
	}
}

// TestFolderLinks: a fleet folder is read because of its name, and what it links
// to outside of it is not.
func TestFolderLinks(t *testing.T) {
	secret := file(t, "reviewer \"mallory\" {}\n")
	relative := "../../" + filepath.Base(filepath.Dir(secret)) + "/fleet.hcl"
	for name, c := range map[string]struct {
		target, want string
	}{
		"absolute":            {secret, "is a link that leads out of the folder"},
		"relative":            {relative, "is a link that leads out of the folder"},
		"dangling":            {"nowhere", "is a link that leads out of the folder, or nowhere"},
		"to a device":         {"/dev/zero", "is a link that leads out of the folder"},
		"to a folder":         {"..data", "is no regular file"},
		"within, as a volume": {"..data/more.hcl", ""},
	} {
		dir := t.TempDir()
		write := func(path, text string) {
			if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, path)), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, path), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}

		write("fleet.hcl", mspBlock)
		write("..2026/more.hcl", "fence \"eu\" {\n  regions = [\"westeurope\"]\n}\n")

		if err := os.Symlink("..2026", filepath.Join(dir, "..data")); err != nil {
			t.Skip("no links here: ", err)
		}

		if err := os.Symlink(c.target, filepath.Join(dir, "link.hcl")); err != nil {
			t.Fatal(err)
		}

		f, diags := Load(dir)
		if diags.HasErrors() != (c.want != "") || !strings.Contains(diags.Error(), c.want) || len(f.Reviewers) > 0 {
			t.Errorf("%s: %v, %v", name, diags.Error(), f.Reviewers)
		}
	}
}

// TestLoadWarns of what is allowed and seldom meant.
func TestLoadWarns(t *testing.T) {
	client := func(label, n, domains string) string {
		return fmt.Sprintf(`
client %q {
  tenant_id = "aaaaaaaa-0000-4000-8000-00000000001%s"
  domains   = [%s]
}
`, label, n, domains)
	}
	cloud := func(graph string) string {
		return fmt.Sprintf(`
cloud_unsafe "lab" {
  graph     = "https://%s/graph"
  arm       = "https://127.0.0.1:8443/arm"
  authority = "https://localhost:8443/login"
}
`, graph)
	}
	const (
		fabrikam = `"fabrikam.example"`
		x        = `"x.fabrikam.example"`
		below    = ` of client "b" is below "fabrikam.example" of client "a"`
	)

	for name, c := range map[string]struct{ src, want string }{
		"below another's":   {client("a", "1", fabrikam) + client("b", "2", x), x + below},
		"far below":         {client("b", "2", `"x.y.z.fabrikam.example"`) + client("a", "1", fabrikam), below},
		"below one's own":   {client("a", "1", fabrikam+", "+x), ""},
		"only alike":        {client("a", "1", fabrikam) + client("b", "2", `"xfabrikam.example", "x.example"`), ""},
		"loopback":          {cloud("127.0.0.1:8443") + client("a", "1", ""), ""},
		"loopback, IPv6":    {cloud("[::1]:8443"), ""},
		"another host":      {cloud("graph.example.com"), `"graph.example.com" is not this machine`},
		"another address":   {cloud("10.0.0.1:8443"), `"10.0.0.1:8443" is not this machine`},
		"a name like local": {cloud("localhost.example.com"), "is not this machine"},
		"any address":       {cloud("0.0.0.0:1"), "is not this machine"},
	} {
		_, diags := Load(file(t, mspBlock+c.src))
		text := strings.Join(strings.Fields(written(t, diags)), " ")
		warnings := len(diags.Warnings())
		wanted := warnings == 1 && c.want != "" || warnings == 0 && c.want == ""
		if diags.HasErrors() || !wanted || !strings.Contains(text, c.want) {
			t.Errorf("%s: want %q, got %s", name, c.want, text)
		}
	}
}
