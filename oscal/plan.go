package oscal

import (
	"strings"

	"ringfence/engine/finding"
	"ringfence/internal/runfolder/layout"
)

// plan is generated with the results, so that what they import is something real:
// what was assessed, with which tools, and from which intent.
func (b *builder) plan() planFile {
	files := b.linksTo(layout.Intent, layout.Policies, layout.Catalog)
	tenant := b.tenantComponent()
	subjects := []assessmentSubject{{
		Type:    typeComponent,
		Include: []subjectRef{{SubjectUUID: tenant.UUID, Type: typeComponent}},
	}}

	evaluation := activity{
		UUID:  finding.UUID("activity", b.in.RunID, "evaluate"),
		Title: "Evaluate policies",
		Description: "Policies give a verdict for every subject of every control. " +
			"A verdict stands only on complete evidence.",
		Props:   []property{{Name: "method", Value: "TEST"}},
		Related: reviewedControls{Selections: b.plannedSelection()},
	}

	return planFile{plan{
		UUID:     finding.UUID("document", b.in.RunID, layout.Plan),
		Metadata: b.planMetadata(),
		ImportSSP: imported{
			Href: files.href(layout.Intent),
			Remarks: "There is no system security plan. The fleet intent, what this client was promised, " +
				"stands in for it: " + layout.Intent + " with the digest in the back matter.",
		},
		LocalDefinitions: planDefinitions{[]component{tenant}, []activity{evaluation}},
		ReviewedControls: b.plannedControls(files),
		Subjects:         subjects,
		Assets:           b.assets(),
		Tasks:            b.tasks(associatedActivity{evaluation.UUID, subjects}),
		BackMatter:       files.backMatter(),
	}}
}

// madeWithResults says what a plan that a machine makes is not: evidence that
// somebody planned before.
const madeWithResults = "This plan was made with the results, " +
	"after the evidence was collected and in the same run. It records what was assessed and how; " +
	"it does not show that anybody planned or approved it before."

func (b *builder) planMetadata() metadata {
	m := b.metadata("ringfence assessment plan, made with the results")
	m.Props = append(m.Props, prop("made", "with-the-results"))
	m.Remarks = strings.TrimSpace(madeWithResults + "\n\n" + m.Remarks)

	return m
}

// tasks are the two steps of a run: collect, then evaluate.
func (b *builder) tasks(evaluation associatedActivity) []task {
	collect := task{
		UUID:  finding.UUID("task", b.in.RunID, "collect"),
		Type:  "action",
		Title: "Collect",
		Description: "Read the tenant's configuration through read-only APIs, " +
			"or from saved answers of them, into a snapshot with the coverage of every dataset.",
		Timing: &timing{Within: &dateRange{stamp(b.start), stamp(b.end)}},
	}

	evaluate := task{
		UUID:        finding.UUID("task", b.in.RunID, "evaluate"),
		Type:        "action",
		Title:       "Evaluate",
		Description: "Evaluate every control on the snapshot and the intent, as of the time given.",
		Timing:      &timing{OnDate: &onDate{stamp(b.end)}},
		DependsOn:   []dependency{{collect.UUID}},
		Activities:  []associatedActivity{evaluation},
	}

	return []task{collect, evaluate}
}

// plannedSelection is every control. Of an empty policy set it is include-all, since
// OSCAL has no empty selection.
func (b *builder) plannedSelection() []controlSelection {
	s := controlSelection{Description: "Every control of the policy set."}
	for _, c := range b.controls {
		s.Include = append(s.Include, controlID{c.Token})
	}

	if len(s.Include) == 0 {
		s.All = &struct{}{}
	}

	return []controlSelection{s}
}

// plannedControls are all controls, with the parameters that the intent sets otherwise
// than the catalog.
func (b *builder) plannedControls(files *links) reviewedControls {
	reviewed := reviewedControls{
		Description: "All controls of the catalog that this run was made with.",
		Links:       []link{files.reference(layout.Catalog, "The catalog")},
		Selections:  b.plannedSelection(),
		Objectives:  objectives(b.controls),
	}
	for _, c := range b.controls {
		params := b.in.Intent.Client.Params[c.ID]
		for _, name := range sortedKeys(params) {
			set := classProp("param", paramID(c.Token, name), plain(params[name]))
			reviewed.Props = append(reviewed.Props, set)
		}
	}

	return reviewed
}

// objectives are those of the controls; nil for none.
func objectives(controls []assessed) []objectiveSelection {
	if len(controls) == 0 {
		return nil
	}

	var s objectiveSelection
	for _, c := range controls {
		s.Include = append(s.Include, objectiveID{c.objective()})
	}

	return []objectiveSelection{s}
}

// The uuids of the tools are the same in every document of every run.
var (
	engineUUID    = finding.UUID("component", "ringfence-engine")
	opaUUID       = finding.UUID("component", "open-policy-agent")
	collectorUUID = finding.UUID("component", "ringfence-collector")
	platformUUID  = finding.UUID("assessment-platform", "ringfence")
)

// assets are the tools. OPA's version follows from the engine's.
func (b *builder) assets() assessmentAssets {
	return assessmentAssets{
		Components: []component{
			tool(engineUUID, "ringfence engine", b.in.EngineVersion,
				"Gives the verdicts: a pure function of "+
					"snapshot, intent, policies, engine version and as-of."),
			tool(opaUUID, "Open Policy Agent", "",
				"Evaluates the Rego policies; part of the ringfence engine, whose version fixes its own."),
			tool(collectorUUID, "ringfence collector", b.in.Manifest.Tool,
				"Reads tenants through read-only APIs, or imports saved answers of them."),
		},
		Platforms: []platform{{
			UUID:  platformUUID,
			Title: "ringfence",
			Uses:  []usedComponent{{engineUUID}, {opaUUID}, {collectorUUID}},
		}},
	}
}

// tool is a program; without a version, "".
func tool(id, name, version, about string) component {
	c := component{
		UUID:        id,
		Type:        "software",
		Title:       name,
		Description: about,
		Status:      componentStatus{State: "operational"},
	}
	if version != "" {
		c.Props = []property{{Name: "version", Value: value(version)}}
	}
	return c
}

// byEngine is the origin of everything that the engine says.
func byEngine() []origin { return []origin{{[]actor{{"tool", engineUUID}}}} }
