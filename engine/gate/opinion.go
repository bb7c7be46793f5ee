package gate

import (
	"fmt"
	"slices"
	"strings"

	"ringfence/engine/finding"
	"ringfence/engine/query"
)

// opinion turns the judgement into verdicts and findings, by subject.
func (j *judgement) opinion() *finding.Opinion {
	o := &finding.Opinion{}
	var counts finding.Counts
	for _, subject := range j.subjects() {
		outcome, lead, reason := j.verdict(subject)
		counts.Add(outcome)
		v := finding.Verdict{Control: j.control.ID, Subject: subject, Outcome: outcome}
		o.Verdicts = append(o.Verdicts, v)
		if outcome != finding.Satisfied {
			o.Findings = append(o.Findings, j.finding(subject, outcome, lead, reason))
		}
	}

	o.Reason = j.reason(counts.Outcome())
	if j.Failure != nil {
		o.Error = j.Failure.Error()
	}

	return o
}

// subjects are the policy's subjects and our own, sorted.
func (j *judgement) subjects() []string {
	all := slices.Clone(j.Answer.Subjects)
	for s := range j.holes {
		all = append(all, s)
	}

	slices.Sort(all)
	return slices.Compact(all)
}

func (j *judgement) finding(
	subject string, outcome finding.Outcome, lead bool, reason string,
) finding.Finding {
	f := finding.Finding{
		UUID:     finding.ObservationUUID(j.Client.TenantID, j.control.ID, subject),
		Control:  j.control.ID,
		Subject:  subject,
		Outcome:  outcome,
		Lead:     lead,
		Severity: j.control.Severity,
		Message:  reason,
		Evidence: []string{},
	}

	if v, failed := j.Answer.Fail[subject]; failed && j.Failure == nil {
		f.Message = strings.Join(union(v.Messages, nil), "; ")
		if lead {
			f.Message += " (a lead: " + reason + ")"
		}

		f.Observed, f.Expected = query.One(v.Observed), query.One(v.Expected)
		f.Evidence = append(f.Evidence, union(v.Evidence, nil)...)
	}

	if own, _ := j.origin(subject); len(f.Evidence) == 0 && own != "" {
		f.Evidence = []string{subject + "#"}
	}

	return f
}

// reason says why a control as a whole is not applicable or undetermined.
func (j *judgement) reason(outcome finding.Outcome) string {
	if j.Failure != nil {
		return "policy error: " + j.Failure.Error()
	}
	if outcome != finding.NotApplicable {
		return ""
	}
	if what := j.notPromised(); what != "" {
		return "not promised: " + what
	}

	var seen []string
	for name := range j.control.Plan.Subjects.Datasets {
		d := j.Taken[name]
		text := fmt.Sprintf("%s (%d documents", name, d.Size())
		if d.Coverage.Proof != "" {
			text += ", proof: " + d.Coverage.Proof
		}
		seen = append(seen, text+")")
	}

	if seen == nil {
		return "nothing to judge"
	}

	slices.Sort(seen)
	return "nothing to judge in " + strings.Join(seen, ", ")
}
