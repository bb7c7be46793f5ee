package oscal

import (
	"fmt"
	"slices"
	"strings"

	"ringfence/collectors/snapshot"
	"ringfence/engine/finding"
	"ringfence/internal/runfolder/layout"
)

// What an observation is, in OSCAL's words: something that needs attention, or
// what was found without that.
const (
	typeFinding   = "finding"
	typeDiscovery = "discovery"
)

// observe is the observation of one subject that is not satisfied.
func (r *resultBuilder) observe(c ctrl, f finding.Finding) observation {
	dataset := snapshot.SubjectDataset(f.Subject)
	at := r.collected(dataset)
	about := []string{text(f.Message)}

	if f.Observed != nil {
		about = append(about, "Observed: "+code(plain(f.Observed)))
	}

	if f.Expected != nil {
		about = append(about, "Expected: "+code(plain(f.Expected)))
	}

	return observation{
		UUID:        finding.ObservationUUID(r.tenant, f.Control, f.Subject),
		Title:       line(f.Control + ": " + f.Subject),
		Description: strings.Join(about, "\n\n"),
		Props:       append(observationProps(f), r.expired(at)...),
		Methods:     []string{"TEST"}, Types: []string{typeFinding},
		Origins:   byTool(),
		Subjects:  []subjectRef{r.subject(f.Subject)},
		Evidence:  r.evidence(c, f),
		Collected: stamp(at), Expires: r.expires(at),
	}
}

func observationProps(f finding.Finding) []property {
	props := []property{
		prop("control", f.Control), prop("subject", f.Subject),
		prop("outcome", string(f.Outcome)), prop("severity", f.Severity),
	}

	if f.Lead {
		p := prop("lead", "true")
		p.Remarks = "A violation was seen, but not everything that the judgement needs."
		props = append(props, p)
	}

	if e := f.Excepted; e != nil {
		state := "approved"
		if e.Expired {
			state = "expired"
		}

		props = append(props, prop("deviation", state), prop("exception", e.Name), prop("exception-reason", e.Reason),
			prop("exception-approver", e.ApprovedBy), prop("exception-expires", e.Expires))

		if e.Whole {
			props = append(props, prop("exception-scope", "whole-control"))
		}
	}

	return props
}

// evidence points into the files of the run folder. Whatever is undetermined
// also points at the manifest's line of each dataset that is not complete.
func (r *resultBuilder) evidence(c ctrl, f finding.Finding) []evidence {
	var list []evidence
	for _, e := range f.Evidence {
		subject, pointer, _ := strings.Cut(e, "#")
		if item, ok := r.document(subject, pointer); ok {
			list = append(list, item)
		}
	}

	if len(list) == 0 {
		if item, ok := r.document(f.Subject, ""); ok && !strings.HasSuffix(f.Subject, "/*") {
			list = append(list, item)
		}
	}

	if f.Outcome == finding.Undetermined {
		for _, d := range r.holes(c) {
			list = append(list, r.coverage(d))
		}
	}

	if len(list) == 0 {
		list = append(list, r.manifest(snapshot.SubjectDataset(f.Subject)))
	}

	return list
}

// document is the evidence of one line of a dataset's file; pointer is a JSON
// pointer into the document as policies see it, "" for all of it. The evidence
// names the line and where that is in it.
func (r *resultBuilder) document(subject, pointer string) (evidence, bool) {
	path := layout.Dataset(snapshot.SubjectDataset(subject))
	if !r.files.has(path) {
		return evidence{}, false
	}

	e := evidence{
		Href: r.files.href(path), Description: line("Document " + subject),
		Props: []property{prop("subject", subject)},
	}

	p, seen := r.places[subject]
	if !seen {
		e.Description = line("No document " + subject + " is in this file")
		return e, true
	}

	e.Props = append(e.Props, prop("line", fmt.Sprint(p.line)))

	if at := p.pointers[pointer]; at.Pointer != "" {
		e.Props = append(e.Props, prop("json-pointer", at.Pointer))
		if at.Absent != "" {
			e.Props = append(e.Props, prop("json-pointer-absent", at.Absent))
		}
	}

	return e, true
}

// manifest is the manifest as evidence for a dataset, or as a whole.
func (r *resultBuilder) manifest(dataset string) evidence {
	if _, ok := r.in.Manifest.Datasets[dataset]; ok {
		return r.coverage(dataset)
	}
	return evidence{
		Href: r.files.href(manifestFile), Description: "What was collected",
		Props: []property{prop("json-pointer", "/datasets")},
	}
}

