package run

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"ringfence/engine/finding"
	"ringfence/oscal/attest"
	"slices"
	"strings"
)

// checkReviews finds out which reviews count. A review that does not count is
// no problem of the folder: it is shown with the reason.
func (v *verifier) checkReviews() {
	entries, err := os.ReadDir(filepath.Join(v.dir, ReviewDir))
	if err != nil {
		return
	}
	var set finding.Set
	v.load(FindingsFile, func(b []byte) error { return json.Unmarshal(b, &set) })
	var uuids []string
	for _, f := range set.Findings {
		uuids = append(uuids, f.UUID)
	}
	for _, e := range entries {
		switch name := e.Name(); {
		case strings.HasSuffix(name, ".sigstore.json"):
			v.report.Reviews = append(v.report.Reviews, v.review(name, uuids))
		case !e.Type().IsRegular() || !strings.HasSuffix(name, ".pub"):
			v.problem(path.Join(ReviewDir, name), "is foreign: a review is <reviewer>.sigstore.json, with <reviewer>.pub")
		}
	}
}

func (v *verifier) review(name string, findings []string) Review {
	r := Review{File: path.Join(ReviewDir, name)}
	bundle, err := readSmall(filepath.Join(v.dir, ReviewDir, name))
	if err == nil && v.anchor.Reviewers == nil {
		err = errors.New("no fleet file is given that says who may review")
	}
	if err == nil {
		var got attest.Review
		got, err = attest.CheckReview(bundle, v.roster(), v.anchor.MachineKeys, v.digests, findings)
		if err == nil && (got.Run != v.report.Run || got.Client != v.report.Client) {
			err = fmt.Errorf("is about run %s of %s", got.Run, got.Client)
		}
		r.Reviewer = got.Reviewer
	}
	if r.Counts = err == nil; !r.Counts {
		r.Reason = err.Error()
	}
	return r
}

// roster finds each reviewer's public key in review/<name>.pub. The fleet file
// holds its digest, so it does not matter who put it there.
func (v *verifier) roster() []attest.ReviewerKey {
	all := slices.Clone(v.anchor.Reviewers)
	for i := range all {
		pem, err := readSmall(filepath.Join(v.dir, ReviewDir, all[i].Name+".pub"))
		if err != nil {
			continue
		}
		if key, err := attest.LoadPublicKey(pem); err == nil && strings.EqualFold(key.SPKI(), all[i].SPKI) {
			all[i].Key = key
		}
	}
	return all
}
