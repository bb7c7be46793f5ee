package engine

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/topdown"

	"ringfence/engine/plan"
)

// A violation that was seen is a fact: what is missing elsewhere cannot undo it,
// unless the rule that found it asked whether something is not there. So each
// rule of fail is judged by itself, by what it reads under a negation, in a
// comprehension or as a whole.
//
// Example: one rule finds guests who hold a role, another one finds holders whom
// no relationship explains. Where the relationships could not be read, the first
// one's entries stand, and the second one's are leads.

// rule is one rule of a set: the datasets that it reads, those of which it must
// see everything, and a body whose results bind entry to what it gives.
type rule struct {
	reads, gates []string
	body         ast.Body
}

const entryVar = ast.Var("__entry__")

func newRules(c *ast.Compiler, pkg ast.Ref, set string) (all []rule) {
	rules, reads := plan.Rules(c, pkg, set, Datasets(), promises)
	for i, compiled := range rules {
		r := rule{body: compiled.Body.Copy()}
		r.body.Append(ast.Equality.Expr(ast.NewTerm(entryVar), compiled.Head.Key))

		for _, name := range slices.Sorted(maps.Keys(reads[i].Datasets)) {
			r.reads = append(r.reads, name)
			if reads[i].Datasets[name].Kind.Gates() {
				r.gates = append(r.gates, name)
			}
		}

		all = append(all, r)
	}

	return all
}

// standing separates what fail says into violations that stand, which stay in the
// answer, and leads, each with what is missing.
func (j *judgement) standing(ctx context.Context, whole input) error {
	if j.broken != nil || len(j.answer.fail) == 0 || len(j.missingFor(j.gatesOfFail())) == 0 {
		return nil
	}

	stands, leads := map[string]violation{}, map[string]violation{}
	proven, unproven := ast.NewSet(), ast.NewSet()
	for _, r := range j.control.failRules() {
		missing := j.missingFor(r.gates)
		to, seen := stands, proven

		if len(missing) > 0 {
			to, seen = leads, unproven
		}

		found, err := j.control.askFail(ctx, r, whole, seen)
		if err != nil {
			return err
		}

		for subject, v := range found {
			to[subject] = to[subject].with(v)
			if len(missing) > 0 {
				j.leads[subject] = union(j.leads[subject], missing)
			}
		}
	}

	for subject := range j.answer.fail {
		if v, stand := stands[subject]; stand {
			j.answer.fail[subject] = v
			delete(j.leads, subject)
		} else {
			j.answer.fail[subject] = leads[subject]
		}
	}

	return nil
}

// gatesOfFail are the datasets of which some rule of fail must see everything.
func (j *judgement) gatesOfFail() (names []string) {
	for _, name := range j.control.reads {
		if j.control.plan.Fail.Datasets[name].Kind.Gates() {
			names = append(names, name)
		}
	}
	return names
}

// missingFor says what is missing of some datasets, anywhere in them.
func (j *judgement) missingFor(datasets []string) (missing []string) {
	for _, name := range datasets {
		if hole := j.missingIn(name, "", "", true); hole != "" {
			missing = append(missing, hole)
		}
	}
	return missing
}

// askFail asks for the entries of one rule of fail, by subject. What was seen
// before, and is in seen, is left out: fail is a set, and holds an entry once
// however often it is found.
func (c *control) askFail(ctx context.Context, r rule, in input, seen ast.Set) (map[string]violation, error) {
	a := answer{fail: map[string]violation{}}
	err := c.askRule(ctx, r, in, func(entry *ast.Term) error {
		if seen.Contains(entry) {
			return nil
		}
		seen.Add(entry)
		return a.addFail(entry)
	})

	return a.fail, err
}

// askRule asks for what one rule gives.
func (c *control) askRule(ctx context.Context, r rule, in input, each func(*ast.Term) error) error {
	return c.query.run(ctx, r.body, in, topdown.NewVirtualCache(), func(result topdown.QueryResult) error {
		entry := result[entryVar]
		if entry == nil {
			return fmt.Errorf("a rule gives no entry")
		}
		return each(entry)
	})
}

// with merges what two rules say about one subject.
func (v violation) with(o violation) violation {
	return violation{
		messages: append(slices.Clip(v.messages), o.messages...),
		observed: append(slices.Clip(v.observed), o.observed...),
		expected: append(slices.Clip(v.expected), o.expected...),
		evidence: append(slices.Clip(v.evidence), o.evidence...),
	}
}

// union are the texts of both lists, sorted, each once.
func union(a, b []string) []string {
	all := append(slices.Clip(a), b...)
	slices.Sort(all)
	return slices.Compact(all)
}
