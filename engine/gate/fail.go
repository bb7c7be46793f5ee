package gate

import (
	"context"
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"

	"ringfence/engine/query"
)

// A violation that was seen is a fact: what is missing elsewhere cannot undo it,
// unless the rule that found it asked whether something is not there. So each
// rule of fail is judged by itself, by what it reads under a negation, in a
// comprehension or as a whole.
//
// Example: one rule finds guests who hold a role, another one finds holders whom
// no relationship explains. Where the relationships could not be read, the first
// one's entries stand, and the second one's are leads.

// separateLeads separates what fail says into violations that stand and leads, each
// with what is missing. Both stay in the answer. Rules are asked one by one only
// where something is missing that one of them needs.
func (j *judgement) separateLeads(ctx context.Context) error {
	if j.Failure != nil || len(j.Answer.Fail) == 0 || len(j.missingForFail()) == 0 {
		return nil
	}

	stands, leads := map[string]query.Violation{}, map[string]query.Violation{}
	proven, unproven := ast.NewSet(), ast.NewSet()
	for _, r := range j.control.failRules() {
		missing := slices.Concat(j.missingOf(r.Gates), j.unjoinedOf(r.JoinGates...))
		to, seen := stands, proven
		if len(missing) > 0 {
			to, seen = leads, unproven
		}

		found, err := j.violations(ctx, r, seen)
		if err != nil {
			return err
		}

		for subject, v := range found {
			to[subject] = to[subject].With(v)
			if len(missing) > 0 {
				j.leads[subject] = union(j.leads[subject], missing)
			}
		}
	}

	for subject := range j.Answer.Fail {
		if v, stand := stands[subject]; stand {
			j.Answer.Fail[subject] = v
			delete(j.leads, subject)
		} else {
			j.Answer.Fail[subject] = leads[subject]
		}
	}

	return nil
}

// missingForFail says what is missing that some rule of fail must see.
func (j *judgement) missingForFail() []string {
	var kinds []string
	for kind, how := range j.control.Plan.Fail.Joins {
		if how.Gates() {
			kinds = append(kinds, kind)
		}
	}
	return slices.Concat(j.missingOf(j.gatesOfFail()), j.unjoinedOf(kinds...))
}

// gatesOfFail are the datasets of which some rule of fail must see everything.
func (j *judgement) gatesOfFail() (names []string) {
	for _, name := range j.control.Reads {
		if j.control.Plan.Fail.Datasets[name].Kind.Gates() {
			names = append(names, name)
		}
	}
	return names
}

// missingOf says what is missing of some datasets, anywhere in them.
func (j *judgement) missingOf(datasets []string) (missing []string) {
	for _, name := range datasets {
		if hole := j.missingIn(name, "", "", true); hole != "" {
			missing = append(missing, hole)
		}
	}
	return missing
}

// violations asks for the entries of one rule of fail, by subject. What was seen
// before, and is in seen, is left out: fail is a set, and holds an entry once
// however often it is found.
func (j *judgement) violations(ctx context.Context, r query.Rule, seen ast.Set) (map[string]query.Violation, error) {
	a := query.Answer{Fail: map[string]query.Violation{}}
	err := j.control.Query.Entries(ctx, r, j.Input, func(entry *ast.Term) error {
		if seen.Contains(entry) {
			return nil
		}
		seen.Add(entry)
		return a.AddFail(entry)
	})

	return a.Fail, err
}

// union are the texts of both lists, sorted, each once.
func union(a, b []string) []string {
	all := slices.Concat(a, b)
	slices.Sort(all)
	return slices.Compact(all)
}
