package oscal

import (
	"fmt"
	"time"

	"ringfence/engine/finding"
)

// risk is the gap that a not-satisfied control leaves. It is an approved
// deviation only when a valid exception covers every not-satisfied subject.
func (r *resultBuilder) risk(c ctrl, observed []observationRef) risk {
	out := risk{
		UUID:        finding.UUID("risk", r.tenant, c.ID),
		Title:       title("Promise not kept: " + c.ID + " " + c.Meta.Title),
		Description: prose(c.Meta.Description),
		Statement:   fmt.Sprintf("Subjects that are not as promised: %d.", c.Subjects.NotSatisfied),
		Props:       []property{prop("control", c.ID), prop("severity", c.Severity)},
		Status:      "open",
		Origins:     byTool(),
		Characterizations: []characterization{{
			Origin: byTool()[0], Facets: facets(c.Severity),
		}},
		Remediations: []response{{
			UUID: finding.UUID("response", r.tenant, c.ID), Lifecycle: "recommendation",
			Title: "Recommended remediation", Description: prose(c.Meta.Remediation),
			Props: []property{{Name: "type", Value: "mitigate"}}, Origins: byTool(),
		}},
		Observations: observed,
	}

	r.deviate(&out, c)
	return out
}

// deviate leaves a trace of every exception that matches a finding of the
// control: an entry in the risk's log, with reason, approver and expiry, whatever
// it still accepts. Only where valid ones cover all that is not as promised is
// the risk an approved deviation, until the first of them expires.
func (r *resultBuilder) deviate(out *risk, c ctrl) {
	var log []riskLogEntry
	entry := map[string]int{}
	deadline, open := "", 0
	for _, f := range c.Findings {
		if f.Outcome == finding.NotSatisfied && !f.Accepted() {
			open++
		}

		if f.Excepted == nil {
			continue
		}

		i, known := entry[f.Excepted.Name]
		if !known {
			i = len(log)
			entry[f.Excepted.Name] = i
			log = append(log, r.logEntry(c, f))
		}

		log[i].Props = append(log[i].Props, prop("subject", f.Subject))
		at := endOfDay(f.Excepted.Expires)
		if f.Outcome == finding.NotSatisfied && at != "" && (deadline == "" || at < deadline) {
			deadline = at
		}
	}

	if len(log) == 0 {
		return
	}

	out.Log = &riskLog{log}

	if open > 0 {
		return
	}

	out.Status, out.Deadline = "deviation-approved", deadline
	out.Props = append(out.Props, property{Name: "accepted", Value: "yes", Remarks: "Accepted by exception, not remediated."})

	for i := range log {
		if ownState(log[i]) == "approved" {
			log[i].StatusChange = "deviation-approved"
		}
	}
}

// logEntry is an exception in the log of a risk. It starts at as-of: an exception
// carries its expiry, not the time of its approval.
func (r *resultBuilder) logEntry(c ctrl, f finding.Finding) riskLogEntry {
	e := *f.Excepted
	state, name, about := "approved", "Deviation approved: ", "In force at the as-of of this run; expires "
	switch {
	case e.Expired:
		state, name, about = "expired", "Exception expired: ", "It accepts nothing any more; expired "
	case f.Outcome != finding.NotSatisfied:
		state, name = "gap-approved", "Gap in the evidence accepted: "
	}

	props := []property{
		prop("exception", e.Name), prop("exception-state", state), prop("exception-reason", e.Reason),
		prop("exception-approver", e.ApprovedBy), prop("exception-expires", e.Expires),
	}

	if e.Whole {
		props = append(props, prop("exception-scope", "whole-control"))
	}

	return riskLogEntry{
		UUID:        finding.UUID("log-entry", r.in.RunID, c.ID, e.Name),
		Title:       line(name + e.Name),
		Description: text(e.Reason) + "\n\n" + about + line(e.Expires) + ".",
		Start:       stamp(r.end),
		Props:       props,
		LoggedBy:    []loggedBy{{r.people.approver(r.in.Intent.MSP.TenantID, e.ApprovedBy), roleApprover}},
	}
}

// ownState is the exception-state of a log entry.
func ownState(e riskLogEntry) string {
	for _, p := range e.Props {
		if p.Name == "exception-state" {
			return p.Value
		}
	}
	return ""
}

// endOfDay is the last second of a date: an exception holds until then, UTC.
func endOfDay(date string) string {
	t, err := time.Parse(time.DateOnly, date)
	if err != nil {
		return ""
	}
	return stamp(t.Add(24*time.Hour - time.Second))
}

// facets rates likelihood and impact low, moderate or high, as FedRAMP's
// documents do. They follow from the control's severity alone.
func facets(severity string) []facet {
	likelihood, impact := "moderate", "moderate"
	switch severity {
	case "critical":
		likelihood, impact = "high", "high"
	case "high":
		impact = "high"
	case "low":
		likelihood, impact = "low", "low"
	}

	rate := func(name, v string) facet {
		return facet{
			Name: name, System: coreNS, Value: value(v),
			Props:   []property{{Name: "state", Value: "initial"}},
			Remarks: "Follows from the severity in the control's METADATA; not measured for this client.",
		}
	}

	return []facet{rate("likelihood", likelihood), rate("impact", impact), rate("severity", severity)}
}
