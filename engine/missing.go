package engine

import (
	"fmt"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"ringfence/collectors/snapshot"
	"ringfence/engine/decode"
	"ringfence/engine/plan"
)

// The reason of an undetermined subject names every piece of evidence that is
// missing and could have decided it: dataset, scope, status, property, permission.

// missing is what was not seen, and which documents lack something.
type missing struct{ unseen, lacking []string }

func (m missing) none() bool { return len(m.unseen)+len(m.lacking) == 0 }

// String is the reason of a verdict: "not seen: entra.users: denied (HTTP 403),
// needs User.Read.All; keyvault.vaults/… lacks /properties/tenantId".
func (m missing) String() string {
	all := slices.Concat(m.unseen, m.lacking)
	if len(m.unseen) > 0 {
		all[0] = "not seen: " + all[0]
	}
	return strings.Join(all, "; ")
}

// passMissing says what a satisfied verdict would need and is not there.
func (j *judgement) passMissing(subject string) (m missing) {
	own, scope := j.origin(subject)
	if reason := j.lacks[subject]; reason != "" {
		m.lacking = append(m.lacking, reason)
	}

	p := j.control.plan
	for _, name := range j.control.reads {
		_, inSubjects := p.Subjects.Datasets[name]
		read, inPass := p.Pass.Datasets[name]
		if !inSubjects && (!inPass || j.alone[subject]) {
			continue
		}

		if hole := j.missingIn(name, own, scope, read.Kind.Gates()); hole != "" {
			m.unseen = append(m.unseen, hole)
		}

		reason := j.block[name]
		if reason != "" && reason != j.lacks[subject] && (read.Kind.Gates() || read.Joined || name != own) {
			m.lacking = append(m.lacking, reason)
		}
	}

	return m
}

// undecided is the reason of a subject that is neither in pass nor in fail: all
// that is missing and could have put it there. Where nothing is, the evidence
// shows neither.
func (j *judgement) undecided(subject string) string {
	own, scope := j.origin(subject)
	var m missing
	var others []string
	for _, name := range j.control.reads {
		pass, inPass := j.control.plan.Pass.Datasets[name]
		fail, inFail := j.control.plan.Fail.Datasets[name]
		if !inPass && !inFail {
			continue
		}

		if hole := j.missingIn(name, own, scope, (pass.Kind | fail.Kind).Gates()); hole != "" {
			m.unseen = append(m.unseen, hole)
		}

		if reason := j.block[name]; reason != "" && name != own {
			others = append(others, reason)
		}
	}

	if own != "" {
		m.lacking = j.ownLacks(own, subject)
	}

	neither := m.none()
	m.lacking = append(m.lacking, others...)

	if !neither {
		return m.String()
	}

	reason := "the evidence shows neither that the promise is kept nor that it is broken"

	if len(others) > 0 {
		reason += " (" + m.String() + ")"
	}

	return reason + "; \"ringfence policy explain " + j.control.ID + "\" says what would"
}

// ownLacks says what a subject's own document lacks of what the control reads, in
// whatever way.
func (j *judgement) ownLacks(own, subject string) []string {
	i, _ := j.taken[own].index(subject)
	document, isObject := j.taken[own].documents.Array.Elem(i).Value.(ast.Object)
	if !isObject {
		return nil
	}
	if lacks := j.control.strict(own).Lacks(document); len(lacks) > 0 {
		return []string{fmt.Sprintf("%s lacks %s", subject, strings.Join(lacks, ", "))}
	}

	return nil
}

// strict is the shape of all that a control reads of a dataset, every part of
// which must be there.
func (c *control) strict(dataset string) *decode.Shape {
	return c.strictShapes()[dataset]
}

func strictShapes(p plan.Plan) map[string]*decode.Shape {
	shapes := map[string]*decode.Shape{}
	for _, name := range p.Datasets() {
		shapes[name] = decode.Compile(name, p.Document(name).Strictly(), snapshot.Schemas()[name])
	}
	return shapes
}

// permitted adds the permission that a read needs, where it was refused or never
// made.
func permitted(name string, status snapshot.Status, text string) string {
	schema := snapshot.Schemas()[name]
	if schema == nil || schema.Permission == "" || status != snapshot.Denied && status != snapshot.Skipped {
		return text
	}
	return text + ", needs " + schema.Permission
}
