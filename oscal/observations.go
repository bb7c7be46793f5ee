package oscal

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"ringfence/collectors/snapshot"
	"ringfence/engine/finding"
	"ringfence/internal/runfolder/layout"
)

// The types of an observation, of OSCAL's open list.
const (
	observedFinding   = "finding"   // something that needs attention
	observedDiscovery = "discovery" // what was found without that
)

// allSatisfied stands for all satisfied subjects of a control together.
const allSatisfied = "*"

// newObservation is what all observations have in common: they are made by a test,
// by the engine, on evidence of a time, until that has expired.
func (r *resultBuilder) newObservation(
	c assessed, subject, kind string, collected time.Time, props ...property,
) observation {
	return observation{
		UUID:      finding.ObservationUUID(r.tenant, c.ID, subject),
		Props:     append(props, r.expired(collected)...),
		Methods:   []string{"TEST"},
		Types:     []string{kind},
		Origins:   byEngine(),
		Subjects:  []subjectRef{r.subject(subject)},
		Collected: stamp(collected),
		Expires:   r.expires(collected),
	}
}

// observe is the observation of one subject that is not satisfied.
func (r *resultBuilder) observe(c assessed, f finding.Finding) observation {
	about := []string{text(f.Message)}
	if f.Observed != nil {
		about = append(about, "Observed: "+code(plain(f.Observed)))
	}
	if f.Expected != nil {
		about = append(about, "Expected: "+code(plain(f.Expected)))
	}

	collected := r.collected(aboutDataset(f.Subject))
	o := r.newObservation(c, f.Subject, observedFinding, collected, observationProps(f)...)
	o.Title = line(f.Control + ": " + f.Subject)
	o.Description = strings.Join(about, "\n\n")
	o.Evidence = r.evidence(c, f)

	return o
}

func observationProps(f finding.Finding) []property {
	props := []property{
		prop("control", f.Control), prop("subject", f.Subject),
		prop("outcome", string(f.Outcome)), prop("severity", f.Severity),
	}

	if f.Lead {
		lead := prop("lead", "true")
		lead.Remarks = "A violation was seen, but not everything that the judgement needs."
		props = append(props, lead)
	}

	if e := f.Excepted; e != nil {
		state := "approved"
		if e.Expired {
			state = "expired"
		}
		props = append(append(props, prop("deviation", state)), exceptionProps(*e)...)
	}

	return props
}

// exceptionProps are an exception of the fleet file. Its scope is there only where
// the exception names no subject and so covers the whole control.
func exceptionProps(e finding.Excepted) []property {
	props := []property{
		prop("exception", e.Name), prop("exception-reason", e.Reason),
		prop("exception-approver", e.ApprovedBy), prop("exception-expires", e.Expires),
	}
	if e.Whole {
		props = append(props, prop("exception-scope", "whole-control"))
	}

	return props
}

// summarize is the one observation of all satisfied subjects of a control, so that a
// client with 3,000 compliant devices gets a document that a person can open. The
// subjects are in verdicts.ndjson; the observation has their number and digest.
//
// A control without any subject gets it too: its finding cites what was looked at.
func (r *resultBuilder) summarize(c assessed) observation {
	collected := r.start
	for i, dataset := range r.in.Set.Reads[c.ID] {
		if t := r.collected(dataset); i == 0 || t.Before(collected) {
			collected = t
		}
	}

	outcome := finding.Satisfied
	about := fmt.Sprintf("Satisfied subjects: %d, listed in %s. "+
		"The digest is the SHA-256 over the sorted subjects, each followed by LF.",
		len(c.Satisfied), layout.Verdicts)
	if len(c.Satisfied) == 0 {
		outcome, about = c.Outcome, "No subject has a verdict of its own. "+text(c.Reason)
	}

	subjects := strings.Join(append(slices.Clone(c.Satisfied), ""), "\n")
	o := r.newObservation(c, allSatisfied, observedDiscovery, collected,
		prop("control", c.ID), prop("subject", allSatisfied), prop("outcome", string(outcome)),
		prop("subject-count", fmt.Sprint(len(c.Satisfied))),
		prop("subjects-sha256", snapshot.Digest([]byte(subjects))),
	)
	o.Title = line(c.ID + ": all satisfied subjects")
	o.Description = about
	o.Evidence = r.summaryEvidence(c)

	return o
}
