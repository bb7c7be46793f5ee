package main

import (
	"bytes"
	"strings"
	"testing"

	"ringfence/internal/run"
	"ringfence/oscal/attest"
)

// TestPrintReviews: one who disputes does not look like one who confirms, and
// what a reviewer wrote does nothing to a terminal.
func TestPrintReviews(t *testing.T) {
	review := func(confirmed, disputed, accepted int) run.Review {
		r := run.Review{
			File: "review/lead.sigstore.json", Reviewer: "lead", Counts: true, ReviewedAt: "2026-11-23T11:00:00Z",
			Decisions: map[string]int{
				attest.Confirmed: confirmed, attest.Disputed: disputed, attest.AcceptedRisk: accepted,
			},
		}
		for range disputed {
			r.Disputed = append(r.Disputed, run.Disputed{
				Control: "RF-T-08", Subject: "entra.users/\x1b[2J", Note: "no\nout: verified\u202e",
			})
		}
		return r
	}

	const head = "  review/lead.sigstore.json counts: reviewed by lead at 2026-11-23T11:00:00Z: "
	const some = "1 DISPUTED, 8 confirmed, 1 accepted as a risk of 10 findings\n"
	const line = `    DISPUTED RF-T-08 entra.users/\x1b[2J: no\nout: verified\u202e` + "\n"
	for name, tc := range map[string]struct {
		review run.Review
		want   string
	}{
		"confirms all":    {review(10, 0, 0), head + "10 confirmed of 10 findings\n"},
		"disputes all":    {review(0, 2, 0), head + "DISPUTES ALL of 2 findings\n" + line + line},
		"disputes some":   {review(8, 1, 1), head + some + line},
		"nothing found":   {review(0, 0, 0), head + "there was no finding to decide on\n"},
		"does not count":  {run.Review{File: "review/x", Reason: "no\x1b"}, `  review/x does not count: no\x1b` + "\n"},
		"accepts the lot": {review(0, 0, 3), head + "3 accepted as a risk of 3 findings\n"},
	} {
		var out bytes.Buffer
		(&app{stdout: &out}).printReports([]run.Report{{Dir: "out", Reviews: []run.Review{tc.review}}})

		_, got, _ := strings.Cut(out.String(), "\n")
		if got != tc.want {
			t.Errorf("%s:\n%s\nwant\n%s", name, got, tc.want)
		}
	}
}
