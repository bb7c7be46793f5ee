package engine

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"ringfence/engine/finding"
	"ringfence/engine/intent"
)

// addTo writes a control's verdicts into the set.
func (j *judgement) addTo(set *finding.Set) {
	c := j.control
	set.Metadata = append(set.Metadata, c.Control)
	set.Reads[c.ID] = c.plan.Datasets()
	if j.broken != nil {
		set.Errors[c.ID] = j.broken.Error()
	}
	sum := finding.Summary{ID: c.ID, Title: c.Title, Family: c.Family, Severity: c.Severity}
	for _, subject := range j.subjects() {
		outcome, lead, reason := j.verdict(subject)
		set.Verdicts = append(set.Verdicts, finding.Verdict{Control: c.ID, Subject: subject, Outcome: outcome})
		sum.Subjects.Add(outcome)
		if outcome == finding.Satisfied {
			continue
		}
		f := j.finding(set.TenantID, subject, outcome, lead, reason)
		f.Excepted = excepted(j.intent.Exceptions, f, j.asOf)
		set.Findings = append(set.Findings, f)
	}
	sum.Outcome = sum.Subjects.Outcome()
	sum.Reason = j.reason(sum)
	set.Controls = append(set.Controls, sum)
}

// subjects are the policy's subjects and our own, sorted.
func (j *judgement) subjects() []string {
	all := slices.Clone(j.answer.subjects)
	for s := range j.holes {
		all = append(all, s)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func (j *judgement) finding(tenant, subject string, outcome finding.Outcome, lead bool, reason string) finding.Finding {
	f := finding.Finding{
		UUID: finding.ObservationUUID(tenant, j.control.ID, subject), Control: j.control.ID, Subject: subject,
		Outcome: outcome, Lead: lead, Severity: j.control.Severity, Message: reason, Evidence: []string{},
	}
	if v, failed := j.answer.fail[subject]; failed && j.broken == nil {
		slices.Sort(v.messages)
		f.Message = strings.Join(slices.Compact(v.messages), "; ")
		if lead {
			f.Message += " (a lead: " + reason + ")"
		}
		f.Observed, f.Expected = one(v.observed), one(v.expected)
		slices.Sort(v.evidence)
		f.Evidence = append(f.Evidence, slices.Compact(v.evidence)...)
	}
	if own, _ := j.origin(subject); len(f.Evidence) == 0 && own != "" {
		f.Evidence = []string{subject + "#"}
	}
	return f
}

// reason says why a control as a whole is not applicable or undetermined.
func (j *judgement) reason(sum finding.Summary) string {
	switch {
	case j.broken != nil:
		return "policy error: " + j.broken.Error()
	case sum.Outcome != finding.NotApplicable:
		return ""
	}
	if what := j.notPromised(); what != "" {
		return "not promised: " + what
	}
	var looked []string
	for name := range j.control.plan.Subjects.Datasets {
		d := j.loaded[name]
		text := fmt.Sprintf("%s (%d documents", name, len(d.documents))
		if p := d.coverage.Proof; p != "" {
			text += ", proof: " + p
		}
		looked = append(looked, text+")")
	}
	slices.Sort(looked)
	if looked == nil {
		return "nothing to judge"
	}
	return "nothing to judge in " + strings.Join(looked, ", ")
}

// excepted finds the exception that covers a finding: one for its very subject
// before one for the whole control, a valid one before an expired one. Kind
// "finding" accepts a violation, "evidence-gap" that something is undetermined.
func excepted(all []intent.Exception, f finding.Finding, asOf time.Time) *finding.Excepted {
	kind := "finding"
	if f.Outcome == finding.Undetermined {
		kind = "evidence-gap"
	}
	var best *finding.Excepted
	for _, x := range all {
		if x.Control != f.Control || x.Kind != kind || x.Subject != nil && *x.Subject != f.Subject {
			continue
		}
		e := &finding.Excepted{Name: x.Name, Reason: x.Reason, ApprovedBy: x.ApprovedBy, Expires: x.Expires,
			Whole: x.Subject == nil, Expired: expired(x.Expires, asOf)}
		if best == nil || best.Expired && !e.Expired || best.Expired == e.Expired && best.Whole && !e.Whole {
			best = e
		}
	}
	return best
}

// expired: an exception holds until the end of its last day, UTC. A date that
// cannot be read accepts nothing.
func expired(date string, asOf time.Time) bool {
	day, err := time.Parse(time.DateOnly, date)
	return err != nil || !asOf.Before(day.AddDate(0, 0, 1))
}
