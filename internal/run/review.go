package run

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"ringfence/engine/finding"
	"ringfence/internal/runfolder"
	"ringfence/internal/runfolder/layout"
	"ringfence/oscal/attest"
)

// Review is one bundle of review/: what was decided if it counts, why it does not
// otherwise.
type Review struct {
	File       string `json:"file"`     // its path in the folder
	Reviewer   string `json:"reviewer"` // whose key signed it; "" where nobody's did
	Counts     bool   `json:"counts"`
	Reason     string `json:"reason"`      // why it does not count
	ReviewedAt string `json:"reviewed_at"` // RFC 3339; the reviewer's own word

	// Decisions counts findings by decision: attest.Confirmed, Disputed, AcceptedRisk.
	Decisions map[string]int `json:"decisions"`
	Disputed  []Disputed     `json:"disputed"`
}

// Disputed is a finding that a reviewer says is wrong, and their reason.
type Disputed struct {
	UUID    string `json:"uuid"`
	Control string `json:"control"`
	Subject string `json:"subject"`
	Note    string `json:"note"`
}

// checkReviews finds out which reviews count. A review that does not count is
// no problem of the folder: it is shown with the reason.
func (v *verifier) checkReviews(context.Context) {
	if len(v.Reviews) == 0 {
		return
	}

	set := &finding.Set{}
	if v.Lacks(layout.Findings) == "" {
		set = v.ReadFindings()
	}
	if set == nil { // which is a problem
		set = &finding.Set{}
	}

	for _, name := range v.Reviews {
		if reviewer, ok := layout.Reviewer(name); ok {
			v.report.Reviews = append(v.report.Reviews, v.readReview(reviewer, set.Findings))
		}
	}
}

// readReview reads the review that is in a reviewer's place.
func (v *verifier) readReview(reviewer string, findings []finding.Finding) Review {
	r := Review{File: layout.Review(reviewer), Decisions: map[string]int{}, Disputed: []Disputed{}}
	review, err := v.openReview(reviewer, findings)
	r.Reviewer = review.Reviewer
	if err != nil {
		r.Reason = err.Error()
		return r
	}

	r.Counts, r.ReviewedAt = true, review.ReviewedAt.UTC().Format(time.RFC3339)
	byUUID := map[string]finding.Finding{}
	for _, f := range findings {
		byUUID[f.UUID] = f
	}

	for _, d := range review.Decisions {
		r.Decisions[d.Decision]++
		if d.Decision == attest.Disputed {
			f := byUUID[d.UUID]
			r.Disputed = append(r.Disputed, Disputed{d.UUID, f.Control, f.Subject, d.Note})
		}
	}

	return r
}

// openReview reads a review, and returns an error if it does not count. A
// reviewer has one file, so that nobody is counted twice.
func (v *verifier) openReview(reviewer string, findings []finding.Finding) (attest.Review, error) {
	bundle, err := v.Folder.Read(layout.Review(reviewer), runfolder.MaxReview)
	if err != nil {
		return attest.Review{}, err
	}
	if v.anchor.Reviewers == nil {
		return attest.Review{}, errors.New("no fleet file is given that says who may review")
	}

	var uuids []string
	for _, f := range findings {
		uuids = append(uuids, f.UUID)
	}

	files := runfolder.Reviewed(v.Digests)
	review, err := attest.CheckReview(bundle, v.roster(), v.anchor.MachineKeys, files, uuids)
	switch {
	case err != nil:
		return attest.Review{}, err
	case review.Run != v.report.Run || review.Client != v.report.Client:
		return review, fmt.Errorf("is about run %s of %s", review.Run, review.Client)
	case review.Reviewer != reviewer:
		return review, fmt.Errorf("is the review of %s, and counts as %s alone",
			review.Reviewer, layout.Review(review.Reviewer))
	}

	var made time.Time
	if v.record != nil {
		made = v.record.Made()
	}

	return review, review.CheckTime(made, v.anchor.now())
}

// roster finds each reviewer's public key in review/<name>.pub. The fleet file
// holds its digest, so it does not matter who put it there.
func (v *verifier) roster() []attest.ReviewerKey {
	roster := slices.Clone(v.anchor.Reviewers)
	for i := range roster {
		pem, err := v.Folder.Read(layout.ReviewKey(roster[i].Name), runfolder.MaxReview)
		if err != nil {
			continue
		}

		key, err := attest.LoadPublicKey(pem)
		if err == nil && strings.EqualFold(key.SPKI(), roster[i].SPKI) {
			roster[i].Key = key
		}
	}

	return roster
}
