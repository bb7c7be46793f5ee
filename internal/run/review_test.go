package run

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/sigstore/sigstore-go/pkg/sign"

	"ringfence/collectors/snapshot"
	"ringfence/engine/finding"
	"ringfence/internal/runfolder"
	"ringfence/internal/runfolder/layout"
	"ringfence/oscal/attest"
)

// reviewed is a signed run with two people who may review it.
type reviewed struct {
	dir     string
	anchor  Anchor
	set     finding.Set
	digests map[string]string
	run     string
}

func newReviewed(t *testing.T) *reviewed {
	t.Helper()
	x := &reviewed{dir: folder(t, fabrikam(t), options(machine())), digests: map[string]string{}}
	files := read(t, x.dir)
	for name, data := range files {
		x.digests[name] = snapshot.Digest([]byte(data))
	}

	var record runfolder.Record
	if err := json.Unmarshal([]byte(files[layout.Run]), &record); err != nil {
		t.Fatal(err)
	}

	if err := json.Unmarshal([]byte(files[layout.Findings]), &x.set); err != nil || len(x.set.Findings) != 2 {
		t.Fatal(err, len(x.set.Findings))
	}

	x.run = record.Run
	x.anchor = Anchor{MachineKeys: []string{machine().Public().SPKI()}, Now: now.Add(48 * time.Hour)}
	for name, key := range map[string]*attest.Key{"lead": lead(), "auditor": auditor()} {
		x.anchor.Reviewers = append(x.anchor.Reviewers, attest.ReviewerKey{Name: name, SPKI: key.Public().SPKI()})
		put(t, x.dir, layout.ReviewKey(name), string(key.Public().PEM()))
	}

	return x
}

// sign is what stock cosign does with a prepared review.
func (x *reviewed) sign(t *testing.T, key *attest.Key, r attest.Review, decisions ...string) string {
	t.Helper()
	if r.Run == "" {
		r.Run = x.run
	}
	r.Client = x.set.Client

	var uuids []string
	for i, f := range x.set.Findings {
		uuids = append(uuids, f.UUID)
		decision := decisions[min(i, len(decisions)-1)]
		r.Decisions = append(r.Decisions, attest.Decision{UUID: f.UUID, Decision: decision, Note: "because"})
	}

	statement, err := attest.PrepareReview(r, runfolder.Reviewed(x.digests), uuids)
	if err != nil {
		t.Fatal(err)
	}

	content := &sign.DSSEData{Data: statement, PayloadType: "application/vnd.in-toto+json"}
	bundle, err := sign.Bundle(content, key, sign.BundleOptions{Context: t.Context()})
	if err != nil {
		t.Fatal(err)
	}

	data, err := attest.Marshal(bundle)
	if err != nil {
		t.Fatal(err)
	}

	return string(data)
}

// TestReviewDecisions: a review that disputes is told from one that confirms.
func TestReviewDecisions(t *testing.T) {
	x := newReviewed(t)
	disputes := x.sign(t, lead(), attest.Review{Reviewer: "lead", ReviewedAt: now.Add(time.Hour)}, attest.Disputed)
	accepts := x.sign(t, auditor(), attest.Review{Reviewer: "auditor", ReviewedAt: now}, attest.Confirmed,
		attest.AcceptedRisk)
	put(t, x.dir, layout.Review("lead"), disputes)
	put(t, x.dir, layout.Review("auditor"), accepts)

	r := verified(t, x.dir, x.anchor)
	if r.Code() != ExitOK {
		t.Fatalf("%+v", r)
	}

	var disputed []Disputed
	for _, f := range x.set.Findings {
		disputed = append(disputed, Disputed{UUID: f.UUID, Control: f.Control, Subject: f.Subject, Note: "because"})
	}

	// Decisions are sorted by uuid, findings by subject.
	if len(r.Reviews) == 2 && len(r.Reviews[1].Disputed) == 2 && r.Reviews[1].Disputed[0] != disputed[0] {
		disputed[0], disputed[1] = disputed[1], disputed[0]
	}

	want := []Review{{
		File: "review/auditor.sigstore.json", Reviewer: "auditor", Counts: true, ReviewedAt: "2026-11-23T12:30:00Z",
		Decisions: map[string]int{attest.Confirmed: 1, attest.AcceptedRisk: 1}, Disputed: []Disputed{},
	}, {
		File: "review/lead.sigstore.json", Reviewer: "lead", Counts: true, ReviewedAt: "2026-11-23T13:30:00Z",
		Decisions: map[string]int{attest.Disputed: 2}, Disputed: disputed,
	}}
	if diff := cmp.Diff(want, r.Reviews); diff != "" {
		t.Error(diff)
	}
}

