package run

import (
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"ringfence/engine/finding"
	"ringfence/internal/runfolder"
	"ringfence/internal/runfolder/layout"
	"ringfence/oscal/attest"
)

// Review is one bundle of review/: whose it is and what they decided if it
// counts, why it does not otherwise. ReviewedAt is the reviewer's own word.
type Review struct {
	File       string         `json:"file"`
	Reviewer   string         `json:"reviewer"`
	Counts     bool           `json:"counts"`
	Reason     string         `json:"reason"`
	ReviewedAt string         `json:"reviewed_at"`
	Decisions  map[string]int `json:"decisions"` // how often each of attest.Confirmed, Disputed and AcceptedRisk
	Disputed   []Disputed     `json:"disputed"`
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
func (v *verifier) checkReviews() {
	if len(v.reviews) == 0 {
		return
	}

	var set finding.Set

	if v.digests[layout.Findings] != "" {
		v.load(layout.Findings, func(b []byte) error { return json.Unmarshal(b, &set) })
	}

	for _, name := range v.reviews {
		if reviewer, is := layout.Reviewer(name); is {
			v.report.Reviews = append(v.report.Reviews, v.review(path.Join(layout.ReviewDir, name), reviewer, set.Findings))
		}
	}
}

func (v *verifier) review(file, named string, findings []finding.Finding) Review {
	r := Review{File: file, Decisions: map[string]int{}, Disputed: []Disputed{}}
	got, err := v.openReview(file, named, findings)
	if r.Reviewer = got.Reviewer; err != nil {
		r.Reason = err.Error()
		return r
	}

	r.Counts, r.ReviewedAt = true, got.ReviewedAt.UTC().Format(time.RFC3339)
	for _, d := range got.Decisions {
		r.Decisions[d.Decision]++
		if d.Decision != attest.Disputed {
			continue
		}

		i := slices.IndexFunc(findings, func(f finding.Finding) bool { return f.UUID == d.UUID }) // CheckReview found it
		r.Disputed = append(r.Disputed, Disputed{d.UUID, findings[i].Control, findings[i].Subject, d.Note})
	}

	return r
}

// openReview reads a review, and returns an error if it does not count. A
// reviewer has one file, so that nobody is counted twice.
func (v *verifier) openReview(file, named string, findings []finding.Finding) (attest.Review, error) {
	bundle, err := v.folder.Read(file, runfolder.MaxReview)
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

	got, err := attest.CheckReview(bundle, v.roster(), v.anchor.MachineKeys, runfolder.Reviewed(v.digests), uuids)
	switch {
	case err != nil:
		return attest.Review{}, err
	case got.Run != v.report.Run || got.Client != v.report.Client:
		return got, fmt.Errorf("is about run %s of %s", got.Run, got.Client)
	case got.Reviewer != named:
		return got, fmt.Errorf("is the review of %s, and counts as %s alone", got.Reviewer, layout.Review(got.Reviewer))
	}

	return got, got.CheckTime(v.made(), v.anchor.now())
}

// made is when there was something to review: the run was written, and the time
// that it judges for had come.
func (v *verifier) made() (at time.Time) {
	if v.rec == nil {
		return at
	}
	for _, s := range []string{v.rec.AsOf, v.rec.Wall.Ended} {
		if t, err := time.Parse(time.RFC3339, s); err == nil && t.After(at) {
			at = t
		}
	}
	return at
}

// roster finds each reviewer's public key in review/<name>.pub. The fleet file
// holds its digest, so it does not matter who put it there.
func (v *verifier) roster() []attest.ReviewerKey {
	all := slices.Clone(v.anchor.Reviewers)
	for i := range all {
		pem, err := v.folder.Read(layout.ReviewKey(all[i].Name), runfolder.MaxReview)
		if err != nil {
			continue
		}
		if key, err := attest.LoadPublicKey(pem); err == nil && strings.EqualFold(key.SPKI(), all[i].SPKI) {
			all[i].Key = key
		}
	}

	return all
}
