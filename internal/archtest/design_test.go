package archtest

import (
	"os"
	"os/exec"
	"path"
	"slices"
	"strings"
	"testing"
)

// direct lists the modules that our packages or their tests import. go.mod's
// "// indirect" is not asked: it is a comment.
func direct(t *testing.T) []string {
	t.Helper()
	const format = `{{range .Imports}}{{.}}
{{end}}{{range .TestImports}}{{.}}
{{end}}{{range .XTestImports}}{{.}}
{{end}}`

	imports, err := exec.Command("go", "list", "-f", format, module+"/...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}

	file, err := os.ReadFile("../../go.mod")
	if err != nil {
		t.Fatal(err)
	}

	required := map[string]bool{}
	for line := range strings.Lines(string(file)) {
		if fields := strings.Fields(line); len(fields) >= 2 && strings.HasPrefix(fields[1], "v") {
			required[fields[0]] = true
		}
	}

	used := map[string]bool{}
	for p := range strings.FieldsSeq(string(imports)) {
		for ; p != "." && !required[p]; p = path.Dir(p) {
		}
		used[p] = true
	}

	delete(used, ".") // the standard library, and ours
	var all []string
	for m := range used {
		all = append(all, m)
	}

	slices.Sort(all)
	return all
}

// TestDependencies: DESIGN.md has a sentence for every module that we import,
// and for none that we do not.
func TestDependencies(t *testing.T) {
	design, err := os.ReadFile("../../DESIGN.md")
	if err != nil {
		t.Fatal(err)
	}

	var told []string
	for line := range strings.Lines(string(design)) {
		rest, ok := strings.CutPrefix(line, "- `")
		if name, why, found := strings.Cut(rest, "`: "); ok && found && strings.Contains(name, ".") && strings.TrimSpace(why) != "" {
			told = append(told, name)
		}
	}

	used := direct(t)
	if len(used) < 10 {
		t.Fatalf("found only %v", used)
	}

	for _, m := range used {
		if !slices.Contains(told, m) {
			t.Errorf("DESIGN.md does not say what %s is for", m)
		}
	}

	for _, m := range told {
		if !slices.Contains(used, m) {
			t.Errorf("DESIGN.md names %s, which nothing imports", m)
		}
	}
}

// TestLayout: DESIGN.md's layout names every folder that holds our code.
func TestLayout(t *testing.T) {
	design, err := os.ReadFile("../../DESIGN.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, root := range []string{"cmd", "collectors", "engine", "internal", "oscal"} {
		entries, err := os.ReadDir("../../" + root)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			if e.IsDir() && e.Name() != "testdata" && !strings.Contains(string(design), "`"+root+"/"+e.Name()+"`") && !strings.Contains(string(design), "`"+e.Name()+"`") {
				t.Errorf("DESIGN.md does not name %s/%s", root, e.Name())
			}
		}
	}
}
