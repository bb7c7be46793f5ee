package policycheck

import (
	"strings"
	"testing"
)

func TestNearest(t *testing.T) {
	known := []string{"subjects", "pass", "fail", strings.Repeat("x", 100)}
	for given, want := range map[string]string{
		"subject": "subjects", "pas": "pass", "subjects": "", "p": "", "nothing": "", strings.Repeat("x", 99): "",
	} {
		if got := Nearest(given, known); got != want {
			t.Errorf("%s: %q, want %q", given, got, want)
		}
	}
}
