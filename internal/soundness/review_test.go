package soundness

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/sigstore/sigstore-go/pkg/sign"

	"ringfence/collectors/snapshot"
	"ringfence/engine/finding"
	"ringfence/internal/run"
	"ringfence/internal/runfolder"
	"ringfence/internal/runfolder/layout"
	"ringfence/oscal/attest"
)

// reviewed is a signed run with two people who may review it.
type reviewed struct {
	dir       string
	lead, aud *attest.Key
	anchor    run.Anchor
	set       finding.Set
	digests   map[string]string
	run       string
}

func newReviewed(t *testing.T) *reviewed {
	t.Helper()
	_, dir, machine := oneRun(t)
	x := &reviewed{dir: dir, lead: newKey(t), aud: newKey(t), digests: map[string]string{}}
	files := contents(t, dir)
	for name, data := range files {
		x.digests[name] = snapshot.Digest([]byte(data))
	}

	var rec runfolder.Record
	if err := json.Unmarshal([]byte(files[layout.Run]), &rec); err != nil {
		t.Fatal(err)
	}

	if err := json.Unmarshal([]byte(files[layout.Findings]), &x.set); err != nil || len(x.set.Findings) < 2 {
		t.Fatal(err, len(x.set.Findings))
	}

	x.run = rec.Run
	x.anchor = run.Anchor{MachineKeys: []string{machine.Public().SPKI()}, Now: now.Add(48 * time.Hour)}
	for name, key := range map[string]*attest.Key{"lead": x.lead, "auditor": x.aud} {
		x.anchor.Reviewers = append(x.anchor.Reviewers, attest.ReviewerKey{Name: name, SPKI: key.Public().SPKI()})
		x.put(t, name+".pub", key.Public().PEM())
	}

	return x
}

func (x *reviewed) put(t *testing.T, name string, data []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Join(x.dir, layout.ReviewDir), 0o755); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(x.dir, layout.ReviewDir, name), data)
}

// sign is what stock cosign does with a prepared review.
func (x *reviewed) sign(t *testing.T, key *attest.Key, reviewer string, at time.Time, decision func(i int) string) []byte {
	t.Helper()
	r := attest.Review{Run: x.run, Client: x.set.Client, Reviewer: reviewer, ReviewedAt: at}
	var uuids []string
	for i, f := range x.set.Findings {
		uuids = append(uuids, f.UUID)
		r.Decisions = append(r.Decisions, attest.Decision{UUID: f.UUID, Decision: decision(i), Note: "because"})
	}

	statement, err := attest.PrepareReview(r, runfolder.Reviewed(x.digests), uuids)
	if err != nil {
		t.Fatal(err)
	}

	bundle, err := sign.Bundle(&sign.DSSEData{Data: statement, PayloadType: "application/vnd.in-toto+json"}, key, sign.BundleOptions{Context: context.Background()})
	if err != nil {
		t.Fatal(err)
	}

	data, err := attest.Marshal(bundle)
	if err != nil {
		t.Fatal(err)
	}

	return data
}

func always(decision string) func(int) string { return func(int) string { return decision } }

// TestReviewDecisions: a review that disputes is told from one that confirms.
func TestReviewDecisions(t *testing.T) {
	x := newReviewed(t)
	n := len(x.set.Findings)
	x.put(t, "lead.sigstore.json", x.sign(t, x.lead, "lead", now.Add(time.Hour), always(attest.Disputed)))
	x.put(t, "auditor.sigstore.json", x.sign(t, x.aud, "auditor", now, func(i int) string {
		return []string{attest.Confirmed, attest.AcceptedRisk, attest.Disputed}[min(i, 2)]
	}))

	r := verify(t, x.dir, x.anchor)
	if r.Code() != run.ExitOK || len(r.Reviews) != 2 || !r.Reviews[0].Counts || !r.Reviews[1].Counts {
		t.Fatalf("%+v", r)
	}

	auditor, lead := r.Reviews[0], r.Reviews[1]
	if diff := cmp.Diff(map[string]int{attest.Disputed: n}, lead.Decisions); diff != "" || len(lead.Disputed) != n {
		t.Errorf("%s %d", diff, len(lead.Disputed))
	}

	if diff := cmp.Diff(map[string]int{attest.Confirmed: 1, attest.AcceptedRisk: 1, attest.Disputed: n - 2}, auditor.Decisions); diff != "" {
		t.Error(diff)
	}

	disputed := map[string]run.Disputed{}
	for _, d := range lead.Disputed {
		disputed[d.UUID] = d
	}

	f := x.set.Findings[0]
	if diff := cmp.Diff(run.Disputed{UUID: f.UUID, Control: f.Control, Subject: f.Subject, Note: "because"}, disputed[f.UUID]); diff != "" {
		t.Error(diff)
	}

	if lead.ReviewedAt != "2026-11-23T11:00:00Z" {
		t.Error(lead.ReviewedAt)
	}
}

// TestReviewTimes: nobody reviews what is not there yet, or tomorrow.
func TestReviewTimes(t *testing.T) {
	x := newReviewed(t)
	for at, want := range map[time.Time]string{
		now:                   "",
		x.anchor.Now:          "",
		now.Add(-time.Second): "before there was something to review",
		time.Date(1999, 1, 1, 0, 0, 0, 0, time.UTC): "before there was something to review",
		x.anchor.Now.Add(time.Minute):               "still to come",
		time.Date(2999, 1, 1, 0, 0, 0, 0, time.UTC): "still to come",
	} {
		x.put(t, "lead.sigstore.json", x.sign(t, x.lead, "lead", at, always(attest.Confirmed)))
		r := verify(t, x.dir, x.anchor)
		if r.Code() != run.ExitOK || len(r.Reviews) != 1 {
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
	bundle := x.sign(t, x.lead, "lead", now, always(attest.Confirmed))
	for _, name := range []string{"lead", "auditor", "aaa", "zzz"} {
		x.put(t, name+".sigstore.json", bundle)
	}

	r := verify(t, x.dir, x.anchor)
	counts := 0
	for _, v := range r.Reviews {
		if v.Counts {
			counts++
		} else if !strings.Contains(v.Reason, "is the review of lead") {
			t.Errorf("%+v", v)
		}
	}

	if r.Code() != run.ExitOK || len(r.Reviews) != 4 || counts != 1 {
		t.Errorf("%d of %+v", counts, r.Reviews)
	}
}

// TestReviewStray: what is in review/ and no review is foreign.
func TestReviewStray(t *testing.T) {
	x := newReviewed(t)
	for _, name := range []string{"notes.txt", "lead.sigstore.json.tmp", ".pub", "x.sigstore.json\n", "Lead.pub"} {
		x.put(t, name, []byte("x"))
		named(t, verify(t, x.dir, x.anchor), "review/"+name, name)
		if err := os.Remove(filepath.Join(x.dir, layout.ReviewDir, name)); err != nil {
			t.Fatal(err)
		}
	}
}
