package run

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"ringfence/collectors/snapshot"
	"ringfence/engine/finding"
	"ringfence/engine/intent"
	"ringfence/internal/fleetfile"
	"ringfence/internal/preflight"
	"ringfence/internal/runfolder"
	"ringfence/internal/runfolder/layout"
	"ringfence/oscal/attest"
)

// RecordsSchema is the "schema" of records.json.
const RecordsSchema = "ringfence.records/1"

// Records is records.json: what a client's store knows of its runs that people reviewed, as
// policies see it (input.records). Nothing in it is believed before a signature says so: a
// run's by a machine key of the fleet file, a review's by a reviewer's of the same.
type Records struct {
	Schema   string     `json:"schema"` // [RecordsSchema]
	Client   string     `json:"client"`
	TenantID string     `json:"tenant_id"`
	Runs     []Reviewed `json:"runs"` // by id
}

// Reviewed is one run that has a review. With a Problem that is about the run as a whole, all
// but Run and Problem is empty.
type Reviewed struct {
	Run     string `json:"run"`
	Results string `json:"results"` // SHA-256 of assessment-results.json
	Kind    string `json:"kind"`    // "preflight" or "audit"
	AsOf    string `json:"as_of"`   // RFC 3339, UTC
	// Requester is who asked for it, by their own word; "" where nobody says.
	Requester string `json:"requester"`

	// Gate is the worst of what the run found of the controls of the gate (package
	// preflight), Until the last day of the first exception that it rests on, or "".
	Gate  string `json:"gate"`
	Until string `json:"until"`

	Reviews []Attestation `json:"reviews"` // those that count, by reviewer
	Problem string        `json:"problem"` // why the run, or the first other review, does not; or ""
}

// Attestation is a review that counts.
type Attestation struct {
	Reviewer   string `json:"reviewer"` // label in the fleet file
	Email      string `json:"email"`
	Org        string `json:"org"`
	ReviewedAt string `json:"reviewed_at"` // RFC 3339, UTC
	Decision   string `json:"decision"`    // disputed if one finding is, else accepted-risk, else confirmed
	Statement  string `json:"statement"`   // SHA-256 of the signed statement's bundle
}

// auditKind is what records.json calls a run that is no preflight.
const auditKind = "audit"

// Recorded reads what a store knows of a client's runs that people reviewed, for a
// judgement as of a time, as the bytes of records.json; nil where the client's promise does
// not ask for it, so that reviews change nothing of the runs of others.
func Recorded(runs Runs, fleet *fleetfile.Fleet, label string, asOf time.Time) ([]byte, error) {
	client, ok := fleet.Client(label)
	if !ok || client.Gate == nil {
		return nil, nil
	}

	ids, err := runs.Runs()
	if err != nil {
		return nil, fmt.Errorf("listing the runs of client %s: %w", label, err)
	}

	all := Records{Schema: RecordsSchema, Client: label, TenantID: client.TenantID, Runs: []Reviewed{}}
	for _, id := range slices.Sorted(slices.Values(ids)) {
		if r, reviewed := readReviewed(runs, fleet, label, id, asOf); reviewed {
			all.Runs = append(all.Runs, r)
		}
	}

	return snapshot.CanonicalFile(all)
}

// readReviewed reads a run of the store; reviewed is false where nobody reviewed it.
func readReviewed(
	runs Runs, fleet *fleetfile.Fleet, label, id string, asOf time.Time,
) (r Reviewed, reviewed bool) {
	r = Reviewed{Run: id, Reviews: []Attestation{}}
	folder, err := runs.OpenRun(id)
	if err != nil {
		r.Problem = err.Error()
		return r, true
	}
	defer folder.Close()

	if len(folder.List().Reviews) == 0 {
		return r, false
	}

	v := &verifier{
		Checked: folder.Check(runfolder.Trust{MachineKeys: append([]string{}, fleet.MSP.MachineKeys...)}),
		anchor:  Anchor{MachineKeys: fleet.MSP.MachineKeys, Reviewers: ReviewerKeys(fleet), Now: asOf},
	}
	set := v.readRun(fleet, label, id)
	if !v.Sound() {
		r.Problem = v.Problems[0].File + " " + v.Problems[0].Message
		return r, true
	}

	v.fill(&r, *set)
	for _, name := range v.Reviews {
		if reviewer, ok := layout.Reviewer(name); ok {
			v.addReview(&r, reviewer, set.Findings, fleet)
		}
	}
	return r, true
}

