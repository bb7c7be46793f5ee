package finding

import (
	"slices"
	"strings"
	"testing"
)

// TestInReadingOrder: by their place, and those without one by their ids, last.
func TestInReadingOrder(t *testing.T) {
	described := []Family{{ID: "b", Order: 2}, {ID: "c", Order: 1}, {ID: "a"}}
	var got []string
	for _, f := range InReadingOrder(described, slices.Values([]string{"a", "b", "c", "", "tape_library"})) {
		got = append(got, f.ID+f.Title)
	}
	if want := "c b Other controls a tape_libraryTape library"; strings.Join(got, " ") != want {
		t.Errorf("%v, want %s", got, want)
	}
}
