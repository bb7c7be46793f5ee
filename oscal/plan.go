package oscal

import (
	"strings"

	"ringfence/engine/finding"
)

// plan is generated from the policy set, so that the results' import-ap names
// something real: what will be assessed, with which tools, from which intent.
func (b *builder) plan() planFile {
	files := b.linked(intentFile, policiesFile, CatalogFile)
	tenant := b.tenantComponent()

	collect := task{
		UUID: finding.UUID("task", b.in.RunID, "collect"), Type: "action", Title: "Collect",
		Description: "Read the tenant's configuration through read-only APIs, or from saved answers of them, into a snapshot with the coverage of every dataset.",
		Timing:      &timing{Within: &dateRange{stamp(b.start), stamp(b.end)}},
	}

	subjects := []assessmentSubject{{Type: "component", Include: []subjectRef{{SubjectUUID: tenant.UUID, Type: "component"}}}}
	activityID := finding.UUID("activity", b.in.RunID, "evaluate")
	evaluate := task{
		UUID: finding.UUID("task", b.in.RunID, "evaluate"), Type: "action", Title: "Evaluate",
		Description: "Evaluate every control on the snapshot and the intent, as of the time given.",
		Timing:      &timing{OnDate: &onDate{stamp(b.end)}},
		DependsOn:   []dependency{{collect.UUID}},
		Activities:  []associatedActivity{{activityID, subjects}},
	}

	return planFile{plan{
		UUID:     finding.UUID("document", b.in.RunID, PlanFile),
		Metadata: b.planMetadata(),
		ImportSSP: imported{
			Href:    files.href(intentFile),
			Remarks: "There is no system security plan. The fleet intent, what this client was promised, stands in for it: " + intentFile + " with the digest in the back matter.",
		},
		LocalDefinitions: planDefinitions{
			Components: []component{tenant},
			Activities: []activity{{
				UUID: activityID, Title: "Evaluate policies",
				Description: "Policies give a verdict for every subject of every control. A verdict stands only on complete evidence.",
				Props:       []property{{Name: "method", Value: "TEST"}},
				Related:     reviewedControls{Selections: b.planned()},
			}},
		},
		ReviewedControls: b.plannedControls(files),
		Subjects:         subjects,
		Assets:           b.assets(),
		Tasks:            []task{collect, evaluate},
		BackMatter:       files.backMatter(),
	}}
}

// madeWithResults says what a plan that a machine makes is not: evidence that
// somebody planned before.
const madeWithResults = "This plan was made with the results, after the evidence was collected and in the same run. " +
	"It records what was assessed and how; it does not show that anybody planned or approved it before."

func (b *builder) planMetadata() metadata {
	m := b.metadata("ringfence assessment plan, made with the results")
	m.Props = append(m.Props, prop("made", "with-the-results"))
	m.Remarks = strings.TrimSpace(madeWithResults + "\n\n" + m.Remarks)

	return m
}

func (b *builder) planned() []controlSelection {
	s := controlSelection{Description: "Every control of the policy set."}
	for _, c := range b.controls {
		s.Include = append(s.Include, controlID{c.Token})
	}

	if len(s.Include) == 0 {
		s.All = &struct{}{}
	}

	return []controlSelection{s}
}

// plannedControls also says which parameters the intent sets otherwise than the
// catalog's defaults.
func (b *builder) plannedControls(files *linked) reviewedControls {
	rc := reviewedControls{
		Description: "All controls of the catalog that this run was made with.",
		Links:       []link{{Href: files.href(CatalogFile), Rel: "reference", Text: "The catalog"}},
		Selections:  b.planned(),
	}
	for _, c := range b.controls {
		rc.Objectives = objectives(rc.Objectives, c)
		set := b.in.Intent.Client.Params[c.ID]
		for _, name := range sortedKeys(set) {
			rc.Props = append(rc.Props, classProp("param", c.Token+"_prm_"+token(name), plain(set[name])))
		}
	}

	return rc
}

func objectives(have []objectiveSelection, c ctrl) []objectiveSelection {
	if have == nil {
		have = []objectiveSelection{{}}
	}
	have[0].Include = append(have[0].Include, objectiveID{c.objective()})
	return have
}

// Stable uuids of the tools: the same in every document of every run.
var (
	engineUUID    = finding.UUID("component", "ringfence-engine")
	opaUUID       = finding.UUID("component", "open-policy-agent")
	collectorUUID = finding.UUID("component", "ringfence-collector")
	platformUUID  = finding.UUID("assessment-platform", "ringfence")
)

// assets are the tools. OPA's version is fixed by the engine version.
func (b *builder) assets() assessmentAssets {
	tool := func(id, name, about, version string) component {
		c := component{UUID: id, Type: "software", Title: name, Description: about, Status: componentStatus{State: "operational"}}
		if version != "" {
			c.Props = []property{{Name: "version", Value: value(version)}}
		}
		return c
	}

	return assessmentAssets{
		Components: []component{
			tool(engineUUID, "ringfence engine", "Gives the verdicts: a pure function of snapshot, intent, policies, engine version and as-of.", b.in.EngineVersion),
			tool(opaUUID, "Open Policy Agent", "Evaluates the Rego policies; part of the ringfence engine, whose version fixes its own.", ""),
			tool(collectorUUID, "ringfence collector", "Reads tenants through read-only APIs, or imports saved answers of them.", b.in.Manifest.Tool),
		},
		Platforms: []platform{{
			UUID: platformUUID, Title: "ringfence",
			Uses: []usedComponent{{engineUUID}, {opaUUID}, {collectorUUID}},
		}},
	}
}

// byTool is the origin of everything that the engine says.
func byTool() []origin { return []origin{{[]actor{{"tool", engineUUID}}}} }

func (b *builder) tenantComponent() component {
	return component{
		UUID: finding.UUID("component", b.tenant), Type: "this-system",
		Title:       line("Tenant of " + b.in.Set.Client),
		Description: "The Microsoft cloud tenant that was assessed.",
		Props:       []property{prop("tenant-id", b.tenant), prop("client", b.in.Set.Client)},
		Status:      b.tenantStatus(),
	}
}
