// Package runfolder owns the run folder: what is read of one, up to which size,
// what its signature says, and how its parts belong together. Names of files are
// in [ringfence/internal/runfolder/layout].
//
// A run folder may come from a stranger, and `<out>`, where runs are published,
// is written to by other processes. So nothing in either is believed before a
// digest or a signature says so:
//
//   - everything goes through os.Root, so that no name and no link leads out;
//   - a file is read only if it is a regular one, never through a link, a pipe
//     or a device, and no further than a limit;
//   - only names that we would write ourselves are taken for ours.
//
// Whoever reads a folder goes the same way, `ringfence verify` and
// ringfence-attest alike:
//
//	folder, err := runfolder.Open("out/fabrikam")
//	checked := folder.Check(runfolder.Trust{MachineKeys: keys}) // digests and signature
//	record := checked.ReadRecord()                              // run.json
//	set := checked.ReadFindings()                               // findings.json
//	checked.CheckRun(record)                                    // ... are of these inputs,
//	checked.CheckFindings(record, set)                          // ... and of one run,
//	checked.CheckOwner(record.Client, record.TenantID, fleet)   // ... of this client
//
// What is wrong is in checked.Problems; each step relies on those before it having
// found nothing. What only the policies can tell, whether the same inputs give the
// same results, is internal/run's to check.
package runfolder

import "regexp"

// Limits, in bytes, on what is read before anything vouches for it. What we
// write stays far below: a client of 3,000 devices is 10 MB in all.
const (
	// MaxSmall is for what is parsed before it is trusted: the machine's bundle and
	// key, and a run.json that only names a run.
	MaxSmall = 16 << 20
	// MaxReview is for a review or a reviewer's key: decisions on 20,000 findings fit.
	MaxReview = 4 << 20
	// MaxParsed is for what is parsed once its digest is checked.
	MaxParsed = 256 << 20
	// MaxFile is for what is hashed or copied.
	MaxFile = 1 << 30

	// maxFolder is what is hashed of one folder in all.
	maxFolder = 4 << 30
	// maxFiles is how many files are listed; a bundle has 1,024 subjects at most.
	maxFiles = 4096
	// maxReviews is how many files of review/ are listed: a hundred reviews, each
	// with its key.
	maxReviews = 200
)

var (
	uuid   = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	debris = regexp.MustCompile(`^\.(run|evaluate)-[0-9a-f]+$`)
)

// RunID reports whether a text has the form of a run id, a version 5 UUID.
func RunID(s string) bool { return uuid.MatchString(s) }

// Debris reports whether a name in `<out>` is that of a folder in which a
// publication was prepared; it stays where the process was killed.
func Debris(name string) bool { return debris.MatchString(name) }
