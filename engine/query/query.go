// Package query asks compiled policies about an input, and reads their answers.
//
// Policies are asked through package evaluator where it knows all forms of their rules
// ([Query.Directly]), and else through OPA's topdown. Not through OPA's package rego: answers stay
// OPA's values, and a set of 100,000 subjects is not copied into Go's maps and lists.
package query

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/storage"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
	"github.com/open-policy-agent/opa/v1/topdown"

	"ringfence/engine/evaluator"
)

// Query is a compiled query for some of a control's sets.
type Query struct {
	compiler *ast.Compiler
	store    storage.Store // empty: policies see the input and nothing else
	body     ast.Body

	direct *evaluator.Program // asked before topdown; nil: topdown alone
	sets   map[string]ast.Ref // the rules that the query asks for, by name
}

// Input is what one query sees.
type Input struct {
	Value ast.Value
	// Cache holds what rules are known to give for this input, and takes what they
	// are found to give; nil: an empty one.
	Cache topdown.VirtualCache
}

// Prepare makes one query over the sets of a control that exist.
func Prepare(compiler *ast.Compiler, pkg ast.Ref, sets ...string) (Query, error) {
	q := Query{compiler: compiler, store: inmem.New(), sets: map[string]ast.Ref{}}
	var parts []string
	for _, set := range sets {
		if ref := pkg.Append(ast.StringTerm(set)); len(compiler.GetRulesExact(ref)) > 0 {
			parts = append(parts, set+" = "+ref.String())
			q.sets[set] = ref
		}
	}

	body, err := ast.ParseBody(strings.Join(parts, "; "))
	if err != nil {
		return Query{}, err
	}

	q.body, err = compiler.QueryCompiler().Compile(body)
	return q, err
}

// Directly is the same query, that asks a program of the same compiler before topdown; nil:
// topdown alone. The answers are the same.
func (q Query) Directly(p *evaluator.Program) Query {
	q.direct = p
	return q
}

// Why says why the query is left to topdown, nil if it is not.
func (q Query) Why() error {
	for _, path := range q.sets {
		if err := q.direct.Why(path); err != nil {
			return err
		}
	}
	return nil
}

// Ask asks the query once. An error is the policy's, but for ctx's own.
func (q Query) Ask(ctx context.Context, in Input) (Answer, error) {
	if q.direct != nil {
		if sets, err := q.askDirectly(ctx, in); !errors.Is(err, evaluator.ErrDeclined) {
			return answered(sets, err)
		}
	}

	var sets topdown.QueryResult
	err := q.Each(ctx, q.body, in, func(r topdown.QueryResult) error {
		if sets != nil {
			return fmt.Errorf("the policy has more than one result")
		}
		sets = r
		return nil
	})

	switch {
	case err != nil:
		return Answer{}, err
	case sets == nil:
		return Answer{}, fmt.Errorf("the policy has no result")
	}

	return parse(sets)
}

// askDirectly asks the program.
func (q Query) askDirectly(ctx context.Context, in Input) (topdown.QueryResult, error) {
	var names []string
	var paths []ast.Ref
	for name, path := range q.sets {
		names, paths = append(names, name), append(paths, path)
	}

	values, err := q.direct.Values(ctx, paths, in.direct())
	sets := topdown.QueryResult{}
	for i, v := range values {
		sets[ast.Var(names[i])] = v
	}
	return sets, err
}

func answered(sets topdown.QueryResult, err error) (Answer, error) {
	if err != nil {
		return Answer{}, err
	}
	return parse(sets)
}

// direct is the input as the program takes it.
func (in Input) direct() evaluator.Input {
	cache := in.Cache
	if cache == nil {
		cache = topdown.NewVirtualCache()
	}
	return evaluator.Input{Value: ast.NewTerm(in.Value), Cache: cache}
}

// Each asks a body over the rules of the query, and hands over its results.
func (q Query) Each(
	ctx context.Context, body ast.Body, in Input, each func(topdown.QueryResult) error,
) error {
	cancel := topdown.NewCancel()
	defer context.AfterFunc(ctx, cancel.Cancel)()

	txn, err := q.store.NewTransaction(ctx)
	if err != nil {
		return err
	}
	defer q.store.Abort(ctx, txn)

	cache := in.Cache
	if cache == nil {
		cache = topdown.NewVirtualCache()
	}

	return topdown.NewQuery(body).
		WithCompiler(q.compiler).
		WithStore(q.store).
		WithTransaction(txn).
		WithCancel(cancel).
		WithInput(ast.NewTerm(in.Value)).
		WithStrictBuiltinErrors(true).
		WithVirtualCache(cache).
		Iter(ctx, each)
}
