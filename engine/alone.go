package engine

import (
	"context"

	"github.com/open-policy-agent/opa/v1/ast"

	"ringfence/collectors/snapshot"
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
func (c *control) alone(rules []rule) (picked []rule) {
	for _, r := range rules {
		if len(r.reads) != 1 {
			continue
		}
		if _, own := c.plan.Subjects.Datasets[r.reads[0]]; own {
			picked = append(picked, r)
		}
	}

	return picked
}

// findAlone finds the subjects of such rules, where something is missing that pass
// reads.
func (j *judgement) findAlone(ctx context.Context, whole input) error {
	if j.broken != nil || !j.onlyCut() {
		return nil
	}
	for _, r := range j.control.aloneRules() {
		err := j.control.askRule(ctx, r, whole, func(entry *ast.Term) error {
			if subject, is := entry.Value.(ast.String); is {
				own, _ := j.origin(string(subject))
				j.alone[string(subject)] = j.alone[string(subject)] || own == r.reads[0]
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
	for name := range j.control.plan.Pass.Datasets {
		d := j.taken[name]
		if d.whole {
			continue
		}
		if c := d.coverage; c.Status != snapshot.Partial || c.Evidence == nil || c.Count == 0 {
			return false
		}

		cut = true
	}

	return cut
}
