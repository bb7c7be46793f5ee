package report

import (
	"maps"
	"slices"
	"strings"

	"ringfence/engine/finding"
)

// Bounds of one list on the page. What is beyond them is in findings.json and
// verdicts.ndjson, so that the page of a client with 20,000 users opens at once.
const (
	shownOpen  = 5  // findings of a control that are in view
	shownItems = 25 // findings of a control on the page at all
	shownPaths = 6  // evidence pointers of a finding
)

// control is all that the page says about one control.
type control struct {
	finding.Summary
	Meta     finding.Control
	State    state
	Reads    []string
	Error    string
	Findings group // not satisfied, and leads
	Unjudged group // undetermined without a lead
}

// group is a bounded list of findings; Total counts all of them.
type group struct {
	First, Rest []item
	Total       int
	Open        int // without a valid exception
	Leads       int
}

// Hidden is the number of findings that the page leaves out.
func (g group) Hidden() int { return g.Total - len(g.First) - len(g.Rest) }

// Accepted is the number that a valid exception covers.
func (g group) Accepted() int { return g.Total - g.Open }

// item is a finding with its evidence cut to a bound.
type item struct {
	finding.Finding
	State state
	More  int // evidence pointers left out
}

func newControls(set finding.Set) []*control {
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

	var out []*control
	for _, s := range set.Controls {
		c := &control{Summary: s, Meta: meta[s.ID], Reads: set.Reads[s.ID], Error: set.Errors[s.ID]}
		c.Findings, c.Unjudged = newGroup(deviations[s.ID]), newGroup(gaps[s.ID])
		c.State = c.state(deviations[s.ID])
		out = append(out, c)
	}

	return out
}

// state of a control once valid exceptions are taken into account. A deviation
// that nobody accepted fails; then comes a lead or gap that nobody accepted.
func (c *control) state(deviations []finding.Finding) state {
	open := func(f finding.Finding) bool { return f.Outcome == finding.NotSatisfied && !f.Accepted() }
	switch {
	case slices.ContainsFunc(deviations, open):
		return failed
	case c.Findings.Open+c.Unjudged.Open > 0 || c.Error != "":
		return undetermined // leads and gaps
	case c.Findings.Total+c.Unjudged.Total > 0:
		return accepted
	}

	return outcomeState(c.Outcome)
}

// newGroup puts what is open first, then leads, then what is accepted, so that
// the bound never hides an open finding behind an accepted one.
func newGroup(list []finding.Finding) group {
	g := group{Total: len(list)}
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b finding.Finding) int { return rank(a) - rank(b) })

	for i, f := range list {
		if !f.Accepted() {
			g.Open++
		}
		if f.Lead {
			g.Leads++
		}
		switch {
		case i < shownOpen:
			g.First = append(g.First, newItem(f))
		case i < shownItems:
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

func newItem(f finding.Finding) item {
	it := item{Finding: f, State: outcomeState(f.Outcome)}
	if f.Accepted() {
		it.State = accepted
	}

	if n := len(f.Evidence); n > shownPaths {
		it.Evidence, it.More = f.Evidence[:shownPaths], n-shownPaths
	}

	return it
}

// bySeverity are the controls that keep accepts, the most severe first, then by
// id.
func bySeverity(list []*control, keep func(*control) bool) []*control {
	var out []*control
	for _, c := range list {
		if keep(c) {
			out = append(out, c)
		}
	}

	slices.SortStableFunc(out, func(a, b *control) int {
		return slices.Index(finding.Severities, b.Severity) - slices.Index(finding.Severities, a.Severity)
	})
	return out
}

// Judged reports whether the control had a subject at all.
func (c *control) Judged() bool {
	return c.Subjects.Satisfied+c.Subjects.NotSatisfied+c.Subjects.Undetermined > 0
}

// Why is the reason of a control's outcome.
func (c *control) Why() string {
	if c.Error != "" {
		return "The policy failed: " + c.Error
	}
	return c.Reason
}

// Description, Remediation and Limits are METADATA texts on one line.
func (c *control) Description() string { return flow(c.Meta.Description) }
func (c *control) Remediation() string { return flow(c.Meta.Remediation) }
func (c *control) Limits() string      { return flow(c.Meta.Limits) }

// Pages are the vendor's pages that the control rests on.
func (c *control) Pages() []string {
	var out []string
	for _, r := range c.Meta.Resources {
		out = append(out, r.Ref)
	}
	return out
}

// mapping says which controls of a standard a control supports.
type mapping struct{ Standard, IDs string }

var standards = map[string]string{
	"nist_800_53": "NIST SP 800-53",
	"iso_27001":   "ISO/IEC 27001",
	"ccm":         "CSA CCM",
	"gdpr":        "GDPR",
	"cis_m365":    "CIS Microsoft 365",
}

// Supports lists the mappings, sorted by key; one to nothing is none.
func (c *control) Supports() []mapping {
	var out []mapping
	for _, key := range slices.Sorted(maps.Keys(c.Meta.Maps)) {
		name := standards[key]
		if name == "" {
			name = key
		}

		ids := slices.DeleteFunc(slices.Clone(c.Meta.Maps[key]), func(id string) bool { return strings.TrimSpace(id) == "" })
		if len(ids) > 0 {
			out = append(out, mapping{name, strings.Join(ids, ", ")})
		}
	}

	return out
}
