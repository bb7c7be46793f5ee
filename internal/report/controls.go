package report

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"ringfence/engine/finding"
)

// Limits of one list. What is beyond them is in findings.json and verdicts.ndjson,
// so that the page of a client with 20,000 users opens at once.
const (
	maxFirst    = 5  // findings of a control that are in view
	maxItems    = 25 // findings of a control on the page at all
	maxEvidence = 6  // evidence pointers of a finding
)

// Control is all that there is to say about one control.
type Control struct {
	finding.Summary

	Meta  finding.Control // its METADATA
	State State
	Reads []string // the datasets that it reads
	Error string   // why its policy failed, or ""

	Findings Group // not satisfied, and leads
	Unjudged Group // undetermined without a lead
}

// Group is a list of findings up to a limit. First are in view, Rest are shown on
// request.
type Group struct {
	First, Rest []Item

	Total int // findings in all
	Open  int // without a valid exception
	Leads int
}

// Hidden is the number of findings that are in neither list.
func (g Group) Hidden() int { return g.Total - len(g.First) - len(g.Rest) }

// Accepted is the number that a valid exception covers.
func (g Group) Accepted() int { return g.Total - g.Open }

// Item is a finding with its evidence cut to a limit.
type Item struct {
	finding.Finding

	State          State
	EvidenceHidden int // evidence pointers left out
}

// newControls joins what the set says in several places of each control.
func newControls(set finding.Set) []*Control {
	meta := map[string]finding.Control{}
	for _, m := range set.Metadata {
		meta[m.ID] = m
	}

	deviations, gaps := map[string][]finding.Finding{}, map[string][]finding.Finding{}
	for _, f := range set.Findings {
		if f.Outcome == finding.Undetermined && !f.Lead {
			gaps[f.Control] = append(gaps[f.Control], f)
		} else {
			deviations[f.Control] = append(deviations[f.Control], f)
		}
	}

	var controls []*Control
	for _, s := range set.Controls {
		c := &Control{Summary: s, Meta: meta[s.ID], Reads: set.Reads[s.ID], Error: set.Errors[s.ID]}
		c.Findings, c.Unjudged = newGroup(deviations[s.ID]), newGroup(gaps[s.ID])
		c.State = c.state(deviations[s.ID])
		controls = append(controls, c)
	}

	return controls
}

// state of a control once valid exceptions are taken into account. A deviation
// that nobody accepted fails; then comes a lead or gap that nobody accepted.
func (c *Control) state(deviations []finding.Finding) State {
	open := func(f finding.Finding) bool { return f.Outcome == finding.NotSatisfied && !f.Accepted() }
	switch {
	case slices.ContainsFunc(deviations, open):
		return Failed
	case c.Findings.Open+c.Unjudged.Open > 0 || c.Error != "":
		return Undetermined // leads and gaps
	case c.Findings.Total+c.Unjudged.Total > 0:
		return Accepted
	}

	return outcomeState(c.Outcome)
}

// leftOpen reports whether something of the control could not be judged.
func (c *Control) leftOpen() bool {
	return c.Unjudged.Total > 0 || c.Error != "" || c.Outcome == finding.Undetermined && c.Findings.Total == 0
}

// newGroup puts what is open first, then leads, then what is accepted, so that
// the limit never hides an open finding behind an accepted one.
func newGroup(findings []finding.Finding) Group {
	g := Group{Total: len(findings)}
	findings = slices.Clone(findings)
	slices.SortStableFunc(findings, func(a, b finding.Finding) int { return rank(a) - rank(b) })

	for i, f := range findings {
		if !f.Accepted() {
			g.Open++
		}
		if f.Lead {
			g.Leads++
		}

		if i < maxFirst {
			g.First = append(g.First, newItem(f))
		} else if i < maxItems {
			g.Rest = append(g.Rest, newItem(f))
		}
	}

	return g
}

func rank(f finding.Finding) int {
	switch {
	case f.Accepted():
		return 2
	case f.Lead:
		return 1
	}

	return 0
}

func newItem(f finding.Finding) Item {
	item := Item{Finding: f, State: outcomeState(f.Outcome)}
	if f.Accepted() {
		item.State = Accepted
	}

	shown := min(len(f.Evidence), maxEvidence)
	item.Evidence, item.EvidenceHidden = f.Evidence[:shown], len(f.Evidence)-shown

	return item
}

// bySeverity are the controls that keep accepts, the most severe first, then by
// id.
func bySeverity(controls []*Control, keep func(*Control) bool) []*Control {
	drop := func(c *Control) bool { return !keep(c) }
	kept := slices.DeleteFunc(slices.Clone(controls), drop)
	slices.SortStableFunc(kept, func(a, b *Control) int {
		return slices.Index(finding.Severities, b.Severity) - slices.Index(finding.Severities, a.Severity)
	})

	return kept
}

// Judged reports whether the control had a subject at all.
func (c *Control) Judged() bool { return c.Subjects.Total() > 0 }

// Why is the reason of a control's outcome.
func (c *Control) Why() string {
	if c.Error != "" {
		return "The policy failed: " + c.Error
	}

	return c.Reason
}

// Description, Remediation and Limits are METADATA texts on one line.
func (c *Control) Description() string { return oneLine(c.Meta.Description) }
func (c *Control) Remediation() string { return oneLine(c.Meta.Remediation) }
func (c *Control) Limits() string      { return oneLine(c.Meta.Limits) }

// Pages are the vendor's pages that the control rests on.
func (c *Control) Pages() []string {
	var pages []string
	for _, r := range c.Meta.Resources {
		pages = append(pages, r.Ref)
	}

	return pages
}

// Mapping says which controls of a standard a control supports: "AC-4, AC-6" of
// "NIST SP 800-53".
type Mapping struct{ Standard, IDs string }

var standards = map[string]string{
	"nist_800_53": "NIST SP 800-53",
	"iso_27001":   "ISO/IEC 27001",
	"ccm":         "CSA CCM",
	"gdpr":        "GDPR",
	"cis_m365":    "CIS Microsoft 365",
	"nis2":        "NIS2 (CIR 2024/2690)",
}

// Supports lists the mappings, sorted by key; one to nothing is none.
func (c *Control) Supports() []Mapping {
	var mappings []Mapping
	for _, key := range slices.Sorted(maps.Keys(c.Meta.Maps)) {
		name := cmp.Or(standards[key], key)
		if slices.Contains(c.Meta.Unverified, key) {
			name += " (ids not checked against a source)"
		}
		blank := func(id string) bool { return strings.TrimSpace(id) == "" }
		ids := slices.DeleteFunc(slices.Clone(c.Meta.Maps[key]), blank)
		if len(ids) > 0 {
			mappings = append(mappings, Mapping{name, strings.Join(ids, ", ")})
		}
	}

	return mappings
}
