package main

import (
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

// TestFind: who asks through a function, a method or a variable asks, too.
func TestFind(t *testing.T) {
	file := func(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte("package p\n" + text)} }
	module := fstest.MapFS{
		"a/a_test.go": file(`
			func TestPlain(t *testing.T)  { plain(t) }
			func TestAsks(t *testing.T)   { effort.WithoutRace(t) }
			func TestShort(t *testing.T)  { if testing.Short() { return } }
			func TestHelped(t *testing.T) { helper(t) }
			func TestMethod(t *testing.T) { world{}.some() }
			func TestShared(t *testing.T) { <-shared }`),
		"a/help_test.go": file(`
			var shared = sync.OnceValue(func() int { return effort.Of(1, 2, 3) })
			func helper(t *testing.T) { deeper(t) }
			func deeper(t *testing.T) { _ = effort.Racing() }
			func plain(t *testing.T)  { other.Of(1) }
			func (w world) some() int { return effort.Of(1, 2, 3) }`),
		"b/b_test.go":          file(`func TestNothing(t *testing.T) {}`),
		"A/one_test.go":        file(`func TestOne(t *testing.T) { effort.WithoutRace(t) }`),
		"b/testdata/x_test.go": file(`func TestData(t *testing.T) { effort.WithoutRace(t) }`),
	}

	tests, packages, err := find(module)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"TestAsks", "TestHelped", "TestMethod", "TestOne", "TestShared", "TestShort"}
	if diff := cmp.Diff(tests, want); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(packages, []string{"./a", "./A"}); diff != "" {
		t.Error(diff)
	}
}
