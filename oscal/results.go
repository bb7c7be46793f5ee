package oscal

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"ringfence/engine/finding"
	"ringfence/internal/runfolder/layout"
)

// results is the document of one result: one run on one tenant.
func (b *builder) results() resultsFile {
	r := &resultBuilder{
		builder: b,
		defined: map[string]bool{},
		files:   b.linksTo(append(slices.Clone(alwaysLinked), layout.Catalog, layout.Plan)...),
	}

	for _, c := range b.controls {
		if c.Outcome != finding.NotApplicable {
			r.addControl(c)
		}
	}

	return resultsFile{assessmentResults{
		UUID:       finding.UUID("document", b.in.RunID, layout.Results),
		Metadata:   b.metadata("ringfence assessment results"),
		ImportAP:   imported{Href: r.files.href(layout.Plan)},
		Results:    []result{r.result()},
		BackMatter: r.files.backMatter(),
	}}
}

// resultBuilder collects the parts of a result, control by control.
type resultBuilder struct {
	*builder
	files   *links
	defined map[string]bool // uuids of the subjects in components and items

	components   []component
	items        []inventoryItem
	observations []observation
	risks        []risk
	findings     []oscalFinding
}

// addControl adds what was found of a control: its observations, the finding that
// cites them, and the risk that it leaves.
func (r *resultBuilder) addControl(c assessed) {
	var all, violations []observationRef
	for _, f := range c.Findings {
		o := r.observe(c, f)
		r.observations = append(r.observations, o)
		all = append(all, observationRef{o.UUID})

		if f.Outcome == finding.NotSatisfied {
			violations = append(violations, observationRef{o.UUID})
		}
	}

	if len(c.Satisfied) > 0 || len(c.Findings) == 0 {
		o := r.summarize(c)
		r.observations = append(r.observations, o)
		all = append(all, observationRef{o.UUID})
	}

	f := r.finding(c, all)
	if c.Outcome == finding.NotSatisfied {
		risk := r.risk(c, violations)
		r.risks = append(r.risks, risk)
		f.Risks = []riskRef{{risk.UUID}}
	}
	r.findings = append(r.findings, f)
}

// stateOf is how OSCAL says an outcome. Its state is one of two, so the reason, and
// the property outcome, tell what is undetermined from what is not satisfied.
var stateOf = map[finding.Outcome]targetStatus{
	finding.Satisfied:    {State: "satisfied", Reason: "pass"},
	finding.NotSatisfied: {State: "not-satisfied", Reason: "fail"},
	finding.Undetermined: {State: "not-satisfied", Reason: "other"},
}

// finding is a control's verdict.
func (r *resultBuilder) finding(c assessed, observed []observationRef) oscalFinding {
	status := cmp.Or(stateOf[c.Outcome], stateOf[finding.Undetermined])
	if c.Reason != "" {
		status.Remarks = text(c.Reason)
	}

	about := fmt.Sprintf("Subjects: %d satisfied, %d not satisfied, %d undetermined.",
		c.Subjects.Satisfied, c.Subjects.NotSatisfied, c.Subjects.Undetermined)
	if c.Error != "" {
		about += " Policy error: " + text(c.Error)
	}

	outcome := prop("outcome", string(c.Outcome))
	props := []property{outcome, prop("severity", c.Severity), prop("control", c.ID)}
	if n := accepted(c.Findings); n > 0 {
		props = append(props, prop("excepted", fmt.Sprint(n)))
	}

	return oscalFinding{
		UUID:         finding.UUID("finding", r.tenant, c.ID),
		Title:        title(c.ID + " " + c.Meta.Title),
		Description:  about,
		Props:        props,
		Origins:      byEngine(),
		Target:       target{"objective-id", c.objective(), title(c.Meta.Title), status},
		Observations: observed,
	}
}

// accepted counts the findings that a valid exception covers.
func accepted(findings []finding.Finding) (n int) {
	for _, f := range findings {
		if f.Accepted() {
			n++
		}
	}
	return n
}

func (r *resultBuilder) result() result {
	return result{
		UUID:  finding.UUID("result", r.in.RunID),
		Title: line("Run on " + r.in.Set.Client + " as of " + stamp(r.end)),
		Description: "Machine verdicts on one tenant, from one snapshot, one intent and one policy set. " +
			"They are not a review: a review is a person's own signed statement about this document.",
		Start: stamp(r.start),
		End:   stamp(r.end),
		Props: append([]property{prop("promise", "stated-by-msp")}, r.cloudProps()...),
		Links: []link{
			r.files.reference(layout.Intent, "What was promised"),
			r.files.reference(layout.Manifest, "What was collected"),
			r.files.reference(layout.Policies, "What was evaluated"),
			r.files.reference(layout.Findings, "Every finding in full"),
			r.files.reference(layout.Verdicts, "Every verdict"),
			r.files.reference(layout.Catalog, "The controls"),
		},
		LocalDefinitions: resultDefinitions{
			Components:     append([]component{r.tenantComponent()}, r.components...),
			InventoryItems: r.items,
			Assets:         r.assets(),
		},
		ReviewedControls: r.reviewed(),
		Observations:     r.observations,
		Risks:            r.risks,
		Findings:         r.findings,
		Remarks:          r.remarks(),
	}
}

// reviewed are the controls that were assessed. One that is not applicable is
// excluded; OSCAL has no remarks of an excluded control, so the selection says why.
func (r *resultBuilder) reviewed() reviewedControls {
	var s controlSelection
	var included []assessed
	var reasons []string
	for _, c := range r.controls {
		if c.Outcome != finding.NotApplicable {
			included = append(included, c)
			s.Include = append(s.Include, controlID{c.Token})
			continue
		}

		reason := cmp.Or(c.Reason, "nothing to judge in complete evidence")
		s.Exclude = append(s.Exclude, controlID{c.Token})
		s.Props = append(s.Props, classProp("not-applicable", c.Token, reason))
		reasons = append(reasons, "- "+line(c.ID)+": "+text(reason))
	}

	if len(reasons) > 0 {
		s.Remarks = "Not applicable, and so not assessed:\n\n" + strings.Join(reasons, "\n")
	}
	if len(included) == 0 { // OSCAL has no empty selection
		s.All = &struct{}{}
	}

	return reviewedControls{
		Description: "Controls of the catalog in this run folder.",
		Links:       []link{r.files.reference(layout.Catalog, "The catalog")},
		Selections:  []controlSelection{s},
		Objectives:  objectives(included),
	}
}
