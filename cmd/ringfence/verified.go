package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strings"

	"ringfence/internal/run"
	"ringfence/internal/terminal"
	"ringfence/oscal/attest"
)

// printVerification prints what verify found. Everything in it may be a
// stranger's: names of files, subjects, notes.
func (a *app) printVerification(dir string, v run.Verification) {
	a.printReports(v.Runs)
	for _, client := range v.Missing {
		what := "live in the fleet file"
		if client == "fleet" {
			what = "the MSP's own result"
		}
		terminal.Printf(a.stdout, "%s: NO RESULT of %s, %s\n", dir, client, what)
	}
}

func (a *app) printReports(reports []run.Report) {
	for _, r := range reports {
		terminal.Printf(a.stdout, "%s: %s\n", r.Dir, headline(r))
		for _, p := range r.Problems {
			terminal.Printf(a.stdout, "  %s %s\n", p.File, p.Message)
		}

		a.printIdentity(r)

		for _, d := range r.Promise {
			terminal.Printf(a.stdout, "  promise %s: judged against %s, the fleet file says %s\n", d.Attribute, value(d.Signed), value(d.FleetFile))
		}

		for _, v := range r.Reviews {
			a.printReview(v)
		}

		if len(r.Problems) == 0 && len(r.Reviews) == 0 {
			terminal.Printf(a.stdout, "  not reviewed by a human\n")
		}
	}
}

// printIdentity says whose result it is, and of when.
func (a *app) printIdentity(r run.Report) {
	line := func(name, format string, args ...any) {
		terminal.Printf(a.stdout, "  %-9s %s\n", name, fmt.Sprintf(format, args...))
	}
	if r.Client == "" {
		return
	}

	line("client", "%s, tenant %s", r.Client, r.TenantID)

	if r.TooOld != "" {
		line("as of", "%s: TOO OLD OR TOO NEW: %s", r.AsOf, r.TooOld)
	} else {
		line("as of", "%s", r.AsOf)
	}

	line("collected", "%s", cmp.Or(r.Collected, "not known"))
	line("run", "%s", r.Run)
	line("signer", "%s", cmp.Or(r.Signer, "none"))

	if len(r.Problems) == 0 {
		line("verdicts", "%d not satisfied, %d undetermined, %d satisfied", r.Counts.NotSatisfied, r.Counts.Undetermined, r.Counts.Satisfied)
	}
}

// value is a promise's value on one line.
func value(v any) string {
	if v == nil {
		return "nothing"
	}

	data, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}

	return string(data)
}

// printReview says what a reviewer decided: one who disputes must not look like
// one who confirms.
func (a *app) printReview(v run.Review) {
	if !v.Counts {
		terminal.Printf(a.stdout, "  %s does not count: %s\n", v.File, v.Reason)
		return
	}
	terminal.Printf(a.stdout, "  %s counts: reviewed by %s at %s: %s\n", v.File, v.Reviewer, v.ReviewedAt, decided(v))
	for _, d := range v.Disputed {
		terminal.Printf(a.stdout, "    DISPUTED %s %s: %s\n", d.Control, d.Subject, d.Note)
	}
}

func decided(v run.Review) string {
	all, disputed := 0, v.Decisions[attest.Disputed]
	var parts []string
	for _, d := range []struct{ decision, text string }{
		{attest.Disputed, "%d DISPUTED"}, {attest.Confirmed, "%d confirmed"}, {attest.AcceptedRisk, "%d accepted as a risk"},
	} {
		if n := v.Decisions[d.decision]; n > 0 {
			all += n
			parts = append(parts, fmt.Sprintf(d.text, n))
		}
	}

	switch {
	case all == 0:
		return "there was no finding to decide on"
	case disputed == all:
		return fmt.Sprintf("DISPUTES ALL of %d findings", all)
	}

	return strings.Join(parts, ", ") + fmt.Sprintf(" of %d findings", all)
}

func headline(r run.Report) string {
	switch {
	case len(r.Problems) > 0:
		return "DOES NOT VERIFY"
	case !r.Signed:
		return "consistent, not signed, origin not checked; re-evaluated: " + r.Reevaluated
	case !r.Anchored:
		return "consistent, origin not checked (give --fleet or --key); re-evaluated: " + r.Reevaluated
	case r.OtherEngine != "" && r.Reevaluated == "yes":
		return "verified: every file signed; engine version " + r.OtherEngine + " made it, and this one gives the same verdicts (documents not compared)"
	case r.Reevaluated != "yes":
		return "signature holds; not re-evaluated: " + r.Reevaluated
	}

	return "verified: every file signed, and the same inputs give the same bytes again"
}
