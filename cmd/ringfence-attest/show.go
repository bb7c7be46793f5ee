package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/go-json-experiment/json"

	"ringfence/engine/finding"
	"ringfence/internal/runfolder/layout"
	"ringfence/internal/summary"
	"ringfence/internal/terminal"
	"ringfence/oscal/attest"
)

// show prints what will be signed. Everything comes from bytes whose digests
// the statement covers.
func (r *run) show(w io.Writer, who attest.ReviewerKey) error {
	controls, subjects := summary.Count(r.set.Controls), summary.Subjects(r.set.Controls)

	var b strings.Builder
	line := func(name, format string, args ...any) {
		terminal.Printf(&b, "%-10s %s\n", name, fmt.Sprintf(format, args...))
	}
	fmt.Fprintln(&b, "The machine's signature holds and covers every file of the folder.")
	line("Client", "%s (tenant %s)", r.set.Client, r.set.TenantID)
	line("Run", "%s", r.record.Run)
	line("As of", "%s", r.set.AsOf)
	line("Snapshot", "%s", r.set.Snapshot)
	line("Results", "%s", r.digests[layout.Results])
	line("Controls", "%d satisfied, %d not satisfied, %d undetermined, %d not applicable",
		controls.Satisfied, controls.NotSatisfied, controls.Undetermined, controls.NotApplicable)
	line("Subjects", "%d satisfied, %d not satisfied, %d undetermined",
		subjects.Satisfied, subjects.NotSatisfied, subjects.Undetermined)
	line("Reviewer", "%s (key %s)", who.Name, who.SPKI)
	_, err := io.WriteString(w, b.String())

	return err
}

// showFinding prints one finding in full.
func showFinding(w io.Writer, i, total int, f finding.Finding) {
	lead := ""
	if f.Lead {
		lead = "  (seen, although not all evidence was)"
	}

	terminal.Printf(w, "\n[%d/%d] %s  %s  %s%s\n", i+1, total, f.Control, f.Outcome, f.Severity, lead)
	line := func(name, value string) { terminal.Printf(w, "  %-10s %s\n", name, value) }
	line("subject", f.Subject)
	line("message", f.Message)
	line("observed", compact(f.Observed))
	line("expected", compact(f.Expected))

	for _, e := range f.Evidence {
		line("evidence", e)
	}

	if e := f.Excepted; e != nil {
		until := "until " + e.Expires
		if e.Expired {
			until = "EXPIRED " + e.Expires
		}
		line("exception", fmt.Sprintf("%s, approved by %s, %s: %s", e.Name, e.ApprovedBy, until, e.Reason))
	}

	line("uuid", f.UUID)
}

// compact is a value as JSON on one line.
func compact(v any) string {
	data, err := json.Marshal(v, json.Deterministic(true))
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(data)
}
