// Command unwatched prints what "go test" has to run without the race detector after
// "go test -race -short ./..." has passed: the tests that ask package effort, or
// testing.Short, how much to do, themselves or through a function of their package. All
// others have done everything under the detector already.
//
//	go test $(go run ./internal/effort/unwatched)
//
// It prints one -run for all packages, and the packages: those with the most such tests
// first, since "go test" begins them in this order, and what takes longest must not begin
// last. That a package without such a test has one of the same name does no harm.
package main

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"log"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

func main() {
	log.SetFlags(0)
	tests, packages, err := find(os.DirFS("."))
	if err != nil {
		log.Fatal("unwatched: ", err)
	}

	fmt.Printf("-run=^(%s)$ %s\n", strings.Join(tests, "|"), strings.Join(packages, " "))
}

// find returns the names of the tests of a module that ask, and the packages that have
// such ones ("./engine").
func find(module fs.FS) (tests, packages []string, err error) {
	folders := map[string][]*ast.File{} // the files of tests
	err = fs.WalkDir(module, ".", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && path != "." && strings.ContainsAny(d.Name()[:1], "._"), d.Name() == "testdata":
			return fs.SkipDir
		case d.IsDir() || !strings.HasSuffix(path, "_test.go"):
			return nil
		}

		text, err := fs.ReadFile(module, path)
		if err != nil {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, text, parser.SkipObjectResolution)
		if err != nil {
			return err
		}

		folder := filepath.ToSlash(filepath.Dir(path))
		folders[folder] = append(folders[folder], file)
		return nil
	})

	number := map[string]int{} // of tests that ask, by package
	for folder, files := range folders {
		found := asking(files)
		if len(found) > 0 {
			number["./"+folder] = len(found)
		}
		tests = append(tests, found...)
	}

	slices.Sort(tests)
	packages = slices.SortedFunc(maps.Keys(number), func(a, b string) int {
		return cmp.Or(number[b]-number[a], strings.Compare(a, b))
	})
	return slices.Compact(tests), packages, err
}

// asking are the tests of a package that ask.
func asking(files []*ast.File) (tests []string) {
	bodies := map[string]ast.Node{} // of functions, methods, and what variables are set to
	for _, file := range files {
		for _, d := range file.Decls {
			collect(d, bodies)
		}
	}

	asks := map[string]bool{}
	for changed := true; changed; {
		changed = false
		for name, body := range bodies {
			if !asks[name] && mentions(body, asks) {
				asks[name], changed = true, true
			}
		}
	}

	for name := range asks {
		if strings.HasPrefix(name, "Test") && name != "TestMain" {
			tests = append(tests, name)
		}
	}
	return tests
}

// collect files what a declaration declares under its name. Methods of the same name are
// one: rather a test too many than one too few.
func collect(d ast.Decl, bodies map[string]ast.Node) {
	add := func(name string, n ast.Node) {
		list, _ := bodies[name].(*ast.BlockStmt)
		if list == nil {
			list = &ast.BlockStmt{}
			bodies[name] = list
		}
		switch n := n.(type) {
		case *ast.BlockStmt:
			list.List = append(list.List, n)
		case ast.Expr:
			list.List = append(list.List, &ast.ExprStmt{X: n})
		}
	}

	switch d := d.(type) {
	case *ast.FuncDecl:
		if d.Body != nil {
			add(d.Name.Name, d.Body)
		}
	case *ast.GenDecl:
		for _, s := range d.Specs {
			v, isValue := s.(*ast.ValueSpec)
			for i := 0; isValue && i < len(v.Values) && i < len(v.Names); i++ {
				add(v.Names[i].Name, v.Values[i])
			}
		}
	}
}

// mentions reports whether code uses package effort, testing.Short, or one of some names.
func mentions(code ast.Node, names map[string]bool) (found bool) {
	ast.Inspect(code, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			x, _ := n.X.(*ast.Ident)
			isEffort := x != nil && x.Name == "effort"
			isShort := x != nil && x.Name == "testing" && n.Sel.Name == "Short"
			found = found || isEffort || isShort
		case *ast.Ident:
			found = found || names[n.Name]
		}
		return !found
	})
	return found
}