// readRun reads a run whose files are those that a machine of the fleet signed, and holds it
// to its id and owner. What is wrong is a problem.
func (v *verifier) readRun(fleet *fleetfile.Fleet, label, id string) (set *finding.Set) {
	if v.Sound() {
		v.record, set = v.ReadRecord(), v.ReadFindings()
	}
	if !v.Sound() {
		return set
	}

	v.CheckRun(v.record)
	v.CheckFindings(v.record, set)
	v.CheckOwner(v.record.Client, v.record.TenantID, fleet)
	if v.record.Run != id || v.record.Client != label {
		v.Problem(layout.Run, "is run %s of %s, in the place of run %s of %s",
			v.record.Run, v.record.Client, id, label)
	}
	v.Load(layout.Intent, func(data []byte) (err error) {
		v.inputs.Promise, err = intent.Parse(data)
		return err
	})
	v.report.Run, v.report.Client = v.record.Run, v.record.Client
	return set
}

// fill says what the run found.
func (v *verifier) fill(r *Reviewed, set finding.Set) {
	r.Results, r.Kind, r.AsOf = v.Digests[layout.Results], auditKind, v.record.AsOf
	r.Requester = v.record.Wall.Requester
	if v.record.Kind == runfolder.Preflight {
		r.Kind = runfolder.Preflight
	}

	asOf, _ := time.Parse(time.RFC3339, v.record.AsOf) // ReadRecord checked it
	gate, until := preflight.Gate(set, v.inputs.Promise.Tenant(), asOf)
	r.Gate, r.Until = string(gate), until
}

// addReview adds a review if it counts, or the reason why it does not.
func (v *verifier) addReview(r *Reviewed, reviewer string, findings []finding.Finding, fleet *fleetfile.Fleet) {
	review, err := v.openReview(reviewer, findings)
	if err != nil {
		if r.Problem == "" {
			r.Problem = layout.Review(reviewer) + " does not count: " + err.Error()
		}
		return
	}

	digest, err := v.Folder.Digest(layout.Review(reviewer))
	if err != nil {
		r.Problem = layout.Review(reviewer) + " " + err.Error()
		return
	}

	a := Attestation{
		Reviewer: reviewer, ReviewedAt: review.ReviewedAt.UTC().Format(time.RFC3339),
		Decision: worstDecision(review), Statement: digest,
	}
	for _, person := range fleet.Reviewers {
		if person.Name == reviewer {
			a.Email, a.Org = strings.ToLower(person.Email), person.Org
		}
	}
	r.Reviews = append(r.Reviews, a)
}

// ReviewerKeys are those who may review, without the keys themselves: these are beside each
// review.
func ReviewerKeys(fleet *fleetfile.Fleet) []attest.ReviewerKey {
	keys := []attest.ReviewerKey{}
	for _, r := range fleet.Reviewers {
		keys = append(keys, attest.ReviewerKey{Name: r.Name, SPKI: r.KeySHA256})
	}
	return keys
}

// worstDecision is the worst of a review's decisions.
func worstDecision(r attest.Review) string {
	for _, worst := range []string{attest.Disputed, attest.AcceptedRisk} {
		if slices.ContainsFunc(r.Decisions, func(d attest.Decision) bool { return d.Decision == worst }) {
			return worst
		}
	}
	return attest.Confirmed
}
