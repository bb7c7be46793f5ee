package oscal

import (
	"cmp"
	"fmt"
	"strings"

	"ringfence/collectors/snapshot"
	"ringfence/engine/finding"
	"ringfence/internal/runfolder/layout"
)

// evidence is where to look for what a finding says, in the files of the run folder.
// If the subject is undetermined, it includes the coverage of each dataset that the
// control reads and that is not complete.
func (r *resultBuilder) evidence(c assessed, f finding.Finding) []evidence {
	var list []evidence
	for _, e := range f.Evidence {
		subject, pointer, _ := strings.Cut(e, "#")
		if item, ok := r.documentEvidence(subject, pointer); ok {
			list = append(list, item)
		}
	}

	if len(list) == 0 {
		// Of what was not seen ("azure.resources/*") there is no document; the file of its
		// dataset becomes a resource all the same.
		item, ok := r.documentEvidence(f.Subject, "")
		if isDocument := !strings.HasSuffix(f.Subject, "/*"); ok && isDocument {
			list = append(list, item)
		}
	}

	if f.Outcome == finding.Undetermined {
		for _, dataset := range r.incomplete(c) {
			list = append(list, r.coverageEvidence(dataset))
		}
	}

	if len(list) == 0 {
		list = append(list, r.manifestEvidence(aboutDataset(f.Subject)))
	}

	return list
}

// aboutDataset is the dataset that a subject is of, or is an account of; "" for none.
func aboutDataset(subject string) string {
	return cmp.Or(snapshot.AccountDataset(subject), snapshot.SubjectDataset(subject))
}

// documentEvidence is one document: the file of its dataset, the line in it, and
// where in the line. The pointer is the policy's, "" for the document as a whole. It
// is not ok if the dataset has no file.
func (r *resultBuilder) documentEvidence(subject, pointer string) (item evidence, ok bool) {
	path := layout.Dataset(snapshot.SubjectDataset(subject))
	if !r.files.has(path) {
		return evidence{}, false
	}

	e := evidence{
		Href:        r.files.href(path),
		Description: line("Document " + subject),
		Props:       []property{prop("subject", subject)},
	}

	p, found := r.located[subject]
	if !found {
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

// manifestEvidence is the manifest's account of a dataset; of all, if the manifest
// does not name it.
func (r *resultBuilder) manifestEvidence(dataset string) evidence {
	if _, named := r.in.Manifest.Datasets[dataset]; named {
		return r.coverageEvidence(dataset)
	}
	return evidence{
		Href:        r.files.href(layout.Manifest),
		Description: "What was collected",
		Props:       []property{prop("json-pointer", "/datasets")},
	}
}

// coverageEvidence is the account of a dataset in the manifest, with how complete the
// engine judged it to be. Of a dataset that the manifest does not name, findings.json
// has the account.
func (r *resultBuilder) coverageEvidence(dataset string) evidence {
	href, at := r.files.href(layout.Manifest), "/datasets"+pointer(dataset)
	if _, named := r.in.Manifest.Datasets[dataset]; !named {
		href, at = r.files.href(layout.Findings), "/coverage"
		if _, named := r.in.Set.Coverage[dataset]; named {
			at += pointer(dataset)
		}
	}

	judged := r.judged(dataset)
	e := evidence{
		Href:        href,
		Description: line("Coverage of " + dataset + ": " + judged.Status),
		Props: []property{
			prop("json-pointer", at), prop("dataset", dataset), prop("dataset-status", judged.Status),
		},
	}
	if judged.Reason != "" {
		e.Props = append(e.Props, prop("dataset-reason", judged.Reason))
	}

	return e
}

// summaryEvidence is what the summary of a control's satisfied subjects rests on: the
// verdicts, and how completely each dataset was read.
func (r *resultBuilder) summaryEvidence(c assessed) []evidence {
	list := []evidence{{
		Href:        r.files.href(layout.Verdicts),
		Description: line("Lines of control " + c.ID),
		Props:       []property{prop("control", c.ID)},
	}}
	for _, dataset := range r.in.Set.Reads[c.ID] {
		list = append(list, r.coverageEvidence(dataset))
	}
	return list
}
