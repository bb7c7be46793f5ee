package engine

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/rego"

	"ringfence/collectors/snapshot"
	"ringfence/engine/finding"
	"ringfence/engine/intent"
)

// judgement is one control's way from the policy's answer to verdicts.
//
// The gate. satisfied stands only where every dataset that subjects or pass
// reads is complete: in the subject's own scope, or in every scope where a read
// is negated. not-satisfied stands where the subject's own document is in hand
// and every other dataset that fail reads is complete; otherwise it is a lead.
// A hole in a dataset that subjects reads, and a document in it that lacks what
// its schema promises, is an undetermined subject of its own.
type judgement struct {
	job
	control *control
	loaded  map[string]*dataset

	answer answer
	broken error             // the policy failed: no verdict of it counts
	holes  map[string]string // undetermined subjects of our own, with the reason
	block  map[string]string // dataset -> why no subject of another dataset can be satisfied
}

func (j *judgement) evaluate(ctx context.Context) error {
	input, err := j.input(j.control, j.loaded)
	if err != nil {
		return err
	}
	j.answer, j.broken = j.control.ask(ctx, rego.EvalParsedInput(input))
	if ctx.Err() != nil {
		return ctx.Err()
	}
	for s := range j.answer.fail {
		if j.answer.pass[s] {
			j.broken = fmt.Errorf("%s is in pass and in fail", s)
		}
	}
	j.findHoles()
	j.findGaps()
	if j.broken != nil && len(j.answer.subjects)+len(j.holes) == 0 {
		j.holes["control/"+j.control.ID] = ""
	}
	return nil
}

// findHoles turns what was not seen of the datasets behind subjects into
// undetermined subjects: "<dataset>/<scope>/*", or "<dataset>/*".
func (j *judgement) findHoles() {
	j.holes = map[string]string{}
	for name := range j.control.plan.Subjects.Datasets {
		for _, hole := range j.loaded[name].coverage.Holes() {
			subject := name + "/*"
			if hole.Scope != snapshot.ScopeUnknown {
				subject = snapshot.Subject(name, hole.Scope) + "/*"
			}
			j.holes[subject] = "not seen: " + holeText(name, hole)
		}
	}
	if j.notPromised() != "" {
		j.holes = map[string]string{}
	}
}

// findGaps looks for documents that lack what their schema promises.
func (j *judgement) findGaps() {
	j.block = map[string]string{}
	p := j.control.plan
	for name, d := range j.loaded {
		_, own := p.Subjects.Datasets[name]
		if _, read := p.Pass.Datasets[name]; !own && !read {
			continue
		}
		want := j.wanted(name)
		for _, doc := range d.documents {
			gaps := d.schema.Lacks(doc, want)
			if len(gaps) == 0 {
				continue
			}
			slices.Sort(gaps)
			subject := snapshot.Subject(name, doc.ID)
			reason := fmt.Sprintf("%s lacks %s", subject, strings.Join(gaps, ", "))
			if own && j.notPromised() == "" {
				j.holes[subject] = reason
			}
			j.block[name] = reason
		}
	}
}

// wanted says what the documents of a dataset must not lack. Of a dataset that
// pass reads plainly these are the properties whose absence is an answer; any
// other missing read just leaves its subject out. That an "unknown" property is
// left out is no answer where one is needed.
func (j *judgement) wanted(name string) snapshot.Wanted {
	p := j.control.plan
	_, own := p.Subjects.Datasets[name]
	strict := own || p.Pass.Datasets[name]
	return func(property string, presence snapshot.Presence) (need, look bool) {
		always := presence == snapshot.Always
		look = always || p.Pass.Need(property) || own && p.Subjects.Need(property)
		switch {
		case p.Pass.Negated(property), own && p.Subjects.Named(property):
			return true, true
		case strict:
			return look && presence != snapshot.Unknown, look
		}
		return p.Pass.AllNames && presence != snapshot.Unknown, look
	}
}

