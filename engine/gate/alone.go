package gate

import (
	"context"

	"github.com/open-policy-agent/opa/v1/ast"

	"ringfence/collectors/snapshot"
	"ringfence/engine/query"
)

// A subject may be as promised by its own document alone: what is missing of a
// list that was answered, and cut, cannot change that. A dataset that was not
// answered at all still makes its control undetermined: nobody knows then what
// the caller may see.
//
// Example: a vault whose list of access policies is empty lets nobody in, also
// where the list of users says that it holds more than it gave.

// alone picks the rules that read one of the datasets of the subjects and nothing
// else.
func (c *Control) alone(rules []query.Rule) (picked []query.Rule) {
	for _, r := range rules {
		if len(r.Reads) != 1 || len(r.Joins) > 0 {
			continue
		}
		if _, behindSubjects := c.Plan.Subjects.Datasets[r.Reads[0]]; behindSubjects {
			picked = append(picked, r)
		}
	}

	return picked
}

// findAlone finds the subjects of such rules, where something is missing that pass
// reads.
func (j *judgement) findAlone(ctx context.Context) error {
	if j.Failure != nil || !j.onlyCut() {
		return nil
	}

	for _, r := range j.control.aloneRules() {
		err := j.control.Query.Entries(ctx, r, j.Input, func(entry *ast.Term) error {
			if subject, isText := entry.Value.(ast.String); isText {
				own, _ := j.origin(string(subject))
				j.passesAlone[string(subject)] = j.passesAlone[string(subject)] || own == r.Reads[0]
			}
			return nil
		})
		if err != nil {
			return err
		}
	}

	return nil
}

// onlyCut reports whether something is missing that pass reads, and all of it was
// answered in part and says why it is no more.
func (j *judgement) onlyCut() (cut bool) {
	for name := range j.control.Plan.Pass.Datasets {
		d := j.Taken[name]
		if d.Complete {
			continue
		}
		if c := d.Coverage; c.Status != snapshot.Partial || c.Evidence == nil || c.Count == 0 {
			return false
		}

		cut = true
	}

	return cut
}
