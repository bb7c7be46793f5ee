package run

import (
	"context"
	"time"

	"ringfence/engine/finding"
	"ringfence/internal/fleetfile"
	"ringfence/internal/runfolder"
	"ringfence/oscal/attest"
)

// Anchor is where trust comes from, and what is demanded. The zero value checks
// consistency only.
type Anchor struct {
	// Whose signature is demanded: one public key given by hand, or the keys of a
	// fleet file, by the SHA-256 of their SPKI in hex.
	Key         *attest.PublicKey
	MachineKeys []string

	// Reviewers are who may review; nil: nobody says, and no review counts.
	Reviewers []attest.ReviewerKey
	// Fleet is whose clients, tenants and promises results must be about; nil: nobody
	// says.
	Fleet *fleetfile.Fleet

	MaxAge time.Duration // how old an as-of may be; 0: any age
	Now    time.Time     // zero: the clock's
}

func (a Anchor) trust() runfolder.Trust {
	return runfolder.Trust{Key: a.Key, MachineKeys: a.MachineKeys}
}

func (a Anchor) now() time.Time {
	if a.Now.IsZero() {
		return time.Now()
	}

	return a.Now
}

// Report is what verification of one run folder found.
type Report struct {
	Dir string `json:"dir"`

	// Whose result it is and of when: what the signature states, or, without one,
	// run.json; empty where neither can be read. Collected is when the snapshot's
	// collection ended, Signer the SHA-256 of the key that signed.
	Client    string         `json:"client"`
	TenantID  string         `json:"tenant_id"`
	Run       string         `json:"run"`
	AsOf      string         `json:"as_of"`
	Collected string         `json:"collected_at"`
	Signer    string         `json:"signer"`
	Counts    finding.Counts `json:"counts"`

	// What is wrong with it. Promise is where the promise that it was judged against is
	// not the fleet file's; TooOld why its as-of is not accepted.
	Conditions []int               `json:"conditions"`
	Problems   []runfolder.Problem `json:"problems"`
	Promise    []Difference        `json:"promise"`
	TooOld     string              `json:"too_old,omitempty"`

	// What was done to find out. Signed: there is a signature, and it holds; Anchored:
	// it is by a key of the anchor. Reevaluated is "yes", or why not. OtherEngine is
	// the engine version that made the folder where it is not this one: of such a
	// folder verdicts were compared, and documents not.
	Anchored    bool     `json:"anchored"`
	Signed      bool     `json:"signed"`
	Reevaluated string   `json:"reevaluated"`
	OtherEngine string   `json:"other_engine,omitempty"`
	Reviews     []Review `json:"reviews"`

	judgesFleet bool // its policies are about the MSP's own tenant, too
}

func newReport(dir string) Report {
	return Report{
		Dir: dir, Reevaluated: "no",
		Conditions: []int{}, Problems: []runfolder.Problem{}, Promise: []Difference{}, Reviews: []Review{},
	}
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

// verifier is one verification on its way: each step reads what the steps before
// it have left.
type verifier struct {
	*runfolder.Checked // the folder; what is wrong with it is added to its Problems

	label  string // the folder's name where it has to be its client's, or ""
	anchor Anchor
	report Report

	policies *Policies // what was loaded for other folders

	record   *runfolder.Record // run.json
	promise  []byte            // intent.json
	inputs   Inputs            // what the result follows from
	unjudged string            // why the inputs cannot be evaluated again, or ""
	rendered *Rendered         // what they give
}

// steps are what verification does after the files were held to the signature
// (Check of [runfolder.Folder]), in order: first what is cheap to read, then what
// needs an evaluation. What ringfence-attest checks, too, is done by methods of
// [runfolder.Checked].
var steps = []struct {
	name  string
	needs func(*verifier) bool // the step is left out where this does not hold
	do    func(*verifier, context.Context)
}{
	{"take what was signed", always, (*verifier).readClaim},
	{"find the inputs", sound, (*verifier).findInputs},
	{"read run.json", evaluable, (*verifier).readRecord},
	{"read the snapshot", evaluable, (*verifier).readSnapshot},
	{"read promise and policies", evaluable, (*verifier).readInputs},
	{"evaluate again", evaluable, (*verifier).evaluate},
	{"compare with what is there", evaluated, (*verifier).compare},
	{"hold it to its owner", known, (*verifier).checkOwner},
	{"hold it to its age", sound, (*verifier).checkAge},
	{"hold it to today's promise", sound, (*verifier).checkPromise},
	{"find the reviews that count", sound, (*verifier).checkReviews},
}

func always(*verifier) bool      { return true }
func sound(v *verifier) bool     { return v.Sound() }
func evaluable(v *verifier) bool { return v.Sound() && v.unjudged == "" }
func evaluated(v *verifier) bool { return v.rendered != nil }
func known(v *verifier) bool     { return v.report.Client != "" }

// Verify checks a run folder by itself, whatever it is called: digests and
// signature of every file before anything is parsed, then that the files belong
// together, then that the same inputs give the same bytes again. The error is
// for an interrupt; what is wrong is in the report.
func Verify(ctx context.Context, dir string, anchor Anchor) (Report, error) {
	return new(Policies).Verify(ctx, dir, anchor)
}

// verifyNamed is [Verify] of a folder whose name has to be its client's, label.
func verifyNamed(ctx context.Context, dir, label string, anchor Anchor, loaded *Policies) (Report, error) {
	v := &verifier{
		Checked: &runfolder.Checked{}, label: label, anchor: anchor, policies: loaded, report: newReport(dir),
	}
	err := v.verify(ctx)
	v.report.Problems = append(v.report.Problems, v.Problems...)
	v.report.Conditions = v.report.conditions()

	return v.report, err
}

func (v *verifier) verify(ctx context.Context) error {
	folder, err := runfolder.Open(v.report.Dir)
	if err != nil {
		v.Problem(".", "cannot be opened: %v", err)
		return nil
	}
	defer folder.Close()

	v.Checked = folder.Check(v.anchor.trust())
	for _, step := range steps {
		if ctx.Err() == nil && step.needs(v) {
			step.do(v, ctx)
		}
	}

	return ctx.Err()
}

// readClaim takes from the signature whose result it is.
func (v *verifier) readClaim(context.Context) {
	if c := v.Claim; c != nil {
		r := &v.report
		r.Signed, r.Anchored, r.Signer = true, !v.anchor.trust().Empty(), v.Signer.SPKI()
		r.Run, r.Client, r.TenantID, r.AsOf = c.Run, c.Client, c.TenantID, c.AsOf
	}
}
