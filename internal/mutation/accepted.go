package mutation

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"strings"
)

// AcceptedFile is what a list of accepted survivors is called.
const AcceptedFile = "mutants.txt"

// Accepted are survivors that are right so, each with its reason. They are kept in a
// file of two lines each, where lines that begin with # and empty ones are skipped:
//
//	RF-K-04 fixture: keyvault.vaults: properties.enableSoftDelete null
//	    null is what Azure answers where soft delete is on.
//
// A survivor is named by the control (or the file of a library), the rule, and what
// was done; never by its line, which changes with every edit.
type Accepted map[string]string

func key(id string, s Survivor) string { return cmp.Or(id, s.File) + " " + s.Rule + ": " + s.What }

func (a Accepted) reason(id string, s Survivor) string { return a[key(id, s)] }

// ReadAccepted reads a list. An entry without a reason, and one that is there twice,
// are errors.
func ReadAccepted(from io.Reader) (Accepted, error) {
	a, entry, line := Accepted{}, "", 0
	lines := bufio.NewScanner(from)
	for lines.Scan() {
		text := lines.Text()
		line++
		switch trimmed := strings.TrimSpace(text); {
		case trimmed == "" || strings.HasPrefix(trimmed, "#"):
		case text != strings.TrimLeft(text, " \t"):
			if entry == "" {
				return nil, fmt.Errorf("line %d: a reason without a survivor above it", line)
			}
			a[entry] = strings.TrimSpace(a[entry] + " " + trimmed)
		default:
			if entry != "" && a[entry] == "" {
				return nil, fmt.Errorf("line %d: no reason is given for %q", line, entry)
			}
			if _, twice := a[trimmed]; twice {
				return nil, fmt.Errorf("line %d: %q is there twice", line, trimmed)
			}
			entry = trimmed
			a[entry] = ""
		}
	}

	if entry != "" && a[entry] == "" {
		return nil, fmt.Errorf("line %d: no reason is given for %q", line, entry)
	}
	return a, lines.Err()
}

// Entry is a survivor as a list has it, for a person to add the reason.
func (r Report) Entry(s Survivor) string { return key(r.ID, s) }
