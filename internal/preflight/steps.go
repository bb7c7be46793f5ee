package preflight

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"ringfence/engine/intent"
)

// Step is what one of the people around a client must do next.
type Step struct {
	Who  string `json:"who"`
	What string `json:"what"`
	For  string `json:"for"` // a control, an offer or a dataset
}

// The people of a step, where the fleet file names nobody.
const (
	theClient   = "The client's administrator, with the service provider"
	theOperator = "Whoever runs ringfence"
	theMSP      = "The service provider"
	theAuthor   = "Whoever wrote the policy"
)

// steps are what has to be done, in the order of the sheet.
func (s Sheet) steps(promise intent.Intent) []Step {
	steps := []Step{}
	for _, l := range s.Lines {
		steps = append(steps, l.steps()...)
	}
	steps = append(steps, s.reading()...)

	if len(s.conditions()) == 0 {
		who := theMSP
		if len(promise.Client.Responsible) > 0 {
			who = strings.Join(promise.Client.Responsible, ", ")
		}
		steps = append(steps, Step{who, fmt.Sprintf("Decide. Then have an audit of %s signed and attest it "+
			"(docs/reviewing.md) before its state becomes live.", s.Client), s.Client})
	}
	return steps
}

// steps are those that one control asks for, but for what has to be read.
func (l Line) steps() (steps []Step) {
	switch state := l.Worse(); {
	case state == Failed:
		what := l.Remediation
		if l.Predicted() {
			what = "Accept nothing of what is pending before it is changed or withdrawn. " + what
		}
		steps = append(steps, Step{theClient, what, l.ID})
	case state == Broken:
		steps = append(steps, Step{theAuthor, "Mend the policy: " + l.Reason, l.ID})
	case state == Undetermined && len(l.Missing) == 0:
		const neither = "Look at it: nothing is missing, and the evidence shows neither."
		steps = append(steps, Step{theOperator, neither, l.ID})
	case state == Unpromised:
		steps = append(steps, Step{theMSP, fmt.Sprintf("Agree with the client on what is %s and write it into the "+
			"fleet file, or accept that there is no promise by an exception of kind evidence-gap.", l.Reason), l.ID})
	}

	for _, x := range l.Accepted {
		steps = append(steps, Step{x.ApprovedBy, fmt.Sprintf("Decide anew before the exception %s ends, on %s.",
			x.Name, x.Expires), l.ID})
	}
	return steps
}

// reading are the steps that make evidence readable: one for each permission.
func (s Sheet) reading() (steps []Step) {
	type need struct{ datasets, controls map[string]bool }
	needs := map[string]need{}
	add := func(g Gap, id string) {
		if needs[g.Permission].datasets == nil {
			needs[g.Permission] = need{map[string]bool{}, map[string]bool{}}
		}
		needs[g.Permission].datasets[g.Dataset+" ("+g.Status+")"] = true
		needs[g.Permission].controls[id] = true
	}

	for _, l := range s.Of(Undetermined) {
		for _, gap := range l.Missing {
			add(gap, l.ID)
		}
	}
	for _, gap := range s.Unseen {
		add(gap, "what is pending")
	}

	for _, permission := range slices.Sorted(maps.Keys(needs)) {
		n := needs[permission]
		what := fmt.Sprintf("Make complete: %s. It is read with %s.", joined(n.datasets), permission)
		steps = append(steps, Step{theOperator, what, joined(n.controls)})
	}
	return steps
}

func joined(set map[string]bool) string {
	return strings.Join(slices.Sorted(maps.Keys(set)), ", ")
}