// notPromised names the attributes of input.client that every subject needs and
// that are null, where there are no subjects: "client.fence".
func (j *judgement) notPromised() string {
	if len(j.answer.subjects) > 0 || j.broken != nil {
		return ""
	}
	var null []string
	needs := j.control.plan.Subjects.Promises
	for _, name := range slices.Sorted(maps.Keys(needs)) {
		if needs[name] && isNull(j.intent.Client, name) {
			null = append(null, name)
		}
	}
	return strings.Join(null, ", ")
}

func isNull(c intent.Client, name string) bool {
	switch name {
	case "client.azure":
		return c.Azure == nil
	case "client.cell":
		return c.Cell == nil
	case "client.fence":
		return c.Fence == nil
	case "client.keys":
		return c.Keys == nil
	case "client.partners":
		return c.Partners == nil
	case "client.responsible":
		return c.Responsible == nil
	case "client.service_providers":
		return c.ServiceProviders == nil
	case "client.vendors":
		return c.Vendors == nil
	}
	return false
}

// verdict decides one subject: the outcome, whether it is a lead, and why it is
// not what the policy says.
func (j *judgement) verdict(subject string) (outcome finding.Outcome, lead bool, reason string) {
	if j.broken != nil {
		return finding.Undetermined, false, "policy error: " + j.broken.Error()
	}
	_, failed := j.answer.fail[subject]
	switch {
	case failed:
		if missing := j.failMissing(subject); missing != "" {
			return finding.Undetermined, true, missing
		}
		return finding.NotSatisfied, false, ""
	case j.holes[subject] != "":
		return finding.Undetermined, false, j.holes[subject]
	case j.answer.pass[subject]:
		if missing := j.passMissing(subject); missing != "" {
			return finding.Undetermined, false, missing
		}
		return finding.Satisfied, false, ""
	}
	return finding.Undetermined, false, "the evidence shows neither that the promise is kept nor that it is broken; \"ringfence policy explain " + j.control.ID + "\" says what would"
}

// passMissing says what a satisfied verdict would need and is not there.
func (j *judgement) passMissing(subject string) string {
	own, scope := j.origin(subject)
	p := j.control.plan
	for _, name := range p.Datasets() {
		_, inSubjects := p.Subjects.Datasets[name]
		negated, inPass := p.Pass.Datasets[name]
		if !inSubjects && !inPass {
			continue
		}
		if hole := j.missingIn(name, own, scope, negated); hole != "" {
			return "not seen: " + hole
		}
		if reason := j.block[name]; reason != "" && (negated || name != own) {
			return reason
		}
	}
	return ""
}

// failMissing says what a not-satisfied verdict would need and is not there.
func (j *judgement) failMissing(subject string) string {
	own, scope := j.origin(subject)
	reads := j.control.plan.Fail.Datasets
	for _, name := range slices.Sorted(maps.Keys(reads)) {
		if name == own && !reads[name] {
			continue // the subject's own document is in hand
		}
		if hole := j.missingIn(name, own, scope, reads[name]); hole != "" {
			return "not seen: " + hole
		}
	}
	return ""
}

// missingIn says what is missing of a dataset for a subject of dataset own in a
// scope. A dataset that is read per the same parent as the subject's own need
// be complete in that scope only, unless a read is negated.
func (j *judgement) missingIn(name, own, scope string, negated bool) string {
	d := j.loaded[name]
	perScope := scope != "" && !negated && d.schema != nil && d.schema.Parent != "" && d.schema.Parent == j.loaded[own].schema.Parent
	if perScope && d.coverage.CompleteIn(scope) || d.coverage.CompleteEverywhere() {
		return ""
	}
	for _, hole := range d.coverage.Holes() {
		if !perScope || hole.Scope == scope || hole.Scope == snapshot.ScopeUnknown {
			return holeText(name, hole)
		}
	}
	return name + " in " + scope + ": not read"
}

// origin is the dataset and scope of a subject's own document; "" for a subject
// that is no document in hand.
func (j *judgement) origin(subject string) (name, scope string) {
	name = snapshot.SubjectDataset(subject)
	d := j.loaded[name]
	if d == nil {
		return "", ""
	}
	i, ok := d.subjects[subject]
	if !ok {
		return "", ""
	}
	return name, d.documents[i].Scope
}
