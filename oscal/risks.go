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

// deviate records the accepted deviations. The entries start at as-of: an
// exception carries its expiry, not the time of its approval.
func (r *resultBuilder) deviate(out *risk, c ctrl) {
	var log []riskLogEntry
	var deadline string
	covered := map[string]int{}
	open := 0
	for _, f := range c.Findings {
		if f.Outcome != finding.NotSatisfied {
			continue
		}
		if !f.Accepted() {
			open++
			continue
		}
		if at := endOfDay(f.Excepted.Expires); at != "" && (deadline == "" || at < deadline) {
			deadline = at
		}
		i, known := covered[f.Excepted.Name]
		if !known {
			i = len(log)
			covered[f.Excepted.Name] = i
			log = append(log, r.logEntry(c, *f.Excepted))
		}
		log[i].Props = append(log[i].Props, prop("subject", f.Subject))
	}
	if open > 0 || len(log) == 0 {
		return
	}
	out.Status, out.Deadline, out.Log = "deviation-approved", deadline, &riskLog{log}
	out.Props = append(out.Props, property{Name: "accepted", Value: "yes", Remarks: "Accepted by exception, not remediated."})
}

func (r *resultBuilder) logEntry(c ctrl, e finding.Excepted) riskLogEntry {
	by := loggedBy{r.people.approver(r.in.Intent.MSP.TenantID, e.ApprovedBy), roleApprover}
	return riskLogEntry{
		UUID:         finding.UUID("log-entry", r.in.RunID, c.ID, e.Name),
		Title:        line("Deviation approved: " + e.Name),
		Description:  text(e.Reason) + "\n\nIn force at the as-of of this run; expires " + line(e.Expires) + ".",
		Start:        stamp(r.end),
		Props:        []property{prop("exception", e.Name), prop("exception-approver", e.ApprovedBy), prop("exception-expires", e.Expires)},
		LoggedBy:     []loggedBy{by},
		StatusChange: "deviation-approved",
	}
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
