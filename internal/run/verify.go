package run

import (
	"context"
	"fmt"
	"time"

	"ringfence/engine/finding"
	"ringfence/internal/fleetfile"
	"ringfence/internal/runfolder"
	"ringfence/oscal/attest"
)

// Anchor is where trust comes from, and what is demanded. Key is a public key
// given by hand; MachineKeys, Reviewers and Fleet come from a fleet file. An
// empty anchor checks consistency only.
type Anchor struct {
	Key         *attest.PublicKey
	MachineKeys []string // SHA-256 of the SPKI, hex
	Reviewers   []attest.ReviewerKey
	Fleet       *fleetfile.Fleet // whose clients, tenants and promises results must be about; nil: nobody says
	MaxAge      time.Duration    // how old an as-of may be; 0: any age
	Now         time.Time        // zero: the clock's
}

func (a Anchor) empty() bool { return a.Key == nil && a.MachineKeys == nil }

func (a Anchor) now() time.Time {
	if a.Now.IsZero() {
		return time.Now()
	}
	return a.Now
}

// Problem is something wrong with one file of a run folder.
type Problem = runfolder.Problem

// Report is what verification of one run folder found. Client to AsOf are what
// the signature states, or, without one, run.json; they are empty where neither
// can be read. Collected is when the snapshot's collection ended, Signer the
// SHA-256 of the key that signed.
type Report struct {
	Dir         string         `json:"dir"`
	Client      string         `json:"client"`
	TenantID    string         `json:"tenant_id"`
	Run         string         `json:"run"`
	AsOf        string         `json:"as_of"`
	Collected   string         `json:"collected_at"`
	Signer      string         `json:"signer"`
	Counts      finding.Counts `json:"counts"`
	Conditions  []int          `json:"conditions"`
	Problems    []Problem      `json:"problems"`
	Promise     []Difference   `json:"promise"`                // where the signed promise is not the fleet file's
	TooOld      string         `json:"too_old,omitempty"`      // why the as-of is not accepted
	Anchored    bool           `json:"anchored"`               // the signature was checked against an anchor
	Signed      bool           `json:"signed"`                 // a signature was found and holds
	Reevaluated string         `json:"reevaluated"`            // "yes", or why not
	OtherEngine string         `json:"other_engine,omitempty"` // made by this engine version: verdicts compared, documents not
	Reviews     []Review       `json:"reviews"`

	judgesFleet bool // its policies are about the MSP's own tenant, too
}

func newReport(dir string) Report {
	return Report{Dir: dir, Reevaluated: "no", Conditions: []int{}, Problems: []Problem{}, Promise: []Difference{}, Reviews: []Review{}}
}

// conditions are the exit conditions that hold: 5 for anything wrong, 4 for what
// is consistent but unproven, older than asked for, or judged against another
// promise. Verdicts never change them.
func (r Report) conditions() []int {
	switch {
	case len(r.Problems) > 0:
		return []int{ExitEvidence}
	case !r.Anchored || r.Reevaluated != "yes" || len(r.Promise) > 0 || r.TooOld != "":
		return []int{ExitUndetermined}
	}

	return []int{}
}

// Code is the exit code of one folder alone.
func (r Report) Code() int { return First(r.Conditions) }

// verifier is one verification on its way.
type verifier struct {
	folder  *runfolder.Folder
	label   string // the folder's name where it has to be its client's, or ""
	anchor  Anchor
	report  Report
	reviews []string          // names of the files in review/
	digests map[string]string // of every file of the folder, reviews apart
	claim   *runfolder.Claim  // what the machine signed, nil if unsigned
	rec     *Record           // run.json
	intent  []byte            // intent.json
}

// Verify checks a run folder by itself, whatever it is called: digests and
// signature of every file before anything is parsed, then that the files belong
// together, then that the same inputs give the same bytes again. The error is
// for an interrupt; what is wrong is in the report.
func Verify(ctx context.Context, dir string, anchor Anchor) (Report, error) {
	return verifyNamed(ctx, dir, "", anchor)
}

func verifyNamed(ctx context.Context, dir, label string, anchor Anchor) (Report, error) {
	v := &verifier{label: label, anchor: anchor, report: newReport(dir)}
	err := v.steps(ctx)
	v.report.Conditions = v.report.conditions()

	return v.report, err
}

// steps go from what nothing vouches for to what the inputs prove. Each step
// relies on those before it having found nothing wrong.
func (v *verifier) steps(ctx context.Context) (err error) {
	if v.folder, err = runfolder.Open(v.report.Dir); err != nil {
		v.problem(".", "cannot be opened: %v", err)
		return nil
	}

	defer v.folder.Close()

	v.checkFiles()

	if v.sound() {
		err = v.reevaluate(ctx)
	}

	if v.report.Client != "" {
		v.checkOwner()
	}

	if err == nil && v.sound() {
		v.checkAge()
		v.checkPromise()
		v.checkReviews()
	}

	return err
}

func (v *verifier) sound() bool { return len(v.report.Problems) == 0 }

func (v *verifier) problem(file, format string, args ...any) {
	v.report.Problems = append(v.report.Problems, Problem{File: file, Message: fmt.Sprintf(format, args...)})
}

// checkFiles holds the folder's files to the machine's signature.
func (v *verifier) checkFiles() {
	sealed := v.folder.Check(runfolder.Trust{Key: v.anchor.Key, MachineKeys: v.anchor.MachineKeys})
	r := &v.report
	v.digests, v.reviews, v.claim = sealed.Digests, sealed.Reviews, sealed.Claim
	r.Problems = append(r.Problems, sealed.Problems...)

	if c := sealed.Claim; c != nil {
		r.Signed, r.Anchored, r.Signer = true, !v.anchor.empty(), sealed.Signer.SPKI()
		r.Run, r.Client, r.TenantID, r.AsOf = c.Run, c.Client, c.TenantID, c.AsOf
	}
}
