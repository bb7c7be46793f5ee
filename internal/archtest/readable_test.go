package archtest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"
)

// The limits of production code. Most of it should stay well below them; who
// meets one has usually found two functions in one, or a table inside a function.
const (
	maxLines      = 60  // of a function, from "func" to its closing brace
	maxComplexity = 15  // branches of a function, function literals included, plus one
	maxColumns    = 120 // of a line, a tab counted as four
)

// production calls visit with every Go file of ours that is neither a test nor
// generated. The file's name is relative to the root of the repository.
func production(t *testing.T, visit func(name string, source []byte, positions *token.FileSet, file *ast.File)) {
	t.Helper()
	root := os.DirFS("../..")
	found := 0

	for _, top := range []string{"cmd", "collectors", "engine", "internal", "oscal", "policies"} {
		err := fs.WalkDir(root, top, func(name string, entry fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			if entry.IsDir() && entry.Name() == "testdata" {
				return fs.SkipDir
			}
			if entry.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
				return nil
			}

			source, err := fs.ReadFile(root, name)
			if err != nil {
				return err
			}

			positions := token.NewFileSet()
			file, err := parser.ParseFile(positions, name, source, parser.ParseComments|parser.SkipObjectResolution)
			if err != nil {
				return err
			}

			if found++; !ast.IsGenerated(file) {
				visit(name, source, positions, file)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}

	if found < 50 {
		t.Fatalf("found only %d files", found)
	}
}

// TestReadable holds production code to the limits above.
func TestReadable(t *testing.T) {
	production(t, func(name string, source []byte, positions *token.FileSet, file *ast.File) {
		for i, line := range strings.Split(string(source), "\n") {
			if n := columns(line); n > maxColumns {
				t.Errorf("%s:%d: %d columns, more than %d: break the line, or give a part of it a name",
					name, i+1, n, maxColumns)
			}
		}

		for _, function := range functions(file) {
			at := positions.Position(function.Pos())
			if n := positions.Position(function.Body.Rbrace).Line - at.Line + 1; n > maxLines {
				t.Errorf("%s: %s has %d lines, more than %d: move a step into a function, or a table out of it",
					at, function.Name.Name, n, maxLines)
			}
			if n := complexity(function); n > maxComplexity {
				t.Errorf("%s: %s has a cyclomatic complexity of %d, more than %d: move branches into a function, or into a table",
					at, function.Name.Name, n, maxComplexity)
			}
		}
	})
}

// columns is the width of a line, with a tab as wide as four spaces.
func columns(line string) int {
	return utf8.RuneCountInString(line) + 3*strings.Count(line, "\t")
}

// functions lists a file's functions and methods that have a body.
func functions(file *ast.File) (all []*ast.FuncDecl) {
	for _, declaration := range file.Decls {
		if function, ok := declaration.(*ast.FuncDecl); ok && function.Body != nil {
			all = append(all, function)
		}
	}
	return all
}

// complexity counts a function's branches: if, for, each case but the default,
// each && and ||; and one more for the function itself.
func complexity(function *ast.FuncDecl) int {
	n := 1
	ast.Inspect(function, func(node ast.Node) bool {
		switch node := node.(type) {
		case *ast.IfStmt, *ast.ForStmt, *ast.RangeStmt:
			n++
		case *ast.CaseClause:
			if node.List != nil {
				n++
			}
		case *ast.CommClause:
			if node.Comm != nil {
				n++
			}
		case *ast.BinaryExpr:
			if node.Op == token.LAND || node.Op == token.LOR {
				n++
			}
		}
		return true
	})

	return n
}

// TestComplexity: the count is the one that people expect.
func TestComplexity(t *testing.T) {
	for source, want := range map[string]int{
		"func f() {}": 1,
		"func f(a, b bool) { if a && b { return } }":                 3,
		"func f(n int) { for range n { if n > 1 {} } }":              3,
		"func f(n int) { switch n { case 1: case 2, 3: default: } }": 3,
		"func f(c chan int) { select { case <-c: default: } }":       2,
		"func f() { g := func(a bool) { if a {} }; g(true) }":        2,
	} {
		file, err := parser.ParseFile(token.NewFileSet(), "f.go", "package p\n"+source, 0)
		if err != nil {
			t.Fatal(err)
		}
		if got := complexity(functions(file)[0]); got != want {
			t.Errorf("%s: %d, not %d", source, got, want)
		}
	}
}

// TestNoInit: what a package does, it does when somebody calls it.
func TestNoInit(t *testing.T) {
	production(t, func(name string, _ []byte, positions *token.FileSet, file *ast.File) {
		for _, function := range functions(file) {
			if function.Name.Name == "init" && function.Recv == nil {
				t.Errorf("%s: init() runs unasked: make it a function that its users call, or sync.OnceValue",
					positions.Position(function.Pos()))
			}
		}
	})
}

// TestNoTesting: what tests need stays in tests.
func TestNoTesting(t *testing.T) {
	for _, p := range list(t, module+"/...") {
		for _, imported := range p.Imports {
			if under(imported, "testing") {
				name, _ := ours(p.ImportPath)
				t.Errorf("%s imports %s: that is for tests", name, imported)
			}
		}
	}
}

// firstSubject is the commit after which every subject has to be of the form that
// TestSubjects asks for.
const firstSubject = "3f9289a"

var subject = regexp.MustCompile(`^Merge |^[a-z0-9][a-z0-9/._-]*(, [a-z0-9][a-z0-9/._-]*)*: \S`)

// TestSubjects: a commit says in one line which area it touches and what it does
// there, for example "engine: gaps name the scope that they are about". Merges
// are not held to it.
func TestSubjects(t *testing.T) {
	shallow, err := git("rev-parse", "--is-shallow-repository")
	if err != nil || shallow != "false" {
		t.Skip("no history here: not a git checkout, or a shallow one")
	}
	if _, err := git("merge-base", "--is-ancestor", firstSubject, "HEAD"); err != nil {
		t.Skipf("%s is not in this history", firstSubject)
	}

	log, err := git("log", "--no-merges", "--format=%h %s", firstSubject+"..HEAD")
	if err != nil {
		t.Fatal(err)
	}

	for line := range strings.Lines(log) {
		commit, text, _ := strings.Cut(strings.TrimRight(line, "\n"), " ")
		if n := utf8.RuneCountInString(text); n > 72 {
			t.Errorf("commit %s: the subject has %d characters, more than 72: say the rest in the body: %s", commit, n, text)
		}
		if !subject.MatchString(text) {
			t.Errorf(`commit %s: the subject is not of the form "area: what": %s`, commit, text)
		}
	}
}
