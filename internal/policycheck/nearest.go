package policycheck

import "github.com/agnivade/levenshtein"

// longestSlip bounds what is compared: a longer text is no slip of a finger.
const longestSlip = 64

// Nearest is the known name that a misspelt one is nearest to, or "" if none is near.
func Nearest(given string, known []string) string {
	if len(given) > longestSlip {
		return ""
	}

	nearest, limit := "", min(3, len(given)/3)+1
	for _, name := range known {
		if d := levenshtein.ComputeDistance(given, name); d < limit && name != given {
			nearest, limit = name, d
		}
	}

	return nearest
}
