package main

import (
	"fmt"

	"ringfence/internal/policycheck"
)

// meant is the hint for a name that is none of the known ones: the one that was
// perhaps meant, or what to do without a guess.
func meant(given string, known []string, otherwise string) string {
	if near := policycheck.Nearest(given, known); near != "" {
		return fmt.Sprintf("did you mean %q?", near)
	}
	return otherwise
}
