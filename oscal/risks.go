package oscal

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"ringfence/engine/finding"
)

// deviationApproved is the status of a risk that somebody accepted. OSCAL's list has
// it; FedRAMP's rules want an entry of the risk's log that says so.
const deviationApproved = "deviation-approved"

// risk is what a control that is not satisfied leaves, with the observations of its
// violations.
func (r *resultBuilder) risk(c assessed, violations []observationRef) risk {
	out := risk{
		UUID:              finding.UUID("risk", r.tenant, c.ID),
		Title:             title("Promise not kept: " + c.ID + " " + c.Meta.Title),
		Description:       prose(c.Meta.Description),
		Statement:         fmt.Sprintf("Subjects that are not as promised: %d.", c.Subjects.NotSatisfied),
		Props:             []property{prop("control", c.ID), prop("severity", c.Severity)},
		Status:            "open",
		Origins:           byEngine(),
		Characterizations: []characterization{{Origin: byEngine()[0], Facets: facets(c.Severity)}},
		Remediations: []response{{
			UUID:        finding.UUID("response", r.tenant, c.ID),
			Lifecycle:   "recommendation",
			Title:       "Recommended remediation",
			Description: prose(c.Meta.Remediation),
			Props:       []property{{Name: "type", Value: "mitigate"}},
			Origins:     byEngine(),
		}},
		Observations: violations,
	}

	if entries := r.riskLog(c); entries != nil {
		out.Log = &riskLog{entries}
		if allAccepted(c) {
			r.acceptRisk(&out, c)
		}
	}

	return out
}

// riskLog has an entry for every exception that matches a finding of the control,
// whatever it still accepts, with its reason, approver, expiry, and subjects.
func (r *resultBuilder) riskLog(c assessed) []riskLogEntry {
	var entries []riskLogEntry
	index := map[string]int{} // by name of the exception
	for _, f := range c.Findings {
		if f.Excepted == nil {
			continue
		}

		i, known := index[f.Excepted.Name]
		if !known {
			i = len(entries)
			index[f.Excepted.Name] = i
			entries = append(entries, r.logEntry(c, f))
		}

		entries[i].Props = append(entries[i].Props, prop("subject", f.Subject))
	}

	return entries
}

// The states of an exception, as a property of its entry in a risk's log.
const (
	exceptionApproved    = "approved"     // it accepts a violation
	exceptionGapApproved = "gap-approved" // it accepts that something is undetermined
	exceptionExpired     = "expired"      // it accepts nothing any more
)

// logEntry is an exception in a risk's log, without subjects. It starts at the as-of:
// an exception has an expiry, and no time of its approval.
func (r *resultBuilder) logEntry(c assessed, f finding.Finding) riskLogEntry {
	e := *f.Excepted
	state, name := exceptionApproved, "Deviation approved: "
	about := "In force at the as-of of this run; expires "
	switch {
	case e.Expired:
		state, name = exceptionExpired, "Exception expired: "
		about = "It accepts nothing any more; expired "
	case f.Outcome != finding.NotSatisfied:
		state, name = exceptionGapApproved, "Gap in the evidence accepted: "
	}

	return riskLogEntry{
		UUID:        finding.UUID("log-entry", r.in.RunID, c.ID, e.Name),
		Title:       line(name + e.Name),
		Description: text(e.Reason) + "\n\n" + about + line(e.Expires) + ".",
		Start:       stamp(r.end),
		Props:       slices.Insert(exceptionProps(e), 1, prop("exception-state", state)),
		LoggedBy:    []loggedBy{{r.people.approver(e.ApprovedBy), roleApprover}},
	}
}

// allAccepted reports whether valid exceptions cover every violation of a control.
func allAccepted(c assessed) bool {
	return !slices.ContainsFunc(c.Findings, func(f finding.Finding) bool {
		return f.Outcome == finding.NotSatisfied && !f.Accepted()
	})
}

// acceptRisk makes a risk an approved deviation, until the first exception for a
// violation expires.
func (r *resultBuilder) acceptRisk(out *risk, c assessed) {
	out.Status = deviationApproved
	out.Props = append(out.Props, property{
		Name: "accepted", Value: "yes", Remarks: "Accepted by exception, not remediated.",
	})

	for _, f := range c.Findings {
		if f.Outcome != finding.NotSatisfied || f.Excepted == nil {
			continue
		}
		if at := endOfDay(f.Excepted.Expires); at != "" && (out.Deadline == "" || at < out.Deadline) {
			out.Deadline = at
		}
	}

	for i := range out.Log.Entries {
		if e := &out.Log.Entries[i]; slices.Contains(e.Props, prop("exception-state", exceptionApproved)) {
			e.StatusChange = deviationApproved
		}
	}
}

// endOfDay is the last second of a date in UTC: an exception holds until then. "" if
// it is no date.
func endOfDay(date string) string {
	t, err := time.Parse(time.DateOnly, date)
	if err != nil {
		return ""
	}
	return stamp(t.Add(24*time.Hour - time.Second))
}

// rating is the likelihood and the impact of a severity, in the words of FedRAMP's
// documents: low, moderate or high. Of an unknown severity both are moderate.
var rating = map[string]struct{ likelihood, impact string }{
	"critical": {"high", "high"},
	"high":     {"moderate", "high"},
	"medium":   {"moderate", "moderate"},
	"low":      {"low", "low"},
}

func facets(severity string) []facet {
	facetOf := func(name, v string) facet {
		return facet{
			Name: name, System: coreNS, Value: value(v),
			Props:   []property{{Name: "state", Value: "initial"}},
			Remarks: "Follows from the severity in the control's METADATA; not measured for this client.",
		}
	}

	r := cmp.Or(rating[severity], rating["medium"])
	likelihood, impact := facetOf("likelihood", r.likelihood), facetOf("impact", r.impact)
	return []facet{likelihood, impact, facetOf("severity", severity)}
}