// TestReviewTimes: nobody reviews what is not there yet, or tomorrow.
func TestReviewTimes(t *testing.T) {
	x := newReviewed(t)
	for at, want := range map[time.Time]string{
		now:                   "",
		x.anchor.Now:          "",
		now.Add(-time.Second): "before there was something to review",
		asOf:                  "before there was something to review",
		time.Date(1999, 1, 1, 0, 0, 0, 0, time.UTC): "before there was something to review",
		x.anchor.Now.Add(time.Minute):               "still to come",
		time.Date(2999, 1, 1, 0, 0, 0, 0, time.UTC): "still to come",
	} {
		put(t, x.dir, layout.Review("lead"), x.sign(t, lead(), attest.Review{Reviewer: "lead", ReviewedAt: at},
			attest.Confirmed))
		r := verified(t, x.dir, x.anchor)
		if r.Code() != ExitOK || len(r.Reviews) != 1 {
			t.Fatalf("%s: %+v", at, r)
		}

		if got := r.Reviews[0]; got.Counts != (want == "") || !strings.Contains(got.Reason, want) {
			t.Errorf("%s: %+v, want %q", at, got, want)
		}
	}
}

// TestReviewTwice: one person's review counts once, whatever its copies are
// called, and nobody's under another name.
func TestReviewTwice(t *testing.T) {
	x := newReviewed(t)
	bundle := x.sign(t, lead(), attest.Review{Reviewer: "lead", ReviewedAt: now}, attest.Confirmed)
	for _, name := range []string{"lead", "auditor", "aaa", "zzz"} {
		put(t, x.dir, layout.Review(name), bundle)
	}

	r := verified(t, x.dir, x.anchor)
	counts := 0
	for _, v := range r.Reviews {
		if v.Counts {
			counts++
		} else if !strings.Contains(v.Reason, "is the review of lead") {
			t.Errorf("%+v", v)
		}
	}

	if r.Code() != ExitOK || len(r.Reviews) != 4 || counts != 1 {
		t.Errorf("%d of %+v", counts, r.Reviews)
	}
}

// TestReviewDoesNotCount: and is no problem of the folder.
func TestReviewDoesNotCount(t *testing.T) {
	x := newReviewed(t)
	review := attest.Review{Reviewer: "lead", ReviewedAt: now}
	otherRun := review
	otherRun.Run = madeRun
	nobody := x.anchor
	nobody.Reviewers = nil

	for name, tc := range map[string]struct {
		bundle string
		anchor Anchor
		want   string
	}{
		"another run":   {x.sign(t, lead(), otherRun, attest.Confirmed), x.anchor, "is about run 5ade74cf"},
		"a machine":     {x.sign(t, machine(), review, attest.Confirmed), x.anchor, "machine"},
		"no bundle":     {"{}", x.anchor, "bundle"},
		"no fleet file": {x.sign(t, lead(), review, attest.Confirmed), nobody, "no fleet file is given"},
	} {
		put(t, x.dir, layout.Review("lead"), tc.bundle)
		r := verified(t, x.dir, tc.anchor)
		if r.Code() != ExitOK || len(r.Reviews) != 1 || r.Reviews[0].Counts ||
			!strings.Contains(r.Reviews[0].Reason, tc.want) {
			t.Errorf("%s: %+v", name, r)
		}
	}

	// A roster's key is found by its digest, not by its name.
	put(t, x.dir, layout.Review("lead"), x.sign(t, lead(), review, attest.Confirmed))
	put(t, x.dir, layout.ReviewKey("lead"), string(auditor().Public().PEM()))
	if r := verified(t, x.dir, x.anchor); r.Code() != ExitOK || r.Reviews[0].Counts {
		t.Errorf("%+v", r.Reviews)
	}
}

// TestReviewStray: what is in review/ and no review is foreign.
func TestReviewStray(t *testing.T) {
	x := newReviewed(t)
	for _, name := range []string{"notes.txt", "lead.sigstore.json.tmp", ".pub", "x.sigstore.json\n", "Lead.pub"} {
		put(t, x.dir, "review/"+name, "x")
		has(t, verified(t, x.dir, x.anchor), "review/"+name, "is foreign")
		remove(t, x.dir, "review/"+name)
	}
}
