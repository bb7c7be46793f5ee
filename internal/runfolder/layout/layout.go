// Package layout names the files of a run folder: everything that one evaluation
// of one client took in and gave out.
//
//	run.json                   which run this is; the only file with wall clock and host
//	intent.json                in: what the client was promised
//	policies.tar.gz            in: the policies that judged it
//	snapshot/manifest.json     in: what was read of the tenant, and how completely
//	snapshot/<dataset>.ndjson  in: the documents, one a line
//	records.json               in, where the promise asks: what the store knows of earlier runs
//	fleet-facts.json           in, where clients are compared: what the client hears of others
//	fleet-paths.json           in, of the fleet result: who of one client reaches another
//	findings.json              out: every finding in full
//	verdicts.ndjson            out: one line per control and subject
//	catalog.json               out: OSCAL, the controls
//	assessment-plan.json       out: OSCAL, what was assessed
//	assessment-results.json    out: OSCAL, what was found
//	report.html                out: the same for people
//	machine.pub                the machine's public key
//	assessment-results.json.sigstore.json
//	                           the machine's signature over all files above
//	review/<reviewer>.sigstore.json, review/<reviewer>.pub
//	                           added later: what a human decided, and their public key
//
// No other production code opens a file of a run folder by a name of its own: names
// are spelt elsewhere in messages and help only. The package is a leaf, so that a
// writer of documents that link to other files of the folder can import it without
// importing what reads and checks the folder (internal/runfolder).
package layout

import (
	"regexp"
	"strings"

	"ringfence/collectors/snapshot"
)

// Files and folders of a run folder, as paths in it.
const (
	Run        = "run.json"
	Intent     = "intent.json"
	Policies   = "policies.tar.gz"
	Records    = "records.json"
	FleetFacts = "fleet-facts.json"
	FleetPaths = "fleet-paths.json"
	Findings   = "findings.json"
	Verdicts   = "verdicts.ndjson"
	Catalog    = "catalog.json"
	Plan       = "assessment-plan.json"
	Results    = "assessment-results.json"
	Report     = "report.html"
	Key        = "machine.pub"
	Bundle     = Results + bundleSuffix
	Manifest   = SnapshotDir + "/" + snapshot.ManifestFile

	SnapshotDir = "snapshot"
	ReviewDir   = "review"
)

const (
	bundleSuffix = ".sigstore.json" // as cosign names a bundle beside the file that it signs
	keySuffix    = ".pub"
)

// Dataset is the path of a dataset's documents: "snapshot/entra.users.ndjson"
// for "entra.users".
func Dataset(name string) string { return SnapshotDir + "/" + snapshot.DataFile(name) }

// DatasetAt is the opposite of [Dataset]: "entra.users" for
// "snapshot/entra.users.ndjson".
func DatasetAt(path string) string {
	return strings.TrimSuffix(strings.TrimPrefix(path, SnapshotDir+"/"), snapshot.DataFile(""))
}

// Reviewed are the files that a human's review states: exactly these. The
// machine's bundle is one of them and covers every other file of the folder.
var Reviewed = []string{Bundle, Intent, Manifest, Policies, Results}

// Review is the path of a reviewer's signed review.
func Review(reviewer string) string { return ReviewDir + "/" + reviewer + bundleSuffix }

// ReviewKey is the path of a reviewer's public key.
func ReviewKey(reviewer string) string { return ReviewDir + "/" + reviewer + keySuffix }

// label is the form in which the fleet file names reviewers.
var label = regexp.MustCompile(`^[a-z][a-z0-9-]{0,62}$`)

// Reviewer is whose review a file of review/ holds, judged by its name alone:
// "alice" for "alice.sigstore.json". ok is false for any other name.
func Reviewer(name string) (reviewer string, ok bool) {
	reviewer, ok = strings.CutSuffix(name, bundleSuffix)
	return reviewer, ok && label.MatchString(reviewer)
}

// InReview reports whether a file of review/ has the name of a review or of a
// reviewer's key.
func InReview(name string) bool {
	_, isReview := Reviewer(name)
	reviewer, isKey := strings.CutSuffix(name, keySuffix)

	return isReview || isKey && label.MatchString(reviewer)
}
