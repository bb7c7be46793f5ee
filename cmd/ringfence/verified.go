package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strings"

	"ringfence/collectors/snapshot"
	"ringfence/internal/run"
	"ringfence/oscal/attest"
)

// printVerification prints what verify found. All of it may be a stranger's text:
// names of files, subjects, notes of reviewers.
func (a *app) printVerification(dir string, v run.Verification) {
	a.printReports(v.Runs)
	for _, client := range v.Missing {
		why := "live in the fleet file"
		if client == snapshot.FleetClient {
			why = "the MSP's own result"
		}
		a.printf("%s: NO RESULT of %s, %s\n", dir, client, why)
	}
}

func (a *app) printReports(reports []run.Report) {
	for _, r := range reports {
		a.printf("%s: %s\n", r.Dir, headline(r))
		for _, p := range r.Problems {
			a.printf("  %s %s\n", p.File, p.Message)
		}

		a.printIdentity(r)

		for _, d := range r.Promise {
			a.printf("  promise %s: judged against %s, the fleet file says %s\n",
				d.Attribute, oneLine(d.Signed), oneLine(d.FleetFile))
		}

		for _, v := range r.Reviews {
			a.printReview(v)
		}

		if len(r.Problems) == 0 && len(r.Reviews) == 0 {
			a.print("  not reviewed by a human\n")
		}
	}
}

// headline is the verdict of verify on a run folder.
func headline(r run.Report) string {
	const (
		reproduced = "verified: every file signed, and the same inputs give the same bytes again"
		otherMaker = "verified: every file signed; engine version %s made it, " +
			"and this one gives the same verdicts (documents not compared)"
	)

	switch {
	case len(r.Problems) > 0:
		return "DOES NOT VERIFY"
	case !r.Signed:
		return "consistent, not signed, origin not checked; re-evaluated: " + r.Reevaluated
	case !r.Anchored:
		return "consistent, origin not checked (give --fleet or --key); re-evaluated: " + r.Reevaluated
	case r.Reevaluated != "yes":
		return "signature holds; not re-evaluated: " + r.Reevaluated
	case r.OtherEngine != "":
		return fmt.Sprintf(otherMaker, r.OtherEngine)
	}

	return reproduced
}

// printIdentity prints whose result it is, and of when.
func (a *app) printIdentity(r run.Report) {
	if r.Client == "" {
		return
	}

	line := func(name, format string, args ...any) {
		a.printf("  %-9s %s\n", name, fmt.Sprintf(format, args...))
	}
	line("client", "%s, tenant %s", r.Client, r.TenantID)
	if r.TooOld == "" {
		line("as of", "%s", r.AsOf)
	} else {
		line("as of", "%s: TOO OLD OR TOO NEW: %s", r.AsOf, r.TooOld)
	}

	line("collected", "%s", cmp.Or(r.Collected, "not known"))
	line("run", "%s", r.Run)
	line("signer", "%s", cmp.Or(r.Signer, "none"))

	if len(r.Problems) == 0 {
		line("verdicts", "%d not satisfied, %d undetermined, %d satisfied",
			r.Counts.NotSatisfied, r.Counts.Undetermined, r.Counts.Satisfied)
	}
}

// oneLine is a promise's value as JSON.
func oneLine(value any) string {
	if value == nil {
		return "nothing"
	}

	data, err := json.Marshal(value)
	if err != nil {
		return fmt.Sprint(value)
	}

	return string(data)
}

// printReview prints what a reviewer decided. A reviewer who disputes findings must
// not look like one who confirms them.
func (a *app) printReview(v run.Review) {
	if !v.Counts {
		a.printf("  %s does not count: %s\n", v.File, v.Reason)
		return
	}

	a.printf("  %s counts: reviewed by %s at %s: %s\n", v.File, v.Reviewer, v.ReviewedAt, decisions(v))
	for _, d := range v.Disputed {
		a.printf("    DISPUTED %s %s: %s\n", d.Control, d.Subject, d.Note)
	}
}

// decisionTexts are the decisions on findings in the order in which they are
// printed.
var decisionTexts = []struct{ decision, text string }{
	{attest.Disputed, "%d DISPUTED"},
	{attest.Confirmed, "%d confirmed"},
	{attest.AcceptedRisk, "%d accepted as a risk"},
}

// decisions is a line like "1 DISPUTED, 8 confirmed of 9 findings".
func decisions(v run.Review) string {
	all := 0
	var parts []string
	for _, d := range decisionTexts {
		if n := v.Decisions[d.decision]; n > 0 {
			all += n
			parts = append(parts, fmt.Sprintf(d.text, n))
		}
	}

	switch all {
	case 0:
		return "there was no finding to decide on"
	case v.Decisions[attest.Disputed]:
		return fmt.Sprintf("DISPUTES ALL of %d findings", all)
	}

	return fmt.Sprintf("%s of %d findings", strings.Join(parts, ", "), all)
}
