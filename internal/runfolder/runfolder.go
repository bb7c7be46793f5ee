// Package runfolder reads and writes run folders where others can write, too: a
// folder that a stranger handed over, and `<out>`, where any process of the
// MSP's may have been. Nothing in such a place is believed before a digest or a
// signature says so:
//
//   - everything goes through os.Root, so that no name and no link leads out;
//   - a file is read only if it is a regular one, never through a link, a pipe
//     or a device, and no further than a bound;
//   - only names that we would write ourselves are taken for ours.
package runfolder

import (
	"regexp"
)

// Bounds, in bytes, on what is read before anything vouches for it. What we
// write stays far below: a client of 3,000 devices is 10 MB in all.
const (
	MaxSmall   = 16 << 20 // what is parsed before it is trusted: a bundle, a key, run.json
	MaxReview  = 4 << 20  // decisions on 20,000 findings fit
	MaxParsed  = 256 << 20
	MaxFile    = 1 << 30
	maxFolder  = 4 << 30
	maxFiles   = 4096 // a bundle has 1,024 subjects at most
	maxReviews = 200  // with their keys
)

// label is how the fleet file names clients and reviewers; uuid a version 5
// UUID, the one kind of run id that there is.
var (
	label  = regexp.MustCompile(`^[a-z][a-z0-9-]{0,62}$`)
	uuid   = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	debris = regexp.MustCompile(`^\.(run|evaluate)-[0-9a-f]+$`)
)

// RunID reports whether a text has the form of a run id.
func RunID(s string) bool { return uuid.MatchString(s) }

// Debris reports whether a name in `<out>` is one of a publication that was
// killed.
func Debris(name string) bool { return debris.MatchString(name) }
