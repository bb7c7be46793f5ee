package finding

import (
	"regexp"
	"strings"
)

var foreignID = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]*([.-][A-Za-z0-9_]+)+$`)

// maxForeignID bounds such an id, in characters.
const maxForeignID = 80

// IsForeignID reports whether an id has the form of a policy of a foreign pack, which
// none of ours has: "MS.AAD.1.1v1", "main.deny_root".
func IsForeignID(id string) bool {
	return len(id) <= maxForeignID && strings.Contains(id, ".") && foreignID.MatchString(id)
}
