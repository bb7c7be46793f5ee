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

// differences holds what another evaluator says, per control id, against
// ringfence's result of the same client. Between them is the gate: it may hold
// a verdict back, and adds what was not seen; nothing else may differ. n is how
// many entries of sets were compared.
func differences(said map[string]sets, set finding.Set) (n int, diffs []string) {
	judged := map[string]map[string]finding.Outcome{}
	for _, c := range set.Controls {
		judged[c.ID] = map[string]finding.Outcome{}
	}

	for _, v := range set.Verdicts {
		judged[v.Control][v.Subject] = v.Outcome
	}

	found := map[string]finding.Finding{}
	for _, f := range set.Findings {
		found[f.Control+"\n"+f.Subject] = f
	}

	if len(said) != len(judged) {
		diffs = append(diffs, fmt.Sprintf("%d controls, ringfence has %d", len(said), len(judged)))
	}

	for id, s := range said {
		c := comparison{id: id, sets: s, verdicts: judged[id], found: found}
		c.subjects()
		c.passes()
		c.failures()
		n += len(s.Subjects) + len(s.Pass) + len(s.Fail)
		diffs = append(diffs, c.diffs...)
	}

	slices.Sort(diffs)
	return n, diffs
}

type comparison struct {
	id string
	sets
	verdicts map[string]finding.Outcome
	found    map[string]finding.Finding // by control and subject
	diffs    []string
}

func (c *comparison) differ(subject, what string) {
	c.diffs = append(c.diffs, c.id+" "+subject+": "+what)
}

// subjects: all are judged, and only what was not seen is judged beside them.
func (c *comparison) subjects() {
	known := map[string]bool{}
	for _, s := range c.Subjects {
		known[s] = true
		if c.verdicts[s] == "" {
			c.differ(s, "has no verdict")
		}
	}

	for s, outcome := range c.verdicts {
		if !known[s] && outcome != finding.Undetermined {
			c.differ(s, string(outcome)+", and no subject")
		}
	}
}

// passes: each is satisfied or held back, and nothing else is satisfied.
func (c *comparison) passes() {
	passed := map[string]bool{}
	for _, s := range c.Pass {
		passed[s] = true
		if c.verdicts[s] == finding.NotSatisfied || c.lead(s) {
			c.differ(s, "in pass, ringfence says it fails")
		}
	}

	for s, outcome := range c.verdicts {
		if outcome == finding.Satisfied && !passed[s] {
			c.differ(s, "satisfied, and not in pass")
		}
	}
}

// failures: each is not satisfied or a lead, with its message, and nothing else
// is.
func (c *comparison) failures() {
	failed := map[string]bool{}
	for _, f := range c.Fail {
		failed[f.Subject] = true
		got := c.found[c.id+"\n"+f.Subject]
		if got.Outcome != finding.NotSatisfied && !got.Lead {
			c.differ(f.Subject, "in fail, ringfence says "+string(c.verdicts[f.Subject]))
		} else if !strings.Contains(got.Message, f.Message) {
			c.differ(f.Subject, fmt.Sprintf("message %q, ringfence says %q", f.Message, got.Message))
		}
	}

	for s, outcome := range c.verdicts {
		if (outcome == finding.NotSatisfied || c.lead(s)) && !failed[s] {
			c.differ(s, string(outcome)+", and not in fail")
		}
	}
}

func (c *comparison) lead(subject string) bool { return c.found[c.id+"\n"+subject].Lead }
