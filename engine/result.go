package engine

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"ringfence/engine/finding"
	"ringfence/engine/intent"
)

// opinion is what one control says of one client: everything but which
// exceptions accept it, which is a matter of the day.
type opinion struct {
	Verdicts []finding.Verdict `json:"verdicts"`
	Findings []finding.Finding `json:"findings"`
	Reason   string            `json:"reason"`
	Error    string            `json:"error"`
}

// opinion turns the judgement into verdicts and findings, by subject.
func (j *judgement) opinion() *opinion {
	o := &opinion{}
	var counts finding.Counts
	for _, subject := range j.subjects() {
		outcome, lead, reason := j.verdict(subject)
		counts.Add(outcome)
		o.Verdicts = append(o.Verdicts, finding.Verdict{Control: j.control.ID, Subject: subject, Outcome: outcome})

		if outcome != finding.Satisfied {
			o.Findings = append(o.Findings, j.finding(subject, outcome, lead, reason))
		}
	}

	o.Reason = j.reason(counts.Outcome())

	if j.broken != nil {
		o.Error = j.broken.Error()
	}

	return o
}

// addTo writes a control's verdicts into the set.
func (o *opinion) addTo(set *finding.Set, c *control, j job) {
	set.Metadata = append(set.Metadata, c.Control)
	set.Reads[c.ID] = c.reads

	if o.Error != "" {
		set.Errors[c.ID] = o.Error
	}

	sum := finding.Summary{ID: c.ID, Title: c.Title, Family: c.Family, Severity: c.Severity, Reason: o.Reason}
	for _, v := range o.Verdicts {
		sum.Subjects.Add(v.Outcome)
	}

	for _, f := range o.Findings {
		f.Excepted = excepted(j.intent.Exceptions, f, j.asOf)
		set.Findings = append(set.Findings, f)
	}

	sum.Outcome = sum.Subjects.Outcome()
	set.Verdicts = append(set.Verdicts, o.Verdicts...)
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

func (j *judgement) finding(subject string, outcome finding.Outcome, lead bool, reason string) finding.Finding {
	f := finding.Finding{
		UUID: finding.ObservationUUID(j.intent.Client.TenantID, j.control.ID, subject), Control: j.control.ID, Subject: subject,
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
func (j *judgement) reason(outcome finding.Outcome) string {
	switch {
	case j.broken != nil:
		return "policy error: " + j.broken.Error()
	case outcome != finding.NotApplicable:
		return ""
	}

	if what := j.notPromised(); what != "" {
		return "not promised: " + what
	}

	var looked []string
	for name := range j.control.plan.Subjects.Datasets {
		d := j.taken[name]
		text := fmt.Sprintf("%s (%d documents", name, d.size())

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
