package layout

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestNamesLiveHere: no other production code spells the name of a file of a run
// folder, alone or as a part of a path. Sentences may.
func TestNamesLiveHere(t *testing.T) {
	// Not Key: "ringfence keys init" writes a machine.pub of its own.
	names := []string{Run, Intent, Policies, Findings, Verdicts, Catalog, Plan, Results, Report, Bundle, Manifest, Records}
	root, seen := "../../..", 0
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "testdata" || d.Name() != ".." && strings.HasPrefix(d.Name(), ".")):
			return fs.SkipDir
		case filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go"):
			return nil
		case path == filepath.Join(root, "internal", "runfolder", "layout", "layout.go"):
			return nil
		}

		seen++
		for _, literal := range literals(t, path) {
			inFolder := strings.HasPrefix(literal, SnapshotDir+"/") || strings.HasPrefix(literal, ReviewDir+"/")
			named := func(name string) bool { return literal == name || strings.HasSuffix(literal, "/"+name) }
			if !strings.ContainsAny(literal, " \n") && (inFolder || slices.ContainsFunc(names, named)) {
				t.Errorf("%s spells %q: use a name of this package", path, literal)
			}
		}

		return nil
	})
	if err != nil || seen < 100 {
		t.Errorf("%d files were read: %v", seen, err)
	}
}

// literals are the string literals of a Go file, those of imports left out.
func literals(t *testing.T, path string) []string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}

	var all []string
	ast.Inspect(file, func(n ast.Node) bool {
		if _, isImport := n.(*ast.ImportSpec); isImport {
			return false
		}
		if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			text, _ := strconv.Unquote(lit.Value)
			all = append(all, text)
		}

		return true
	})

	return all
}

// TestDatasets: a dataset's path leads back to it.
func TestDatasets(t *testing.T) {
	if got := Dataset("entra.users"); got != "snapshot/entra.users.ndjson" || DatasetAt(got) != "entra.users" {
		t.Error(got, DatasetAt(got))
	}
}

// TestReviewNames: of what lies in review/, only names that we give are taken.
func TestReviewNames(t *testing.T) {
	for name, want := range map[string]struct {
		reviewer   string
		isReview   bool
		isInReview bool
	}{
		"alice.sigstore.json":               {"alice", true, true},
		"bob-2.sigstore.json":               {"bob-2", true, true},
		"alice.pub":                         {"alice.pub", false, true},
		"Alice.pub":                         {"Alice.pub", false, false},
		".sigstore.json":                    {"", false, false},
		".pub":                              {".pub", false, false},
		"alice":                             {"alice", false, false},
		"../alice.sigstore.json":            {"../alice", false, false},
		"a\n.sigstore.json":                 {"a\n", false, false},
		"alice.sigstore.json.pub":           {"alice.sigstore.json.pub", false, false},
		"alice.sigstore.json.tmp":           {"alice.sigstore.json.tmp", false, false},
		"notes.txt":                         {"notes.txt", false, false},
		strings.Repeat("a", 63):             {strings.Repeat("a", 63), false, false},
		strings.Repeat("a", 64) + keySuffix: {strings.Repeat("a", 64) + keySuffix, false, false},
	} {
		reviewer, isReview := Reviewer(name)
		if reviewer != want.reviewer || isReview != want.isReview || InReview(name) != want.isInReview {
			t.Errorf("%q: %q %v %v, want %v", name, reviewer, isReview, InReview(name), want)
		}
	}

	if Review("alice") != "review/alice.sigstore.json" || ReviewKey("alice") != "review/alice.pub" {
		t.Error(Review("alice"), ReviewKey("alice"))
	}
}