// coverage is the manifest's account of a dataset, with the status as judged. Of
// a dataset that the manifest does not name, the findings say so.
func (r *resultBuilder) coverage(dataset string) evidence {
	judged := r.judged(dataset)
	e := evidence{
		Href:        r.files.href(manifestFile),
		Description: line("Coverage of " + dataset + ": " + judged.Status),
		Props: []property{
			prop("json-pointer", "/datasets"+pointer(dataset)), prop("dataset", dataset),
			prop("dataset-status", judged.Status),
		},
	}

	if judged.Reason != "" {
		e.Props = append(e.Props, prop("dataset-reason", judged.Reason))
	}

	if _, named := r.in.Manifest.Datasets[dataset]; named {
		return e
	}

	e.Href, e.Props[0] = r.files.href(findingsFile), prop("json-pointer", "/coverage")

	if _, named := r.in.Set.Coverage[dataset]; named {
		e.Props[0] = prop("json-pointer", "/coverage"+pointer(dataset))
	}

	return e
}

// summarize is the one observation of all satisfied subjects of a control: a
// client with 3,000 compliant devices gets a document that a person can open.
// A control without any subject gets it too, so that its finding cites what was
// looked at.
func (r *resultBuilder) summarize(c ctrl) observation {
	at := r.end
	for _, d := range r.in.Set.Reads[c.ID] {
		at = minTime(at, r.collected(d))
	}

	if len(r.in.Set.Reads[c.ID]) == 0 {
		at = r.start
	}

	outcome := finding.Satisfied
	about := fmt.Sprintf("Satisfied subjects: %d, listed in %s. The digest is the SHA-256 over the sorted subjects, each followed by LF.", len(c.Seen), verdictsFile)

	if len(c.Seen) == 0 {
		outcome, about = c.Outcome, "No subject has a verdict of its own. "+text(c.Reason)
	}

	digest := snapshot.Digest([]byte(strings.Join(append(slices.Clone(c.Seen), ""), "\n")))
	return observation{
		UUID:        finding.ObservationUUID(r.tenant, c.ID, "*"),
		Title:       line(c.ID + ": all satisfied subjects"),
		Description: about,
		Props: append([]property{
			prop("control", c.ID), prop("subject", "*"), prop("outcome", string(outcome)),
			prop("subject-count", fmt.Sprint(len(c.Seen))), prop("subjects-sha256", digest),
		}, r.expired(at)...),
		Methods: []string{"TEST"}, Types: []string{typeDiscovery},
		Origins:   byTool(),
		Subjects:  []subjectRef{r.subject("*")},
		Evidence:  r.summaryEvidence(c),
		Collected: stamp(at), Expires: r.expires(at),
	}
}

// summaryEvidence: the verdicts, and the coverage that they rest on.
func (r *resultBuilder) summaryEvidence(c ctrl) []evidence {
	list := []evidence{{
		Href:        r.files.href(verdictsFile),
		Description: line("Lines of control " + c.ID),
		Props:       []property{prop("control", c.ID)},
	}}
	for _, d := range r.in.Set.Reads[c.ID] {
		list = append(list, r.coverage(d))
	}
	return list
}

// subject defines a finding's subject on first use and returns the reference to
// it. "*" and "client" are the tenant; "client/<label>", in the fleet result, is
// a client of the fleet.
func (r *resultBuilder) subject(s string) subjectRef {
	dataset := snapshot.SubjectDataset(s)
	if s == "*" || s == "client" {
		return subjectRef{SubjectUUID: finding.UUID("component", r.tenant), Type: "component"}
	}

	kind, isComponent := componentType(dataset)
	ref := subjectRef{Type: "inventory-item", Title: line(s)}

	if isComponent {
		ref.Type = "component"
	}

	ref.SubjectUUID = finding.UUID(ref.Type, r.tenant, s)
	if r.seen[ref.SubjectUUID] {
		return ref
	}

	r.seen[ref.SubjectUUID] = true
	about, props := r.subjectAbout(s, dataset), []property{prop("subject", s)}

	if dataset != "" {
		props = append(props, prop("dataset", dataset))
	}

	if isComponent {
		r.components = append(r.components, component{
			UUID: ref.SubjectUUID, Type: kind, Title: line(s), Description: about, Props: props,
			Status: r.componentStatus(s),
		})
		return ref
	}

	r.items = append(r.items, inventoryItem{UUID: ref.SubjectUUID, Description: about, Props: props})
	return ref
}

func (r *resultBuilder) subjectAbout(s, dataset string) string {
	_, seen := r.places[s]
	switch {
	case strings.HasSuffix(s, "/*"):
		return line("What was not seen of " + dataset)
	case strings.HasPrefix(s, "client/"):
		return line("A client of the fleet: " + strings.TrimPrefix(s, "client/"))
	case dataset == "":
		return line(s)
	case !seen:
		return line("Named, and not seen: the snapshot holds no document of it in " + dataset)
	}

	return line("A document of " + dataset)
}
