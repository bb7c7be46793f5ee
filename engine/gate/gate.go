// Package gate turns what a control's policy says into verdicts. A policy sees
// documents and knows nothing of those that are missing; the gate lets a verdict
// stand only where the evidence behind it is complete.
//
//	satisfied      every dataset that subjects or pass reads is complete: in the
//	               subject's own scope, or in every scope where the read is one whose
//	               answer can be "it is not there"
//	not-satisfied  a rule of fail found it that saw all of what it asks the absence
//	               of; otherwise the violation is a lead, and undetermined (fail.go)
//	undetermined   everything else, with the reason (missing.go)
//
// A hole in a dataset that subjects reads, and a document in it that lacks what its
// schema promises, is an undetermined subject of its own.
package gate

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"ringfence/collectors/snapshot"
	"ringfence/engine/evidence"
	"ringfence/engine/finding"
	"ringfence/engine/intent"
	"ringfence/engine/query"
)

// Case is what one control is judged on.
type Case struct {
	Client  intent.Client                // the promise
	Taken   map[string]*evidence.Dataset // the datasets of the control's plan
	Input   query.Input                  // what the policy saw, for asking rules one by one
	Answer  query.Answer                 // what it said
	Failure error                        // how it failed instead; Answer has subjects at most
	// Unseen says what was not seen of the datasets that subjects are about as such
	// ("snapshot/entra.users"). The policy judges that; these are the words for it.
	Unseen map[string]string
	// Null are the promises of the service provider ("msp.walls") that it did not make.
	Null map[string]bool
	// Unjoined says, by kind of join, why what clients have in common of it may be more than
	// the policy saw. A kind that is not there is known.
	Unjoined map[string][]string
}

// Judge gives the verdicts of one control. An error is ctx's.
func (c *Control) Judge(ctx context.Context, on Case) (*finding.Opinion, error) {
	j := &judgement{
		Case: on, control: c,
		holes:       map[string]string{},
		block:       map[string]string{},
		lacks:       map[string]string{},
		missing:     map[scopeOf]string{},
		leads:       map[string][]string{},
		passesAlone: map[string]bool{},
	}

	j.checkAnswer()
	if err := cmp.Or(j.separateLeads(ctx), j.findAlone(ctx)); err != nil {
		j.Failure = err
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}

	j.findHoles()
	j.findGaps()
	if j.Failure != nil && len(j.Answer.Subjects)+len(j.holes) == 0 {
		j.holes["control/"+c.ID] = ""
	}

	return j.opinion(), nil
}

// judgement is one control's way from the policy's answer to verdicts.
type judgement struct {
	Case
	control *Control

	holes       map[string]string   // undetermined subjects of our own -> the reason
	block       map[string]string   // dataset -> why no subject of another dataset can be satisfied
	lacks       map[string]string   // document, by its subject -> what it lacks
	missing     map[scopeOf]string  // what is missing there; filled by missingIn
	leads       map[string][]string // subject -> what is missing, so that its violation is a lead
	passesAlone map[string]bool     // subjects that pass by their own document alone
}

// scopeOf is a scope of a dataset; scope "" is all of them.
type scopeOf struct{ dataset, scope string }

// checkAnswer refuses an answer that contradicts itself.
func (j *judgement) checkAnswer() {
	inPass := func(s string) bool { return j.Answer.Pass[s] }
	if s, both := query.First(j.Answer.Fail, inPass); both {
		j.Failure = fmt.Errorf("%s is in pass and in fail", s)
	}
}

// findHoles turns what was not seen of the datasets behind subjects into
// undetermined subjects: "<dataset>/<scope>/*", or "<dataset>/*".
func (j *judgement) findHoles() {
	if j.notPromised() != "" {
		return
	}

	for name := range j.control.Plan.Subjects.Datasets {
		for subject, hole := range j.Taken[name].Holes() {
			j.holes[subject] = "not seen: " + hole
		}
	}

	for kind := range j.control.Plan.Subjects.Joins {
		if why := j.unjoined(kind); why != "" {
			j.holes["fleet/"+kind+"/*"] = "not seen: " + why
		}
	}
}

