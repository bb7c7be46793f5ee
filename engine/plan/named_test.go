package plan

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestNamed: what comes along with a whole value is left out, at every depth.
func TestNamed(t *testing.T) {
	f := &Field{Whole: Plain, Names: map[string]*Field{
		"name": {Read: Plain},
		"tags": {Any: &Field{Whole: Negated, Names: map[string]*Field{"key": {Tested: Negated}}}},
	}}
	want := &Field{Names: map[string]*Field{
		"name": {Read: Plain},
		"tags": {Any: &Field{Names: map[string]*Field{"key": {Tested: Negated}}}},
	}}
	if diff := cmp.Diff(want, f.Named()); diff != "" {
		t.Error(diff)
	}
	if (*Field)(nil).Named() != nil {
		t.Error("something of nothing")
	}
}
