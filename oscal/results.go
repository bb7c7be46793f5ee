package oscal

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"ringfence/engine/finding"
)

// results builds assessment-results.json: one result of one run on one tenant.
func (b *builder) results() resultsFile {
	r := &resultBuilder{
		builder: b, seen: map[string]bool{},
		files: b.linked(intentFile, manifestFile, policiesFile, findingsFile, verdictsFile, CatalogFile, PlanFile),
	}

	for _, c := range b.controls {
		if c.Outcome != finding.NotApplicable {
			r.addControl(c)
		}
	}

	res := r.result()
	return resultsFile{assessmentResults{
		UUID:     finding.UUID("document", b.in.RunID, ResultsFile),
		Metadata: b.metadata("ringfence assessment results"),
		ImportAP: imported{Href: r.files.href(PlanFile)},
		Results:  []result{res}, BackMatter: r.files.backMatter(),
	}}
}

// resultBuilder collects the parts of a result, control by control.
type resultBuilder struct {
	*builder
	files        *linked
	seen         map[string]bool // uuids of subjects that are defined
	components   []component
	items        []inventoryItem
	observations []observation
	risks        []risk
	findings     []oscalFinding
}

func (r *resultBuilder) addControl(c ctrl) {
	var all, bad []observationRef
	for _, f := range c.Findings {
		o := r.observe(c, f)
		r.observations = append(r.observations, o)
		all = append(all, observationRef{o.UUID})

		if f.Outcome == finding.NotSatisfied {
			bad = append(bad, observationRef{o.UUID})
		}
	}

	if len(c.Seen) > 0 || len(c.Findings) == 0 {
		o := r.summarize(c)
		r.observations = append(r.observations, o)
		all = append(all, observationRef{o.UUID})
	}

	f := r.finding(c, all)

	if c.Outcome == finding.NotSatisfied {
		risk := r.risk(c, bad)
		f.Risks = []riskRef{{risk.UUID}}
		r.risks = append(r.risks, risk)
	}

	r.findings = append(r.findings, f)
}

// finding is a control's verdict. Undetermined is never satisfied: OSCAL's
// state is a closed pair, so the reason and a property tell it apart.
func (r *resultBuilder) finding(c ctrl, observed []observationRef) oscalFinding {
	status := targetStatus{State: "not-satisfied", Reason: "other"}
	switch c.Outcome {
	case finding.Satisfied:
		status.State, status.Reason = "satisfied", "pass"
	case finding.NotSatisfied:
		status.Reason = "fail"
	}

	about := fmt.Sprintf("Subjects: %d satisfied, %d not satisfied, %d undetermined.", c.Subjects.Satisfied, c.Subjects.NotSatisfied, c.Subjects.Undetermined)

	if c.Reason != "" {
		status.Remarks = text(c.Reason)
	}

	if c.Error != "" {
		about += " Policy error: " + text(c.Error)
	}

	props := []property{prop("outcome", string(c.Outcome)), prop("severity", c.Severity), prop("control", c.ID)}

	if n := accepted(c.Findings); n > 0 {
		props = append(props, prop("excepted", fmt.Sprint(n)))
	}

	return oscalFinding{
		UUID:         finding.UUID("finding", r.tenant, c.ID),
		Title:        title(c.ID + " " + c.Meta.Title),
		Description:  about,
		Props:        props,
		Origins:      byTool(),
		Target:       target{Type: "objective-id", TargetID: c.objective(), Title: title(c.Meta.Title), Status: status},
		Observations: observed,
	}
}

func accepted(findings []finding.Finding) (n int) {
	for _, f := range findings {
		if f.Accepted() {
			n++
		}
	}
	return n
}

func (r *resultBuilder) result() result {
	props := append([]property{prop("promise", "stated-by-msp")}, r.cloudProps()...)
	refs := []link{}
	for _, l := range [][2]string{
		{intentFile, "What was promised"}, {manifestFile, "What was collected"},
		{policiesFile, "What was evaluated"}, {findingsFile, "Every finding in full"},
		{verdictsFile, "Every verdict"}, {CatalogFile, "The controls"},
	} {
		refs = append(refs, link{Href: r.files.href(l[0]), Rel: "reference", Text: l[1]})
	}

	tenant := r.tenantComponent()
	return result{
		UUID:  finding.UUID("result", r.in.RunID),
		Title: line("Run on " + r.in.Set.Client + " as of " + stamp(r.end)),
		Description: "Machine verdicts on one tenant, from one snapshot, one intent and one policy set. " +
			"They are not a review: a review is a person's own signed statement about this document.",
		Start: stamp(r.start), End: stamp(r.end),
		Props: props, Links: refs,
		LocalDefinitions: resultDefinitions{
			Components:     append([]component{tenant}, r.components...),
			InventoryItems: r.items,
			Assets:         r.assets(),
		},
		ReviewedControls: r.reviewed(),
		Observations:     r.observations, Risks: r.risks, Findings: r.findings,
		Remarks: r.remarks(),
	}
}

// reviewed lists what was assessed; a not-applicable control is excluded, and
// the selection says why (excluded controls have no remarks of their own).
func (r *resultBuilder) reviewed() reviewedControls {
	rc := reviewedControls{
		Description: "Controls of the catalog in this run folder.",
		Links:       []link{{Href: r.files.href(CatalogFile), Rel: "reference", Text: "The catalog"}},
	}

	var s controlSelection
	var why []string
	for _, c := range r.controls {
		if c.Outcome != finding.NotApplicable {
			s.Include = append(s.Include, controlID{c.Token})
			rc.Objectives = objectives(rc.Objectives, c)
			continue
		}

		reason := c.Reason
		if reason == "" {
			reason = "nothing to judge in complete evidence"
		}

		s.Exclude = append(s.Exclude, controlID{c.Token})
		s.Props = append(s.Props, classProp("not-applicable", c.Token, reason))
		why = append(why, "- "+line(c.ID)+": "+text(reason))
	}

	if len(why) > 0 {
		s.Remarks = "Not applicable, and so not assessed:\n\n" + strings.Join(why, "\n")
	}

	if s.Include == nil {
		s.All = &struct{}{}
	}

	rc.Selections = []controlSelection{s}
	return rc
}

// collected is when a dataset was read: its ended_at, or the result's start.
func (b *builder) collected(dataset string) time.Time {
	if t, err := time.Parse(time.RFC3339, b.in.Manifest.Datasets[dataset].EndedAt); err == nil {
		return t.UTC()
	}
	return b.start
}

// expires is when evidence passes the client's max_age, or "" when it already
// had at as-of: OSCAL has no observation that expired before its result ended.
func (b *builder) expires(collected time.Time) string {
	if at := collected.Add(b.maxAge); at.After(b.end) {
		return stamp(at)
	}
	return ""
}

// expired says so where expires cannot.
func (b *builder) expired(collected time.Time) []property {
	if b.expires(collected) != "" {
		return nil
	}
	return []property{prop("expired-at", stamp(collected.Add(b.maxAge)))}
}

// holes are the datasets that a control reads and that are not complete.
func (b *builder) holes(c ctrl) []string {
	return slices.DeleteFunc(slices.Clone(b.in.Set.Reads[c.ID]), func(d string) bool {
		return b.judged(d).Complete()
	})
}
