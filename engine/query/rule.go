package query

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/topdown"

	"ringfence/engine/evaluator"
	"ringfence/engine/plan"
)

// Rule is one rule of a set, asked by itself.
type Rule struct {
	// Reads are the datasets that the rule reads, Gates those of which it must see
	// everything, both sorted.
	Reads, Gates []string
	// Joins are the kinds of joins that the rule reads (see [plan.Reads]), JoinGates those of
	// which it must see everything, both sorted.
	Joins, JoinGates []string

	rule *ast.Rule
	body ast.Body // its results bind entryVar to what the rule gives
}

const entryVar = ast.Var("__entry__")

// Rules are the rules of one of a control's sets. datasets and attributes are all
// that there are: see [plan.Analyse].
func Rules(c *ast.Compiler, pkg ast.Ref, set string, datasets, attributes []string) (all []Rule) {
	rules, reads := plan.Rules(c, pkg, set, datasets, attributes)
	for i, compiled := range rules {
		r := Alone(compiled)

		for _, name := range slices.Sorted(maps.Keys(reads[i].Datasets)) {
			r.Reads = append(r.Reads, name)
			if reads[i].Datasets[name].Kind.Gates() {
				r.Gates = append(r.Gates, name)
			}
		}

		for _, kind := range slices.Sorted(maps.Keys(reads[i].Joins)) {
			r.Joins = append(r.Joins, kind)
			if reads[i].Joins[kind].Gates() {
				r.JoinGates = append(r.JoinGates, kind)
			}
		}

		all = append(all, r)
	}

	return all
}

// Alone is a rule of a set by itself, of which nothing is known.
func Alone(compiled *ast.Rule) Rule {
	body := compiled.Body.Copy()
	body.Append(ast.Equality.Expr(ast.NewTerm(entryVar), compiled.Head.Key))
	return Rule{rule: compiled, body: body}
}

// Entries asks for what one rule gives, maybe several times the same.
func (q Query) Entries(ctx context.Context, r Rule, in Input, each func(*ast.Term) error) error {
	if q.direct != nil {
		var entries []*ast.Term // handed over when it is known that these are all
		keep := func(entry *ast.Term) error { entries = append(entries, entry); return nil }
		err := q.direct.Entries(ctx, r.rule, in.direct(), keep)
		if !errors.Is(err, evaluator.ErrDeclined) {
			return cmp.Or(err, handOver(entries, each))
		}
	}

	return q.Each(ctx, r.body, in, func(result topdown.QueryResult) error {
		entry := result[entryVar]
		if entry == nil {
			return fmt.Errorf("a rule gives no entry")
		}
		return each(entry)
	})
}

func handOver(entries []*ast.Term, each func(*ast.Term) error) error {
	for _, entry := range entries {
		if err := each(entry); err != nil {
			return err
		}
	}
	return nil
}
