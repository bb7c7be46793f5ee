package main

import (
	"fmt"
	"slices"
	"strings"

	"ringfence/engine/finding"
)

// sets is what a control's policy says about an input, before any gate.
type sets struct {
	Subjects []string  `json:"subjects"`
	Pass     []string  `json:"pass"`
	Fail     []failure `json:"fail"`
}

type failure struct {
	Subject string `json:"subject"`
	Message string `json:"message"`
}

// differences holds what another evaluator says, by control id, against ringfence's result of
// the same client. Between them is the gate: it may hold a verdict back, and adds what was
// not seen; nothing else may differ. Entries is how many elements of sets were compared.
func differences(theirs map[string]sets, ours finding.Set) (entries int, diffs []string) {
	judged := map[string]map[string]finding.Outcome{}
	for _, c := range ours.Controls {
		judged[c.ID] = map[string]finding.Outcome{}
	}
	for _, v := range ours.Verdicts {
		judged[v.Control][v.Subject] = v.Outcome
	}

	found := map[[2]string]finding.Finding{}
	for _, f := range ours.Findings {
		found[[2]string{f.Control, f.Subject}] = f
	}

	for _, c := range ours.Controls {
		_, isAsked := theirs[c.ID]
		if notCompared := c.Outcome == finding.NotApplicable; !isAsked && !notCompared {
			diffs = append(diffs, c.ID+": they were not asked")
		}
	}
	for id := range theirs {
		if judged[id] == nil {
			diffs = append(diffs, id+": ringfence has no such control")
		}
	}

	for id, s := range theirs {
		entries += len(s.Subjects) + len(s.Pass) + len(s.Fail)
		for subject, theirs := range s.bySubject(judged[id]) {
			ours := found[[2]string{id, subject}]
			if problem := theirs.differs(judged[id][subject], ours); problem != "" {
				diffs = append(diffs, id+" "+subject+": "+problem)
			}
		}
	}

	slices.Sort(diffs)
	return entries, diffs
}

// opinion is what the sets say of one subject: in which of them it is, and with which
// messages it is in fail.
type opinion struct {
	subject, pass bool
	messages      []string
}

// bySubject are the opinions of all subjects that are in a set, and of all that ringfence has
// a verdict of.
func (s sets) bySubject(verdicts map[string]finding.Outcome) map[string]*opinion {
	all := map[string]*opinion{}
	of := func(subject string) *opinion {
		if all[subject] == nil {
			all[subject] = &opinion{}
		}
		return all[subject]
	}

	for subject := range verdicts {
		of(subject)
	}
	for _, subject := range s.Subjects {
		of(subject).subject = true
	}
	for _, subject := range s.Pass {
		of(subject).pass = true
	}
	for _, f := range s.Fail {
		of(f.Subject).messages = append(of(f.Subject).messages, f.Message)
	}

	return all
}

// differs says how an opinion differs from ringfence's verdict ("" for none) and finding, or
// "".
func (o *opinion) differs(verdict finding.Outcome, f finding.Finding) string {
	switch {
	case o.subject && verdict == "":
		return "has no verdict"
	case !o.subject && verdict != "" && verdict != finding.Undetermined:
		return string(verdict) + ", and no subject"
	case !o.pass && verdict == finding.Satisfied:
		return "satisfied, and not in pass"
	}

	isViolation := verdict == finding.NotSatisfied || f.Lead // a lead is one that the gate held back
	return o.differsOnViolation(isViolation, string(verdict), f.Message)
}

func (o *opinion) differsOnViolation(isViolation bool, verdict, message string) string {
	isLost := func(theirs string) bool { return !strings.Contains(message, theirs) }
	switch {
	case isViolation && o.pass:
		return "in pass, ringfence says that it fails"
	case isViolation && o.messages == nil:
		return verdict + ", and not in fail"
	case !isViolation && o.messages != nil:
		return "in fail, ringfence says " + verdict
	case slices.ContainsFunc(o.messages, isLost):
		return fmt.Sprintf("messages %q, ringfence says %q", o.messages, message)
	}
	return ""
}