// findGaps looks for documents that lack what the plan needs of them.
func (j *judgement) findGaps() {
	promised := j.notPromised() == ""
	for name, d := range j.Taken {
		if d.Documents == nil {
			continue
		}

		_, behindSubjects := j.control.Plan.Subjects.Datasets[name]
		for i, pointers := range j.lacking(d) {
			subject := d.Documents.Subject(i)
			reason := fmt.Sprintf("%s lacks %s", subject, strings.Join(pointers, ", "))
			j.lacks[subject] = reason

			if behindSubjects && promised {
				j.holes[subject] = reason
			}
			if known := j.block[name]; known == "" || reason < known {
				j.block[name] = reason
			}
		}
	}
}

// lacking maps documents to the JSON pointers of what they lack, sorted.
func (j *judgement) lacking(d *evidence.Dataset) map[int][]string { return j.control.lacking(d) }

func (c *Control) lacking(d *evidence.Dataset) map[int][]string {
	lacks := map[int][]string{}
	for _, gap := range d.Documents.Gaps {
		if c.Wants[d.Name].Lacks(gap.Path, gap.Wrong, gap.Known) {
			lacks[gap.Document] = append(lacks[gap.Document], gap.Pointer)
		}
	}
	return lacks
}

// notPromised names the attributes of input.client that every subject needs and
// that are null, where there are no subjects: "client.fence". Where subjects are
// read from promises alone, one that names none is as good as null: "client.keys"
// without vaults.
func (j *judgement) notPromised() string {
	if len(j.Answer.Subjects) > 0 || j.Failure != nil {
		return ""
	}

	subjects := j.control.Plan.Subjects
	fromPromisesAlone := len(subjects.Datasets) == 0
	var null []string
	for _, name := range slices.Sorted(maps.Keys(subjects.Promises)) {
		if subjects.Promises[name] && (fromPromisesAlone || j.isNull(name)) {
			null = append(null, name)
		}
	}

	return strings.Join(null, ", ")
}

// isNull reports whether an attribute ("client.fence") is one of the promises, and
// is not promised.
func (j *judgement) isNull(attribute string) bool {
	name, ofClient := strings.CutPrefix(attribute, "client.")
	return ofClient && slices.Contains(intent.Gating(), name) && j.Client.IsNull(name) || j.Null[attribute]
}

// verdict decides one subject: the outcome, whether it is a lead, and why it is
// not what the policy says.
func (j *judgement) verdict(subject string) (outcome finding.Outcome, lead bool, reason string) {
	if j.Failure != nil {
		return finding.Undetermined, false, "policy error: " + j.Failure.Error()
	}

	_, failed := j.Answer.Fail[subject]
	switch {
	case failed && j.leads[subject] != nil:
		return finding.Undetermined, true, gaps{unseen: j.leads[subject]}.String()
	case failed:
		return finding.NotSatisfied, false, ""
	case j.holes[subject] != "":
		return finding.Undetermined, false, j.holes[subject]
	case j.Answer.Pass[subject]:
		if missing := j.missingForPass(subject); !missing.none() {
			return finding.Undetermined, false, missing.String()
		}
		return finding.Satisfied, false, ""
	}

	return finding.Undetermined, false, j.undecided(subject)
}

// missingIn says what is missing of a dataset for a subject of dataset own in a
// scope. A dataset that is read per the same parent as the subject's own need
// be complete in that scope only, unless its read gates.
func (j *judgement) missingIn(name, own, scope string, gates bool) string {
	d := j.Taken[name]
	if d.Complete {
		return ""
	}

	everywhere := scope == "" || gates || !sameParent(d.Schema, j.Taken[own].Schema)
	if everywhere {
		scope = ""
	} else if d.CompleteIn(scope) {
		return ""
	}

	key := scopeOf{name, scope}
	if _, known := j.missing[key]; !known {
		j.missing[key] = d.Missing(scope)
	}

	return j.missing[key]
}

// sameParent reports whether two datasets are read per document of the same parent,
// and of no other one: a scope means the same in both.
func sameParent(a, b *snapshot.Schema) bool {
	return a != nil && b != nil && len(a.Parents()) == 1 && slices.Equal(a.Parents(), b.Parents())
}
