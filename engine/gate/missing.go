package gate

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"ringfence/collectors/snapshot"
	"ringfence/engine/plan"
)

// The reason of an undetermined subject names every piece of evidence that is
// missing and could have decided it: dataset, scope, status, property, permission.

// gaps are which datasets were not seen, and which documents lack something.
type gaps struct{ unseen, lacking []string }

func (g gaps) none() bool { return len(g.unseen)+len(g.lacking) == 0 }

// String is the reason of a verdict: "not seen: entra.users: denied (HTTP 403),
// needs User.Read.All; keyvault.vaults/… lacks /properties/tenantId".
func (g gaps) String() string {
	all := slices.Concat(g.unseen, g.lacking)
	if len(g.unseen) > 0 {
		all[0] = "not seen: " + all[0]
	}
	return strings.Join(all, "; ")
}

// missingForPass says what a satisfied verdict would need and is not there.
func (j *judgement) missingForPass(subject string) (missing gaps) {
	own, scope := j.origin(subject)
	if reason := j.lacks[subject]; reason != "" {
		missing.lacking = append(missing.lacking, reason)
	}

	for _, name := range j.control.Reads {
		_, inSubjects := j.control.Plan.Subjects.Datasets[name]
		pass, inPass := j.control.Plan.Pass.Datasets[name]
		if !inSubjects && (!inPass || j.passesAlone[subject]) {
			continue
		}

		if hole := j.missingIn(name, own, scope, pass.Kind.Gates()); hole != "" {
			missing.unseen = append(missing.unseen, hole)
		}

		othersCount := pass.Kind.Gates() || pass.Joined || name != own
		if reason := j.block[name]; reason != "" && reason != j.lacks[subject] && othersCount {
			missing.lacking = append(missing.lacking, reason)
		}
	}

	kinds := slices.Concat(keys(j.control.Plan.Subjects.Joins), keys(j.control.Plan.Pass.Joins))
	missing.unseen = append(missing.unseen, j.unjoinedOf(kinds...)...)
	return missing
}

func keys[V any](m map[string]V) []string { return slices.Collect(maps.Keys(m)) }

// unjoined says why what clients have in common of a kind is not known, "" if it is.
func (j *judgement) unjoined(kind string) string {
	why := j.Unjoined[kind]
	if len(why) == 0 {
		return ""
	}

	what := fmt.Sprintf("whether it has a %s in common with another client", kind)
	switch kind {
	case plan.PathJoin:
		what = "whether a path leads here from another client"
	case plan.ReachJoin:
		what = "which clients are reached"
	case plan.AnyJoin:
		what = "what it has in common with other clients"
	}
	return what + " (" + strings.Join(why, ", ") + ")"
}

// unjoinedOf says so of several kinds, each once.
func (j *judgement) unjoinedOf(kinds ...string) (missing []string) {
	for _, kind := range kinds {
		if why := j.unjoined(kind); why != "" && !slices.Contains(missing, why) {
			missing = append(missing, why)
		}
	}
	slices.Sort(missing)
	return missing
}

// undecided is the reason of a subject that is neither in pass nor in fail: all
// that is missing and could have put it there. Where nothing is, the evidence
// shows neither.
func (j *judgement) undecided(subject string) string {
	own, scope := j.origin(subject)
	var missing gaps
	var others []string // what documents of other datasets lack
	for _, name := range j.control.Reads {
		pass, inPass := j.control.Plan.Pass.Datasets[name]
		fail, inFail := j.control.Plan.Fail.Datasets[name]
		if !inPass && !inFail {
			continue
		}

		if hole := j.missingIn(name, own, scope, (pass.Kind | fail.Kind).Gates()); hole != "" {
			missing.unseen = append(missing.unseen, hole)
		}
		if reason := j.block[name]; reason != "" && name != own {
			others = append(others, reason)
		}
	}

	missing.unseen = append(missing.unseen, j.unjoinedOf(j.control.Plan.Joins()...)...)
	if why := j.Unseen[subject]; why != "" {
		missing.unseen = append(missing.unseen, why)
	}
	if own != "" {
		missing.lacking = append(missing.lacking, j.ownLacks(own, subject)...)
	}

	neither := missing.none()
	missing.lacking = append(missing.lacking, others...)
	if !neither {
		return missing.String()
	}

	reason := "the evidence shows neither that the promise is kept nor that it is broken"
	if len(others) > 0 {
		reason += " (" + missing.String() + ")"
	}

	return reason + "; \"ringfence policy explain " + j.control.ID + "\" says what would"
}

// ownLacks says what a subject's own document lacks of what the control reads, in
// whatever way.
func (j *judgement) ownLacks(own, subject string) []string {
	d := j.Taken[own]
	i, _ := d.Index(subject)
	document, isObject := d.Documents.Array.Elem(i).Value.(ast.Object)
	if !isObject {
		return nil
	}
	if pointers := j.control.strictShapes()[own].Lacks(document); len(pointers) > 0 {
		return []string{fmt.Sprintf("%s lacks %s", subject, strings.Join(pointers, ", "))}
	}

	return nil
}

// origin is the dataset and scope of a subject's own document; "" for a subject
// that is no document in hand.
func (j *judgement) origin(subject string) (dataset, scope string) {
	dataset = snapshot.SubjectDataset(subject)
	d := j.Taken[dataset]
	if d == nil {
		return "", ""
	}

	i, found := d.Index(subject)
	if !found {
		return "", ""
	}

	return dataset, d.Documents.Scopes[i]
}
